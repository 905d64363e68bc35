"""docs/cluster.md: its compose file has settings that exist, and its nodes find each other."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from decaf.base.settings import SETTINGS, load, unknown_variables
from tests.docs.image import ROOT

PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
(COMPOSE,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
PROJECT: dict[str, Any] = yaml.safe_load(COMPOSE)
NODES = {name: each for name, each in PROJECT["services"].items() if each["image"] == "decaf"}


@pytest.mark.parametrize("name", NODES)
def test_a_node_of_the_compose_file_has_settings_that_exist(name: str) -> None:
    variables = NODES[name]["environment"]
    assert list(unknown_variables(variables)) == []
    settings = load({}, variables)
    database = PROJECT["services"]["db"]["environment"]
    assert settings.store == f"postgresql://{database['POSTGRES_USER']}:{database['POSTGRES_PASSWORD']}@db/decaf"
    assert settings.node_address == f"{NODES[name]['hostname']}:4567"
    assert NODES[name]["hostname"] == name


def test_the_balancer_knows_all_nodes() -> None:
    content = PROJECT["configs"]["balancer"]["content"]
    assert len(NODES) == 3
    assert re.findall(r"server (\w+):4566;", content) == list(NODES)
    assert PROJECT["services"]["sqs"]["ports"] == ["127.0.0.1:4566:4566"]
    assert "proxy_set_header Host $$http_host;" in content
    assert int(re.findall(r"proxy_read_timeout (\d+)s", content)[0]) > SETTINGS["max_wait"].default


def test_the_image_has_what_a_node_needs() -> None:
    assert "decaf-aws[fast,cluster]" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_table_of_settings_has_their_defaults() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE))
    assert set(rows) == {"store", "node_address", "lease", "shards", "durability"}
    assert f"{SETTINGS['lease'].default:g} by default" in rows["lease"]
    assert f"{SETTINGS['shards'].default} by default" in rows["shards"]
    assert SETTINGS["durability"].default in rows["durability"]
