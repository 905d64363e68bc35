"""Docs, help texts, docstrings, comments and names use the field's words: none of the private words of before.

Rule: each private word stands in a table here, beside the words for it.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from decaf.cli import main

ROOT = Path(__file__).parent.parent

# What one may not write, as a regular expression of whole words, and what to write.
WORDS = {
    r"withheld": "deferred",
    r"sieves?": "recipients",
    r"ledgers?": "deduplication",
    r"audiences?": "subscribers",
    r"parcels?": "delivery",
    r"sealers?|seals?|sealed": "signer, signature, signed",
    r"bury|buried|buries": "dead-letter",
    r"untakes?|untaken|untook": "undo the receive",
    r"give_away|given away": "move out",
    r"tally|tallies": "call statistics",
    r"occasions?": "context",
    r"strikes?|struck": "hit",
    r"weeded": "removed",
    r"trimmings?": "optional fields",
    r"disproved": "ExpectationFailed",
    r"happenings?": "event",
    r"keepings?": "persistence, durable store, data directory",
    r"lanes?": "per-subscriber queue",
    r"so-manieth|manieth": "the Nth",
    r"Decaf's own calls?": "the control API",
    r"faults? of (Decaf's own|Decaf|ours|its own)": "internal error",
    r"what (there )?is (there )?twice|what there is": "name the thing",
    r"nor does": "two sentences",
    r"none of (SQS|SNS)'s": "not a type of",
    r"hears?|heard": "receive, be notified",
    r"told": "reported, passed, configured",
}
CODE_WORDS = {  # in docstrings and comments; a client may well be given something
    r"gives|gave": "returns",
}
# fmt: off
NAMES = {
    "audience", "bury", "disproved", "elsewhere", "happening", "keeping", "lane", "ledger", "manieth",
    "occasion", "outgoing", "parcel", "sealer", "sieve", "strike", "tally", "told", "trimmings", "untake", "weeded",
    "withheld",
}
# fmt: on


def _prose(words: dict[str, str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w`.-])({'|'.join(words)})(?![\w`])", re.IGNORECASE)


TEXT = _prose(WORDS)
CODE = _prose(WORDS | CODE_WORDS)


def places() -> dict[str, list[Path]]:
    """Returns the modules by where they are: in a room, or among the scripts."""
    found: dict[str, list[Path]] = {}
    for folder, depth in (("protocol", 2), ("emulator", 3), ("scripts", 1)):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.setdefault("/".join(path.relative_to(ROOT).parts[:depth]), []).append(path)
    return found


def commands_of(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Yields a command and those below it, each with its whole name."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            assert found is not None
            yield from commands_of(f"{name} {below}", found)


PLACES = places()
PAGES = {path.relative_to(ROOT).as_posix(): path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]}
COMMANDS = dict(commands_of("decaf", main))


@pytest.mark.parametrize("place", sorted(PLACES))
def test_docstrings_comments_and_names_have_no_private_words(place: str) -> None:
    wrong = []
    for path in PLACES[place]:
        source = path.read_text(encoding="utf-8")
        wrong += [f"{path.name}: {words}" for text in prose_of(source) for words in private(text, CODE)]
        wrong += [f"{path.name}: the name {name}" for name in sorted(names_of(source) & NAMES)]
    assert wrong == []


@pytest.mark.parametrize("page", sorted(PAGES))
def test_documents_have_no_private_words(page: str) -> None:
    assert private(PAGES[page].read_text(encoding="utf-8"), TEXT) == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_texts_have_no_private_words(command: str) -> None:
    context = click.Context(COMMANDS[command], info_name=command, max_content_width=1000)
    assert private(COMMANDS[command].get_help(context), CODE) == []


@pytest.mark.parametrize("text", ["It is withheld.", "the so-manieth match", "Decaf's own calls", "Gives the sum."])
def test_a_private_word_is_found(text: str) -> None:
    assert private(text, CODE)


def private(text: str, words: re.Pattern[str]) -> list[str]:
    """Returns the words of a text that one may not write, each with some of its context."""
    flat = " ".join(text.split())
    return [flat[max(0, match.start() - 30) : match.end() + 20] for match in words.finditer(flat)]


def prose_of(source: str) -> Iterator[str]:
    """Yields the docstrings and comments of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def names_of(source: str) -> set[str]:
    """Returns the words of all names in a module, in lower case."""
    names = {
        token.string for token in tokenize.generate_tokens(io.StringIO(source).readline) if token.type == tokenize.NAME
    }
    return {word.lower() for name in names for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
