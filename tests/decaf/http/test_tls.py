"""HTTPS: with a certificate of one's own, or of an authority that is made once; alone, or beside HTTP."""

from __future__ import annotations

import json
import ssl
import stat
from collections.abc import Iterator
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.exceptions import SSLError

from decaf.base.settings import BadSetting
from decaf.http.tls import server_context, trusted_file
from decaf.testing import Decaf, Settings

ACCOUNT = "111122223333"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authority") / "tls"


@pytest.fixture(scope="module")
def server(directory: Path) -> Iterator[Decaf]:
    settings = Settings(port=0, tls="on", tls_dir=str(directory), secure_transport="real", access="enforce")
    with Decaf(settings) as server:
        yield server


@pytest.fixture(params=["fast", "plain"])
def each_edge(request: pytest.FixtureRequest, directory: Path) -> Iterator[Decaf]:
    with Decaf(Settings(port=0, tls="on", tls_dir=str(directory), edge=request.param)) as server:
        yield server


def client(server: Decaf, directory: Path, service: str = "sqs", **more: Any) -> Any:
    return server.client(service, ACCOUNT, verify=str(directory / "ca.pem"), **more)


def test_clients_that_trust_the_authority_call_over_tls(each_edge: Decaf, directory: Path) -> None:
    sqs = client(each_edge, directory)
    assert each_edge.url.startswith("https://127.0.0.1:")
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    assert queue == f"{each_edge.url}/{ACCOUNT}/orders"
    sqs.send_message(QueueUrl=queue, MessageBody="hello" * 100_000)
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)["Messages"]
    assert message["Body"] == "hello" * 100_000


def test_clients_that_do_not_trust_it_do_not(server: Decaf) -> None:
    with pytest.raises(SSLError):
        server.client("sqs").list_queues()


def test_links_in_messages_follow(server: Decaf, directory: Path) -> None:
    sqs, sns = client(server, directory), client(server, directory, "sns")
    queue = sqs.create_queue(QueueName="mails")["QueueUrl"]
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:mails"
    policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="hello")
    envelope = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    for link in ("UnsubscribeURL", "SigningCertURL"):
        assert envelope[link].startswith(f"{server.url}/")
    with urlopen(envelope["SigningCertURL"], context=trusting(directory), timeout=10) as answer:
        assert answer.read().startswith(b"-----BEGIN CERTIFICATE-----")


def trusting(directory: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(directory / "ca.pem"))


def test_secure_transport_can_be_real(directory: Path) -> None:
    settings = Settings(port=0, tls="on", tls_port=0, tls_dir=str(directory), secure_transport="real", access="enforce")
    deny = {
        "Statement": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:SendMessage",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    }
    with Decaf(settings) as server:
        http = server.client("sqs", ACCOUNT)
        https = client(server, directory, endpoint_url=secure_url(server))
        queue = http.create_queue(QueueName="orders", Attributes={"Policy": json.dumps(deny)})["QueueUrl"]
        with pytest.raises(http.exceptions.ClientError, match="with an explicit deny in a resource-based policy"):
            http.send_message(QueueUrl=queue, MessageBody="hello")
        https.send_message(QueueUrl=queue, MessageBody="hello")
        with pytest.raises(http.exceptions.ClientError, match="with an explicit deny"):
            http.send_message(QueueUrl=queue, MessageBody="hello")


def secure_url(server: Decaf) -> str:
    first, second = server.urls
    assert first.startswith("http:")
    return second


def test_both_ports_serve_the_same_queues(directory: Path) -> None:
    with Decaf(Settings(port=0, tls="on", tls_port=0, tls_dir=str(directory))) as server:
        queue = server.client("sqs", ACCOUNT).create_queue(QueueName="orders")["QueueUrl"]
        assert queue.startswith("http://127.0.0.1:")
        https = client(server, directory, endpoint_url=secure_url(server))
        (found,) = https.list_queues()["QueueUrls"]
        assert found == f"{secure_url(server)}/{ACCOUNT}/orders"


def test_the_authority_is_made_once_and_its_key_is_its_owners(directory: Path, server: Decaf) -> None:
    before = (directory / "ca.pem").read_bytes()
    assert server_context(Settings(tls="on", tls_dir=str(directory))) is not None
    assert (directory / "ca.pem").read_bytes() == before
    assert b"PRIVATE KEY" not in before
    assert stat.S_IMODE((directory / "authority.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {file.name for file in directory.iterdir()} == {"authority.pem", "ca.pem"}


def test_the_certificate_has_the_names_of_the_settings(directory: Path) -> None:
    settings = Settings(
        port=0, tls="on", tls_dir=str(directory), allowed_host=("decaf.test", ".shop.test"), base_url="https://sqs.test"
    )
    with Decaf(settings) as server:
        port = int(server.url.rpartition(":")[2])
        for name in ("localhost", "decaf.test", "orders.shop.test", "sqs.test", "127.0.0.1"):
            assert _is_trusted(directory, port, name)
        assert not _is_trusted(directory, port, "evil.test")


def _is_trusted(directory: Path, port: int, name: str) -> bool:
    import socket

    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        try:
            trusting(directory).wrap_socket(plain, server_hostname=name).close()
        except ssl.SSLCertVerificationError:
            return False
    return True


def test_a_certificate_of_ones_own(directory: Path, tmp_path: Path, server: Decaf) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes((directory / "authority.pem").read_bytes())
    assert server_context(Settings(tls_cert=str(own))) is not None
    assert trusted_file(Settings(tls_cert=str(own))) is None
    for settings in (Settings(tls_cert=str(tmp_path / "no.pem")), Settings(tls_cert=str(directory / "ca.pem"))):
        with pytest.raises(BadSetting, match="tls_cert: "):
            server_context(settings)


def test_clients_in_other_directories_find_the_file_that_they_have_to_trust() -> None:
    assert trusted_file(Settings(tls="on", tls_dir="tls")) == Path.cwd() / "tls" / "ca.pem"


def test_without_the_setting_there_is_no_tls() -> None:
    assert server_context(Settings()) is None
    assert trusted_file(Settings()) is None


def test_a_directory_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match="tls: "):
        server_context(Settings(tls="on", tls_dir=str(tmp_path / "file")))
    (tmp_path / "authority.pem").write_text("nothing")
    with pytest.raises(BadSetting, match="tls: "):
        server_context(Settings(tls="on", tls_dir=str(tmp_path)))


def test_a_client_that_speaks_no_tls_is_not_answered(server: Decaf) -> None:
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        urlopen(server.url.replace("https", "http"), timeout=10)
    assert server.call(lambda: True)


def test_commands_find_the_server_over_tls(server: Decaf, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(directory / "ca.pem"))
    assert server.control.health().status == "ready"
