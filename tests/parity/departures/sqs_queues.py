"""Where moto's SQS departs from AWS's: queues, their attributes, permissions, tags and dead letters.

The API Reference states which requests are wrong and which code answers them, seldom in which words; a text
given here is one that the service is known to answer with.
"""

from __future__ import annotations

from .sqs_errors import BAD, BAD_NAME, BAD_VALUE, CODES, EMPTY, UNKNOWN_ATTRIBUTE, bad, other_value, refused
from .table import ABSENT, Departure, departs

_POLICY_VERSION = departs(
    "answers of the service: AddPermission writes policies of the older version",
    {"read/Attributes/Policy/Version": "2008-10-17"},
)

DEPARTURES: dict[str, tuple[Departure, ...]] = {
    "sqs_queues.creating_again_with_other_attributes": departs(
        "SQS API Reference, CreateQueue: QueueNameExists",
        {"other value": other_value("VisibilityTimeout"), "not the default": other_value("DelaySeconds")},
    ),
    "sqs_queues.queue_names": (
        *departs(CODES, dict.fromkeys(("81 letters", "a space", "a dot"), BAD_NAME)),
        Departure("fifo, not asked for", BAD_NAME, "SQS API Reference, CreateQueue: .fifo is for FifoQueue=true"),
    ),
    "sqs_queues.bad_attributes_at_creation": departs(
        "SQS API Reference, CreateQueue: bounds of the attributes",
        {
            "VisibilityTimeout=43201": BAD_VALUE,
            "VisibilityTimeout=-1": BAD_VALUE,
            "VisibilityTimeout=soon": BAD_VALUE,
            "DelaySeconds=901": BAD_VALUE,
            "MessageRetentionPeriod=59": BAD_VALUE,
            "ReceiveMessageWaitTimeSeconds=21": BAD_VALUE,
            "Colour=red": UNKNOWN_ATTRIBUTE,
            "none was made": {"status": 200},
        },
    ),
    "sqs_queues.creating_within_a_minute_of_deleting": departs(
        "SQS API Reference, DeleteQueue: wait at least 60 seconds",
        {
            "create": refused(
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
            "VisibilityTimeout=43201": BAD_VALUE,
            "DelaySeconds=901": BAD_VALUE,
            "DelaySeconds=now": BAD_VALUE,
            "MaximumMessageSize=1048577": BAD_VALUE,
            "MessageRetentionPeriod=1209601": BAD_VALUE,
            "ReceiveMessageWaitTimeSeconds=-1": BAD_VALUE,
            "Colour=red": UNKNOWN_ATTRIBUTE,
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
    "sqs_dead_letters.a_message_received_too_often_moves": departs(
        "SQS API Reference, ReceiveMessage: DeadLetterQueueSourceArn",
        {
            "dead/Messages/0/Attributes/DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:<account>:orders",
        },
    ),
    "sqs_dead_letters.policies_that_are_none": departs(
        "SQS API Reference, SetQueueAttributes: RedrivePolicy",
        {
            "no target": bad(
                "RedrivePolicy",
                '{"maxReceiveCount":1}',
                "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
            ),
            "no count": bad(
                "RedrivePolicy",
                '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:<account>:dead"}',
                "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
            ),
            "an unknown target": BAD,
            "a count of 0": BAD,
            "a count of 1001": BAD,
            "no JSON": refused(
                "InvalidAttributeValue",
                "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.",
            ),
            "read": {"status": 200},
        },
    ),
    "sqs_dead_letters.dead_letters_of_a_fifo_queue": (
        Departure("dead", ["a1", "a2"], "SQS Developer Guide, dead-letter queues: each message moves by its own count"),
        Departure(
            "a standard queue names it",
            bad(
                "RedrivePolicy",
                '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:<account>:dead.fifo", "maxReceiveCount": 1}',
                "Dead-letter queue must be same type of queue as the source.",
            ),
            "SQS Developer Guide, dead-letter queues: of the same type as the source",
        ),
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
    "sqs_permissions.one_action_for_one_account": _POLICY_VERSION,
    "sqs_permissions.several_of_each": _POLICY_VERSION,
    "sqs_permissions.what_is_refused": departs(
        "SQS API Reference, AddPermission and RemovePermission; texts as the service words them",
        {
            "a label twice": bad("Label", "a", "Already exists."),
            "an action of the owner": bad(
                "ActionName", "SQS:CreateQueue", "Only the queue owner is allowed to invoke this action."
            ),
            "no such action": bad(
                "ActionName", "SQS:Dance", "Please refer to the appropriate WSDL for a list of valid actions."
            ),
            "no account": BAD,
            "an unknown label": bad("Label", "none", "can't find label on existing policy."),
        },
    ),
    "sqs_tags.bad_tags": departs(
        "SQS Developer Guide, quotas: tags of a queue",
        dict.fromkeys(("fifty-one", "a key of 129", "a value of 257", "a reserved key", "no keys"), BAD),
    ),
    "sqs_tags.creating_again_with_other_tags": departs(
        "reported of AWS in 2021", {"create": refused("QueueAlreadyExists")}
    ),
    "sqs_tags.no_tags": departs(EMPTY, {"none/Tags": ABSENT}),
}
