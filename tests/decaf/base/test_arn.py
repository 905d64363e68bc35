"""ARNs and queue URLs in all their usual forms."""

from __future__ import annotations

import pytest

from decaf.base.arn import Arn, QueueAddress, queue_url, read_arn, read_queue_url

ACCOUNT = "123456789012"


def test_an_arn_reads_back() -> None:
    text = f"arn:aws:sns:eu-west-1:{ACCOUNT}:news:6b0e71bd"
    arn = read_arn(text)
    assert arn == Arn("sns", "eu-west-1", ACCOUNT, "news:6b0e71bd")
    assert str(arn) == text


@pytest.mark.parametrize("text", ["", "orders", "arn:aws:sqs:us-east-1:1", f"urn:aws:sqs:us-east-1:{ACCOUNT}:orders"])
def test_what_is_no_arn(text: str) -> None:
    assert read_arn(text) is None


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("orders", (None, None, "orders")),
        (f"/{ACCOUNT}/orders", (ACCOUNT, None, "orders")),
        (f"/{ACCOUNT}/orders/", (ACCOUNT, None, "orders")),
        (f"http://127.0.0.1:4566/{ACCOUNT}/orders", (ACCOUNT, None, "orders")),
        (f"http://decaf/eu-west-1/{ACCOUNT}/orders", (ACCOUNT, "eu-west-1", "orders")),
        (f"http://decaf/queue/eu-west-1/{ACCOUNT}/orders", (ACCOUNT, "eu-west-1", "orders")),
        (f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/orders", (ACCOUNT, "eu-west-1", "orders")),
        (f"https://sqs.us-gov-west-1.api.aws/{ACCOUNT}/a.fifo", (ACCOUNT, "us-gov-west-1", "a.fifo")),
        (f"http://sqs.eu-west-1.localhost.localdomain:4566/{ACCOUNT}/orders", (ACCOUNT, "eu-west-1", "orders")),
        (f"https://eu-west-1.queue.amazonaws.com/{ACCOUNT}/orders", (ACCOUNT, "eu-west-1", "orders")),
        (f"https://queue.amazonaws.com/{ACCOUNT}/orders", (ACCOUNT, "us-east-1", "orders")),
        (f"http://sqs:4566/{ACCOUNT}/orders", (ACCOUNT, None, "orders")),
        ("", (None, None, "")),
        ("http://", (None, None, "")),
    ],
)
def test_a_queue_url_is_understood(url: str, address: tuple[str | None, str | None, str]) -> None:
    assert read_queue_url(url) == QueueAddress(*address)


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_url_that_we_return_reads_back(region: str) -> None:
    url = queue_url("http://127.0.0.1:4566", "us-east-1", Arn("sqs", region, ACCOUNT, "orders"))
    address = read_queue_url(url)
    assert (address.account, address.region or "us-east-1", address.name) == (ACCOUNT, region, "orders")


def test_queues_of_one_name_in_two_regions_have_different_urls() -> None:
    urls = {
        queue_url("http://h", "us-east-1", Arn("sqs", region, ACCOUNT, "orders"))
        for region in ("us-east-1", "eu-west-1", "eu-west-2")
    }
    assert len(urls) == 3
