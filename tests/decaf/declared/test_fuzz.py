"""Any document is either created, or refused in one line."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from decaf.declared.export.toml_syntax import dumps
from decaf.declared.forms import Format
from decaf.declared.resource import BadDeclaration
from tests.decaf.declared.declaring import Declaring

TEXTS = st.text(max_size=60) | st.text("[]{}=\"'.,:\n\t !&*-#ab1", max_size=60)

KEYS = st.sampled_from(
    [
        "Ref",
        "Fn::Sub",
        "Fn::GetAtt",
        "Fn::Join",
        "Fn::If",
        "Fn::Select",
        "Fn::Split",
        "Fn::FindInMap",
        "Fn::Equals",
        "Condition",
        "A",
        "B",
        "Tags",
        "Key",
        "Value",
        "QueueName",
        "RedrivePolicy",
        "Type",
        "Default",
        "Properties",
        "Endpoint",
        "Subscription",
        "DependsOn",
    ]
)
LEAVES = st.sampled_from(["A", "A.Arn", "${A}", "${A.B}", "", "0", "AWS::NoValue", 0, 1.5, True, None])
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2), max_leaves=12
)
TYPES = st.sampled_from(
    [
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventSourceMapping",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::Serverless::Connector",
        "AWS::Serverless::Function",
        "X",
    ]
)
EVENTS = st.fixed_dictionaries(
    {"Type": st.sampled_from(["SNS", "SQS", "Schedule", 1])},
    optional={"Properties": st.dictionaries(st.sampled_from(["Topic", "SqsSubscription", "Queue"]), VALUES)},
)
FUNCTIONS = st.fixed_dictionaries(
    {}, optional={"Events": st.dictionaries(st.just("E"), EVENTS | LEAVES), "AutoPublishAlias": VALUES}
)
LOOPS = st.dictionaries(st.just("Fn::ForEach::L"), st.lists(VALUES, min_size=2, max_size=3), max_size=1)
RESOURCES = st.fixed_dictionaries(
    {},
    optional={
        "Type": TYPES,
        "Properties": VALUES | FUNCTIONS | LOOPS,
        "DependsOn": LEAVES,
        "Condition": VALUES,
        "Connectors": VALUES,
        "DeletionPolicy": VALUES,
    },
)
SECTIONS = st.fixed_dictionaries(
    {"Resources": st.dictionaries(st.sampled_from("AB"), RESOURCES | LEAVES) | LOOPS},
    optional=dict.fromkeys(("Parameters", "Conditions", "Mappings", "Globals"), VALUES)
    | {"Transform": VALUES | st.just("AWS::LanguageExtensions")},
)


def declare(text: str, form: Format) -> None:
    try:
        Declaring().declare(text, form)
    except BadDeclaration as bad:
        str(bad).encode()
        said = str(bad)
    else:
        return
    assert "\n" not in said


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example("a = " + "9" * 5_000)
@example("a = " + "[" * 5_000)
def test_any_text_as_toml(text: str) -> None:
    declare(text, "toml")


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example("a: " + "9" * 5_000)
@example('"\\UFFFFFFFF"')
@example('"\\ud800": "\\udc00"')
@example("Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: " + "{'Fn::Sub': " * 150 + "x" + "}" * 153)
def test_any_text_as_a_template(text: str) -> None:
    declare(text, "cloudformation")


@settings(max_examples=200, deadline=None)
@given(SECTIONS)
def test_anything_in_the_form_of_a_template(template: Any) -> None:
    declare(json.dumps(template), "cloudformation")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["queues", "topics", "subscriptions", "platform_applications"]),
    st.dictionaries(
        st.sampled_from(
            ["name", "topic", "protocol", "endpoint", "tags", "account", "endpoints", "RedrivePolicy", "X"]
        ),
        VALUES.filter(lambda value: "null" not in json.dumps(value)),
        max_size=4,
    ),
)
def test_anything_in_the_form_of_a_table(kind: str, table: Any) -> None:
    declare(dumps({kind: [table]}), "toml")
