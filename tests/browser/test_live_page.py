"""The live page in a real browser, driven as a person does, with boto3 as the witness of what it shows and changes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from decaf.base.settings import Settings
from decaf.testing import Decaf, Fail
from decaf.testing.functions import FunctionFactory
from tests.browser.pages import SITES

ACCOUNT = "000000000000"
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\u202ereversed"


def _queue(sqs: Any, name: str, **attributes: str) -> tuple[str, str]:
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:us-east-1:{ACCOUNT}:{name}"


def _open(page: Page, fragment: str) -> None:
    page.evaluate("fragment => { location.hash = fragment }", fragment)


def test_an_empty_server_says_what_to_try(page: Page) -> None:
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(page.locator(".greeting li")).to_have_count(3)
    expect(page.locator(".greeting")).to_contain_text("decaf coffee-shop --url http://127.0.0.1:")


def test_the_map_is_empty_again_when_all_is_gone(page: Page, sqs: Any) -> None:
    url, _ = _queue(sqs, "orders")
    expect(page.locator("svg.map .node")).to_have_count(1)
    sqs.delete_queue(QueueUrl=url)
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(page.locator("svg.map .node")).to_have_count(0)


def test_the_map_shows_where_messages_are_and_what_was_held_back(page: Page, sqs: Any, sns: Any) -> None:
    _, dead = _queue(sqs, "orders-dlq")
    url, orders = _queue(sqs, "orders", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}))
    topic = sns.create_topic(Name="news")["TopicArn"]
    policy = {"FilterPolicy": '{"kind": ["order"]}'}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=orders, Attributes=policy)
    for kind in ("order", "order", "advert"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message="latte", MessageAttributes=attributes)
    node = page.locator("svg .node", has_text="orders").first
    expect(node).to_have_attribute("aria-label", re.compile("orders: 2 visible, 0 in flight, 0 delayed"))
    expect(page.locator(".edge.subscription")).to_contain_text('kind is "order" · 2 delivered, 1 held back')
    for _ in range(2):
        sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    expect(page.locator(".edge.redrive")).to_contain_text("1 dead")
    expect(page.locator("svg .node.dead-letter-queue")).to_have_attribute("aria-label", re.compile("1 visible"))


def test_a_function_is_one_node_by_its_name_whatever_leads_to_it(page: Page, sns: Any) -> None:
    function = "arn:aws:lambda:us-east-1:000000000000:function:brew"
    for name in ("news", "orders"):
        topic = sns.create_topic(Name=name)["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    expect(page.locator("svg .node.function")).to_have_count(1)
    expect(page.locator("svg .node.function .name")).to_have_text("brew")
    expect(page.locator(".edge.subscription")).to_have_count(2)


def test_a_message_is_followed_from_a_topic_to_the_dead_letters(page: Page, sqs: Any, sns: Any) -> None:
    _, dead = _queue(sqs, "orders-dlq")
    url, orders = _queue(sqs, "orders", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}))
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=orders)
    published = sns.publish(TopicArn=topic, Message="latte")["MessageId"]
    sent = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["MessageId"]
    sqs.receive_message(QueueUrl=url)
    _open(page, f"#/message?id={sent}")
    expect(page.locator(".answer")).to_contain_text("dead-letter queue")
    for word in ("published", "delivered", "received", "dead-letter"):
        expect(page.locator(".life")).to_contain_text(word)
    page.get_by_role("link", name=published).click()
    expect(page.locator(".life")).to_contain_text("published")


def test_looking_at_messages_receives_none_and_the_countdown_follows_the_clock(
    page: Page, decaf: Decaf, sqs: Any
) -> None:
    url, arn = _queue(sqs, "orders")
    sqs.send_message(QueueUrl=url, MessageBody='{"drink":"latte","big":12345678901234567890}')
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=60)
    decaf.control.freeze()
    _open(page, f"#/queue?arn={arn}")
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator(".row", has_text="later")).to_contain_text("clock stopped")
    page.locator(".row", has_text="latte").click()
    expect(page.locator(".detail pre.body")).to_contain_text('"big": 12345678901234567890')
    decaf.control.advance(60)
    expect(page.locator(".row .chip.visible")).to_have_count(2)
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "2"
    assert (
        sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"][0]["Attributes"][
            "ApproximateReceiveCount"
        ]
        == "1"
    )


def test_sending_receiving_changing_and_deleting_is_seen_by_other_clients(page: Page, sqs: Any) -> None:
    url, arn = _queue(sqs, "orders")
    _open(page, f"#/queue?arn={arn}")
    page.get_by_text("Send, receive, purge").click()
    page.get_by_label("Body of the message to send").fill("from the page")
    expect(page.get_by_text("aws --endpoint-url")).to_be_attached()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".row")).to_contain_text("from the page")
    page.get_by_role("button", name="Receive 1").click()
    expect(page.locator(".row .chip.in-flight")).to_be_visible()
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    page.locator(".row").click()
    page.get_by_role("button", name="Make visible now").click()
    expect(page.locator(".row .chip.visible")).to_be_visible()
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "from the page"
    expect(page.locator(".row .chip.in-flight")).to_be_visible()
    page.locator(".row").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".row")).to_have_count(0)
    count = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert count["Attributes"] == {"ApproximateNumberOfMessagesNotVisible": "0"}


def test_the_page_sends_in_the_name_of_the_account_once_a_user_is_declared(page: Page, decaf: Decaf, sqs: Any) -> None:
    decaf.control.declare_identity(user="alice")
    decaf.control.set_access("enforce")
    _, arn = _queue(sqs, "orders")
    _open(page, f"#/queue?arn={arn}")
    page.get_by_text("Send, receive, purge").click()
    page.get_by_label("Body of the message to send").fill("from the page")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".row")).to_contain_text("from the page")


def test_a_purge_asks_for_the_name_of_the_queue(page: Page, sqs: Any) -> None:
    url, arn = _queue(sqs, "orders")
    sqs.send_message(QueueUrl=url, MessageBody="latte")
    _open(page, f"#/queue?arn={arn}")
    page.get_by_text("Send, receive, purge").click()
    page.get_by_role("button", name="Purge").click()
    go = page.locator("dialog").get_by_role("button", name="Purge")
    expect(go).to_be_disabled()
    page.locator("dialog input").fill("orders")
    go.click()
    expect(page.locator(".row")).to_have_count(0)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_topic_says_who_would_get_a_message_and_publishes_it(page: Page, sqs: Any, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    url, coupons = _queue(sqs, "coupons")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=coupons, Attributes={"FilterPolicy": '{"kind": ["coupon"]}'})
    _open(page, f"#/topic?arn={topic}")
    page.get_by_label("Message", exact=True).fill("hello")
    page.get_by_label("Attributes, as kind=coupon, price=5").fill("kind=trivia")
    page.get_by_role("button", name="Who would get this?").click()
    expect(page.locator(".tried .not")).to_contain_text("coupons")
    page.get_by_label("Attributes, as kind=coupon, price=5").fill("kind=coupon")
    page.get_by_role("button", name="Who would get this?").click()
    expect(page.locator(".tried .gets")).to_contain_text("coupons")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("main").get_by_text("Published as")).to_be_visible()
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_queue_that_does_not_let_its_topic_in_is_pointed_out_and_mended(page: Page, sqs: Any, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    url, arn = _queue(sqs, "orders")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="latte")
    _open(page, f"#/queue?arn={arn}")
    page.get_by_text("Who may use it?").click()
    page.get_by_label("Who: an account").fill("sns.amazonaws.com")
    page.get_by_label("The ARN of the topic").fill(topic)
    page.get_by_role("button", name="Would AWS allow it?").click()
    expect(page.locator(".who-may .not")).to_contain_text("Refused.")
    _open(page, f"#/topic?arn={topic}")
    expect(page.get_by_text("AWS would deliver nothing")).to_be_visible()
    page.get_by_role("button", name="Let it in").click()
    _open(page, f"#/queue?arn={arn}")
    page.get_by_text("Who may use it?").click()
    page.get_by_label("Who: an account").fill("sns.amazonaws.com")
    page.get_by_label("The ARN of the topic").fill(topic)
    page.get_by_role("button", name="Would AWS allow it?").click()
    expect(page.locator(".who-may .gets")).to_contain_text("Allowed.")
    assert (
        "sns.amazonaws.com" in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    )


def test_the_inbox_shows_texts_and_mails_and_confirms(page: Page, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
    sns.publish(PhoneNumber="+12065550100", Message="Your order is ready")
    _open(page, "#/inbox")
    expect(page.locator(".bubble")).to_have_text("Your order is ready")
    page.get_by_role("button", name="Confirm the subscription").click()
    _open(page, f"#/topic?arn={topic}")
    expect(page.locator("tbody tr")).to_contain_text("confirmed")
    expect(page.locator("tbody tr")).not_to_contain_text("not confirmed")
    (subscription,) = sns.list_subscriptions()["Subscriptions"]
    assert subscription["SubscriptionArn"] != "PendingConfirmation"


def test_the_inbox_says_how_long_an_attempt_took_and_when_the_next_one_is(page: Page, decaf: Decaf, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    decaf.control.set_fault(Fail(status=503))
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/")
    decaf.control.wait_for("NotificationPostponed", topic="news", since=0)
    _open(page, "#/inbox")
    attempt = re.compile(
        r"http http://127\.0\.0\.1:9/: failed, status 503( after .*)?, will be tried again at [0-9:]+: "
    )
    expect(page.locator("main li").first).to_contain_text(attempt)


def test_the_inbox_shows_what_functions_wrote(page: Page, decaf: Decaf, tmp_path: Path) -> None:
    (tmp_path / "coffee.py").write_text("def brew(event, context):\n    print('<b>no milk</b>', event)\n")
    decaf.control.add_function("brew", "coffee.brew", path=str(tmp_path), timeout=20)
    _open(page, "#/inbox")
    decaf.control.invoke_function("brew", {"drink": "latte"})
    log = page.locator("article", has_text="brew").locator("pre")
    expect(log).to_contain_text("<b>no milk</b> {'drink': 'latte'}")
    expect(log).to_contain_text("REPORT RequestId: ")


def test_the_clock_is_moved_stopped_and_let_go(page: Page, decaf: Decaf) -> None:
    _open(page, "#/time")
    before = decaf.control.clock().now
    page.get_by_role("button", name="+30 s").click()
    expect(page.get_by_text("Moved by 30 s, from")).to_be_visible()
    assert decaf.control.clock().now >= before + 30
    page.get_by_role("button", name="Stop the clock").click()
    expect(page.get_by_role("button", name="Let it run")).to_be_visible()
    assert decaf.control.clock().frozen


def test_hostile_texts_are_shown_and_do_nothing(page: Page, decaf: Decaf, sqs: Any) -> None:
    url, arn = _queue(sqs, "orders")
    sqs.send_message(QueueUrl=url, MessageBody=HOSTILE)
    sqs.send_message(QueueUrl=url, MessageBody="x" * 1_000_000)
    for fragment in ("#/events", f"#/queue?arn={arn}"):
        _open(page, fragment)
        expect(page.get_by_text("<script>").first).to_be_visible()
    expect(page.locator(".row .code-point").first).to_have_text("U+202E")
    page.locator(".row").nth(1).click()
    expect(page.get_by_role("button", name="Show all 1,000,000 characters")).to_be_visible()
    assert page.title() != "owned"
    assert page.locator("main script, main img").count() == 0


def test_a_long_queue_draws_only_what_is_in_view(page: Page, decaf: Decaf, sqs: Any) -> None:
    url, arn = _queue(sqs, "orders")
    for start in range(0, 3_000, 10):
        entries = [{"Id": str(n), "MessageBody": f"order {start + n}"} for n in range(10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    _open(page, f"#/queue?arn={arn}")
    expect(page.locator(".row").first).to_contain_text("order 0")
    assert page.locator(".row").count() < 60
    page.locator(".rows").evaluate("each => each.scrollTo(0, 5000)")
    expect(page.locator(".row", has_text=re.compile(r"order 15\d$")).first).to_be_attached()
    assert page.evaluate("document.querySelectorAll('*').length") < 3_000


def test_a_server_that_is_started_again_is_noticed(browser: Browser) -> None:
    with Decaf(Settings(port=0)) as first:
        first.client("sqs").create_queue(QueueName="before")
        port = int(first.url.rpartition(":")[2])
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{first.url}/_decaf/ui/#/queues")
        expect(page.get_by_role("link", name="before")).to_be_visible()
    expect(page.locator(".link.offline")).to_be_visible()
    with Decaf(Settings(port=port)) as second:
        second.client("sqs").create_queue(QueueName="after")
        expect(page.get_by_role("link", name="after")).to_be_visible(timeout=20_000)
        expect(page.get_by_role("link", name="before")).to_have_count(0)
    context.close()


def test_a_page_of_another_site_reads_nothing(browser: Browser, decaf: Decaf, port: int) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://{SITES[0]}:{port}/")
    for path in ("ui/", "frames", "queues"):
        read = "url => fetch(url).then(r => r.text(), () => 'refused')"
        assert page.evaluate(read, f"{decaf.url}/_decaf/{path}") == "refused"
    rebound = context.new_page()
    response = rebound.goto(f"{decaf.url.replace('127.0.0.1', SITES[0])}/_decaf/ui/")
    assert response is not None
    assert response.status == 403
    context.close()


def test_the_map_leads_from_a_queue_to_its_function_with_counts(page: Page, decaf: Decaf, sqs: Any) -> None:
    def brew(event: Any, context: Any) -> None:
        if "milk" in event["Records"][0]["body"]:
            raise ValueError

    url, _ = _queue(sqs, "orders")
    FunctionFactory(decaf, ACCOUNT)(brew, "brew", queue=url, mapping={"batch_size": 1})
    arrow = page.locator("svg .edge.mapping")
    expect(arrow).to_have_count(1)
    for order in ("espresso", "tea", "latte with milk"):
        sqs.send_message(QueueUrl=url, MessageBody=order)
    expect(arrow).to_contain_text("2 processed · 1 failed")
    expect(page.get_by_role("link", name="function brew").first).to_be_visible()
    decaf.control.switch_mapping(decaf.control.mappings()[0].uuid, enabled=False)
    expect(arrow).to_contain_text("disabled")


def test_on_a_phone_the_map_is_a_list_and_nothing_scrolls_sideways(
    browser: Browser, decaf: Decaf, sqs: Any, sns: Any
) -> None:
    _, arn = _queue(sqs, "orders")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://shop.example/orders/that/are/placed")
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(decaf.url)
    expect(page.locator(".map-list a").first).to_be_visible()
    views = (
        "map",
        "queues",
        f"queue?arn={arn}",
        f"topic?arn={topic}",
        "message",
        "inbox",
        "calls",
        "events",
        "time",
        "doctor",
    )
    for view in views:
        page.goto(f"{decaf.url}/_decaf/ui/#/{view}")
        expect(page.locator("main")).not_to_be_empty()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, view
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_view_is_accessible(browser: Browser, decaf: Decaf, sqs: Any, sns: Any, scheme: Any) -> None:
    _, dead = _queue(sqs, "orders-dlq")
    url, arn = _queue(sqs, "orders", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1}))
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"FilterPolicy": '{"kind": ["order"]}'})
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
    sns.publish(TopicArn=topic, Message="latte")
    sent = sqs.send_message(QueueUrl=url, MessageBody='{"drink": "latte"}')["MessageId"]
    sqs.receive_message(QueueUrl=url)
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    views = (
        "map",
        "queues",
        f"queue?arn={arn}",
        f"topic?arn={topic}",
        f"message?id={sent}",
        "inbox",
        "calls",
        "events",
        "doctor",
        "time",
    )
    for view in views:
        page.goto(f"{decaf.url}/_decaf/ui/#/{view}")
        expect(page.locator(".link.live")).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, f"{view}: {found.generate_report()}"
    context.close()
