"""Where moto's FIFO topics depart from AWS's."""

from __future__ import annotations

from .sns_answers import bad
from .table import Departure, departs

_NO_ID = bad(
    "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
)
_DEDUPLICATION = "SNS Developer Guide, message deduplication for FIFO topics: the topic itself deduplicates"

DEPARTURES: dict[str, tuple[Departure, ...]] = {
    "sns_fifo.names": departs(
        "SNS API Reference, CreateTopic: Name, with .fifo, has up to 256 characters; text as the service words it",
        {case: bad("Topic Name") for case in ("no suffix", "257 characters", "a dot")},
    ),
    "sns_fifo.what_a_message_needs": departs(
        "SNS API Reference, Publish: MessageGroupId and MessageDeduplicationId; text as the service words it",
        {
            "no group": bad("The MessageGroupId parameter is required for FIFO topics"),
            "no id": _NO_ID,
            "batch, no id": _NO_ID,
        },
    ),
    "sns_fifo.subscribing": departs(
        "SNS Developer Guide, message delivery for FIFO topics: no phones; text as the service words it",
        {"a phone": bad("Invalid protocol type: sms")},
    ),
    "sns_fifo.the_envelope": departs(
        "SNS Developer Guide, message delivery for FIFO topics: a SequenceNumber; answers of the service: no signature",
        {
            "fields": [
                "Message",
                "MessageId",
                "SequenceNumber",
                "Timestamp",
                "TopicArn",
                "Type",
                "UnsubscribeURL",
            ]
        },
    ),
    "sns_fifo.publishing_again": departs(_DEDUPLICATION, {"ids": 1, "received": ["m"]}),
    "sns_fifo.dead_letter_queues": departs(
        "SNS Developer Guide, dead-letter queues: a FIFO queue for a FIFO queue; text as the service words it",
        {"standard": bad("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")},
    ),
}
