"""Signatures that AWS's SDKs for JavaScript, Go and Java made, of SendMessage and Publish, with and without a token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decaf.access.signature import check_scope, check_signature, read_signature
from decaf_protocol import AWSError, Request

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # of AWS's documentation
REQUESTS = json.loads(Path(__file__).with_name("signed_by_sdks.json").read_text(encoding="utf-8"))


def check(sent: dict[str, Any], **changes: Any) -> None:
    parts = sent | changes
    request = Request(parts["method"], parts["target"], parts["headers"], parts["body"].encode())
    signature = read_signature(request)
    assert signature is not None
    check_scope(signature, "sqs" if "x-amz-target" in parts["headers"] else "sns", "us-east-1")
    check_signature(signature, request, SECRET)


def name_of(sent: dict[str, Any]) -> str:
    return f"{sent['sdk']}-{'sqs' if 'x-amz-target' in sent['headers'] else 'sns'}"


@pytest.mark.parametrize("sent", REQUESTS, ids=name_of)
def test_a_signature_is_right(sent: dict[str, Any]) -> None:
    check(sent)


@pytest.mark.parametrize("sent", REQUESTS, ids=name_of)
def test_a_signature_of_anything_else_is_not(sent: dict[str, Any]) -> None:
    changes: list[dict[str, Any]] = [{"method": "PUT"}, {"target": "/x"}, {"body": f"{sent['body']} "}]
    for name, value in sent["headers"].items():
        if name != "authorization":
            changes.append({"headers": {**sent["headers"], name: value[:-1] + chr(ord(value[-1]) ^ 1)}})
    for change in changes:
        with pytest.raises(AWSError):
            check(sent, **change)
