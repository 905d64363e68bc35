"""The file of a trace in a real browser: opened from the disk and from another server, of a real test that failed."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from decaf.base.settings import Settings
from decaf.page.trace_file import Failure, TracedTest, written
from decaf.testing import Decaf, Error, Match
from decaf.testing.traces import write

ACCOUNT = "123456789012"
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\u202ereversed"
NAME = f"tests/test_shop.py::test_orders[{HOSTILE}]"


def _arn(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def _shop(decaf: Decaf) -> None:
    """A topic with a filter, a queue with a dead-letter queue, a fault, moves of the clock, and hostile bodies."""
    control = decaf.control.of(ACCOUNT)
    sqs, sns = decaf.client("sqs", ACCOUNT), decaf.client("sns", ACCOUNT)
    sqs.create_queue(QueueName="dead")
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": _arn("dead"), "maxReceiveCount": 1})}
    url = sqs.create_queue(QueueName="orders", Attributes=redrive)["QueueUrl"]
    topic = sns.create_topic(Name="placed")["TopicArn"]
    policy = {"FilterPolicy": '{"kind": ["order"]}', "RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=_arn("orders"), Attributes=policy)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="boss@shop.example")
    for kind in ("order", "advert"):
        kinds = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=f"latte {kind}", MessageAttributes=kinds)
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=30)
    control.advance(31)
    sqs.receive_message(QueueUrl=url)
    sqs.send_message(QueueUrl=url, MessageBody=HOSTILE)
    control.advance(43_200)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    control.set_fault(Error(code="ServiceUnavailable"), Match(queue="orders", operation="SendMessage"))
    with pytest.raises(sqs.exceptions.ClientError):
        sqs.send_message(QueueUrl=url, MessageBody="refused")
    sqs.close()
    sns.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with Decaf(Settings(port=0)) as decaf:
        _shop(decaf)
        trace = decaf.control.of(ACCOUNT).trace()
    failure = Failure(f"AssertionError: {HOSTILE}\nassert 1 == 2", "tests/test_shop.py", 41, f"the report {HOSTILE}")
    found = tmp_path_factory.mktemp("traces") / "trace.html"
    write(found, written(TracedTest(NAME, "failed", 1.5, None, failure), trace))
    return found


@pytest.fixture(scope="module")
def served(file: Path) -> Iterator[str]:
    """The file's address at a web server that has nothing to do with Decaf."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing is logged."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(file.parent))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{file.name}"
        server.shutdown()
        thread.join()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page, in which an error, a broken rule of its policy, or a request to anywhere fails the test."""
    errors: list[str] = []
    contexts = []

    def open_(address: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("request", lambda sent: errors.extend([] if sent.url.startswith((address, "data:")) else [sent.url]))
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [each for each in errors if "favicon" not in each] == []


@pytest.fixture
def page(opened: Callable[..., Page], file: Path) -> Page:
    return opened(file.as_uri())


def _slide(page: Page, words: str) -> None:
    """Go back, step by step, until the moment that is described by these words."""
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(200):
        if words in (slider.get_attribute("aria-valuetext") or ""):
            return
        page.keyboard.press("ArrowLeft")
    pytest.fail(f"no moment has {words}")


def _counts(page: Page, name: str) -> str:
    node = page.locator("svg.map .node", has=page.get_by_text(name, exact=True))
    return node.get_attribute("aria-label") or "" if node.count() else "none"


def test_it_opens_at_the_failure_with_its_text_and_line(page: Page) -> None:
    expect(page.locator(".failure")).to_contain_text("assert 1 == 2")
    expect(page.locator(".failure")).to_contain_text("tests/test_shop.py:41")
    expect(page.get_by_role("slider")).to_have_attribute(
        "aria-valuetext", re.compile(r"failed at tests/test_shop.py:41: AssertionError")
    )
    expect(page.locator(".timeline .end.failed")).to_have_count(1)
    assert "2 messages" in _counts(page, "orders") or "1 visible, 0 in flight, 1 delayed" in _counts(page, "orders")


def test_it_opens_from_another_server_too(opened: Callable[..., Page], served: str) -> None:
    page = opened(served)
    expect(page.get_by_role("slider")).to_be_visible()
    assert "1 visible, 0 in flight, 1 delayed" in _counts(page, "orders")


def test_the_handle_goes_back_through_the_states(page: Page) -> None:
    assert "1 visible" in _counts(page, "dead")
    _slide(page, "moved from orders to the dead-letter queue")
    page.keyboard.press("ArrowLeft")
    assert "0 visible" in _counts(page, "dead")
    assert "1 visible, 0 in flight, 0 delayed" in _counts(page, "orders")
    _slide(page, "received from orders")
    assert "0 visible, 1 in flight, 0 delayed" in _counts(page, "orders")
    page.keyboard.press("Home")
    assert _counts(page, "orders") == "none"
    page.keyboard.press("End")
    assert "1 visible, 0 in flight, 1 delayed" in _counts(page, "orders")


def test_the_handle_is_dragged(page: Page) -> None:
    slider = page.get_by_role("slider")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 30, steps=8)
    page.mouse.up()
    assert int(slider.get_attribute("aria-valuenow") or "99") < 5
    assert _counts(page, "orders") == "none"


def test_it_plays(page: Page) -> None:
    page.keyboard.press("Home")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("failed at"), timeout=20_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_moved_time_is_folded_and_both_times_are_shown(page: Page) -> None:
    folds = page.locator(".fold.moved text").all_text_contents()
    assert "clock +12 h" in folds
    expect(page.locator(".slider").get_by_text("real 0 ms")).to_be_visible()
    _slide(page, "the clock was moved by 12 h")


def test_a_fault_and_what_it_did_are_on_the_timeline(page: Page) -> None:
    _slide(page, "the fault fault-1 fired on SendMessage")
    expect(page.locator(".timeline .moment .not")).to_be_visible()


def test_a_selected_message_is_shown_as_it_was_at_the_moment(page: Page) -> None:
    page.evaluate("fragment => { location.hash = fragment }", f"#/queue?arn={_arn('orders')}")
    page.locator(".row", has_text="later").click()
    expect(page.locator(".detail")).to_contain_text("delayed until")
    _slide(page, "the clock was moved by 12 h")
    expect(page.locator(".detail")).to_have_text("")
    page.keyboard.press("End")
    expect(page.locator(".detail")).to_contain_text("delayed until")


def test_the_calls_are_those_until_the_moment_with_request_and_response(page: Page) -> None:
    page.evaluate("fragment => { location.hash = fragment }", "#/calls")
    refused = page.locator(".row", has_text="SendMessage").filter(has_text="ServiceUnavailable")
    expect(refused).to_have_count(1)
    received = page.locator(".row", has_text="ReceiveMessage")
    expect(received).to_have_count(2)
    received.last.click()
    expect(page.locator(".detail")).to_contain_text('"VisibilityTimeout": 30')
    expect(page.locator(".detail")).to_contain_text("latte order")
    _slide(page, "moved from orders to the dead-letter queue")
    expect(refused).to_have_count(0)
    expect(received).to_have_count(1)
    page.keyboard.press("End")
    expect(received).to_have_count(2)


def test_a_call_on_the_timeline_shows_its_request_and_response(page: Page) -> None:
    _slide(page, "SendMessage orders: ServiceUnavailable")
    page.locator(".stop summary", has_text="request and response").click()
    expect(page.locator(".stop .call")).to_contain_text('"MessageBody": "refused"')


def test_a_message_is_followed_as_far_as_the_moment(page: Page) -> None:
    page.evaluate("fragment => { location.hash = fragment }", f"#/queue?arn={_arn('dead')}")
    page.locator(".row").first.click()
    expect(page.locator(".detail pre.body")).to_contain_text("latte order")
    page.get_by_role("link", name="Its life, and why it is where it is").click()
    expect(page.locator(".answer")).to_contain_text("in dead and can be received")
    expect(page.locator(".life")).to_contain_text("published to")
    expect(page.locator(".life")).to_contain_text("moved from orders to the dead-letter queue")
    _slide(page, "received from orders")
    expect(page.locator(".answer")).to_contain_text("in orders and is in flight")
    expect(page.locator(".life")).not_to_contain_text("dead-letter queue")


@pytest.mark.parametrize(
    "view", ["map", "queues", "inbox", "calls", "events", "message", f"queue?arn={_arn('orders')}"]
)
def test_each_view_shows_the_trace_and_can_change_nothing(page: Page, view: str) -> None:
    page.evaluate("fragment => { location.hash = fragment }", f"#/{view}")
    expect(page.locator("main h1")).to_have_count(1)
    for act in ("Send", "Purge", "Publish", "Delete", "Confirm the subscription", "Reset", "Who may use it?"):
        expect(page.locator("main").get_by_role("button", name=act, exact=True)).to_have_count(0)


def test_hostile_texts_are_only_texts(page: Page) -> None:
    page.evaluate("fragment => { location.hash = fragment }", f"#/queue?arn={_arn('orders')}")
    page.locator(".row", has_text="script").click()
    expect(page.locator(".detail pre.body")).to_contain_text("<img src=x onerror=")
    expect(page.locator(".test h2")).to_contain_text("</script><script>")
    assert page.title() != "owned"
    assert page.locator("img").count() == 0


def test_without_scripts_it_says_what_failed(opened: Callable[..., Page], file: Path) -> None:
    page = opened(file.as_uri(), java_script_enabled=False)
    text = page.locator("main").inner_text()
    for words in ("assert 1 == 2", "tests/test_shop.py:41", "orders", "MessageDeadLettered", "dead-letter queue dead"):
        assert words in text
    assert "\u202e" not in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(opened: Callable[..., Page], file: Path, scheme: str) -> None:
    page = opened(file.as_uri(), color_scheme=scheme)
    expect(page.get_by_role("slider")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_it_fits_a_phone(opened: Callable[..., Page], file: Path) -> None:
    page = opened(file.as_uri(), viewport={"width": 360, "height": 640})
    expect(page.get_by_role("slider")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_trace_of_many_calls_is_small(opened: Callable[..., Page], tmp_path: Path) -> None:
    with Decaf(Settings(port=0)) as decaf:
        sqs = decaf.client("sqs", ACCOUNT)
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        for number in range(500):
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"order": number, "drink": "latte"}))
        for _ in range(50):
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        sqs.close()
        trace = decaf.control.of(ACCOUNT).trace()
    file = tmp_path / "many.html"
    write(file, written(TracedTest("many"), trace))
    assert file.stat().st_size < 1_000_000
    page = opened(file.as_uri())
    expect(page.locator(".timeline .count")).to_contain_text(re.compile(r"of [12]\d\d\d"))
    assert "0 visible, 0 in flight" in _counts(page, "orders")


def test_while_the_clock_stands_still_each_call_follows_what_it_caused(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    with Decaf(Settings(port=0)) as decaf:
        decaf.control.freeze()
        sqs = decaf.client("sqs", ACCOUNT)
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="latte")
        sqs.receive_message(QueueUrl=url)
        sqs.receive_message(QueueUrl=url)
        sqs.close()
        trace = decaf.control.of(ACCOUNT).trace()
    file = tmp_path / "frozen.html"
    write(file, written(TracedTest("frozen"), trace))
    page = opened(file.as_uri())
    page.keyboard.press("Home")
    words = []
    for _ in range(9):
        words.append(
            (page.get_by_role("slider").get_attribute("aria-valuetext") or "").partition("after the start: ")[2]
        )
        page.keyboard.press("ArrowRight")
    assert [re.sub(r", in flight until.*|, once.*", "", each) for each in words] == [
        "the trace begins",
        "the clock was stopped",
        "QueueCreated of " + _arn("orders"),
        "CreateQueue orders: 200",
        "sent to orders",
        "SendMessage orders: 200",
        "received from orders",
        "ReceiveMessage orders: 200",
        "ReceiveMessage orders: 200, nothing to receive",
    ]
