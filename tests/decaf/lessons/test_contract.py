"""Every lesson has what a learner needs: texts, a starter with its fault, a solution, wrong attempts."""

from __future__ import annotations

import ast
import re

import pytest

from decaf.lessons.catalog import lessons
from decaf.lessons.lesson import LANGUAGES, Lesson
from decaf.lessons.verdict import Diagnosis, Passed
from tests.decaf.lessons.playing import Learner

WIDTH = 78  # columns of a picture
AWS_PAGE = re.compile(r"https://docs\.aws\.amazon\.com/[\w./#-]+")

of_every_lesson = pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: f"{lesson.number}-{lesson.slug}")


def test_lessons_are_numbered_from_their_folders() -> None:
    for lesson in lessons():
        assert lesson.folder.name.startswith(f"l{lesson.number:02}_")


@of_every_lesson
def test_it_has_its_texts(lesson: Lesson) -> None:
    text = lesson.text
    assert 5 <= text.minutes <= 15
    assert text.idea.endswith(".")
    assert len(text.on_aws.strip()) > 80
    assert AWS_PAGE.fullmatch(text.link)
    assert len(set(text.hints)) == 3
    for picture in (text.picture_before, text.picture_after):
        assert picture.strip()
        assert max(map(len, picture.splitlines())) <= WIDTH


@of_every_lesson
def test_its_task_names_the_learners_files(lesson: Lesson) -> None:
    for language in lesson.languages():
        task = lesson.task(language)
        assert task.startswith(f"# {lesson.title}\n")
        assert "$" not in task
        assert all(role + LANGUAGES[language] in task for role in lesson.text.roles)


@of_every_lesson
def test_its_starter_is_whole(lesson: Lesson) -> None:
    assert "python" in lesson.languages()
    for language in lesson.languages():
        starter = lesson.starter(language)
        assert all(role + LANGUAGES[language] in starter for role in lesson.text.roles)
        assert set(lesson.solution(language)) <= set(starter)
        assert lesson.solution(language)


@of_every_lesson
def test_it_knows_three_wrong_attempts_besides_the_starter(lesson: Lesson) -> None:
    assert len(set(lesson.attempts("python")) - {lesson.text.fault}) >= 3


@of_every_lesson
def test_its_python_programs_are_python(lesson: Lesson) -> None:
    for files in (lesson.starter("python"), lesson.solution("python"), *lesson.attempts("python").values()):
        for name, text in files.items():
            if name.endswith(".py"):
                ast.parse(text, name)


Played = tuple[Lesson, str]  # and the language of the programs
PLAYED = [(lesson, language) for lesson in lessons() for language in lesson.languages()]
WRONG = [(*played, code) for played in PLAYED for code in played[0].attempts(played[1])]


def named(value: Lesson | str) -> str:
    return value if isinstance(value, str) else f"{value.number}-{value.slug}"


@pytest.mark.parametrize(("lesson", "language"), PLAYED, ids=named)
def test_the_starter_has_the_fault_of_the_lesson(lesson: Lesson, language: str, learner: Learner) -> None:
    verdict = learner.play(lesson, language, {}).verdict
    assert isinstance(verdict, Diagnosis)
    assert verdict.code == lesson.text.fault


@pytest.mark.parametrize(("lesson", "language"), PLAYED, ids=named)
def test_the_solution_passes(lesson: Lesson, language: str, learner: Learner) -> None:
    result = learner.play(lesson, language, lesson.solution(language))
    assert isinstance(result.verdict, Passed)
    assert not result.failed


@pytest.mark.parametrize(("lesson", "language", "code"), WRONG, ids=named)
def test_a_wrong_attempt_has_its_own_diagnosis(lesson: Lesson, language: str, code: str, learner: Learner) -> None:
    result = learner.play(lesson, language, lesson.attempts(language)[code])
    assert isinstance(result.verdict, Diagnosis)
    assert result.verdict.code == code
    assert not result.failed
