"""docs/functions.md: its functions can be registered, and what it names is there."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from decaf.base.settings import Settings, load
from decaf.functions.function import Function
from decaf.functions.log import MOST
from decaf.testing import Decaf
from tests.docs.shell import blocks, pasted

PAGE = (Path(__file__).parent.parent.parent / "docs" / "functions.md").read_text(encoding="utf-8")


def test_the_tables_are_registered_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "decaf.toml"
    file.write_text("port = 0\n" + re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])
    with Decaf(load({}, {}, file)) as decaf:
        brew, grind, roast = decaf.control.functions()
    assert (brew.handler, brew.timeout, brew.environment) == ("coffee.brew", 10, {"CUP": "large"})
    assert (grind.command, roast.url) == (("node", "grind.js"), "http://127.0.0.1:9000")


def test_the_commands_that_register_one_run_as_pasted(tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    code = (
        "import os\n\ndef brew(event, context):\n    print('brewing a', event['drink'])\n    return os.environ['CUP']\n"
    )
    (tmp_path / "functions" / "coffee.py").write_text(code, encoding="utf-8")
    (commands,) = (block for block in blocks(PAGE) if "decaf function add" in block)
    assert commands.endswith(" --follow")
    printed = pasted(commands.removesuffix(" --follow"), tmp_path, beside_a_server=True)
    assert '"large"\n' in printed
    assert "\nbrewing a latte\n" in printed


def test_the_example_of_the_api_runs_as_pasted(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    section = PAGE.partition("## The Lambda API")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    pytester.makepyfile(code)
    pytester.makeini("[pytest]\ndecaf = everywhere\n")
    pytester.runpytest_inprocess("-p", "decaf.testing.plugin").assert_outcomes(passed=1)


@pytest.mark.parametrize("name", re.findall(r"`(\w+)` ?\(|`(\w+)` in \w+ \(", PAGE))
def test_the_members_and_settings_it_names_exist(name: tuple[str, str]) -> None:
    (member,) = filter(None, name)
    assert hasattr(Function, member) or hasattr(Settings, member), member


def test_its_figures_are_those_of_the_code() -> None:
    assert f"{MOST // 1_000_000} million characters" in PAGE
    assert "`max_function_processes`), and the others wait" in PAGE
    assert Settings().max_function_processes == 64


def test_the_barista_is_a_function_in_a_template_and_in_a_test(tmp_path: Path) -> None:
    section = PAGE.partition("## Queues as event sources")[2].partition("## The Lambda API")[0]
    barista, test = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    (template,) = re.findall(r"```yaml\n(.*?)```", section, re.DOTALL)
    for name, text in (("barista.py", barista), ("test_barista.py", test), ("template.yaml", template)):
        (tmp_path / name).write_text(text)
    pytest_here = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_barista.py"]
    done = subprocess.run(pytest_here, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    with Decaf(Settings(port=0, init=(str(tmp_path / "template.yaml"),))) as decaf:
        (mapping,) = decaf.control.mappings("orders")
        with closing(decaf.client("sqs")) as sqs:
            for order in ("espresso", "latte with milk"):
                sqs.send_message(QueueUrl=f"{decaf.url}/000000000000/orders", MessageBody=order)
        decaf.control.advance(60)
        assert [message.body for message in decaf.control.messages("spoiled")] == ["latte with milk"]
        outcomes = [run.outcome for run in decaf.control.runs(mapping.uuid)]
        assert outcomes[-2:] in (["partly_failed", "failed"], ["failed", "failed"])
        assert decaf.control.messages("orders") == []
