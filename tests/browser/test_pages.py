"""What pages of other sites can do to a server on the visitor's machine, tried in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from decaf.base.settings import Settings
from decaf.testing import Decaf
from tests.browser.pages import SITES, WAYS, attempt

EVIL, APP = SITES


@pytest.fixture(scope="module")
def decaf(port: int) -> Iterator[Decaf]:
    with Decaf(Settings(port=0, cors_origin=(f"http://{APP}:{port}",))) as server:
        yield server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def sqs(decaf: Decaf) -> Iterator[Any]:
    client = decaf.client("sqs")
    client.create_queue(QueueName="orders")
    yield client
    client.close()


def _refused(decaf: Decaf) -> int:
    """Returns how many AWS calls the server has refused, whatever the browser tells of them."""
    errors: dict[tuple[str, str, str], int] = decaf.call(lambda: decaf.world.call_statistics.errors)
    return sum(count for (_, _, code), count in errors.items() if code == "AccessDeniedException")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("site", [EVIL, "127.0.0.1"], ids=["another site", "another port"])
def test_no_page_makes_an_aws_call(page: Page, decaf: Decaf, sqs: Any, port: int, site: str, way: str) -> None:
    page.goto(f"http://{site}:{port}/")
    refused = _refused(decaf)
    action = urlencode({"Action": "DeleteQueue", "Version": "2012-11-05"})
    assert attempt(page, way, f"{decaf.url}/000000000000/orders?{action}") in (403, None)
    assert _refused(decaf) == refused + 1
    assert len(sqs.list_queues()["QueueUrls"]) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("site", "path"), [(EVIL, "/_decaf/reset"), (APP, "/_decaf/reset"), (EVIL, "/moto-api/reset")])
def test_no_page_calls_the_control_api(
    page: Page, decaf: Decaf, sqs: Any, port: int, site: str, path: str, way: str
) -> None:
    page.goto(f"http://{site}:{port}/")
    assert attempt(page, way, f"{decaf.url}{path}?a=b") in (403, None)
    assert len(sqs.list_queues()["QueueUrls"]) == 1


@pytest.mark.parametrize("path", ["/?Action=ListQueues", "/_decaf/queues"])
def test_no_page_reads_by_a_name_that_it_made_lead_here(page: Page, decaf: Decaf, sqs: Any, path: str) -> None:
    rebound = decaf.url.replace("127.0.0.1", EVIL)
    response = page.goto(rebound + path)
    assert response is not None
    assert response.status == 403
    assert page.evaluate("path => fetch(path).then(response => response.status)", path) == 403


def test_links_of_sns_work_from_a_web_mailer(page: Page, decaf: Decaf, port: int) -> None:
    sns = decaf.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="reader@example.com")
    (confirmation,) = decaf.control.inbox(topic_arn=topic)
    query = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic, "Token": confirmation.token})
    page.goto(f"http://{EVIL}:{port}/")
    assert attempt(page, "link", f"{decaf.url}/?{query}") == 200
    (subscribed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    other = page.context.new_page()
    other.goto(f"http://{EVIL}:{port}/")
    query = urlencode({"Action": "Unsubscribe", "SubscriptionArn": subscribed["SubscriptionArn"]})
    assert attempt(other, "window.open", f"{decaf.url}/?{query}") == 200
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    sns.close()


CALL = """async ([url, target, body]) => {
    const response = await fetch(url, {method: 'POST', body: JSON.stringify(body), headers: {
        'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': 'AmazonSQS.' + target,
        'Authorization': 'AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/sqs/aws4_request, Signature=0',
        'X-Amz-Date': '20260101T000000Z', 'X-Amz-User-Agent': 'aws-sdk-js'}})
    return [response.status, await response.json(), response.headers.get('x-amzn-requestid') !== null]
}"""


def test_a_page_of_a_named_origin_makes_aws_calls_and_reads_errors(
    page: Page, decaf: Decaf, sqs: Any, port: int
) -> None:
    page.goto(f"http://{APP}:{port}/")
    status, queues, has_id = page.evaluate(CALL, [decaf.url, "ListQueues", {}])
    assert (status, len(queues["QueueUrls"]), has_id) == (200, 1, True)
    status, error, has_id = page.evaluate(CALL, [decaf.url, "GetQueueUrl", {"QueueName": "none"}])
    assert (status, error["__type"], has_id) == (400, "com.amazonaws.sqs#QueueDoesNotExist", True)
    with pytest.raises(Exception, match="Failed to fetch"):
        page.evaluate("url => fetch(url)", f"{decaf.url}/_decaf/queues")


def test_a_page_of_another_origin_cannot_read(page: Page, decaf: Decaf, port: int) -> None:
    page.goto(f"http://{EVIL}:{port}/")
    with pytest.raises(Exception, match="Failed to fetch"):
        page.evaluate(CALL, [decaf.url, "ListQueues", {}])
