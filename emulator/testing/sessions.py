"""boto3 sessions that cost little: what they share is the services' models, which take longer to read than a test.

Rule: a session of its own has its own credentials and settings, read from the environment when they are needed.
"""

from __future__ import annotations

import functools
from typing import Any

import boto3
import botocore.session


def new_session() -> Any:
    """A boto3 session that has seen nothing of the environment yet."""
    core = botocore.session.Session()
    core.register_component("data_loader", _models())
    session = boto3.session.Session(botocore_session=core)
    paths = _models().search_paths
    paths[:] = dict.fromkeys(paths)  # each boto3 session adds the same one
    return session


@functools.cache
def shared_session() -> Any:
    """The session of all clients that are told everything: address, account and region."""
    return new_session()


@functools.cache
def _models() -> Any:
    return botocore.session.Session().get_component("data_loader")
