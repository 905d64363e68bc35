"""Resources declared in TOML are those that AWS's calls would create; errors have file and line."""

from __future__ import annotations

import json

import pytest

from tests.decaf.declared.declaring import Declaring
from tests.decaf.sns.cloud import ACCOUNT, REGION

ORDERS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
NEWS = f"arn:aws:sns:{REGION}:{ACCOUNT}:news"


def test_a_queue_has_the_attributes_and_tags_that_are_given(cloud: Declaring) -> None:
    cloud.declare("""
        [[queues]]
        name = "orders.fifo"
        FifoQueue = true
        VisibilityTimeout = 60
        MessageRetentionPeriod = "120"
        tags = { team = "bar", floor = 2 }
    """)
    attributes = cloud.attributes_of_queue("orders.fifo")
    assert (attributes["FifoQueue"], attributes["VisibilityTimeout"]) == ("true", "60")
    assert attributes["MessageRetentionPeriod"] == "120"
    assert cloud.sqs("ListQueueTags", QueueUrl="orders.fifo")["Tags"] == {"team": "bar", "floor": "2"}


def test_a_dead_letter_queue_may_be_declared_after_its_sources_and_be_named(cloud: Declaring) -> None:
    cloud.declare("""
        [[queues]]
        name = "orders"
        RedrivePolicy = { deadLetterTargetArn = "dead", maxReceiveCount = 3 }
        [[queues]]
        name = "dead"
        RedriveAllowPolicy = { redrivePermission = "byQueue", sourceQueueArns = ["orders"] }
    """)
    policy = json.loads(cloud.attributes_of_queue("orders")["RedrivePolicy"])
    assert policy == {"deadLetterTargetArn": ORDERS.replace("orders", "dead"), "maxReceiveCount": 3}
    assert json.loads(cloud.attributes_of_queue("dead")["RedriveAllowPolicy"])["sourceQueueArns"] == [ORDERS]


def test_two_queues_may_be_each_others_dead_letter_queue(cloud: Declaring) -> None:
    cloud.declare("""
        queues = [
            { name = "a", RedrivePolicy = { deadLetterTargetArn = "b", maxReceiveCount = 1 } },
            { name = "b", RedrivePolicy = { deadLetterTargetArn = "a", maxReceiveCount = 1 } },
        ]
    """)
    assert "RedrivePolicy" in cloud.attributes_of_queue("a")
    assert "RedrivePolicy" in cloud.attributes_of_queue("b")


def test_a_policy_is_a_table_or_its_json(cloud: Declaring) -> None:
    cloud.declare(f"""
        [[queues]]
        name = "orders"
        [queues.Policy]
        Version = "2012-10-17"
        [[queues.Policy.Statement]]
        Effect = "Allow"
        Principal = "*"
        Action = "sqs:SendMessage"
        Resource = "{ORDERS}"

        [[queues]]
        name = "others"
        RedriveAllowPolicy = '{{"redrivePermission": "denyAll"}}'
    """)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": ORDERS}
    policy = json.loads(cloud.attributes_of_queue("orders")["Policy"])
    assert policy == {"Version": "2012-10-17", "Statement": [statement]}
    assert "denyAll" in cloud.attributes_of_queue("others")["RedriveAllowPolicy"]


def test_a_topic_with_an_archive(cloud: Declaring) -> None:
    cloud.declare("""
        [[topics]]
        name = "news.fifo"
        FifoTopic = true
        ContentBasedDeduplication = true
        ArchivePolicy = { MessageRetentionPeriod = 7 }
        tags = { team = "bar" }
    """)
    attributes = cloud.attributes_of_topic(f"{NEWS}.fifo")
    assert attributes["ContentBasedDeduplication"] == "true"
    assert json.loads(attributes["ArchivePolicy"]) == {"MessageRetentionPeriod": "7"}
    tags = cloud.sns("ListTagsForResource", ResourceArn=f"{NEWS}.fifo")["Tags"]
    assert tags == [{"Key": "team", "Value": "bar"}]


