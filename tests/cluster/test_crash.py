"""Whatever becomes of nodes, their database and the connections between them: what was acknowledged holds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cluster import troubles
from tests.cluster.rolling import restart_all_under_load
from tests.cluster.run import run
from tests.postgres.server import Postgres

EACH_ONCE = (
    troubles.kill_the_active_node,
    troubles.lose_answers_to_commits,
    troubles.stop_the_active_node,
    troubles.crash_the_database,
    troubles.cut_connections_between_nodes,
)


@pytest.mark.parametrize("shards", [1, 4])
def test_what_was_acknowledged_holds(postgres: Postgres, tmp_path: Path, shards: int) -> None:
    report = asyncio.run(run(postgres, tmp_path, EACH_ONCE, seed=1, shards=shards))
    assert report.wrong == []
    assert "Traceback" not in "".join(report.logs)
    assert min(log.calls for log in report.answers) > 100


@pytest.mark.parametrize("shards", [1, 4])
def test_no_call_of_an_sdk_fails_while_all_nodes_are_restarted_in_turn(
    postgres: Postgres, tmp_path: Path, shards: int
) -> None:
    report = asyncio.run(restart_all_under_load(postgres, tmp_path, shards))
    assert report.failures == []
    assert report.calls > 50
