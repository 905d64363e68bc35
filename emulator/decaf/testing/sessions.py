"""boto3 sessions that cost little: what they share takes longer to make than a test.

Shared are the services' models and botocore's own event handlers. Rule: a session of its own has its own credentials
and settings, read from the environment when they are needed, and whatever is registered with it stays there.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

import boto3
import botocore.session
from botocore.hooks import HierarchicalEmitter


def new_session() -> Any:
    """A boto3 session that has seen nothing of the environment yet."""
    core = botocore.session.Session(event_hooks=copy.copy(_handlers()), include_builtin_handlers=False)
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
def _handlers() -> Any:
    handlers = HierarchicalEmitter()
    botocore.session.Session(event_hooks=handlers)  # registers botocore's own
    return handlers


@functools.cache
def _models() -> Any:
    return botocore.session.Session().get_component("data_loader")
