"""What a server that enforces answers to requests that are not signed as they should be, or that policies deny."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import boto3
import botocore.auth
import pytest
import xmltodict
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from decaf.access.identity import read_identity
from decaf.testing import Decaf, Settings
from tests.decaf.access.table import OTHER, OWNER, QUEUE, allow, deny

SQS_QUERY, SNS_QUERY = "2012-11-05", "2010-03-31"
ALICE = {"access_key": "AKIAALICE", "secret": "alices secret", "account": OWNER, "user": "alice"}
WORKER = {"access_key": "ASIAWORKER", "secret": "w", "account": OWNER, "role": "worker", "session_token": "a token"}
BOB = {"access_key": "AKIABOB", "secret": "bobs secret", "account": OTHER, "user": "bob"}
EVERYTHING = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
IDENTITIES = (
    {**ALICE, "policies": [EVERYTHING]},
    {**WORKER, "policies": [EVERYTHING]},
    {**BOB, "policies": [EVERYTHING]},
    {**WORKER, "access_key": "ASIALATE", "expires": "2026-01-01T00:00:00Z"},
    {"access_key": "AKIANOBODY", "secret": "n", "account": OWNER, "user": "nobody"},
)
NOBODY = f"arn:aws:iam::{OWNER}:user/nobody"


@pytest.fixture(scope="module")
def server() -> Iterator[Decaf]:
    with Decaf(Settings(port=0, access="enforce", identities=IDENTITIES)) as server:
        yield server


@pytest.fixture
def queue(server: Decaf) -> Iterator[str]:
    """The URL of a queue of the owner's."""
    sqs = server.client("sqs", OWNER)
    yield sqs.create_queue(QueueName="orders")["QueueUrl"]
    server.call(server.world.reset)


Answer = tuple[int, str, str, str]  # status, code, the name of the type or of the fault's side, and text


def ask(server: Decaf, request: AWSRequest) -> Answer:
    """Send a request as it is, and return how it is answered."""
    prepared = request.prepare()
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    sent = Request(prepared.url, body, dict(prepared.headers), method=prepared.method)
    try:
        with urlopen(sent, timeout=10) as answer:
            return answer.status, "", "", answer.read().decode()
    except HTTPError as error:
        text = error.read().decode()
        if text.startswith("{"):
            found = json.loads(text)
            code = error.headers["x-amzn-query-error"]
            return error.code, code, found["__type"], found.get("message") or found["Message"]
        found = xmltodict.parse(text)["ErrorResponse"]["Error"]
        return error.code, found["Code"], found["Type"], found["Message"]


def json_call(server: Decaf, operation: str = "ListQueues", **params: Any) -> AWSRequest:
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{operation}"}
    return AWSRequest("POST", f"{server.url}/", headers, json.dumps(params))


def query_call(server: Decaf, version: str, action: str, **params: Any) -> AWSRequest:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"Action": action, "Version": version, **params})
    return AWSRequest("POST", f"{server.url}/", headers, body)


def sign(request: AWSRequest, service: str = "sqs", region: str = "us-east-1", **changes: Any) -> AWSRequest:
    who = {**ALICE, **changes}
    credentials = Credentials(who["access_key"], who["secret"], who.get("session_token"))
    SigV4Auth(credentials, service, region).add_auth(request)
    return request


CORAL = "com.amazon.coral.service#"
MISMATCH = "The request signature we calculated does not match the signature you provided."
INVALID_TOKEN = "The security token included in the request is invalid."

