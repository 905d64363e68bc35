"""Where moto's SNS departs from AWS's.

The API Reference states which requests are wrong and which code answers them, seldom in which words; a text
given here is one that the service is known to answer with.
"""

from __future__ import annotations

from ..trace import Trace
from .sns_answers import bad as _bad
from .sns_answers import refused as _refused
from .table import ABSENT, ANY_TEXT, Departure, departs


def _no_arn(parameter: str, elements: int) -> Trace:
    return _bad(f"{parameter} Reason: An ARN must have at least 6 elements, not {elements}")


_BAD = _refused("InvalidParameter")
_BAD_ATTRIBUTE = _refused("ParameterValueInvalid", exception="InvalidParameterValueException")
_NO_TOPIC = _refused("NotFound", "Topic does not exist", 404)
_NO_SUBSCRIPTION = _refused("NotFound", "Subscription does not exist", 404)
_PENDING = {"status": 200, "SubscriptionArn": "pending confirmation"}

_PUBLISH = "SNS API Reference, Publish"
_SUBSCRIBE = "SNS API Reference, Subscribe"
_SIGNATURE = departs(
    "SNS API Reference, SetTopicAttributes: SignatureVersion is 1 unless set",
    {"receive/Envelope/SignatureVersion": "1"},
)

DEPARTURES: dict[str, tuple[Departure, ...]] = {
    "fan_out.wrapped": _SIGNATURE,
    "fan_out.wrapped_with_subject_and_attributes": _SIGNATURE,
    "fan_out.the_default_text": _SIGNATURE,
    "fan_out.raw_with_bytes": departs(
        "SNS Developer Guide, raw message delivery: attributes become the queue message's",
        {
            "receive": {
                "status": 200,
                "Messages": [
                    {
                        "Body": "m",
                        "MD5OfBody": "6f8f57715090da2632453988d9a1501b",
                        "MD5OfMessageAttributes": "9ce23c17e2650945f8ac2fbccf8cadf5",
                        "MessageAttributes": {"bytes": {"DataType": "Binary", "BinaryValue": {"base64": "AP8="}}},
                        "MessageId": "<receive/Messages/0/MessageId>",
                        "ReceiptHandle": "<receive/Messages/0/ReceiptHandle>",
                    }
                ],
            }
        },
    ),
    "sns_topics.deleting": departs(f"{_PUBLISH}: NotFound", {"publish": _NO_TOPIC}),
    "sns_topics.topic_names": departs(
        "SNS API Reference, CreateTopic: Name",
        {case: _bad("Topic Name") for case in ("257 letters", "a space", "a dot", "fifo, not asked for", "empty")},
    ),
    "sns_topics.creating_again_with_other_attributes": departs(
        "SNS API Reference, CreateTopic: a topic of that name with other attributes",
        {"other": _bad("Attributes Reason: Topic already exists with different attributes")},
    ),
    "sns_topics.attributes": (
        Departure(
            "read/Attributes/DeliveryPolicy",
            ABSENT,
            "SNS API Reference, GetTopicAttributes: DeliveryPolicy, when it is set",
        ),
        Departure(
            "read/Attributes/EffectiveDeliveryPolicy",
            {
                "http": {
                    "defaultHealthyRetryPolicy": {
                        "minDelayTarget": 20,
                        "maxDelayTarget": 20,
                        "numRetries": 3,
                        "numMaxDelayRetries": 0,
                        "numNoDelayRetries": 0,
                        "numMinDelayRetries": 0,
                        "backoffFunction": "linear",
                    },
                    "disableSubscriptionOverrides": False,
                    "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
                }
            },
            "SNS Developer Guide, message delivery retries: a topic's policy is by protocol",
        ),
    ),
    "sns_topics.setting_attributes": departs(
        "SNS API Reference, GetTopicAttributes: what was set",
        {"read/Attributes/SignatureVersion": "2", "read/Attributes/TracingConfig": "Active"},
    ),
    "sns_topics.setting_bad_attributes": departs(
        "SNS API Reference, SetTopicAttributes: names and values of the attributes",
        {
            "Colour=red": _bad("AttributeName"),
            "SignatureVersion=3": _BAD,
            "TracingConfig=Sometimes": _BAD,
            "Owner=me": _bad("AttributeName"),
        },
    ),
    "sns_topics.counts": departs(
        "SNS API Reference, GetTopicAttributes: SubscriptionsConfirmed and SubscriptionsPending",
        {
            "two/SubscriptionsConfirmed": "1",
            "two/SubscriptionsPending": "1",
            "one unsubscribed/SubscriptionsPending": "1",
        },
    ),
    "sns_topics.arns_that_are_none": departs(
        "SNS API Reference, Common Errors: InvalidParameter; text as the service words it",
        {
            f"{call}, {case}": _no_arn("TopicArn", elements)
            for call in ("read", "publish", "delete")
            for case, elements in (("a word", 1), ("empty", 1), ("no name", 5))
        },
    ),
    "sns_topics.a_topic_of_another_region": departs(
        "SNS Developer Guide: topics are of one region; text as the service words it",
        {call: _bad("TopicArn") for call in ("read", "publish", "subscriptions")},
    ),
    "sns_tags.creating_again_with_other_tags": departs(
        "SNS API Reference, CreateTopic: a topic of that name with other tags",
        {"other": _bad("Tags Reason: Topic already exists with different tags")},
    ),
    "sns_publish.bad_messages": (
        *departs(
            f"{_PUBLISH}: Message must not be empty, 256 KiB at most",
            {"empty": _bad("Empty message"), "too long": _bad("Message too long")},
        ),
        *departs(
            f"{_PUBLISH}: one of TopicArn, TargetArn, PhoneNumber",
            {
                "no target": _BAD,
                "an unknown topic": _NO_TOPIC,
                "no phone": _bad("PhoneNumber Reason: call me is not valid to publish to"),
            },
        ),
    ),
    "sns_publish.subjects": departs(
        f"{_PUBLISH}: Subject has no line breaks and fewer than 100 characters",
        {"101": _bad("Subject"), "two lines": _bad("Subject")},
    ),
    "sns_publish.bad_structures": departs(
        f"{_PUBLISH}: MessageStructure",
        {
            "no default": _bad("Message Structure - No default entry in JSON message body"),
            "default is no string": _BAD,
            "no JSON": _bad("Message Structure - JSON message body failed to parse"),
            "no object": _BAD,
        },
    ),
    "sns_publish.bad_message_attributes": departs(
        f"{_PUBLISH}: ParameterValueInvalid; SNS Developer Guide, message attributes",
        dict.fromkeys(("empty value", "no value", "unknown type", "not a number"), _BAD_ATTRIBUTE),
    ),
    "sns_publish.a_batch_is_refused_whole": departs(
        "SNS API Reference, PublishBatch: errors",
        {
            "empty": _refused("EmptyBatchRequest"),
            "a space in an id": _refused("InvalidBatchEntryId"),
            "too long together": _refused("BatchRequestTooLong"),
        },
    ),
    "sns_subscriptions.a_queue": departs(
        f"{_SUBSCRIBE}: an endpoint that is subscribed with other attributes",
        {"again, otherwise": _bad("Attributes Reason: Subscription already exists with different attributes")},
    ),
    "sns_subscriptions.attributes_of_a_queues_subscription": departs(
        "SNS API Reference, GetSubscriptionAttributes: SubscriptionPrincipal",
        {f"{step}/Attributes/SubscriptionPrincipal": ANY_TEXT for step in ("raw", "not raw")},
    ),
    "sns_subscriptions.a_dead_letter_queue": departs(
        "SNS Developer Guide, dead-letter queues: RedrivePolicy has deadLetterTargetArn alone",
        {
            "too much": _bad("RedrivePolicy: invalid JSON. Attribute maxReceiveCount is unknown."),
            "no ARN": _BAD,
            "no JSON": _BAD,
            "RedrivePolicy": {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:<account>:readers"},
        },
    ),
    "sns_subscriptions.mail_waits_for_confirmation": departs(
        f"{_SUBSCRIBE}: the ARN of an unconfirmed subscription comes only with ReturnSubscriptionArn",
        {
            "subscribe": _PENDING,
            "list/Subscriptions/0/SubscriptionArn": "PendingConfirmation",
            "list/Subscriptions/1/SubscriptionArn": "PendingConfirmation",
            "end it": _no_arn("SubscriptionArn", 1),
        },
    ),
    "sns_subscriptions.attributes_of_a_pending_subscription": departs(
        "SNS API Reference, GetSubscriptionAttributes",
        {
            "read/Attributes/PendingConfirmation": "true",
            "read/Attributes/ConfirmationWasAuthenticated": "false",
            "read/Attributes/SubscriptionPrincipal": ANY_TEXT,
        },
    ),
    "sns_subscriptions.bad_endpoints": departs(
        f"{_SUBSCRIBE}: Protocol and Endpoint",
        {
            "no queue's ARN": _bad("SQS endpoint ARN"),
            "no address": _BAD,
            "https for http": _bad("Endpoint must match the specified protocol"),
            "http for https": _bad("Endpoint must match the specified protocol"),
            "no URL": _bad("Endpoint must match the specified protocol"),
            "no function": _BAD,
            "no protocol": _BAD,
        },
    ),
    "sns_subscriptions.bad_attributes": departs(
        "SNS API Reference, SetSubscriptionAttributes: names and values of the attributes",
        {
            "subscribe": _BAD,
            "Colour=red": _bad("AttributeName"),
            "RawMessageDelivery=maybe": _BAD,
            "Owner=me": _bad("AttributeName"),
        },
    ),
    "sns_subscriptions.unknown_topics_and_subscriptions": departs(
        "SNS API Reference, SetSubscriptionAttributes, Unsubscribe: NotFound, InvalidParameter",
        {
            "set": _NO_SUBSCRIPTION,
            "read by a word": _no_arn("SubscriptionArn", 1),
            "unsubscribe by a word": _no_arn("SubscriptionArn", 1),
        },
    ),
    "sns_permissions.bad_permissions": departs(
        "SNS API Reference, AddPermission: InvalidParameter; text as the service words it",
        {
            "taken": _bad("Statement already exists"),
            "unknown action": _bad("Policy statement action out of service scope!"),
        },
    ),
    "sns_platforms.an_endpoint": departs(
        "SNS API Reference, CreatePlatformEndpoint, GetEndpointAttributes: CustomUserData; Publish: InvalidParameter",
        {
            "read/Attributes/CustomUserData": "Ada",
            "list/Endpoints/0/Attributes/CustomUserData": "Ada",
            "publish to it": _bad("TargetArn Reason: No endpoint found for the target arn specified"),
        },
    ),
    "sns_sms.preferences": departs(
        "answers of the service, 2025-10: an account has a spend limit before it sets one",
        {"all/attributes/MonthlySpendLimit": "1", "changed/attributes/MonthlySpendLimit": "1"},
    ),
    "sns_sms.bad_preferences": departs(
        "SNS API Reference, SetSMSAttributes: names and values of the attributes",
        {"unknown": _BAD, "no type": _BAD},
    ),
}
