"""Which requests are answered: of AWS calls, of the control API, and of the paths of other emulators."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import quote, urlencode, urlsplit

import pytest

from decaf import control
from decaf.base.settings import BadSetting, Settings
from decaf.compat.routes import ROUTES as EMULATOR_ROUTES
from decaf.control import openapi
from decaf.control.routes import ROUTES
from decaf.http.guard import Forbidden, Guard
from decaf.testing import Decaf
from decaf_protocol import Request
from tests.decaf.http.wire import answer, dial

DOCUMENT = openapi.document(ROUTES, control.PREFIX)
CONTROL_CALLS = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
EMULATOR_CALLS = sorted({(route.method, route.path) for route in EMULATOR_ROUTES if route.method != "HEAD"})
ACCOUNT = "111122223333"
QUEUE = f"http://localhost/{ACCOUNT}/orders"
SCOPE = {"Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/sqs/aws4_request, Signature=0"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.DeleteQueue"}
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}

# What a browser sends with a request from a page of another site, beside the ways in tests/browser.
FOREIGN: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", **NAVIGATION},
    {"Sec-Fetch-Site": "same-site", **NAVIGATION},
    {"Host": "evil.example"},
    {"Host": "evil.example:4566"},
    {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Host": "127.0.0.1.evil.example:4566"},
    {"Host": "localhost.evil.example"},
    {"Host": "sqs.us-east-1.amazonaws.com.evil.example"},
    {"Host": "sqs.us-east-1.evilamazonaws.com"},
    {"Host": "name-1.us-east-1.elb.amazonaws.com"},
    {"Host": "evil"},
    {"Host": "[::1"},
)


@pytest.fixture(scope="module", params=["fast", "plain"])
def decaf(request: pytest.FixtureRequest) -> Iterator[Decaf]:
    with Decaf(Settings(port=0, edge=request.param, cors_origin=("http://app.example:3000",))) as started:
        yield started


@pytest.fixture
def queue(decaf: Decaf) -> Iterator[str]:
    """The URL of a queue that is still there at the end of the test."""
    sqs = decaf.client("sqs", account=ACCOUNT)
    url: str = sqs.create_queue(QueueName="orders")["QueueUrl"]
    yield url
    assert sqs.list_queues()["QueueUrls"] == [url]
    sqs.close()


def _send(decaf: Decaf, method: str, target: str, body: str = "", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(decaf.url).netloc, timeout=30)
    connection.request(method, target, body.encode() or None, headers)
    response = connection.getresponse()
    found = response.read().decode()
    connection.close()
    return response.status, found


@pytest.mark.parametrize("marks", FOREIGN, ids=lambda marks: " ".join(marks.values()))
def test_no_page_makes_an_aws_call(decaf: Decaf, queue: str, marks: dict[str, str]) -> None:
    path = urlsplit(queue).path
    action = urlencode({"Action": "DeleteQueue", "QueueUrl": queue})
    for refused in (
        _send(decaf, "POST", path, "Action=DeleteQueue", **FORM, **marks),
        _send(decaf, "POST", "/", json.dumps({"QueueUrl": queue}), **JSON, **SCOPE, **marks),
        _send(decaf, "POST", path, "Action=DeleteQueue", **{"Content-Type": "text/plain"}, **marks),
        _send(decaf, "GET", f"{path}?Action=DeleteQueue", **marks),
        _send(decaf, "GET", f"/?{action}&X-Amz-Credential={ACCOUNT}/20260101/us-east-1/sqs/aws4_request", **marks),
    ):
        assert refused[0] == 403
        assert "AccessDenied" in refused[1]


def test_the_refusal_says_what_to_do(decaf: Decaf, queue: str) -> None:
    _, origin = _send(decaf, "POST", "/", "{}", **JSON, Origin="https://evil.example")
    assert (
        json.loads(origin)["Message"] == "Requests from web pages are refused, unless cors_origin names their origin."
    )
    _, host = _send(decaf, "POST", "/", "{}", **JSON, Host="evil:80")
    assert json.loads(host)["Message"] == "The host evil:80 is not known: name it in the setting allowed_host."


def test_a_browser_that_hides_its_page_can_open_links_only(decaf: Decaf, queue: str) -> None:
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}  # no Sec-Fetch-Site: the address is not loopback's
    assert _send(decaf, "GET", f"{urlsplit(queue).path}?Action=DeleteQueue", **agent)[0] == 403
    assert _send(decaf, "GET", "/?Action=Unsubscribe&SubscriptionArn=none", **agent)[0] == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.:80", "sqs.localhost:4566", "127.0.0.1:1", "[::1]:4566"])
@pytest.mark.parametrize("marks", [{}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}])
def test_programs_and_our_own_pages_make_calls(decaf: Decaf, host: str, marks: dict[str, str]) -> None:
    assert _send(decaf, "POST", "/", "Action=ListQueues", Host=host, **FORM, **marks)[0] == 200
    assert _send(decaf, "GET", "/?Action=ListQueues", Host=host, **marks)[0] == 200
    assert _send(decaf, "POST", "/", "Action=ListQueues", Host=host, Origin=f"http://{host}", **FORM, **marks)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "sqs.us-east-1.amazonaws.com",
        "sns.eu-central-1.amazonaws.com:80",
        "sts.amazonaws.com",
        "queue.amazonaws.com",
        "eu-west-1.queue.amazonaws.com",
        "sqs-fips.us-east-1.amazonaws.com",
        "sqs.us-east-1.api.aws",
        "sqs.cn-north-1.amazonaws.com.cn",
        "vpce-1-2.sqs.us-east-1.vpce.amazonaws.com",
        "host.docker.internal:4566",
        "host.containers.internal:4566",
        "192.168.1.7:4566",
        "[fe80::1]:4566",
    ],
)
def test_hosts_of_sdks_containers_and_addresses_are_known(host: str) -> None:
    assert Guard(Settings()).check_call(Request("POST", "/", {"host": host}, b"")) is None


@pytest.mark.parametrize("host", ["decaf:4566", "Other.Test", "a.cloud.test", "b.a.cloud.test", "mine", "queues.test"])
def test_settings_name_more_hosts(host: str) -> None:
    request = Request("POST", "/", {"host": host}, b"")
    with pytest.raises(Forbidden):
        Guard(Settings()).check_call(request)
    named = ("decaf", "other.test", ".cloud.test")
    Guard(Settings(allowed_host=named, host="mine", base_url="http://queues.test/q")).check_call(request)


def test_a_name_with_a_dot_before_it_is_for_names_below_it_only() -> None:
    with pytest.raises(Forbidden):
        Guard(Settings(allowed_host=(".cloud.test",))).check_call(Request("POST", "/", {"host": "evilcloud.test"}, b""))


def test_a_request_without_a_host_is_a_programs() -> None:
    assert Guard(Settings()).check_call(Request("POST", "/", {}, b"")) is None


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_links_of_sns_work_from_a_web_mailer(decaf: Decaf, site: str) -> None:
    sns = decaf.client("sns", account=ACCOUNT)
    topic = sns.create_topic(Name=f"news-{site}")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="reader@example.com")
    (confirmation,) = decaf.control.inbox(topic_arn=topic)
    query = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic, "Token": confirmation.token or ""})
    marks = {"Sec-Fetch-Site": site, **NAVIGATION}
    assert _send(decaf, "GET", f"/?{query}", **marks | {"Sec-Fetch-Dest": "iframe"})[0] == 403
    assert _send(decaf, "GET", f"/?{query}&Action=DeleteTopic", **marks)[0] == 403
    assert _send(decaf, "POST", "/", query, **FORM, **marks)[0] == 403
    assert (
        sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"] == "PendingConfirmation"
    )
    assert _send(decaf, "GET", f"/?{query}", **marks)[0] == 200
    (subscribed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    arn = quote(subscribed["SubscriptionArn"])
    assert _send(decaf, "GET", f"/?Action=Unsubscribe&SubscriptionArn={arn}", **marks)[0] == 200
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    sns.close()


def _example(method: str, path: str) -> tuple[str, str]:
    """The target and body of a call, as the document of the control API has them in its examples."""
    operation = DOCUMENT["paths"].get(path, {}).get(method.lower(), {})
    given = {p["name"]: p["example"] for p in operation.get("parameters", ()) if "example" in p}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example", {})
    return f"{path}?{urlencode(given)}" if given else path, json.dumps(body)


@pytest.mark.parametrize(("method", "path"), CONTROL_CALLS + EMULATOR_CALLS)
def test_no_page_calls_the_control_api(decaf: Decaf, method: str, path: str) -> None:
    mark = decaf.control.mark()
    target, body = _example(method, path)
    for marks in (*FOREIGN, {"Origin": "http://app.example:3000"}):  # CORS is for AWS calls
        status, refused = _send(decaf, method, target, body, **marks)
        assert (status, list(json.loads(refused))) == (403, ["error"])
    assert (decaf.control.mark(), decaf.control.faults(), decaf.control.clock().frozen) == (mark, [], False)


@pytest.mark.parametrize(("method", "path"), CONTROL_CALLS + EMULATOR_CALLS)
def test_no_delivery_calls_the_control_api(decaf: Decaf, method: str, path: str) -> None:
    mark = decaf.control.mark()
    target, body = _example(method, path)
    for marks in (
        {"User-Agent": "Amazon Simple Notification Service Agent"},
        {"x-amz-sns-message-type": "SubscriptionConfirmation"},
    ):
        status, refused = _send(decaf, method, target, body, **marks)
        assert (status, json.loads(refused)) == (403, {"error": "deliveries of SNS cannot call the control API"})
    assert (decaf.control.mark(), decaf.control.faults(), decaf.control.clock().frozen) == (mark, [], False)


@pytest.mark.parametrize("path", ["/_decaf/reset", "/moto-api/reset", "//_decaf/reset", "/%5Fdecaf/reset"])
def test_a_subscription_cannot_reset_the_server_that_confirms_it(decaf: Decaf, queue: str, path: str) -> None:
    sns = decaf.client("sns", account=ACCOUNT)
    topic = sns.create_topic(Name="itself")["TopicArn"]
    mark = decaf.control.mark()
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=decaf.url + path)
    decaf.control.wait_for("NotificationFailed", since=mark, account=ACCOUNT)
    sns.close()


@pytest.mark.parametrize("peer", ["10.0.0.7", "172.17.0.1", "fe80::1", "::ffff:10.0.0.7", "", None])
def test_other_machines_control_with_the_token_only(peer: str | None) -> None:
    with_token = Guard(Settings(control_token="s3cret"))
    for given in ({}, {"authorization": "Bearer other"}, {"authorization": "Bearer caf\udce9"}, {"authorization": ""}):
        for guard in (with_token, Guard(Settings())):
            with pytest.raises(Forbidden, match="DECAF_CONTROL_TOKEN"):
                guard.check_control(Request("POST", "/_decaf/reset", given, b""), peer, is_open=False)
    request = Request("POST", "/_decaf/reset", {"authorization": "Bearer s3cret"}, b"")
    with_token.check_control(request, peer, is_open=False)
    anywhere = Guard(Settings(control_from="anywhere"))
    anywhere.check_control(Request("POST", "/_decaf/reset", {}, b""), peer, is_open=False)
    with pytest.raises(Forbidden):  # neither lets a page in
        anywhere.check_control(Request("POST", "/_decaf/reset", {"origin": "null"}, b""), peer, is_open=False)


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.0.0.7", None])
def test_where_nobody_is_let_in_by_address_all_need_the_token(peer: str | None) -> None:
    guard = Guard(Settings(control_token="s3cret", control_from="nowhere"))
    with pytest.raises(Forbidden, match="DECAF_CONTROL_TOKEN"):
        guard.check_control(Request("POST", "/_decaf/reset", {}, b""), peer, is_open=False)
    with pytest.raises(Forbidden, match="AWS_SESSION_TOKEN"):
        guard.check_code(Request("POST", "/2015-03-31/functions", {}, b""), peer)
    guard.check_control(Request("POST", "/_decaf/reset", {"authorization": "Bearer s3cret"}, b""), peer, is_open=False)
    with pytest.raises(Forbidden, match="DECAF_CONTROL_TOKEN"):
        Guard(Settings(control_from="nowhere")).check_control(Request("POST", "/", {}, b""), peer, is_open=False)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("given", [{}, {"authorization": "Bearer other"}, {"host": "sqs.localhost:4566"}])
def test_programs_on_this_machine_need_no_token(peer: str, given: dict[str, str]) -> None:
    guard = Guard(Settings(control_token="s3cret"))
    guard.check_control(Request("POST", "/_decaf/reset", given, b""), peer, is_open=False)


def test_a_host_that_is_no_text_is_refused_as_any_other(decaf: Decaf) -> None:
    with dial(decaf.url) as connection:
        connection.sendall(b"GET /_decaf/health HTTP/1.1\r\nHost: caf\xe9.example\r\n\r\n")
        refused = answer(connection)
    assert refused is not None
    assert refused.status == 403
    assert "is not known" in json.loads(refused.body)["error"]


@pytest.mark.parametrize("host", [b"caf\xe9.example", b"evil." + b"x" * 9_000, b"a." * 200 + b"localhost"])
def test_a_host_of_any_bytes_is_refused_by_aws_calls_too(decaf: Decaf, host: bytes) -> None:
    with dial(decaf.url) as connection:
        head = (
            b"POST / HTTP/1.1\r\nHost: " + host + b"\r\nX-Amz-Target: AmazonSQS.ListQueues\r\nContent-Length: 2\r\n\r\n"
        )
        connection.sendall(head + b"{}")
        refused = answer(connection)
    assert refused is not None
    assert refused.status == 403
    assert len(refused.body) < 1_000


@pytest.mark.parametrize("origin", ["*", "null", "localhost", "http://", "http://a/b", "http://a?b", "http://a:x", ""])
def test_an_origin_that_is_none_is_a_bad_setting(origin: str) -> None:
    with pytest.raises(BadSetting, match="is not a web origin, such as"):
        Guard(Settings(cors_origin=(origin,)))


CODE = {"FunctionName": "brew", "Runtime": "python3.12", "Handler": "a.b", "Role": f"arn:aws:iam::{ACCOUNT}:role/r"}
BRING_CODE = (
    ("POST", "/2015-03-31/functions"),
    ("POST", "/2015-03-31/functions/"),
    ("PUT", "/2015-03-31/functions/brew/code"),
    ("PUT", "/2015-03-31/functions/brew/configuration?x=1"),
)
APP = {"Origin": "http://app.example:3000"}


@pytest.mark.parametrize("marks", [*FOREIGN, APP], ids=lambda marks: " ".join(marks.values()))
@pytest.mark.parametrize(("method", "target"), BRING_CODE)
def test_no_page_registers_the_code_of_a_function(
    decaf: Decaf, method: str, target: str, marks: dict[str, str]
) -> None:
    """Not one either whose origin may make AWS calls."""
    status, refused = _send(decaf, method, target, json.dumps({**CODE, "Code": {"ZipFile": "UEs="}}), **marks)
    assert status == 403
    assert "Message" in json.loads(refused)
    client = decaf.client("lambda", account=ACCOUNT)
    assert client.list_functions()["Functions"] == []
    client.close()


def test_a_page_that_is_named_may_list_functions(decaf: Decaf) -> None:
    assert _send(decaf, "GET", "/2015-03-31/functions", **APP)[0] == 200
    assert _send(decaf, "GET", "/2015-03-31/functions", Origin="https://evil.example")[0] == 403


@pytest.mark.parametrize("peer", ["10.0.0.7", "172.17.0.1", "fe80::1", "", None])
def test_other_machines_register_code_with_the_token_only(peer: str | None) -> None:
    guard = Guard(Settings(control_token="s3cret"))
    for given in ({}, {"x-amz-security-token": "other"}, {"authorization": "Bearer s3cret"}):
        with pytest.raises(Forbidden, match="AWS_SESSION_TOKEN"):
            guard.check_code(Request("POST", "/2015-03-31/functions", given, b""), peer)
    request = Request("POST", "/2015-03-31/functions", {"x-amz-security-token": "s3cret"}, b"")
    guard.check_code(request, peer)
    Guard(Settings(control_from="anywhere")).check_code(Request("POST", "/", {}, b""), peer)
    with pytest.raises(Forbidden, match="AWS_SESSION_TOKEN"):
        Guard(Settings()).check_code(request, peer)


def test_programs_on_this_machine_register_code_without_a_token() -> None:
    guard = Guard(Settings(control_token="s3cret"))
    guard.check_code(Request("POST", "/2015-03-31/functions", {"x-amz-security-token": "of aws"}, b""), "127.0.0.1")
    with pytest.raises(Forbidden, match="Deliveries"):
        guard.check_code(Request("POST", "/", {"user-agent": "Amazon Simple Notification Service Agent"}, b""), "::1")