def test_a_subscription_names_its_topic_and_queue_and_filters_by_a_table(cloud: Declaring) -> None:
    cloud.declare("""
        [[subscriptions]]
        topic = "news"
        protocol = "sqs"
        endpoint = "orders"
        RawMessageDelivery = true
        FilterPolicyScope = "MessageBody"
        RedrivePolicy = { deadLetterTargetArn = "orders" }
        [subscriptions.FilterPolicy]
        kind = ["hot", { prefix = "ice" }]
        price = [{ numeric = [">=", 1.5] }]

        [[queues]]
        name = "orders"
        [[topics]]
        name = "news"
    """)
    (attributes,) = cloud.attributes_of_subscriptions(NEWS)
    assert attributes["Endpoint"] == ORDERS
    assert attributes["RawMessageDelivery"] == "true"
    assert json.loads(attributes["RedrivePolicy"]) == {"deadLetterTargetArn": ORDERS}
    policy = {"kind": ["hot", {"prefix": "ice"}], "price": [{"numeric": [">=", 1.5]}]}
    assert json.loads(attributes["FilterPolicy"]) == policy


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [
        ("email", "ada@example.com"),
        ("email-json", "ada@example.com"),
        ("sms", "+4915112345678"),
        ("http", "http://127.0.0.1:9/news"),
        ("https", "https://localhost:9/news"),
        ("lambda", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:brew"),
    ],
)
def test_every_protocol_can_be_subscribed(cloud: Declaring, protocol: str, endpoint: str) -> None:
    cloud.declare(f"""
        topics = [{{ name = "news" }}]
        subscriptions = [{{ topic = "news", protocol = "{protocol}", endpoint = "{endpoint}", confirmed = true }}]
    """)
    (attributes,) = cloud.attributes_of_subscriptions(NEWS)
    assert (attributes["Endpoint"], attributes["PendingConfirmation"]) == (endpoint, "false")


