"""A node is started before its database: what those see who watch its process."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.cluster.processes import PATIENCE, health_of, until
from tests.durable.process import decaf


def test_a_node_that_waits_for_its_database_is_alive_and_can_be_stopped(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody, socket.create_server(("127.0.0.1", 0)) as free:
        store = f"postgresql://decaf@127.0.0.1:{nobody.getsockname()[1]}/decaf"
        port = free.getsockname()[1]
        free.close()
        with (tmp_path / "log").open("wb") as log:
            node = decaf("serve", "--port", str(port), "--store", store, log=log)
        try:
            until(lambda: _is_cut_off(port))
            node.terminate()
            assert node.wait(PATIENCE) == 0
        finally:
            node.kill()
        assert node.stdout is not None
        assert node.stdout.read() == ""  # it was never ready
        node.stdout.close()


def _is_cut_off(port: int) -> bool:
    try:
        return bool(health_of(port)["status"] == "cut off")
    except ConnectionRefusedError:  # it does not listen yet
        return False
