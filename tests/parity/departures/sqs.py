"""Where moto's SQS departs from AWS's.

The API Reference states which requests are wrong and which code answers them, seldom in which words; a text
given here is one that the service is known to answer with.
"""

from __future__ import annotations

from ..trace import Trace
from .table import ABSENT, ANY_TEXT, Departure, departs

# code a client sees -> (HTTP status, the error's name in SQS's model)
_ERRORS = {
    "AWS.SimpleQueueService.EmptyBatchRequest": (400, "EmptyBatchRequest"),
    "AWS.SimpleQueueService.BatchEntryIdsNotDistinct": (400, "BatchEntryIdsNotDistinct"),
    "AWS.SimpleQueueService.InvalidBatchEntryId": (400, "InvalidBatchEntryId"),
    "AWS.SimpleQueueService.QueueDeletedRecently": (400, "QueueDeletedRecently"),
    "AWS.SimpleQueueService.TooManyEntriesInBatchRequest": (400, "TooManyEntriesInBatchRequest"),
    "InvalidAttributeName": (400, "InvalidAttributeName"),
    "InvalidAttributeValue": (400, "InvalidAttributeValue"),
    "InvalidMessageContents": (400, "InvalidMessageContents"),
    "InvalidParameterValue": (400, "InvalidParameterValueException"),
    "MissingParameter": (400, "MissingRequiredParameterException"),
    "QueueAlreadyExists": (400, "QueueNameExists"),
    "ReceiptHandleIsInvalid": (404, "ReceiptHandleIsInvalid"),
}
_UNMODELLED = {"InvalidParameterValue", "MissingParameter"}  # boto3 has no class for these


def _refused(code: str, message: str = ANY_TEXT) -> Trace:
    status, shape = _ERRORS[code]
    return {
        "status": status,
        "error": code,
        "message": message,
        "exception": "ClientError" if code in _UNMODELLED else shape,
        "type": "Sender",
        "shape": shape,
    }


def _bad(parameter: str, value: object, reason: str) -> Trace:
    text = f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    return _refused("InvalidParameterValue", text)


def _no_handle(handle: str) -> Trace:
    text = f'The input receipt handle "{handle}" is not a valid receipt handle.'
    return _refused("ReceiptHandleIsInvalid", text)


def _too_long(limit: int) -> Trace:
    text = f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
    return _refused("InvalidParameterValue", text)


def _other_value(attribute: str) -> Trace:
    text = f"A queue already exists with the same name and a different value for attribute {attribute}"
    return _refused("QueueAlreadyExists", text)


def _no_entries(call: str) -> Trace:
    text = f"There should be at least one {call}RequestEntry in the request."
    return _refused("AWS.SimpleQueueService.EmptyBatchRequest", text)


