"""The lessons over HTTP: their texts, their hints, and the check of what an account's wire shows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from decaf.base.arn import Account
from decaf.base.slices import gradually
from decaf.control import across, marks
from decaf.control.event_filter import Mark
from decaf.control.route import Across, ControlRequest, ControlResponse, EmptyRequest, Refused, Route, Shards
from decaf.control.trace import TakeTrace, Trace, take_trace
from decaf.lessons import catalog
from decaf.lessons.lesson import Lesson
from decaf.lessons.verdict import Passed, timeline
from decaf.lessons.wire import Wire

if TYPE_CHECKING:
    from decaf.world import World

Number = Annotated[int, msgspec.Meta(ge=1)]
Language = Literal["python", "cli"]


class LessonSummary(ControlResponse, frozen=True):
    """A lesson; `idea` is the one new thing that it is about, `minutes` how long it takes."""

    number: int
    slug: str
    title: str
    part: str
    minutes: int
    idea: str


class Lessons(ControlResponse, frozen=True):
    """All lessons, in their order."""

    lessons: list[LessonSummary]


class ShowLesson(ControlRequest, frozen=True):
    """The `number` of a lesson; `language` is that of the file names in its texts."""

    number: Number
    language: Language = "python"


class LessonDescription(LessonSummary, frozen=True):
    """A lesson with its texts. `task` is Markdown; the pictures, of before and after, are drawn with characters.

    `queues` are those that it begins with, each with its attributes.
    """

    task: str
    picture_before: str
    picture_after: str
    on_aws: str
    link: str
    hint_count: int
    queues: dict[str, dict[str, str]]


class ShowHint(ControlRequest, frozen=True):
    """The `number` of a lesson, and of one of its hints, from 1 on."""

    number: Number
    hint: Number
    language: Language = "python"


class Hint(ControlResponse, frozen=True):
    """A hint, and how many the lesson has."""

    hint: str
    count: int


class CheckLesson(ControlRequest, frozen=True):
    """The `number` of a lesson, and the account whose programs did its task, after the mark `since` of the history."""

    number: Number
    account: Account
    since: Mark | None = None


class Checked(ControlResponse, frozen=True):
    """What the wire of an account shows. Of a lesson that is `passed`, `sentence` is what proves it, and `remark` what
    could be wiser. Otherwise `sentence` says what happened instead, `code` is a word for that, and `expected` and
    `seen` are both sides of it. `timeline` has a line for each of the events with the `marks`, which show it.
    """

    passed: bool
    code: str
    sentence: str
    remark: str
    expected: str
    seen: str
    marks: list[int]
    timeline: list[str]


def _list(world: World, _: EmptyRequest) -> Lessons:
    return Lessons(lessons=[_summary(lesson) for lesson in catalog.lessons()])


def _summary(lesson: Lesson) -> LessonSummary:
    text = lesson.text
    return LessonSummary(
        number=text.number,
        slug=lesson.slug,
        title=text.title,
        part=text.part,
        minutes=text.minutes,
        idea=text.idea,
    )


def _show(world: World, request: ShowLesson) -> LessonDescription:
    lesson = _find(request.number)
    text = lesson.text
    return LessonDescription(
        **msgspec.structs.asdict(_summary(lesson)),
        task=lesson.task(request.language),
        picture_before=text.picture_before,
        picture_after=text.picture_after,
        on_aws=text.on_aws,
        link=text.link,
        hint_count=len(text.hints),
        queues=text.queues,
    )


def _hint(world: World, request: ShowHint) -> Hint:
    hints = _find(request.number).hints(request.language)
    if request.hint > len(hints):
        raise Refused(f"lesson {request.number} has {len(hints)} hints", 404)
    return Hint(hint=hints[request.hint - 1], count=len(hints))


def _check(world: World, request: CheckLesson) -> Awaitable[Checked]:
    asked = TakeTrace(account=request.account, since=request.since, explained=False)
    return _checked(_find(request.number), take_trace(world, asked))


async def _checked(lesson: Lesson, taking: Generator[None, None, Trace]) -> Checked:
    trace = await gradually(taking)
    return await asyncio.to_thread(_judge, lesson, Wire.read(trace))


def _judge(lesson: Lesson, wire: Wire) -> Checked:
    """Returns what a lesson says of a wire. It needs nothing else, so that a thread can do it: its time is not known
    before.
    """
    verdict = lesson.check(wire)
    if isinstance(verdict, Passed):
        return Checked(
            passed=True,
            code="passed",
            sentence=verdict.proof,
            remark=verdict.remark,
            expected="",
            seen="",
            marks=[],
            timeline=[],
        )
    return Checked(
        passed=False,
        code=verdict.code,
        sentence=verdict.sentence,
        remark="",
        expected=verdict.expected,
        seen=verdict.seen,
        marks=list(verdict.marks),
        timeline=timeline(wire, verdict.marks),
    )


async def _check_there(shards: Shards, route: Route[CheckLesson, Checked], request: CheckLesson) -> Checked:
    # A lesson is done in one region.
    shard = await shards.of(request.account, None)
    checked = await across.ask(shards, shard, route, across.since(request, shards)[shard])
    return msgspec.structs.replace(checked, marks=[marks.of_one(mark, shard, shards.count) for mark in checked.marks])


def _find(number: int) -> Lesson:
    try:
        return catalog.find(number)
    except catalog.NoLesson as error:
        raise Refused(str(error), 404) from None


LIST_LESSONS = Route(
    "GET",
    "/lessons",
    "Return the lessons that teach queues and topics",
    _list,
    EmptyRequest,
    Lessons,
    command="lesson list",
    python="control.lessons()",
    across=across.ANY_SHARD,
)
SHOW_LESSON = Route(
    "GET",
    "/lesson",
    "Return one lesson: its task, its pictures, and what differs on AWS",
    _show,
    ShowLesson,
    LessonDescription,
    command="lesson show 2",
    python="control.lesson(2)",
    example={"number": 2},
    across=across.ANY_SHARD,
)
SHOW_HINT = Route(
    "GET",
    "/lesson/hint",
    "Return a hint for a lesson",
    _hint,
    ShowHint,
    Hint,
    command="lesson hint 2 1",
    python="control.lesson_hint(2, 1)",
    example={"number": 2, "hint": 1},
    across=across.ANY_SHARD,
)
CHECK_LESSON = Route(
    "POST",
    "/lesson/check",
    "Check a lesson by what the programs of an account have done",
    _check,
    CheckLesson,
    Checked,
    command="lesson check 2 --account 000000000000",
    python='control.of("000000000000").check_lesson(2)',
    example={"number": 2, "account": "000000000000"},
    across=Across(_check_there),
)

ROUTES = (LIST_LESSONS, SHOW_LESSON, SHOW_HINT, CHECK_LESSON)
