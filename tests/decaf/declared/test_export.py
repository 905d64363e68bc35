"""An export declares the same resources again, with notes on those that its form cannot declare."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from decaf.declared.calls import Place
from decaf.declared.documents import Reading, read_document
from decaf.declared.export.document import Exported, NoOnePlace, export
from decaf.declared.export.state import State, state_of
from decaf.declared.forms import Form, Format
from tests.decaf.declared.declaring import Declaring
from tests.decaf.sns.cloud import ACCOUNT, REGION

OTHER = "222222222222"
FORMS: tuple[Form, ...] = ("toml", "cloudformation", "cloudformation-json")


def exported(cloud: Declaring, form: Form = "toml", account: str | None = None, region: str | None = None) -> Exported:
    return export(cloud.world.store, cloud.world.settings, form, account, region)


def state(cloud: Declaring) -> State:
    return state_of(cloud.world.store, cloud.world.settings)


def again(document: Exported, form: Form) -> Declaring:
    """Another world, with what the document declares."""
    cloud = Declaring()
    place = Place(ACCOUNT if form != "toml" else "000000000000", REGION)
    kind: Format = "toml" if form == "toml" else "cloudformation"
    declaration = read_document(document.text, "export", kind, Reading(place, {}, "", False))
    cloud.world.declared.create(declaration)
    return cloud


def shop() -> Declaring:
    """A world with something of everything."""
    cloud = Declaring()
    dead = cloud.queue("dead", RedriveAllowPolicy='{"redrivePermission": "allowAll"}')
    cloud.queue(
        "orders",
        VisibilityTimeout="60",
        KmsMasterKeyId="key",
        RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": "3"}),
    )
    cloud.queue("orders.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    cloud.sqs("TagQueue", QueueUrl="orders", Tags={"team": "bar", "aws yes": "x"})
    cloud.sqs("AddPermission", QueueUrl="orders", Label="x", AWSAccountIds=[OTHER], Actions=["SendMessage"])
    news = cloud.topic("news", DisplayName='News: "daily" #1', SQSSuccessFeedbackSampleRate="50")
    cloud.sns("AddPermission", TopicArn=news, Label="x", AWSAccountId=[OTHER], ActionName=["Publish"])
    cloud.sns("TagResource", ResourceArn=news, Tags=[{"Key": "team", "Value": "press"}])
    fifo = cloud.topic("news.fifo", FifoTopic="true", ArchivePolicy='{"MessageRetentionPeriod": 7}')
    orders = dead.replace("dead", "orders")
    filtering = json.dumps({"kind": ["hot", {"anything-but": ["cold"]}], "price": [{"numeric": [">", 1.5]}]})
    cloud.subscribe(news, "sqs", orders, RawMessageDelivery="true", FilterPolicy=filtering)
    cloud.subscribe(news, "sms", "+4915112345678", FilterPolicy='{"a": [null]}', FilterPolicyScope="MessageBody")
    cloud.subscribe(fifo, "sqs", f"{orders}.fifo", RedrivePolicy=json.dumps({"deadLetterTargetArn": f"{dead}.fifo"}))
    cloud.subscribe(news, "email", "ada@example.com")
    return cloud


@pytest.mark.parametrize("form", FORMS)
def test_an_export_declares_the_same_resources(form: Form) -> None:
    cloud = shop()
    document = exported(cloud, form)
    assert document.notes == ()
    assert state(again(document, form)) == state(cloud)


def test_a_template_is_yaml_or_json_with_references() -> None:
    template = yaml.safe_load(exported(shop(), "cloudformation").text)
    assert template == json.loads(exported(shop(), "cloudformation-json").text)
    orders = template["Resources"]["OrdersQueue"]["Properties"]
    assert orders["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadQueue", "Arn"]}
    policy = template["Resources"]["OrdersQueuePolicy"]["Properties"]
    assert policy["Queues"] == [{"Ref": "OrdersQueue"}]
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == {"Fn::GetAtt": ["OrdersQueue", "Arn"]}
    assert template["Resources"]["NewsTopicPolicy"]["Properties"]["Topics"] == [{"Ref": "NewsTopic"}]
    subscription = template["Resources"]["NewsSqsSubscription"]["Properties"]
    assert subscription["TopicArn"] == {"Ref": "NewsTopic"}
    assert subscription["Endpoint"] == {"Fn::GetAtt": ["OrdersQueue", "Arn"]}


def test_only_attributes_that_are_not_the_default_are_written() -> None:
    cloud = Declaring()
    cloud.queue("orders")
    cloud.topic("news")
    cloud.subscribe(f"arn:aws:sns:{REGION}:{ACCOUNT}:news", "sqs", f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders")
    assert exported(cloud).text.split("\n") == [
        "[[queues]]",
        'name = "orders"',
        f'account = "{ACCOUNT}"',
        "",
        "[[topics]]",
        'name = "news"',
        f'account = "{ACCOUNT}"',
        "",
        "[[subscriptions]]",
        'topic = "news"',
        'protocol = "sqs"',
        'endpoint = "orders"',
        f'account = "{ACCOUNT}"',
        "",
    ]


def test_all_accounts_and_regions_are_written_or_the_given_one() -> None:
    cloud = Declaring()
    here = cloud.topic("news")
    cloud.queue("there", OTHER, "eu-west-1")
    cloud.sns("Subscribe", OTHER, TopicArn=here, Protocol="sms", Endpoint="+4915112345678")
    cloud.queue("default", "000000000000")
    assert state(again(exported(cloud), "toml")) == state(cloud)
    assert [
        queue.arn.resource for queue in state(again(exported(cloud, account=OTHER, region="eu-west-1"), "toml")).queues
    ] == ["there"]
    assert exported(cloud, account="000000000000").text == '[[queues]]\nname = "default"\n'


def test_a_template_is_for_one_account_and_region() -> None:
    cloud = Declaring()
    cloud.queue("here")
    cloud.queue("there", OTHER, "eu-west-1")
    with pytest.raises(NoOnePlace, match=f"choose one: {ACCOUNT} in {REGION}, {OTHER} in eu-west-1"):
        exported(cloud, "cloudformation")
    assert "there" not in exported(cloud, "cloudformation", ACCOUNT).text


@pytest.mark.parametrize("guarded", ["true", "false"])
def test_a_confirmed_subscription_is_confirmed_again(guarded: str) -> None:
    cloud = Declaring()
    cloud.subscribe(cloud.topic("news"), "email", "ada@example.com")
    (entry,) = cloud.inbox()
    cloud.sns("ConfirmSubscription", TopicArn=entry.topic_arn, Token=entry.token, AuthenticateOnUnsubscribe=guarded)
    assert state(again(exported(cloud), "toml")) == state(cloud)
    template = exported(cloud, "cloudformation")
    assert template.notes[0].startswith("not confirmed: the email subscription of ada@example.com")
    (subscription,) = again(template, "cloudformation").world.topics()[0].subscriptions.values()
    assert subscription.pending


def test_platform_applications_are_written_in_toml_and_noted_in_a_template() -> None:
    cloud = Declaring()
    credentials = {"PlatformCredential": "key", "PlatformPrincipal": "certificate"}
    made = cloud.sns("CreatePlatformApplication", Name="shop", Platform="APNS", Attributes=credentials)
    application = made["PlatformApplicationArn"]
    device = cloud.sns("CreatePlatformEndpoint", PlatformApplicationArn=application, Token="a", CustomUserData="ada")
    cloud.subscribe(cloud.topic("news"), "application", device["EndpointArn"])
    document = exported(cloud)
    assert document.notes == ()
    assert state(again(document, "toml")) == state(cloud)
    template = exported(cloud, "cloudformation")
    assert template.notes == (
        f"left out: the application subscription of a to arn:aws:sns:{REGION}:{ACCOUNT}:news"
        " cannot be declared in CloudFormation",
        f"left out: {application} cannot be declared in CloudFormation",
    )
    assert yaml.safe_load(template.text)["Metadata"]["Decaf"] == list(template.notes)


def test_a_delivery_policy_of_a_topic_is_noted_in_a_template() -> None:
    cloud = Declaring()
    cloud.topic("news", DeliveryPolicy='{"http": {"disableSubscriptionOverrides": true}}')
    assert state(again(exported(cloud), "toml")) == state(cloud)
    assert [note.split(" of ")[0] for note in exported(cloud, "cloudformation").notes] == ["left out: DeliveryPolicy"]


def test_what_cannot_be_declared_is_left_out_with_a_note() -> None:
    cloud = Declaring()
    dead = cloud.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    cloud.queue("orders", RedrivePolicy=redrive)
    cloud.queue("drinks", RedrivePolicy=redrive.replace('dead"', 'orders"'))
    made = cloud.sns("CreatePlatformApplication", Name="shop", Platform="GCM", Attributes={"PlatformCredential": "key"})
    device = cloud.sns("CreatePlatformEndpoint", PlatformApplicationArn=made["PlatformApplicationArn"], Token="a")
    cloud.subscribe(cloud.topic("news"), "application", device["EndpointArn"])
    cloud.sns("DeleteEndpoint", EndpointArn=device["EndpointArn"])
    cloud.sqs("DeleteQueue", QueueUrl="dead")
    document = exported(cloud)
    assert document.notes[0] == (
        f"left out: RedrivePolicy of {dead.replace('dead', 'orders')}, as {dead} does not exist, or does not allow it"
    )
    assert document.notes[1].endswith("as its endpoint was deleted")
    assert document.text.startswith("".join(f"# {note}\n" for note in document.notes))
    assert len(state(again(document, "toml")).queues) == 2


def test_queues_that_are_each_others_dead_letter_queue_are_written_without_going_round() -> None:
    cloud = Declaring()
    a, b = cloud.queue("a"), cloud.queue("b")
    for name, target in (("a", b), ("b", a)):
        policy = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 1})
        cloud.sqs("SetQueueAttributes", QueueUrl=name, Attributes={"RedrivePolicy": policy})
    for form in FORMS:
        assert state(again(exported(cloud, form), form)) == state(cloud)
    assert "GetAtt" not in exported(cloud, "cloudformation").text


def test_a_filter_that_looks_like_a_function_is_no_function() -> None:
    cloud = Declaring()
    cloud.subscribe(cloud.topic("news"), "sms", "+4915112345678", FilterPolicy='{"Ref": ["a"]}')
    for form in FORMS:
        assert state(again(exported(cloud, form), form)) == state(cloud)


# --- any world

NAMES = st.text("abcXYZ019_-", min_size=1, max_size=12)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20).filter(
    lambda t: "{{" not in t
)
LOOK_ALIKES = st.sampled_from(["2012-10-17", "012345", "yes", "null", "~", "1e3", "!Ref x", "${a}", "- a", "#", "0x1F"])
TAGS = st.dictionaries(NAMES, NAMES | LOOK_ALIKES.filter(lambda t: not set(t) & set("~!${}#")), max_size=3)


@st.composite
def queues(draw: st.DrawFn) -> dict[str, Any]:
    attributes = {
        "VisibilityTimeout": st.integers(0, 43_200),
        "DelaySeconds": st.integers(0, 900),
        "MessageRetentionPeriod": st.integers(60, 1_209_600),
        "ReceiveMessageWaitTimeSeconds": st.integers(0, 20),
        "MaximumMessageSize": st.integers(1_024, 1_048_576),
        "SqsManagedSseEnabled": st.sampled_from(["true", "false"]),
        "RedriveAllowPolicy": st.sampled_from(['{"redrivePermission":"allowAll"}', '{"redrivePermission":"denyAll"}']),
    }
    given = draw(st.fixed_dictionaries({}, optional=attributes))
    name = draw(NAMES)
    if draw(st.booleans()):
        name, given = f"{name}.fifo", given | {"FifoQueue": "true"}
    return {"QueueName": name, "Attributes": {key: str(value) for key, value in given.items()}, "tags": draw(TAGS)}


@st.composite
def filters(draw: st.DrawFn) -> str:
    values = TEXTS | LOOK_ALIKES | st.integers(-(10**9), 10**9) | st.booleans() | st.none()
    keys = st.sampled_from(["kind", "Ref", "Fn::Sub", "price range"])
    return json.dumps(
        draw(st.dictionaries(keys, st.lists(values, min_size=1, max_size=3, unique_by=repr), min_size=1, max_size=3))
    )


@settings(max_examples=60, deadline=None)
@given(
    made=st.lists(queues(), max_size=4, unique_by=lambda queue: queue["QueueName"]),
    names=st.lists(TEXTS | LOOK_ALIKES, max_size=3),
    policies=st.lists(filters(), max_size=3),
)
def test_any_world_is_declared_again(made: list[dict[str, Any]], names: list[str], policies: list[str]) -> None:
    cloud = Declaring()
    for queue in made:
        cloud.sqs("CreateQueue", **queue)
    topics = [cloud.topic(f"topic-{number}", DisplayName=name) for number, name in enumerate(names)]
    for number, policy in enumerate(policies):
        if topics:
            cloud.subscribe(topics[0], "sms", f"+491511234567{number}", FilterPolicy=policy)
    for form in FORMS:
        document = exported(cloud, form)
        assert document.notes == ()
        assert state(again(document, form)) == state(cloud)