_BAD_NAME = _refused(
    "InvalidParameterValue",
    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
)
_BAD_VALUE = _refused("InvalidAttributeValue")
_UNKNOWN_ATTRIBUTE = _refused("InvalidAttributeName", "Unknown Attribute Colour.")
_TOO_MANY = _refused(
    "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    "Maximum number of entries per request are 10. You have sent 11.",
)
_TWICE = _refused("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "Id a repeated.")
_BAD_ID = _refused(
    "AWS.SimpleQueueService.InvalidBatchEntryId",
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores."
    " It can be at most 80 letters long.",
)
_BAD = _refused("InvalidParameterValue")
_MISSING = _refused("MissingParameter")

_CODES = "SQS API Reference, Common Error Types: the model calls it InvalidParameterValueException"
_EMPTY = "SQS API Reference: an empty list or map is left out of the answer"

DEPARTURES: dict[str, tuple[Departure, ...]] = {
    "sqs_queues.creating_again_with_other_attributes": departs(
        "SQS API Reference, CreateQueue: QueueNameExists",
        {"other value": _other_value("VisibilityTimeout"), "not the default": _other_value("DelaySeconds")},
    ),
    "sqs_queues.queue_names": (
        *departs(_CODES, dict.fromkeys(("81 letters", "a space", "a dot"), _BAD_NAME)),
        Departure("fifo, not asked for", _BAD_NAME, "SQS API Reference, CreateQueue: .fifo is for FifoQueue=true"),
    ),
    "sqs_queues.bad_attributes_at_creation": departs(
        "SQS API Reference, CreateQueue: bounds of the attributes",
        {
            "VisibilityTimeout=43201": _BAD_VALUE,
            "VisibilityTimeout=-1": _BAD_VALUE,
            "VisibilityTimeout=soon": _BAD_VALUE,
            "DelaySeconds=901": _BAD_VALUE,
            "MessageRetentionPeriod=59": _BAD_VALUE,
            "ReceiveMessageWaitTimeSeconds=21": _BAD_VALUE,
            "Colour=red": _UNKNOWN_ATTRIBUTE,
            "none was made": {"status": 200},
        },
    ),
    "sqs_queues.creating_within_a_minute_of_deleting": departs(
        "SQS API Reference, DeleteQueue: wait at least 60 seconds",
        {
            "create": _refused(
                "AWS.SimpleQueueService.QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
            )
        },
    ),
    "sqs_attributes.defaults": departs(
        "SQS API Reference, GetQueueAttributes: epoch time in seconds",
        {
            "all/Attributes/CreatedTimestamp": "<epoch seconds>",
            "all/Attributes/LastModifiedTimestamp": "<epoch seconds>",
        },
    ),
    "sqs_attributes.setting_bad_values": departs(
        "SQS API Reference, SetQueueAttributes: bounds of the attributes",
        {
            "VisibilityTimeout=43201": _BAD_VALUE,
            "DelaySeconds=901": _BAD_VALUE,
            "DelaySeconds=now": _BAD_VALUE,
            "MaximumMessageSize=1048577": _BAD_VALUE,
            "MessageRetentionPeriod=1209601": _BAD_VALUE,
            "ReceiveMessageWaitTimeSeconds=-1": _BAD_VALUE,
            "Colour=red": _UNKNOWN_ATTRIBUTE,
            "read/Attributes": {
                "VisibilityTimeout": "30",
                "DelaySeconds": "0",
                "MaximumMessageSize": "1048576",
                "MessageRetentionPeriod": "345600",
            },
        },
    ),
    "sqs_attributes.a_key_of_ones_own_ends_managed_encryption": departs(
        "SQS API Reference, SetQueueAttributes: one kind of server-side encryption per queue",
        {
            "read/Attributes/SqsManagedSseEnabled": "false",
            "read again/Attributes/SqsManagedSseEnabled": "false",
        },
    ),
    "sqs_send.bad_bodies": (
        Departure("empty", _MISSING, "SQS API Reference, SendMessage: at least one character"),
        *departs(
            "SQS API Reference, SendMessage: InvalidMessageContents",
            {
                "a control character": _refused("InvalidMessageContents"),
                "no character": _refused(
                    "InvalidMessageContents",
                    "Invalid binary character '#xFFFF' was found in the message body, the set of allowed"
                    " characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
                ),
            },
        ),
        Departure("too long", _too_long(1_048_576), _CODES),
    ),
    "sqs_send.a_queue_of_short_messages": (
        Departure("one more", _too_long(1024), _CODES),
        *departs(
            "SQS API Reference, SendMessage: the size is in bytes, attributes included",
            {"bytes, not letters": _too_long(1024), "attributes count": _too_long(1024)},
        ),
    ),
    "sqs_send.delays": (
        Departure("too long", _bad("DelaySeconds", 901, "DelaySeconds must be >= 0 and <= 900."), _CODES),
        Departure(
            "negative",
            _bad("DelaySeconds", -1, "DelaySeconds must be >= 0 and <= 900."),
            "SQS API Reference, SendMessage: DelaySeconds from 0 to 900",
        ),
    ),
    "sqs_send.bad_message_attributes": departs(
        "SQS Developer Guide, message metadata: components of an attribute, and their limits",
        {
            "empty value": _refused(
                "InvalidParameterValue",
                "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
            ),
            "no value": _BAD,
            "empty type": _refused(
                "InvalidParameterValue",
                "The message attribute 'a' must contain non-empty message attribute type.",
            ),
            "unknown type": _refused(
                "InvalidParameterValue",
                "The type of message (user) attribute 'a' is invalid. You must use only the following"
                " supported type prefixes: Binary, Number, String.",
            ),
            "not a number": _BAD,
            "empty name": _refused(
                "InvalidParameterValue", "The request must contain non-empty message attribute name."
            ),
            "a space in the name": _BAD,
            "reserved name": _BAD,
            "a dot at the end": _BAD,
            "a name of 257": _BAD,
            "eleven": _BAD,
        },
    ),
    "sqs_send.the_trace_header": departs(
        "SQS API Reference, SendMessage: MD5OfMessageSystemAttributes",
        {"send/MD5OfMessageSystemAttributes": "62a56dd927315f2b2e12832b84617ea5"},
    ),
    "sqs_send.missing_parameters": departs(
        "SQS API Reference: required parameters, and Common Error Types: MissingParameter",
        dict.fromkeys(("no body", "no queue", "no handle", "no name"), _MISSING),
    ),
    "sqs_batches.sending": departs(_EMPTY, {"send/Failed": ABSENT}),
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
    "sqs_batches.deleting": departs(_EMPTY, {"again/Failed": ABSENT}),
    "sqs_batches.deleting_is_refused_whole": departs(
        "SQS API Reference, DeleteMessageBatch: errors",
        {"eleven": _TOO_MANY, "odd": _BAD_ID},
    ),
    "sqs_batches.changing_visibility": departs(
        "SQS API Reference, ChangeMessageVisibilityBatch: errors; texts as the service words them",
        {
            "change/Failed/bad-handle/Message": _no_handle("no handle of ours")["message"],
            "change/Failed/too-long/Message": _bad(
                "VisibilityTimeout", 43_201, "Must be between 0 and 43200, if provided."
            )["message"],
        },
    ),
    "sqs_batches.changing_visibility_is_refused_whole": departs(
        "SQS API Reference, ChangeMessageVisibilityBatch: errors",
        {
            "empty": _no_entries("ChangeMessageVisibilityBatch"),
            "eleven": _TOO_MANY,
            "an id twice": _TWICE,
        },
    ),
    "sqs_receive.system_attributes": (
        Departure("SequenceNumber/Messages/0/Attributes", ABSENT, _EMPTY),
        Departure("unknown", _UNKNOWN_ATTRIBUTE, "SQS API Reference, ReceiveMessage: valid values"),
    ),
    "sqs_receive.how_many": departs(
        "SQS API Reference, ReceiveMessage: MaxNumberOfMessages from 1 to 10",
        {
            case: _bad("MaxNumberOfMessages", number, "Must be between 1 and 10, if provided.")
            for case, number in (("none", 0), ("eleven", 11))
        },
    ),
    "sqs_receive.bad_times": departs(
        "SQS API Reference, ReceiveMessage; SQS Developer Guide, quotas; texts as the service words them",
        {
            "a wait of -1": _bad("WaitTimeSeconds", -1, "Must be >= 0 and <= 20, if provided."),
            "a wait of 21": _bad("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
            "a timeout of -1": _bad("VisibilityTimeout", -1, "Must be between 0 and 43200, if provided."),
            "a timeout of 43201": _bad("VisibilityTimeout", 43_201, "Must be between 0 and 43200, if provided."),
        },
    ),
    "sqs_in_flight.deleting": departs(
        "SQS API Reference, ChangeMessageVisibility: only messages in flight; text as the service words it",
        {
            "change": _bad(
                "ReceiptHandle",
                "<ReceiptHandle>",
                "Message does not exist or is not available for visibility timeout change.",
            )
        },
    ),
    "sqs_in_flight.handles_that_are_none": departs(
        "SQS API Reference, DeleteMessage and ChangeMessageVisibility: ReceiptHandleIsInvalid, HTTP 404",
        {case: _no_handle("no handle of ours") for case in ("delete", "change")},
    ),
    "sqs_in_flight.a_handle_of_another_queue": departs(
        "SQS API Reference, DeleteMessage: ReceiptHandleIsInvalid, HTTP 404",
        {"delete": _refused("ReceiptHandleIsInvalid")},
    ),
    "sqs_in_flight.timeouts_out_of_bounds": departs(
        "SQS API Reference, ChangeMessageVisibility: from 0 to 43200, and no more than 12 hours in all",
        {
            "-1": _bad("VisibilityTimeout", -1, "Must be between 0 and 43200, if provided."),
            "43201": _bad("VisibilityTimeout", 43_201, "Must be between 0 and 43200, if provided."),
            "43200": _bad(
                "VisibilityTimeout",
                43_200,
                "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
            ),
        },
    ),
    "sqs_dead_letters.a_message_received_too_often_moves": departs(
        "SQS API Reference, ReceiveMessage: DeadLetterQueueSourceArn",
        {
            "dead/Messages/0/Attributes/DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:<account>:orders",
        },
    ),
    "sqs_dead_letters.policies_that_are_none": departs(
        "SQS API Reference, SetQueueAttributes: RedrivePolicy",
        {
            "no target": _bad(
                "RedrivePolicy",
                '{"maxReceiveCount":1}',
                "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
            ),
            "no count": _bad(
                "RedrivePolicy",
                '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:<account>:dead"}',
                "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
            ),
            "an unknown target": _BAD,
            "a count of 0": _BAD,
            "a count of 1001": _BAD,
            "no JSON": _refused("InvalidAttributeValue"),
            "read": {"status": 200},
        },
    ),
    "sqs_dead_letters.who_may_redrive_here": departs(
        "SQS API Reference, GetQueueAttributes: RedriveAllowPolicy",
        {
            "read": {
                "status": 200,
                "Attributes": {
                    "RedriveAllowPolicy": {
                        "redrivePermission": "byQueue",
                        "sourceQueueArns": ["arn:aws:sqs:us-east-1:<account>:dead-source"],
                    }
                },
            }
        },
    ),
    "sqs_tags.no_tags": departs(_EMPTY, {"none/Tags": ABSENT}),
}
