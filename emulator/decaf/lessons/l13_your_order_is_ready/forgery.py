"""Two forged messages to the display: a true one whose order was changed, and a link of a forger who can sign.

Source: SNS Developer Guide, "Verifying the signatures of Amazon SNS messages": who only compares a signature with the
certificate that a message names, and not where that certificate is from, believes everybody who has one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from decaf.delivery.transports.signing import Signer

FORGED_ORDER = 99
_PATIENCE = 10.0  # seconds
_LINK = "/?Action=ConfirmSubscription"


class Forger:
    """Somebody with a key and a certificate of their own, and a web server that has the certificate, while entered."""

    def __init__(self) -> None:
        self.is_visited = False  # whether somebody has followed the link
        self._signer = Signer()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def __enter__(self) -> Forger:
        Thread(target=self._server.serve_forever, name="forger", daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def invitation(self, topic: str) -> dict[str, str]:
        """Returns a SubscriptionConfirmation for a topic that SNS never sent, with a signature that fits."""
        url = f"http://127.0.0.1:{self._server.server_port}"
        message = {
            "Type": "SubscriptionConfirmation",
            "MessageId": "00000000-0000-4000-8000-000000000000",
            "Token": "0" * 64,
            "TopicArn": topic,
            "Message": "Visit me.",
            "SubscribeURL": f"{url}{_LINK}",
            "Timestamp": "2026-01-01T00:00:00.000Z",
            "SignatureVersion": "1",
            "SigningCertURL": f"{url}{self._signer.certificate_path}",
        }
        return message | {"Signature": self._signer.sign(message, "1")}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        forger = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                forger.is_visited |= self.path == _LINK
                body = forger._signer.certificate_pem.encode()
                self.send_response(HTTPStatus.OK)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        return Handler


def changed(true_message: str) -> dict[str, str]:
    """Returns a message that SNS has signed, with another order in it."""
    message: dict[str, str] = json.loads(true_message)
    return message | {"Message": json.dumps({"order": FORGED_ORDER})}


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
