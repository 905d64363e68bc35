"""Completion in shells: click's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from decaf.cli import main
from decaf.observe.history import KINDS

PAGE = Path(__file__).parent.parent.parent.parent / "docs" / "testing.md"


@pytest.mark.parametrize(("shell", "registers"), [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete ")])
def test_a_script_is_printed_for_each_shell(shell: str, registers: str) -> None:
    result = CliRunner().invoke(main, [], prog_name="decaf", env={"_DECAF_COMPLETE": f"{shell}_source"})
    assert result.exit_code == 0
    assert registers in result.stdout
    assert "_DECAF_COMPLETE" in result.stdout


def test_the_page_documents_it() -> None:
    assert re.search(r'eval "\$\(_DECAF_COMPLETE=bash_source decaf\)"', PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("words", "last", "found"),
    [
        ("decaf ", "", {"serve", "peek", "fault", "openapi"}),
        ("decaf fault add ", "par", {"partial-batch"}),
        ("decaf fault add latency ", "--la", {"--late"}),
        ("decaf serve --durability ", "", {"commit", "second", "none"}),
        ("decaf serve --edge ", "", {"fast", "plain"}),
        ("decaf serve --log-level ", "w", {"warning"}),
        ("decaf serve --control-from ", "", {"loopback", "anywhere"}),
        ("decaf serve ", "--max-b", {"--max-body", "--max-batch-size"}),
        ("decaf clock ", "", {"show", "freeze", "thaw"}),
        ("decaf wait ", "MessageR", {"MessageReceived", "MessageReturned"}),
        ("decaf never ", "", set(KINDS)),
        ("decaf inbox --kind ", "Sub", {"SubscriptionConfirmation"}),
    ],
)
def test_completions(words: str, last: str, found: set[str]) -> None:
    given = {"COMP_WORDS": words + last, "COMP_CWORD": str(len(words.split())), "_DECAF_COMPLETE": "bash_complete"}
    printed = CliRunner().invoke(main, [], prog_name="decaf", env=given).stdout
    assert found <= {line.partition(",")[2] for line in printed.splitlines()}
