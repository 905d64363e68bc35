"""Where moto's SQS departs from AWS's: messages, sent and received, in standard and FIFO queues.

The API Reference states which requests are wrong and which code answers them, seldom in which words; a text
given here is one that the service is known to answer with.
"""

from __future__ import annotations

from .sqs_errors import (
    BAD,
    BAD_ID,
    CODES,
    EMPTY,
    MISSING,
    NOT_FOR_TYPE,
    TOO_MANY,
    TWICE,
    UNKNOWN_ATTRIBUTE,
    bad,
    bad_group,
    no_entries,
    no_handle,
    refused,
    too_long,
)
from .table import ABSENT, ANY_TEXT, Departure, departs

DEPARTURES: dict[str, tuple[Departure, ...]] = {
    "sqs_send.bad_bodies": (
        Departure("empty", MISSING, "SQS API Reference, SendMessage: at least one character"),
        *departs(
            "SQS API Reference, SendMessage: InvalidMessageContents",
            {
                "a control character": refused("InvalidMessageContents"),
                "no character": refused(
                    "InvalidMessageContents",
                    "Invalid binary character '#xFFFF' was found in the message body, the set of allowed"
                    " characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
                ),
            },
        ),
        Departure("too long", too_long(1_048_576), CODES),
    ),
    "sqs_send.a_queue_of_short_messages": (
        Departure("one more", too_long(1024), CODES),
        *departs(
            "SQS API Reference, SendMessage: the size is in bytes, attributes included",
            {"bytes, not letters": too_long(1024), "attributes count": too_long(1024)},
        ),
    ),
    "sqs_send.delays": (
        Departure("too long", bad("DelaySeconds", 901, "DelaySeconds must be >= 0 and <= 900."), CODES),
        Departure(
            "negative",
            bad("DelaySeconds", -1, "DelaySeconds must be >= 0 and <= 900."),
            "SQS API Reference, SendMessage: DelaySeconds from 0 to 900",
        ),
    ),
    "sqs_send.bad_message_attributes": departs(
        "SQS Developer Guide, message metadata: components of an attribute, and their limits",
        {
            "empty value": refused(
                "InvalidParameterValue",
                "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
            ),
            "no value": BAD,
            "empty type": refused(
                "InvalidParameterValue",
                "The message attribute 'a' must contain non-empty message attribute type.",
            ),
            "unknown type": refused(
                "InvalidParameterValue",
                "The type of message (user) attribute 'a' is invalid. You must use only the following"
                " supported type prefixes: Binary, Number, String.",
            ),
            "not a number": BAD,
            "empty name": refused(
                "InvalidParameterValue", "The request must contain non-empty message attribute name."
            ),
            "a space in the name": BAD,
            "reserved name": BAD,
            "a dot at the end": BAD,
            "a name of 257": BAD,
            "eleven": BAD,
        },
    ),
    "sqs_send.the_trace_header": departs(
        "SQS API Reference, SendMessage: MD5OfMessageSystemAttributes",
        {"send/MD5OfMessageSystemAttributes": "62a56dd927315f2b2e12832b84617ea5"},
    ),
    "sqs_send.missing_parameters": departs(
        "SQS API Reference: required parameters, and Common Error Types: MissingParameter",
        dict.fromkeys(("no body", "no handle"), MISSING),
    )
    + departs(
        "recorded answers, 2026-10",
        {
            "no name": refused(
                "InvalidParameterValue", "Value for parameter QueueName is invalid. Reason: Must specify a queue name."
            ),
        },
    ),
    "sqs_batches.sending": departs(EMPTY, {"send/Failed": ABSENT}),
    "sqs_batches.some_entries_fail": departs(
        "SQS API Reference, SendMessageBatch: the result of each message is reported by itself",
        {
            "length": {
                "status": 200,
                "Successful": {
                    "good": {
                        "MessageId": "<length/Successful/good/MessageId>",
                        "MD5OfMessageBody": "fff25994ee3941b225ba898fd17d186f",
                    }
                },
                "Failed": {
                    "long": {
                        "SenderFault": True,
                        "Code": "InvalidParameterValue",
                        "Message": "One or more parameters cannot be validated."
                        " Reason: Message must be shorter than 1024 bytes.",
                    }
                },
            }
        },
    ),
    "sqs_batches.a_bad_attribute_fails_its_entry": departs(
        "SQS API Reference, SendMessageBatch: the result of each message is reported by itself",
        {
            "send": {
                "status": 200,
                "Successful": {
                    "good": {
                        "MessageId": "<send/Successful/good/MessageId>",
                        "MD5OfMessageBody": "fff25994ee3941b225ba898fd17d186f",
                    }
                },
                "Failed": {"bad": {"SenderFault": True, "Code": "InvalidParameterValue", "Message": ANY_TEXT}},
            }
        },
    ),
    "sqs_batches.deleting": departs(EMPTY, {"again/Failed": ABSENT}),
    "sqs_batches.deleting_is_refused_whole": departs(
        "SQS API Reference, DeleteMessageBatch: errors",
        {"eleven": TOO_MANY, "odd": BAD_ID},
    ),
    "sqs_batches.changing_visibility": departs(
        "SQS API Reference, ChangeMessageVisibilityBatch: errors; texts as the service words them",
        {
            "change/Failed/bad-handle/Message": no_handle("no handle of ours")["message"],
            "change/Failed/too-long/Message": bad(
                "VisibilityTimeout", 43_201, "Must be between 0 and 43200, if provided."
            )["message"],
        },
    ),
    "sqs_batches.changing_visibility_is_refused_whole": departs(
        "SQS API Reference, ChangeMessageVisibilityBatch: errors",
        {
            "empty": no_entries("ChangeMessageVisibilityBatch"),
            "eleven": TOO_MANY,
            "an id twice": TWICE,
        },
    ),
    "sqs_receive.system_attributes": (
        Departure("SequenceNumber/Messages/0/Attributes", ABSENT, EMPTY),
        Departure("unknown", UNKNOWN_ATTRIBUTE, "SQS API Reference, ReceiveMessage: valid values"),
    ),
    "sqs_receive.how_many": departs(
        "SQS API Reference, ReceiveMessage: MaxNumberOfMessages from 1 to 10",
        {
            case: bad("MaxNumberOfMessages", number, "Must be between 1 and 10, if provided.")
            for case, number in (("none", 0), ("eleven", 11))
        },
    ),
    "sqs_receive.bad_times": departs(
        "SQS API Reference, ReceiveMessage; SQS Developer Guide, quotas; texts as the service words them",
        {
            "a wait of -1": bad("WaitTimeSeconds", -1, "Must be >= 0 and <= 20, if provided."),
            "a wait of 21": bad("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
            "a timeout of -1": bad("VisibilityTimeout", -1, "Must be between 0 and 43200, if provided."),
            "a timeout of 43201": bad("VisibilityTimeout", 43_201, "Must be between 0 and 43200, if provided."),
        },
    ),
    "sqs_in_flight.deleting": departs(
        "SQS API Reference, ChangeMessageVisibility: only messages in flight; text as the service words it",
        {
            "change": bad(
                "ReceiptHandle",
                "<ReceiptHandle>",
                "Message does not exist or is not available for visibility timeout change.",
            )
        },
    ),
    "sqs_in_flight.handles_that_are_none": departs(
        "SQS API Reference, DeleteMessage and ChangeMessageVisibility: ReceiptHandleIsInvalid, HTTP 404",
        {case: no_handle("no handle of ours") for case in ("delete", "change")},
    ),
    "sqs_in_flight.a_handle_of_another_queue": departs(
        "SQS API Reference, DeleteMessage: ReceiptHandleIsInvalid, HTTP 404",
        {
            "delete": refused(
                "ReceiptHandleIsInvalid", 'The receipt handle "<ReceiptHandle>" is not valid for this queue.'
            )
        },
    ),
    "sqs_in_flight.timeouts_out_of_bounds": departs(
        "SQS API Reference, ChangeMessageVisibility: from 0 to 43200, and no more than 12 hours in all",
        {
            "-1": bad("VisibilityTimeout", -1, "Must be between 0 and 43200, if provided."),
            "43201": bad("VisibilityTimeout", 43_201, "Must be between 0 and 43200, if provided."),
            "43200": bad(
                "VisibilityTimeout",
                43_200,
                "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
            ),
        },
    ),
    "sqs_fifo.creating": (
        Departure(
            "no suffix",
            refused(
                "InvalidParameterValue",
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
                "must end with .fifo suffix and be 1 to 80 in length.",
            ),
            CODES,
        ),
    ),
    "sqs_fifo.sending_and_receiving": departs(
        "SQS API Reference, SendMessage: every message of a FIFO queue has a SequenceNumber",
        {
            "send latte/SequenceNumber": 20,
            "send mocha/SequenceNumber": 20,
            "receive/Messages/0/Attributes/SequenceNumber": 20,
            "receive/Messages/1/Attributes/SequenceNumber": 20,
        },
    ),
    "sqs_fifo.duplicates": departs(
        "SQS Developer Guide, exactly-once processing: a duplicate is answered as the message it repeats",
        {"again/MessageId": "<first/MessageId>", "one sequence number": True},
    ),
    "sqs_fifo.what_is_refused": (
        *departs(
            CODES,
            {
                "nothing to deduplicate by": refused(
                    "InvalidParameterValue",
                    "The queue should either have ContentBasedDeduplication enabled or "
                    "MessageDeduplicationId provided explicitly",
                ),
                "a delay": bad("DelaySeconds", 2, NOT_FOR_TYPE),
            },
        ),
        *departs(
            "SQS API Reference, SendMessage: MessageGroupId, 1 to 128 alphanumeric characters and punctuation",
            {
                "a group of two words": bad_group("two words"),
                "a group of 129": bad_group("g" * 129),
            },
        ),
    ),
    "sqs_fifo.fifo_parameters_on_a_standard_queue": departs(
        "SQS API Reference: these parameters apply to FIFO queues only",
        {
            "a deduplication id": bad("MessageDeduplicationId", 1, NOT_FOR_TYPE),
            "an attempt id": bad("ReceiveRequestAttemptId", 1, NOT_FOR_TYPE),
            "a scope": refused(
                "InvalidAttributeName",
                "You can specify the DeduplicationScope only when FifoQueue is set to true.",
            ),
        },
    ),
    "sqs_fifo.a_handle_that_has_expired": departs(
        "SQS API Reference, DeleteMessage; texts as the service words them",
        {
            "delete": bad("ReceiptHandle", "<ReceiptHandle>", "The receipt handle has expired."),
            "change": bad(
                "ReceiptHandle",
                "<ReceiptHandle>",
                "Message does not exist or is not available for visibility timeout change.",
            ),
        },
    ),
}