# How a request is made wrong, and what the three ways to ask are answered: SQS over JSON (code and type), over Query,
# and SNS; with the beginning of the text.
Wrong = Callable[[AWSRequest, str], AWSRequest]
WRONG: dict[str, tuple[Wrong, tuple[int, str, str], str, str]] = {
    "unknown key": (
        lambda request, service: sign(request, service, access_key="AKIASTRANGER"),
        (403, "InvalidClientTokenId", "UnrecognizedClientException"),
        "InvalidClientTokenId",
        INVALID_TOKEN,
    ),
    "another secret": (
        lambda request, service: sign(request, service, secret="guessed"),
        (403, "SignatureDoesNotMatch", "InvalidSignatureException"),
        "SignatureDoesNotMatch",
        MISMATCH,
    ),
    "another service": (
        lambda request, service: sign(request, "sqs" if service == "sns" else "sns"),
        (403, "SignatureDoesNotMatch", "InvalidSignatureException"),
        "SignatureDoesNotMatch",
        "Credential should be scoped to correct service: '",
    ),
    "a token that is not its own": (
        lambda request, service: sign(request, service, session_token="stolen"),
        (403, "InvalidClientTokenId", "UnrecognizedClientException"),
        "InvalidClientTokenId",
        INVALID_TOKEN,
    ),
    "a token that has expired": (
        lambda request, service: sign(request, service, access_key="ASIALATE", secret="w", session_token="a token"),
        (403, "ExpiredToken", "ExpiredTokenException"),
        "ExpiredToken",
        "The security token included in the request is expired",
    ),
    "no token": (
        lambda request, service: sign(request, service, access_key="ASIAWORKER", secret="w"),
        (403, "InvalidClientTokenId", "UnrecognizedClientException"),
        "InvalidClientTokenId",
        INVALID_TOKEN,
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_sqs_over_json(server: Decaf, wrong: str) -> None:
    make, (status, code, shape), _, text = WRONG[wrong]
    found = ask(server, make(json_call(server), "sqs"))
    assert found[:3] == (status, f"{code};Sender", f"{CORAL}{shape}")
    assert found[3].startswith(text)


@pytest.mark.parametrize("service", ["sqs", "sns"])
@pytest.mark.parametrize("wrong", [name for name in WRONG if name != "another service"])
def test_query(server: Decaf, service: str, wrong: str) -> None:
    make, (status, *_), code, text = WRONG[wrong]
    version, action = (SQS_QUERY, "ListQueues") if service == "sqs" else (SNS_QUERY, "ListTopics")
    found = ask(server, make(query_call(server, version, action), service))
    assert found[:3] == (status, code, "Sender")
    assert found[3].startswith(text)


@pytest.mark.parametrize("minutes", [-16, 16])
@pytest.mark.parametrize("service", ["sqs", "sns"])
def test_a_clock_that_is_wrong(server: Decaf, service: str, minutes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    move_botocores_clock(monkeypatch, minutes)
    call = json_call(server) if service == "sqs" else query_call(server, SNS_QUERY, "ListTopics")
    status, code, _, text = ask(server, sign(call, service))
    assert (status, code.removesuffix(";Sender")) == (403, "SignatureDoesNotMatch")
    assert ("Signature expired: " if minutes < 0 else "Signature not yet current: ") in text


def test_a_queue_is_called_in_its_own_region(server: Decaf, queue: str) -> None:
    request = sign(json_call(server, "ReceiveMessage", QueueUrl=queue.replace(OWNER, f"us-east-1/{OWNER}")))
    assert ask(server, request)[0] == 200
    request = json_call(server, "ReceiveMessage", QueueUrl=queue.replace(OWNER, f"eu-west-1/{OWNER}"))
    text = "Credential should be scoped to a valid region, not 'us-east-1'. "
    assert ask(server, sign(request))[1:] == ("SignatureDoesNotMatch;Sender", f"{CORAL}InvalidSignatureException", text)


def move_botocores_clock(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    real = botocore.auth.get_current_datetime
    monkeypatch.setattr(
        botocore.auth, "get_current_datetime", lambda *a, **k: real(*a, **k) + timedelta(minutes=minutes)
    )


def test_the_servers_clock_may_be_moved(server: Decaf, queue: str) -> None:
    server.run(server.world.advance(3 * 86_400))
    assert ask(server, sign(json_call(server)))[0] == 200


def test_a_request_that_is_repeated_later_is_refused(
    server: Decaf, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        move_botocores_clock(patch, -14)
        request = sign(json_call(server, "SendMessage", QueueUrl=queue, MessageBody="hello"))
        assert ask(server, request)[0] == 200
        assert ask(server, request)[0] == 200  # a replay within the time is none that AWS notices
        move_botocores_clock(patch, -2)
        late = sign(json_call(server, "SendMessage", QueueUrl=queue, MessageBody="hello"))
    assert ask(server, late)[1] == "SignatureDoesNotMatch;Sender"


def presigned(server: Decaf, queue: str, expires: int = 60) -> AWSRequest:
    url = f"{queue}?{urlencode({'Action': 'SendMessage', 'MessageBody': 'a b+c'})}"
    request = AWSRequest("GET", url)
    SigV4QueryAuth(Credentials(ALICE["access_key"], ALICE["secret"]), "sqs", "us-east-1", expires).add_auth(request)
    return request


def test_a_presigned_url_lives_fifteen_minutes_whatever_it_says(
    server: Decaf, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(server, presigned(server, queue))[0] == 200
    with monkeypatch.context() as patch:
        move_botocores_clock(patch, -14)
        assert ask(server, presigned(server, queue, expires=10))[0] == 200
        move_botocores_clock(patch, -2)
        assert ask(server, presigned(server, queue, expires=86_400))[1] == "SignatureDoesNotMatch"


def test_a_presigned_url_that_was_changed(server: Decaf, queue: str) -> None:
    request = presigned(server, queue)
    request.url = request.url.replace("a%20b", "a%20c").replace("a+b", "a+c")
    assert ask(server, request)[1] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("policy", [None, allow(action="sqs:ListQueues", resource="*")])
def test_without_a_signature_sqs_denies_and_sns_misses_it(server: Decaf, queue: str, policy: Any) -> None:
    status, code, shape, text = ask(server, json_call(server, "SendMessage", QueueUrl=queue, MessageBody="hello"))
    assert (status, code, shape) == (403, "AccessDenied;Sender", f"{CORAL}AccessDeniedException")
    assert text == f"Access to the resource {queue} is denied."
    form = query_call(server, SQS_QUERY, "SendMessage", QueueUrl=queue, MessageBody="hello")
    assert ask(server, form)[:3] == (403, "AccessDenied", "Sender")
    assert ask(server, query_call(server, SNS_QUERY, "ListTopics")) == (
        403,
        "MissingAuthenticationToken",
        "Sender",
        "Request is missing Authentication Token",
    )


def test_without_a_signature_an_open_queue_takes_messages(server: Decaf, queue: str) -> None:
    policy = json.dumps({"Statement": allow()})
    server.client("sqs", OWNER).set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    call = json_call(server, "SendMessage", QueueUrl=queue, MessageBody="hello")
    assert ask(server, call)[0] == 200
    assert ask(server, json_call(server, "ReceiveMessage", QueueUrl=queue))[0] == 403


def test_links_of_sns_need_no_signature(server: Decaf) -> None:
    topic = server.client("sns", OWNER).create_topic(Name="sales")["TopicArn"]
    confirm = AWSRequest("GET", f"{server.url}/?Action=ConfirmSubscription&TopicArn={topic}&Token=x")
    assert ask(server, confirm)[1] == "InvalidParameter"  # of the token, and no refusal
    unsubscribe = AWSRequest("GET", f"{server.url}/?Action=Unsubscribe&SubscriptionArn={topic}:x")
    assert ask(server, unsubscribe)[0] == 200


# --- the texts of denials ----------------------------------------------------------------------------------


def denied(server: Decaf, protocol: str, operation: str, who: dict[str, Any], **params: Any) -> Answer:
    call = (
        json_call(server, operation, **params)
        if protocol == "json"
        else query_call(server, SQS_QUERY, operation, **params)
    )
    return ask(server, sign(call, **who))


def key(name: str, secret: str) -> dict[str, str]:
    return {"access_key": name, "secret": secret}


@pytest.mark.parametrize("protocol", ["json", "query"])
@pytest.mark.parametrize(
    ("who", "operation", "policy", "text"),
    [
        (
            key("AKIANOBODY", "n"),
            "SendMessage",
            None,
            f"User: {NOBODY} is not authorized to perform: sqs:sendmessage on resource: {QUEUE} "
            "because no identity-based policy allows the sqs:sendmessage action",
        ),
        (
            key("AKIANOBODY", "n"),
            "ListQueues",
            None,
            f"User: {NOBODY} is not authorized to perform: sqs:listqueues on resource: "
            f"arn:aws:sqs:us-east-1:{OWNER}: because no identity-based policy allows the sqs:listqueues action",
        ),
        (
            key("AKIAALICE", "alices secret"),
            "SendMessage",
            deny({"AWS": f"arn:aws:iam::{OWNER}:user/alice"}),
            f"User: arn:aws:iam::{OWNER}:user/alice is not authorized to perform: sqs:sendmessage on resource: {QUEUE} "
            "with an explicit deny in a resource-based policy",
        ),
        (
            key("AKIABOB", "bobs secret"),
            "SendMessage",
            None,
            f"User: arn:aws:iam::{OTHER}:user/bob is not authorized to perform: sqs:sendmessage on resource: {QUEUE} "
            "because no resource-based policy allows the sqs:sendmessage action",
        ),
        (
            {"access_key": "ASIAWORKER", "secret": "w", "session_token": "a token"},
            "SendMessage",
            deny(Condition={"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{OWNER}:role/worker"}}),
            f"User: arn:aws:sts::{OWNER}:assumed-role/worker/local is not authorized to perform: sqs:sendmessage "
            f"on resource: {QUEUE} with an explicit deny in a resource-based policy",
        ),
    ],
)
def test_the_text_of_a_denial(
    server: Decaf, queue: str, protocol: str, who: dict[str, Any], operation: str, policy: Any, text: str
) -> None:
    if policy is not None:
        text_of_policy = json.dumps({"Statement": policy})
        server.client("sqs", OWNER).set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text_of_policy})
    params = {"QueueUrl": queue, "MessageBody": "hello"} if operation == "SendMessage" else {}
    expected = {"json": ("AccessDenied;Sender", f"{CORAL}AccessDeniedException"), "query": ("AccessDenied", "Sender")}
    assert denied(server, protocol, operation, who, **params) == (403, *expected[protocol], text)


def test_the_body_of_a_denial_over_json_has_a_message_with_a_capital(server: Decaf) -> None:
    prepared = sign(json_call(server), **key("AKIANOBODY", "n")).prepare()
    sent = Request(prepared.url, prepared.body.encode(), dict(prepared.headers))
    with pytest.raises(HTTPError) as refused:
        urlopen(sent, timeout=10)
    assert sorted(json.loads(refused.value.read())) == ["Message", "__type"]


@pytest.mark.parametrize(
    ("operation", "params", "action", "resource"),
    [
        ("Publish", {"TopicArn": f"arn:aws:sns:us-east-1:{OWNER}:sales", "Message": "x"}, "Publish", ":sales"),
        ("ListTopics", {}, "ListTopics", ":*"),
        ("CreateTopic", {"Name": "new"}, "CreateTopic", ":new"),
    ],
)
def test_sns_denies_with_an_authorization_error(
    server: Decaf, operation: str, params: dict[str, str], action: str, resource: str
) -> None:
    call = query_call(server, SNS_QUERY, operation, **params)
    assert ask(server, sign(call, "sns", **key("AKIANOBODY", "n"))) == (
        403,
        "AuthorizationError",
        "Sender",
        f"User: {NOBODY} is not authorized to perform: SNS:{action} "
        f"on resource: arn:aws:sns:us-east-1:{OWNER}{resource} "
        f"because no identity-based policy allows the SNS:{action} action",
    )


def test_the_default_policy_of_a_topic_lets_in_nobody_who_calls(server: Decaf) -> None:
    """Its condition is on aws:SourceOwner, which a client's call has not."""
    topic = server.client("sns", OWNER).create_topic(Name="sales")["TopicArn"]
    publish = {"TopicArn": topic, "Message": "x"}
    for who, missing in ((key("AKIANOBODY", "n"), "identity"), (key("AKIABOB", "bobs secret"), "resource")):
        found = ask(server, sign(query_call(server, SNS_QUERY, "Publish", **publish), "sns", **who))
        assert found[3].endswith(f"because no {missing}-based policy allows the SNS:Publish action")
    assert ask(server, sign(query_call(server, SNS_QUERY, "Publish", **publish), "sns"))[0] == 200
    server.call(server.world.reset)


def test_a_topic_lets_another_account_in(server: Decaf) -> None:
    sns = server.client("sns", OWNER)
    topic = sns.create_topic(Name="sales")["TopicArn"]
    bob = key("AKIABOB", "bobs secret")
    publish = {"TopicArn": topic, "Message": "x"}
    sns.add_permission(TopicArn=topic, Label="bob", AWSAccountId=[OTHER], ActionName=["Publish"])
    assert ask(server, sign(query_call(server, SNS_QUERY, "Publish", **publish), "sns", **bob))[0] == 200
    subscribe = query_call(server, SNS_QUERY, "Subscribe", TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    assert ask(server, sign(subscribe, "sns", **bob))[1] == "AuthorizationError"
    server.call(server.world.reset)


def test_subscribers_can_be_limited_by_protocol_and_endpoint(server: Decaf) -> None:
    topic = server.client("sns", OWNER).create_topic(Name="sales")["TopicArn"]
    statement = {
        "Effect": "Allow",
        "Action": "sns:Subscribe",
        "Resource": topic,
        "Condition": {"StringEquals": {"sns:Protocol": "email"}, "StringLike": {"sns:Endpoint": "*@example.com"}},
    }
    eve = {"access_key": "AKIAEVE", "secret": "e", "account": OWNER, "user": "eve"}
    server.call(server.world.access.declare, read_identity({**eve, "policies": [{"Statement": statement}]}))
    for protocol, endpoint, status in (
        ("email", "ada@example.com", 200),
        ("email", "ada@example.org", 403),
        ("sms", "+15555550100", 403),
    ):
        call = query_call(server, SNS_QUERY, "Subscribe", TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
        assert ask(server, sign(call, "sns", **key("AKIAEVE", "e")))[0] == status
    server.call(server.world.reset)


def test_unknown_keys_can_go_on_to_stand_for_their_account(server: Decaf) -> None:
    with Decaf(Settings(port=0, access="enforce", identities=IDENTITIES, unknown_keys="default")) as lenient:
        stranger = {"access_key": "AKIASTRANGER", "secret": "any"}
        assert ask(lenient, sign(json_call(lenient), **stranger))[0] == 200
        assert ask(lenient, sign(json_call(lenient), secret="guessed"))[0] == 403
    assert ask(server, sign(json_call(server), **stranger))[0] == 403


def test_a_key_that_is_an_account_stays_that_account(server: Decaf, queue: str) -> None:
    request = sign(json_call(server), access_key=OWNER, secret="any")
    assert json.loads(ask(server, request)[3]) == {"QueueUrls": [queue]}


def test_a_declared_identity_calls_in_its_own_account_and_name(server: Decaf, queue: str) -> None:
    alice = boto3.session.Session("AKIAALICE", "alices secret", region_name="us-east-1")
    caller = alice.client("sts", endpoint_url=server.url).get_caller_identity()
    assert (caller["Account"], caller["Arn"]) == (OWNER, f"arn:aws:iam::{OWNER}:user/alice")
    sqs = alice.client("sqs", endpoint_url=server.url, config=Config(retries={"total_max_attempts": 1}))
    assert sqs.list_queues()["QueueUrls"] == [queue]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    (message,) = sqs.receive_message(QueueUrl=queue, MessageSystemAttributeNames=["SenderId"])["Messages"]
    assert message["Attributes"]["SenderId"] == caller["UserId"]


def test_a_denied_caller_does_not_learn_whether_the_queue_exists(server: Decaf) -> None:
    url = f"{server.url}/{OWNER}/missing"
    who = key("AKIANOBODY", "n")
    assert denied(server, "json", "SendMessage", who, QueueUrl=url, MessageBody="x")[1] == "AccessDenied;Sender"
