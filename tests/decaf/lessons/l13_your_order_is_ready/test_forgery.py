"""A forged message is answered like any other; where nobody answers, the status is 0."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from decaf.lessons.l13_your_order_is_ready.forgery import changed, invitation, post


class _Careful(BaseHTTPRequestHandler):
    """Refuses invitations, and believes everything else."""

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(403 if message["Type"] == "SubscriptionConfirmation" else 204)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Careful) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_status_of_the_answer(url: str) -> None:
    true_message = json.dumps({"Type": "Notification", "Message": '{"order": 1}', "Signature": "c2lnbmVk"})
    forged = changed(true_message)
    assert forged["Signature"] == "c2lnbmVk"
    assert json.loads(forged["Message"]) == {"order": 99}
    assert post(url, forged) == 204
    assert post(url, invitation("arn:aws:sns:us-east-1:111122223333:ready")) == 403


def test_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert post(f"http://127.0.0.1:{taken.getsockname()[1]}/", invitation("ready")) == 0
