"""Two forged messages to the display: a true one whose order was changed, and a link that is not SNS's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

FORGED_ORDER = 99
_PATIENCE = 10.0  # seconds


def changed(true_message: str) -> dict[str, str]:
    """Returns a message that SNS has signed, with another order in it."""
    message: dict[str, str] = json.loads(true_message)
    return message | {"Message": json.dumps({"order": FORGED_ORDER})}


def invitation(topic: str) -> dict[str, str]:
    """Returns a SubscriptionConfirmation that SNS never sent, with a certificate of the forger's own."""
    nowhere = "http://127.0.0.1:9"  # nobody answers there
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": "00000000-0000-4000-8000-000000000000",
        "Token": "0" * 64,
        "TopicArn": topic,
        "Message": "Visit me.",
        "SubscribeURL": f"{nowhere}/?Action=ConfirmSubscription",
        "Timestamp": "2026-01-01T00:00:00.000Z",
        "SignatureVersion": "1",
        "Signature": "Zm9yZ2Vk",
        "SigningCertURL": f"{nowhere}/SimpleNotificationService-forged.pem",
    }


def post(url: str, message: Mapping[str, str]) -> int:
    """Returns the status with which an endpoint answers a message; 0 when it does not answer."""
    headers = {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": message["Type"]}
    request = Request(url, json.dumps(message).encode(), headers, method="POST")
    try:
        with urlopen(request, timeout=_PATIENCE) as answer:
            return HTTPStatus(answer.status)
    except HTTPError as error:
        with error:
            return error.code
    except (OSError, HTTPException):
        return 0
