"""What the forger sends, and what is noted of the answers; where nobody answers, the status is 0."""

from __future__ import annotations

import json
import socket
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509 import load_pem_x509_certificate

from decaf.delivery.transports.signing import string_to_sign
from decaf.lessons.l13_your_order_is_ready.forgery import Forger, changed, post

TOPIC = "arn:aws:sns:us-east-1:111122223333:ready"


def read(url: str) -> bytes:
    with urlopen(url) as answer:
        body: bytes = answer.read()
        return body


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
    with Forger() as forger:
        assert post(url, forger.invitation(TOPIC)) == 403
    assert not forger.is_visited


def test_the_signature_fits_the_certificate_of_the_forger() -> None:
    with Forger() as forger:
        message = forger.invitation(TOPIC)
        certificate = load_pem_x509_certificate(read(message["SigningCertURL"]))
        assert not forger.is_visited
        key = certificate.public_key()
        assert isinstance(key, RSAPublicKey)
        key.verify(b64decode(message["Signature"]), string_to_sign(message), PKCS1v15(), SHA1())
        read(message["SubscribeURL"])
    assert forger.is_visited


def test_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert post(f"http://127.0.0.1:{taken.getsockname()[1]}/", {"Type": "Notification"}) == 0
