"""Functions that notifications can invoke: they stand for Lambda's, and the user registers them.

Rule: a function is a Python handler, run in a process of its own, or the URL of a runtime interface emulator. A
function that is not registered does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from decaf.base import policy
from decaf.base.settings import bad_entry
from decaf_protocol import ACCOUNT

_ARN = re.compile(rf"arn:aws[a-z-]*:lambda:[a-z0-9-]+:{ACCOUNT}:function:[A-Za-z0-9_-]{{1,64}}(:[A-Za-z0-9_$-]+)?")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_HANDLER = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", re.ASCII)
_URL = re.compile(r"https?://[^/\s]+.*")
_FIELDS = frozenset({"name", "handler", "path", "url", "timeout", "policy"})
LONGEST = 900.0  # seconds, Lambda's own limit


class BadFunction(Exception):
    """A function that cannot be registered; the text is the reason."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function: a `handler`, in the form module:function and imported from the folder `path`, or a `url` to call.

    `name` is an ARN, or a function's name: then it is for all accounts and regions. `timeout` is in seconds. `policy`
    is its resource-based policy as JSON, None where it is not stated.
    """

    name: str
    handler: str | None = None
    path: str = "."
    url: str | None = None
    timeout: float = 3.0  # Lambda's default
    policy: str | None = None

    def __post_init__(self) -> None:
        if self.policy is not None:
            _check_policy(self.name, self.policy)
        if not _NAME.fullmatch(self.name) and not is_function_arn(self.name):
            raise BadFunction(f"{self.name!r} is neither the name of a function nor an ARN")
        if (self.handler is None) == (self.url is None):
            raise BadFunction(f"{self.name} needs either a handler or a url")
        if self.handler is not None and not _HANDLER.fullmatch(self.handler):
            raise BadFunction(f"{self.name}: the handler {self.handler!r} is not of the form module:function")
        if self.url is not None and not _URL.fullmatch(self.url):
            raise BadFunction(f"{self.name}: the url {self.url!r} is not an HTTP URL")
        if not 0 < self.timeout <= LONGEST:
            raise BadFunction(f"{self.name}: the timeout must be more than 0 and at most {LONGEST:g} seconds")


class Functions:
    """The registered functions, by name or ARN."""

    def __init__(self) -> None:
        self._by_name: dict[str, Function] = {}

    def register(self, function: Function) -> None:
        """Add a function; it replaces one with the same name."""
        self._by_name[function.name] = function

    def forget(self, name: str) -> bool:
        """Remove the function with that name. Returns whether there was one."""
        return self._by_name.pop(name, None) is not None

    def find(self, arn: str) -> Function | None:
        """Returns the function with an ARN, registered by the ARN or by its name, None if there is none."""
        return self._by_name.get(arn) or self._by_name.get(arn.split(":")[6])

    def all(self) -> list[Function]:
        return list(self._by_name.values())


def is_function_arn(text: str) -> bool:
    return _ARN.fullmatch(text) is not None


def _check_policy(name: str, text: Any) -> None:
    try:
        policy.check_form(policy.read(text if isinstance(text, str) else ""), of_resource=True)
    except policy.BadPolicy:
        raise BadFunction(f"{name}: the policy is not the JSON of a resource's policy") from None


def read_functions(tables: Iterable[Mapping[str, Any]]) -> Functions:
    """Returns the functions of the setting `functions`. Raises BadSetting."""
    functions = Functions()
    for table in tables:
        for unknown in sorted(table.keys() - _FIELDS):
            raise bad_entry("functions", table, f"unknown member {unknown}", unknown)
        if not isinstance(table.get("name"), str):
            raise bad_entry("functions", table, "each needs a name", "name")
        try:
            functions.register(Function(**table))
        except (BadFunction, TypeError) as error:
            raise bad_entry("functions", table, str(error)) from error
    return functions
