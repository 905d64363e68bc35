"""What docs/classroom.md says of codes, ports and limits is what the code has."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from decaf.cli import main
from decaf.cli.learn_class import PORT, classroom
from decaf.learn.classroom.join_code import WAIT, WRONG, new_code
from decaf.learn.classroom.roster import MOST
from decaf.learn.classroom.servers import LIMITS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "classroom.md").read_text()


def test_its_numbers_are_those_of_the_code() -> None:
    assert f"The front is at port {PORT}, or that of `--port`" in PAGE
    assert f"`--most` says how many may come in ({MOST})" in PAGE
    assert f"The room is open, for {MOST} learners." in PAGE
    assert f"The code has {len(new_code().replace('-', ''))} characters" in PAGE
    assert (WRONG, WAIT) == (10, 60.0)
    assert "After 10 wrong ones within a minute, an address waits." in PAGE
    assert (
        "killed (`kill -9`), the servers end too, but what was on them stays: it is in a folder `decaf-class-...`"
        in PAGE
    )
    assert LIMITS["memory-limit"] == str(64 * 1024 * 1024)
    assert (LIMITS["control-from"], LIMITS["max-function-processes"]) == ("nowhere", "0")
    assert {option.name: option.default for option in classroom.params}["most"] == MOST


def test_both_forms_of_the_command_are_one() -> None:
    helps = [CliRunner().invoke(main, ["learn", word, "--help"]).output for word in ("--class", "class")]
    assert helps[0] == helps[1]
    assert "Open a room for a class" in helps[0]
