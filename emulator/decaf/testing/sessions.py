"""boto3 sessions that are cheap to make: a usual one takes longer than a test.

They share the services' models and botocore's own event handlers. Rule: each session has its own credentials and
settings, read from the environment when they are needed, and handlers registered with it are its own.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

import boto3
import botocore.session
from botocore.hooks import HierarchicalEmitter


def new_session() -> Any:
    """Returns a boto3 session that has read nothing of the environment yet."""
    core = botocore.session.Session(event_hooks=copy.copy(_handlers()), include_builtin_handlers=False)
    core.register_component("data_loader", _models())
    session = boto3.session.Session(botocore_session=core)
    paths = _models().search_paths
    paths[:] = dict.fromkeys(paths)  # each boto3 session adds the same path
    return session


@functools.cache
def shared_session() -> Any:
    """Returns the session of all clients whose endpoint, account and region are given."""
    return new_session()


@functools.cache
def _handlers() -> Any:
    handlers = HierarchicalEmitter()
    botocore.session.Session(event_hooks=handlers)  # registers botocore's own
    return handlers


@functools.cache
def _models() -> Any:
    return botocore.session.Session().get_component("data_loader")
