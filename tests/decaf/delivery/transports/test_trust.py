"""Whom deliveries over TLS believe."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from decaf.base.settings import BadSetting
from decaf.delivery.transports.trust import tls_context
from tests.decaf.delivery.transports.tls import server_context


def test_the_system_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, certificate = server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert tls_context("system").cert_store_stats()["x509"] == 1


def test_any_certificate_is_believed_only_where_a_setting_says_so(tmp_path: Path) -> None:
    _, certificate = server_context(tmp_path)
    anybody, one = tls_context("any"), tls_context(certificate)
    assert (anybody.check_hostname, anybody.verify_mode) == (False, ssl.CERT_NONE)
    for context in (one, tls_context("system")):
        assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert one.cert_store_stats()["x509"] == 1


def test_a_file_without_certificates_is_a_bad_setting(tmp_path: Path) -> None:
    missing, empty = tmp_path / "missing", tmp_path / "empty"
    empty.touch()
    with pytest.raises(BadSetting) as refused:
        tls_context(str(missing))
    assert str(refused.value) == f"https_trust: {missing}: [Errno 2] No such file or directory"
    with pytest.raises(BadSetting, match=f"^https_trust: {empty}: "):
        tls_context(str(empty))
