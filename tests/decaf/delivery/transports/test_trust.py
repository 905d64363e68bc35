"""Whom deliveries over TLS believe."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import pytest

from decaf.delivery.transports.trust import no_certificates, tls_context
from tests.decaf.delivery.transports.tls import server_context


def test_the_system_is_believed_after_a_start_without_its_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, certificate = server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with no_certificates():
        assert ssl.create_default_context().cert_store_stats()["x509"] == 0
    assert os.environ["SSL_CERT_FILE"] == certificate
    assert "SSL_CERT_DIR" not in os.environ
    assert tls_context("system").cert_store_stats()["x509"] == 1
