"""A lesson is passed by programs in any language: the folders beside have some in JavaScript and in Go."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from decaf.lessons.catalog import lessons
from decaf.lessons.lesson import Lesson
from decaf.lessons.verdict import Passed
from tests.decaf.lessons.playing import ROOT, Learner

PROGRAMS = Path(__file__).parent / "other_languages"
CLIENTS = ROOT / ".clients"
IN_JAVASCRIPT = [lesson for lesson in lessons() if (PROGRAMS / "javascript" / lesson.folder.name).is_dir()]
IN_GO = [lesson for lesson in lessons() if (PROGRAMS / "go" / lesson.folder.name).is_dir()]


def named(lesson: Lesson) -> str:
    return f"{lesson.number}-{lesson.slug}"


@pytest.fixture(autouse=True)
def clients() -> None:
    assert (CLIENTS / "ready").exists(), "there is no .clients: scripts/other-languages makes it"


@pytest.mark.parametrize("lesson", IN_JAVASCRIPT, ids=named)
def test_a_program_in_javascript_passes(lesson: Lesson, learner: Learner) -> None:
    (learner.directory / "node_modules").symlink_to(CLIENTS / "javascript" / "node_modules")
    programs = list((PROGRAMS / "javascript" / lesson.folder.name).glob("*.mjs"))
    for program in programs:
        shutil.copy(program, learner.directory)
    commands = {program.stem: f"node {program.name}" for program in programs}
    assert isinstance(learner.play(lesson, "python", {}, commands).verdict, Passed)


@pytest.mark.parametrize("lesson", IN_GO, ids=named)
def test_a_program_in_go_passes(lesson: Lesson, learner: Learner) -> None:
    for name in ("go.mod", "go.sum"):
        shutil.copy(PROGRAMS / "go" / name, learner.directory)
    programs = list((PROGRAMS / "go" / lesson.folder.name).glob("*.go"))
    for program in programs:
        shutil.copy(program, learner.directory)
        subprocess.run(["go", "build", "-o", program.stem, program.name], cwd=learner.directory, check=True)
    commands = {program.stem: f"./{program.stem}" for program in programs}
    assert isinstance(learner.play(lesson, "python", lesson.solution("python"), commands).verdict, Passed)
