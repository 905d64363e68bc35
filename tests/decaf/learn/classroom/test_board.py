"""What the board says, and what the teacher's terminal says of two boards."""

from __future__ import annotations

from decaf.learn.classroom.board import Board, BoardLearner, BoardLesson, news


def _board(*learners: tuple[str, list[int], str]) -> Board:
    lessons = [BoardLesson(1, "Tight coupling"), BoardLesson(2, "A buffer")]
    return Board(
        lessons, [BoardLearner(name, passed, None, "", None, state) for name, passed, state in learners], 40, None
    )


def test_news_are_who_came_and_left_what_was_passed_and_servers_that_ended() -> None:
    before = _board(("Ada", [1], "ready"), ("Grace", [], "ready"), ("Joan", [], "ready"))
    after = _board(("Ada", [1, 2], "ready"), ("Joan", [], "starting again"), ("Mary", [], "starting"))
    assert news(before, after) == [
        "Mary has come in.",
        "Grace has left.",
        "Ada has passed lesson 2, A buffer.",
        "The server of Joan has ended, and starts again.",
    ]
    assert news(after, after) == []
