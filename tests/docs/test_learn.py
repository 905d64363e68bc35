"""docs/learn.md: the lessons and the commands are as it says."""

from __future__ import annotations

import re
from pathlib import Path

import click

from decaf.cli import main
from decaf.lessons.catalog import lessons

PAGE = (Path(__file__).parents[2] / "docs" / "learn.md").read_text(encoding="utf-8")


def test_every_lesson_is_in_the_table() -> None:
    table = dict(re.findall(r"^\| (\d+) \| ([^|]+) \|", PAGE, re.MULTILINE))
    assert {lesson.number: lesson.title for lesson in lessons()}.items() <= {
        int(number): title for number, title in table.items()
    }.items()


def test_every_command_of_a_learner_is_in_the_table() -> None:
    group = main.get_command(click.Context(main), "learn")
    assert isinstance(group, click.Group)
    rows = re.findall(r"^\| (`decaf learn[^|]*) \|", PAGE, re.MULTILINE)
    named = {word for row in rows for word in re.findall(r"[a-z]+", row.replace("decaf learn", ""))}
    commands = "list start run watch check empty env hint solution next skip reset"
    assert named == set(commands.split())
    assert named <= set(group.list_commands(click.Context(group)))
