"""The lessons over HTTP: texts, hints, and checks of an account."""

from __future__ import annotations

import pytest

from decaf.control.route import Refused
from decaf.lessons.catalog import lessons
from decaf.testing import Decaf


@pytest.fixture
def decaf(lesson_server: Decaf) -> Decaf:
    return lesson_server


def test_all_lessons_are_listed(decaf: Decaf) -> None:
    assert [each.number for each in decaf.control.lessons()] == [lesson.number for lesson in lessons()]


def test_a_lesson_names_files_of_the_language(decaf: Decaf) -> None:
    assert "`barista.py`" in decaf.control.lesson(2).task
    assert "`barista.sh`" in decaf.control.lesson(2, "cli").task
    assert "barista.sh" in decaf.control.lesson_hint(2, 1, "cli").hint
    assert decaf.control.lesson(2).queues == {"orders": {}, "made": {}}


def test_a_lesson_or_hint_that_is_not_there_is_refused(decaf: Decaf) -> None:
    with pytest.raises(Refused, match="there is no lesson 99"):
        decaf.control.lesson(99)
    with pytest.raises(Refused, match="lesson 2 has 3 hints"):
        decaf.control.lesson_hint(2, 4)


def test_a_check_is_of_one_account_and_shows_the_events(decaf: Decaf, account: str) -> None:
    control = decaf.control.of(account)
    assert control.check_lesson(2).code == "nothing-yet"
    sqs = decaf.client("sqs", account)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.create_queue(QueueName="made")
    for order in range(1, 5):
        sqs.send_message(QueueUrl=url, MessageBody=str(order))
    sqs.receive_message(QueueUrl=url)
    checked = control.check_lesson(2)
    assert (checked.passed, checked.code) == (False, "one-receive")
    assert "order 1 received from orders by" in checked.timeline[0]
    assert control.check_lesson(2, since=control.mark()).code != "one-receive"
