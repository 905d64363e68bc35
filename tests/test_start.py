"""Starting loads what the first call of an AWS client needs, and not the rest."""

from __future__ import annotations

import subprocess
import sys

import pytest

_LATER = (
    "boto3",
    "botocore.model",
    "cryptography",
    "decaf.control.routes",
    "decaf.sns.data_protection.identifiers",
    "decaf.testing.control",
    "prometheus_client",
    "rich",
    "smtplib",
    "tomllib",
    "xmltodict",
)


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a process that could serve."""
    serving = "import decaf.cli, decaf.app, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", serving], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", _LATER)
def test_what_only_some_need_is_loaded_later(loaded: set[str], module: str) -> None:
    assert "decaf.world" in loaded
    assert module not in loaded
