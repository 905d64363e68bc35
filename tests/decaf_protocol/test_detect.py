"""Whom a request is for, when its witnesses disagree or are silent."""

import pytest

from decaf_protocol import Codec, Dialect, Request, decode, dialect
from decaf_protocol.detect import host_names
from tests.decaf_protocol.requests import get, json_request, post, signed


@pytest.mark.parametrize(
    ("host", "service", "region"),
    [
        ("sqs.eu-west-1.amazonaws.com", "sqs", "eu-west-1"),
        ("sns.us-gov-west-1.amazonaws.com:443", "sns", "us-gov-west-1"),
        ("sqs.us-east-1.api.aws", "sqs", "us-east-1"),
        ("sqs-fips.us-east-2.amazonaws.com", "sqs", "us-east-2"),
        ("queue.amazonaws.com", "sqs", None),
        ("ap-northeast-1.queue.amazonaws.com", "sqs", "ap-northeast-1"),
        ("vpce-1-a.sqs.us-east-1.vpce.amazonaws.com", "sqs", "us-east-1"),
        ("SQS.eu-central-1.localhost:4566", "sqs", "eu-central-1"),
        ("sqs:4566", "sqs", None),
        ("localhost:4566", None, None),
        ("127.0.0.1", None, None),
        ("[::1]:4566", None, None),
        ("", None, None),
        ("sqs.my-own-host.example.org", "sqs", None),
    ],
)
def test_hosts_name_services_and_regions(host: str, service: str | None, region: str | None) -> None:
    assert host_names(host) == (service, region)


def test_a_json_target_is_sqs_whatever_the_scope_says() -> None:
    request = json_request("ListQueues", authorization=signed("sns"))
    assert decode(request).dialect == Dialect("sqs", Codec.JSON)


def test_an_action_only_one_service_has_tells() -> None:
    assert dialect(get("/?Action=ConfirmSubscription")).service == "sns"
    assert dialect(get("/?Action=SendMessage")).service == "sqs"
    assert dialect(get("/?Action=Publish", host="sqs.us-east-1.localhost")).service == "sns"


ADD = "Action=AddPermission&Label=l"


@pytest.mark.parametrize(
    ("request_", "service"),
    [
        (post(ADD, authorization=signed("sns")), "sns"),
        (post(ADD, authorization=signed("sqs"), host="sns.us-east-1.amazonaws.com"), "sqs"),
        (post(f"{ADD}&Version=2012-11-05", host="sns.us-east-1.amazonaws.com"), "sns"),
        (post(f"{ADD}&Version=2010-03-31"), "sns"),
        (post(f"{ADD}&Version=2012-11-05&TopicArn=t"), "sqs"),
        (post(f"{ADD}&TopicArn=t"), "sns"),
        (post(ADD), "sqs"),
    ],
)
def test_scope_then_host_then_version_then_topic_decide_an_action_of_both(request_: Request, service: str) -> None:
    assert dialect(request_).service == service


def test_a_scope_of_another_service_is_ignored() -> None:
    assert dialect(get("/?Action=ListTopics", authorization=signed("execute-api"))).service == "sns"


def test_a_form_with_a_target_is_a_form() -> None:
    request = post("Action=ListQueues", x_amz_target="AmazonSQS.ListQueues")
    assert decode(request).dialect.codec is Codec.QUERY


def test_a_target_needs_no_content_type() -> None:
    request = Request("POST", "/", {"x-amz-target": "AmazonSQS.ListQueues"}, b"{}")
    assert decode(request).dialect.codec is Codec.JSON


def test_the_access_key_of_signature_version_2_is_the_account() -> None:
    assert decode(get("/?Action=ListQueues&AWSAccessKeyId=123456789012")).account == "123456789012"


def test_accepting_anything_is_accepting_xml() -> None:
    assert dialect(get("/?Action=ListQueues", accept="*/*")).codec is Codec.QUERY
    assert dialect(get("/?Action=ListQueues", accept="application/json")).codec is Codec.QUERY_AS_JSON
