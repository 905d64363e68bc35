"""Rules that could never fire are refused when they are set."""

from __future__ import annotations

import pytest

from decaf.faults.checks import BATCHES, BadFault, check
from decaf.faults.effects import Drop, Duplicate, Effect, Error, Fail, Latency, PartialBatch, Reorder, Throttle, Timeout
from decaf.faults.match import Match
from decaf_protocol import operations


@pytest.mark.parametrize(
    ("match", "effect", "why"),
    [
        (Match(operation="SendMail"), Throttle(), "there is no operation SendMail"),
        (Match(operation="Publish", service="sqs"), Throttle(), "no operation fits everything that is named"),
        (Match(operation="Publish", queue="orders"), Throttle(), "no operation fits everything that is named"),
        (Match(queue="orders", topic="orders"), Throttle(), "no operation fits everything that is named"),
        (Match(subscriber="sqs"), Latency(seconds=1), "this effect is for calls: only deliveries have a subscriber"),
        (Match(operation="SendMessage"), PartialBatch(fail=1), "no operation fits everything that is named"),
        (Match(operation="SendMessage"), Reorder(), "no operation fits everything that is named"),
        (Match(service="sns"), Reorder(), "no operation fits everything that is named"),
        (Match(operation="SendMessage"), Duplicate(), "no operation fits everything that is named"),
        (Match(queue="orders.fifo"), Reorder(), "FIFO queues and topics keep their order, and deliver once"),
        (Match(topic="orders.fifo"), Duplicate(), "FIFO queues and topics keep their order, and deliver once"),
        (Match(operation="Publish"), Fail(), "this effect is for deliveries of SNS: they have no operation"),
        (Match(service="sqs"), Timeout(), "this effect is for deliveries of SNS: they have no operation"),
        (Match(), Error(code="Tired"), "SQS has no error Tired; if another service has it, name the service"),
        (Match(), Error(code="NotFound"), "SQS has no error NotFound; if another service has it, name the service"),
        (
            Match(topic="orders"),
            Error(code="OverLimit"),
            "SNS has no error OverLimit; if another service has it, name the service",
        ),
        (
            Match(operation="PublishBatch"),
            PartialBatch(fail=1, code="OverLimit"),
            "SNS has no error OverLimit; if another service has it, name the service",
        ),
    ],
)
def test_refused(match: Match, effect: Effect, why: str) -> None:
    with pytest.raises(BadFault) as raised:
        check(match, effect)
    assert str(raised.value) == why


@pytest.mark.parametrize(
    ("match", "effect"),
    [
        (Match(), Throttle()),
        (Match(operation=["Publish", "SendMessage"]), Drop()),
        (Match(service="sqs"), Error(code="OverLimit")),
        (Match(queue="orders"), Error(code="AWS.SimpleQueueService.NonExistentQueue")),
        (Match(operation="Publish"), Error(code="NotFound")),
        (Match(), Error(code="ServiceUnavailable")),
        (Match(), PartialBatch(fail=1)),
        (Match(operation="ReceiveMessage", queue="orders"), Duplicate()),
        (Match(queue="orders", subscriber="sqs"), Duplicate()),
        (Match(topic="orders", queue="orders"), Fail()),
    ],
)
def test_taken(match: Match, effect: Effect) -> None:
    check(match, effect)


def test_batches_are_all_that_the_models_have() -> None:
    named = {name for service in ("sqs", "sns") for name in operations(service) if name.endswith("Batch")}
    assert named == BATCHES
