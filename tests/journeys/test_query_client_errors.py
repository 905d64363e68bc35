"""What SQS refuses, through real clients of both generations: boto3's JSON, and Query as the last SDK spoke it.

The codes are the same in both, and the HTTP statuses; the texts differ where the queue does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from decaf.base.clock import Clock
from decaf.base.settings import Settings
from tests.conformance.errors import SQS_ERRORS
from tests.journeys.query_client import OldPython, QueryClient
from tests.journeys.refused import NO_QUEUE, Refused, rows
from tests.journeys.shop import IN_FLIGHT, Shop
from tests.live import Live

ACCOUNT = "200000000000"
ROWS = list(rows())
OLD_ROWS = [row for row in ROWS if "MessageSystemAttributeNames" not in row.params]  # newer than the Query client
KNOWN = {error.code: error for error in SQS_ERRORS}


@dataclass(frozen=True, slots=True)
class Counter:
    """The shop, and a client of each generation at its counter."""

    shop: Shop
    json: Any
    query: QueryClient


@pytest.fixture(scope="module")
def counter(old_python: OldPython) -> Iterator[Counter]:
    live = Live(Settings(port=0, max_in_flight=IN_FLIGHT), Clock(lambda: 1_700_000_000.0))
    today = boto3.client(
        "sqs",
        endpoint_url=live.url,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )
    yield Counter(Shop(today, live.url, ACCOUNT), today, QueryClient(old_python, live.url, ACCOUNT))
    today.close()
    live.stop()


def _refusal(client: Any, method: str, params: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The error and the HTTP status that a call is answered with."""
    with pytest.raises(ClientError) as raised:
        getattr(client, method)(**params)
    response = raised.value.response
    return dict(response["Error"]), response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_boto3_is_told(counter: Counter, row: Refused) -> None:
    known = KNOWN[row.code]
    error, status = _refusal(counter.json, row.method, counter.shop.fill(row.params))
    text = counter.shop.fill(row.text)
    assert error == {"Code": row.code, "Message": text, "Type": "Sender", "QueryErrorCode": known.shape}
    assert status == known.status


@pytest.mark.parametrize("row", OLD_ROWS, ids=str)
def test_a_query_client_is_told(counter: Counter, row: Refused) -> None:
    error, status = _refusal(counter.query, row.method, counter.shop.fill(row.params))
    text = counter.shop.fill(row.text)
    if text == NO_QUEUE:
        text = "The specified queue does not exist for this wsdl version."
    assert error == {"Code": row.code, "Message": text, "Type": "Sender", "Detail": None}
    assert status == KNOWN[row.code].status
