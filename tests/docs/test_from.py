"""docs/from: what the pages for those who come from other emulators show runs, and what they name is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields, replace

from decaf.base.arn import read_queue_url
from decaf.base.settings import Settings, load
from decaf.compat.routes import ROUTES
from tests.live import Live

FOLDER = Path(__file__).parent.parent.parent / "docs" / "from"
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}
PORTS = {"elasticmq": 9324, "goaws": 4100}


def _examples(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGES[page], re.DOTALL)


@pytest.mark.parametrize("page", PORTS)
def test_what_was_made_at_start_is_made_by_calls(page: str, endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = _examples(page)
    there = f"http://localhost:{PORTS[page]}"
    assert there in example
    names: dict[str, Any] = {}
    exec(compile(example.replace(there, endpoint), f"{page}.md", "exec"), names)
    for client in ("sqs", "sns"):
        if client in names:
            names[client].close()
    assert f"This prints `{capsys.readouterr().out.strip()}`." in PAGES[page]


@pytest.mark.parametrize("page", PORTS)
def test_what_was_made_at_start_is_declared(page: str, tmp_path: Path) -> None:
    (declared,) = re.findall(r"```toml\n(.*?)```", PAGES[page], re.DOTALL)
    file = tmp_path / "decaf.toml"
    file.write_text(declared, encoding="utf-8")
    with Live(replace(load({}, {}, file), port=0)) as server:
        arns = [str(queue.arn) for queue in server.world.queues()]
        arns += [str(topic.arn) for topic in server.world.topics()]
        subscriptions = [len(topic.subscriptions) for topic in server.world.topics()]
        timeouts = [queue.attributes["VisibilityTimeout"] for queue in server.world.queues()]
    assert re.findall(r"This prints `(.*?)`", PAGES[page])[0] in arns
    assert (subscriptions, sorted(timeouts)) == {"elasticmq": ([], [10, 30]), "goaws": ([1], [30])}[page]


def test_the_examples_for_moto_run_as_pasted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    examples = _examples("moto")
    pytester.makepyfile(**{f"test_example_{number}": example for number, example in enumerate(examples)})
    pytester.runpytest_inprocess("-p", "decaf.testing.plugin").assert_outcomes(passed=len(examples))


def test_the_steps_from_a_project_that_uses_moto_run_as_pasted(tmp_path: Path) -> None:
    _, steps = PAGES["moto"].split("### From nothing, step by step")
    installing, *commands = re.findall(r"```sh\n(.*?)```", steps.partition("###")[0], re.DOTALL)
    wanted = """pip install "decaf-aws @ git+https://HOST/OWNER/decaf" pytest 'moto[s3,sqs]'"""
    assert wanted in installing  # which this environment has
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DECAF_", "PYTEST_"))
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["sh", "-eu"],
        input="".join(commands),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert re.findall(r"^(\d+ passed) in", done.stdout, re.MULTILINE) == ["1 passed", "1 passed", "2 passed"], done
    assert re.findall(r"^pytest -q +# (\d+ passed)", "".join(commands), re.MULTILINE) == [
        "1 passed",
        "1 passed",
        "2 passed",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_queue_urls_are_understood(page: str) -> None:
    urls = re.findall(r"`(https?://[^`<]+/orders)`", PAGES[page])
    assert urls or page == "moto"
    for url in urls:
        address = read_queue_url(url)
        assert address.name == "orders"
        assert address.account == (re.findall(r"/(\d{12})/", url) or [None])[0]
        assert address.region in (None, "us-east-1")


def test_the_calls_it_names_are_answered() -> None:
    paths = {(route.method, route.path.rstrip("/")) for route in ROUTES}
    named = re.findall(r"`(GET|POST|DELETE) (/[^`]+)`", PAGES["localstack"] + PAGES["moto"])
    assert len(named) >= 10
    for method, path in named:
        if not path.startswith("/_decaf"):
            assert any(method == known and path.startswith(start) for known, start in paths), path


def test_the_settings_they_name_exist() -> None:
    names = {setting.name for setting in fields(Settings)}
    named = {name for page in PAGES.values() for name in re.findall(r"`([a-z][a-z_]+)(?:=[^`]*)?`", page)}
    settings = {name for name in named if name.split("_")[0] in ("control", "max", "purge", "recreate", "smtp")}
    assert len(settings) >= 7
    assert settings <= names