def test_a_function_may_be_named_by_its_name(cloud: Declaring) -> None:
    cloud.declare("""
        topics = [{ name = "news" }]
        subscriptions = [{ topic = "news", protocol = "lambda", endpoint = "brew" }]
    """)
    (attributes,) = cloud.attributes_of_subscriptions(NEWS)
    assert attributes["Endpoint"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:brew"


def test_a_delivery_stream_needs_the_role_that_aws_asks_for(cloud: Declaring) -> None:
    subscription = f"""
        topics = [{{ name = "news" }}]
        [[subscriptions]]
        topic = "news"
        protocol = "firehose"
        endpoint = "arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/log"
    """
    assert "SubscriptionRoleArn" in cloud.why_not(subscription)
    cloud.declare(subscription + f'SubscriptionRoleArn = "arn:aws:iam::{ACCOUNT}:role/stream"')
    assert len(cloud.attributes_of_subscriptions(NEWS)) == 1


def test_a_subscription_waits_for_its_confirmation_unless_it_is_declared_confirmed(cloud: Declaring) -> None:
    cloud.declare("""
        topics = [{ name = "news" }]
        subscriptions = [{ topic = "news", protocol = "email", endpoint = "ada@example.com" }]
    """)
    (subscription,) = cloud.world.topics()[0].subscriptions.values()
    assert subscription.pending
    assert [entry.recipient for entry in cloud.inbox()] == ["ada@example.com"]


def test_devices_of_a_platform_application_are_subscribed_by_their_tokens(cloud: Declaring) -> None:
    cloud.declare("""
        [[subscriptions]]
        topic = "news"
        protocol = "application"
        application = "GCM/shop"
        token = "phone-1"

        [[topics]]
        name = "news"

        [[platform_applications]]
        name = "shop"
        platform = "GCM"
        PlatformCredential = "key"
        [[platform_applications.endpoints]]
        token = "phone-1"
        CustomUserData = "ada"
        Enabled = false
    """)
    application = f"arn:aws:sns:{REGION}:{ACCOUNT}:app/GCM/shop"
    (endpoint,) = cloud.sns("ListEndpointsByPlatformApplication", PlatformApplicationArn=application)["Endpoints"]
    assert endpoint["Attributes"] == {"CustomUserData": "ada", "Enabled": "false", "Token": "phone-1"}
    (attributes,) = cloud.attributes_of_subscriptions(NEWS)
    assert attributes["Endpoint"] == endpoint["EndpointArn"]


def test_account_and_region_are_those_of_the_document_unless_a_resource_names_its_own(cloud: Declaring) -> None:
    cloud.declare(f"""
        queues = [
            {{ name = "here" }},
            {{ name = "there", account = "222222222222", region = "eu-west-1" }},
        ]
        [[topics]]
        name = "news"
        [[subscriptions]]
        account = "222222222222"
        topic = "{NEWS}"
        protocol = "sqs"
        endpoint = "arn:aws:sqs:eu-west-1:222222222222:there"
    """)
    assert cloud.queue_names() == ["here"]
    assert cloud.queue_names("222222222222", "eu-west-1") == ["there"]
    (attributes,) = cloud.attributes_of_subscriptions(NEWS)
    assert attributes["Owner"] == "222222222222"


def test_creating_returns_names_and_arns(cloud: Declaring) -> None:
    created = cloud.declare('topics = [{ name = "news" }]\nqueues = [{ name = "orders" }]')
    assert [(one.what, one.arn) for one in created] == [("queue orders", ORDERS), ("topic news", NEWS)]


def test_declaring_the_same_twice_changes_nothing(cloud: Declaring) -> None:
    text = """
        queues = [{ name = "orders" }]
        topics = [{ name = "news" }]
        subscriptions = [{ topic = "news", protocol = "sqs", endpoint = "orders" }]
    """
    assert cloud.declare(text) == cloud.declare(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("queues = ", "world.toml:1: Invalid value"),
        ("[[buckets]]\nname = 'b'", "world.toml:1: there is no resource 'buckets'"),
        ("port = 1", "world.toml:1: 'port' is a setting, for decaf.toml only"),
        ("[queues]\nname = 'orders'", "world.toml:1: queues are tables: [[queues]]"),
        ("[[queues]]\n", "world.toml:1: queue number 1: needs name"),
        ("[[queues]]\nname = 5", "world.toml:2: queue number 1: name is text, not 5"),
        ("\n[[queues]]\nname = 'orders'\ncolour = 1", "world.toml:4: queue orders: there is no key 'colour'"),
        (
            "[[queues]]\nname = 'a'\n[[queues.Policy.Statement]]\nEffect = 'Allow'\n[[ queues ]]\nname = 5",
            "world.toml:6: queue number 2: name is text, not 5",
        ),
        ("\n queues = [{name = 5}]", "world.toml:2: queue number 1: name is text, not 5"),
        ("[[queues]]\nname = 'orders'\ntags = 1", "world.toml:3: queue orders: tags is a table, not 1"),
        ("[[queues]]\nname = 'orders'\naccount = '1'", "world.toml:3: queue orders: '1' is not an account"),
        ("[[queues]]\nname = 'orders'\nregion = 'x'", "world.toml:3: queue orders: 'x' is not a region"),
        (
            "[[queues]]\nname = 'orders'\n\n[[queues]]\nname = 'dead'\nVisibilityTimeout = -1",
            "world.toml:4: queue dead: InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout.",
        ),
        (
            "[[queues]]\nname = 'orders'\nColour = 'red'",
            "world.toml:1: queue orders: InvalidAttributeName: Unknown Attribute Colour.",
        ),
        (
            "[[queues]]\nname = 'orders'\nRedrivePolicy = {deadLetterTargetArn = 'x', maxReceiveCount = 1}",
            "Dead letter target does not exist.",
        ),
        (
            "[[queues]]\nname = 'a'\n[[queues]]\nname = 'a'",
            "world.toml:3: queue a: a is declared already: world.toml:1: queue a",
        ),
        (
            "[[queues]]\nname = 'orders'\nPolicy = {x = nan}",
            "world.toml:3: queue orders: Policy: infinity and nan cannot be written as JSON",
        ),
        (
            'queues = [\r\n  { name = "a" },\r\n  { name = "b", colour = 1 },\r\n]\r\n',
            "world.toml:3: queue b: there is no key 'colour'",
        ),
        (
            "[[queues]]\nname = 'a'\ntags = {text = '''\n[[queues]]\n'''}\n[[queues]]\nname = 5",
            "world.toml:7: queue number 2: name is text, not 5",
        ),
        ("[[topics]]\nname = 'no spaces'", "world.toml:1: topic no spaces: InvalidParameter: "),
        ("[[topics]]\nname = 'news'\n[topics.tags]\n'' = 'x'", "world.toml:1: topic news: ValidationError: "),
        ("[[subscriptions]]\nprotocol = 'sqs'", "world.toml:1: subscription number 1: needs topic"),
        ("[[subscriptions]]\ntopic = 'a:b'", "'a:b' is neither a topic's name nor an ARN"),
        (
            "[[subscriptions]]\ntopic = 'news'\nprotocol = 'sms'\nendpoint = '+4915112345678'",
            "world.toml:1: subscription +4915112345678: NotFound: Topic does not exist",
        ),
        (
            "topics = [{name = 'news'}]\n[[subscriptions]]\ntopic = 'news'\nprotocol = 'application'\n"
            "application = 'GCM/shop'\ntoken = 'a'",
            "world.toml:2: subscription a: there is no endpoint with the token a",
        ),
        ("[[subscriptions]]\ntopic = 'news'\nprotocol = 'sms'\nendpoint = '1'\nconfirmed = 1", "is true or false"),
        ("[[platform_applications]]\nname = 'shop'\nplatform = 'GCM'\nendpoints = 1", "endpoints are tables, not 1"),
        (
            "[[platform_applications]]\nname = 'shop'\nplatform = 'GCM'\n"
            "[[platform_applications.endpoints]]\ntoken = 'a'\n[[platform_applications.endpoints]]\ntoken = 5",
            "world.toml:7: platform application shop, endpoint number 2: token is text, not 5",
        ),
        (
            "[[platform_applications]]\nname = 'shop'\nplatform = 'GCM'",
            "PlatformCredential: cannot be empty",
        ),
    ],
)
def test_an_error_has_its_file_and_line(cloud: Declaring, text: str, reason: str) -> None:
    assert reason in cloud.why_not(text)


def test_nothing_is_created_of_a_document_that_cannot_be_read(cloud: Declaring) -> None:
    cloud.why_not("[[queues]]\nname = 'orders'\n[[topics]]\ncolour = 1")
    assert cloud.queue_names() == []
