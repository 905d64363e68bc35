"""Completion in shells: click's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from decaf.cli import main
from decaf.observe.history import KINDS
from decaf.testing import Decaf

PAGE = Path(__file__).parent.parent.parent.parent / "docs" / "testing.md"


@pytest.mark.parametrize(("shell", "registers"), [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete ")])
def test_a_script_is_printed_for_each_shell(shell: str, registers: str) -> None:
    result = CliRunner().invoke(main, [], prog_name="decaf", env={"_DECAF_COMPLETE": f"{shell}_source"})
    assert result.exit_code == 0
    assert registers in result.stdout
    assert "_DECAF_COMPLETE" in result.stdout


def test_the_page_documents_it() -> None:
    assert re.search(r'eval "\$\(_DECAF_COMPLETE=bash_source decaf\)"', PAGE.read_text(encoding="utf-8"))


def completions(words: str, last: str, **variables: str) -> set[str]:
    given = {"COMP_WORDS": words + last, "COMP_CWORD": str(len(words.split())), "_DECAF_COMPLETE": "bash_complete"}
    printed = CliRunner().invoke(main, [], prog_name="decaf", env=given | variables).stdout
    return {line.partition(",")[2] for line in printed.split()}


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
    assert found <= completions(words, last)


@pytest.mark.parametrize(
    ("words", "last", "found"),
    [
        ("decaf peek ", "", {"orders", "orders-failed"}),
        ("decaf send ", "orders-", {"orders-failed"}),
        ("decaf groups ", "x", set()),
        ("decaf redrive orders-failed --to ", "ord", {"orders", "orders-failed"}),
        ("decaf wait MessageSent --queue ", "", {"orders", "orders-failed"}),
        ("decaf receive --account 111122223333 ", "", {"drinks"}),
        ("decaf publish ", "n", {"news"}),
        ("decaf tail --topic ", "", {"news"}),
        ("decaf subscribe news ", "orders-", {"orders-failed"}),
    ],
)
def test_names_are_those_of_the_server(decaf: Decaf, words: str, last: str, found: set[str]) -> None:
    for name in ("orders", "orders-failed"):
        decaf.client("sqs").create_queue(QueueName=name)
    decaf.client("sqs", "111122223333").create_queue(QueueName="drinks")
    decaf.client("sns").create_topic(Name="news")
    given = completions(words, last)
    assert given - {"drinks"} == found - {"drinks"}
    assert found <= given


def test_the_server_is_the_one_that_is_named(decaf: Decaf) -> None:
    decaf.client("sqs").create_queue(QueueName="orders")
    assert completions(f"decaf peek --url {decaf.url} ", "", DECAF_URL="http://127.0.0.1:9") == {"orders"}


def test_without_a_server_there_are_no_names() -> None:
    assert completions("decaf peek ", "", DECAF_URL="http://127.0.0.1:9") == set()
    assert completions("decaf peek ", "", DECAF_PORT="tcp") == set()
