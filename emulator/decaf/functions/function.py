"""Functions that stand for Lambda's: the user registers them, and notifications, queues and clients invoke them.

Rule: a function is a Python handler, run in a process of its own, a command in any language, the URL of something that
runs functions, or a plain callable of the server's own process. A function that is not registered does not exist.

Source: AWS Lambda API Reference, CreateFunction, PutFunctionEventInvokeConfig and PutFunctionConcurrency; AWS Lambda
Developer Guide, "Defined runtime environment variables".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from decaf.base import policy
from decaf.base.arn import Arn, read_arn
from decaf.base.events import Events, StateKind
from decaf.base.settings import bad_entry
from decaf_protocol import ACCOUNT

LONGEST = 900.0  # seconds, Lambda's own limit
LATEST = "$LATEST"  # the version of a function that can be changed

_ARN = re.compile(rf"arn:aws[a-z-]*:lambda:[a-z0-9-]+:{ACCOUNT}:function:[A-Za-z0-9_-]{{1,64}}(:[A-Za-z0-9_$-]+)?")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_HANDLER = re.compile(r"[A-Za-z_][\w/-]*(\.[A-Za-z_][\w/-]*)*[.:][A-Za-z_]\w*", re.ASCII)
_URL = re.compile(r"https?://[^/\s]+.*")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+", re.ASCII)
_MOST_VARIABLES = 4_096  # bytes of all environment variables together
_TARGETS = {
    "dead_letter_queue": ("sqs", "sns"),
    "on_failure": ("sqs", "sns", "lambda"),
    "on_success": ("sqs", "sns", "lambda"),
}
_KINDS = {("sqs", "sns"): "a queue or a topic", ("sqs", "sns", "lambda"): "a queue, a topic or a function"}
_WAYS = ("handler", "command", "url", "in_process")
_FORMS: Mapping[str, tuple[type[Any] | tuple[type[Any], ...], str]] = {  # of members of settings, by their types
    "str": (str, "text"),
    "str | None": (str, "text"),
    "int": (int, "a whole number"),
    "int | None": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "tuple[str, ...]": ((list, tuple), "a list of the program and its arguments"),
}
_BOUNDS: Mapping[str, tuple[float, float, str]] = {
    "memory_size": (128, 10_240, "megabytes"),
    "maximum_retry_attempts": (0, 2, "attempts"),
    "maximum_event_age": (60, 21_600, "seconds"),
}
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)  # environment variables that Lambda sets, and nobody else may


class BadFunction(Exception):
    """A function that cannot be registered; the text is the reason."""


class Function(msgspec.Struct, frozen=True):
    """A function, which has one of: a `handler`, in the form module.function or module:function and imported from the
    folder `path`; a `command`, a program and its arguments, started in that folder; a `url` to call; and `in_process`,
    a callable of the server's own process.

    `name` is an ARN, or a function's name: then it is for all accounts and regions. `timeout` and `maximum_event_age`
    are in seconds, `memory_size` in megabytes. `policy` is its resource-based policy as JSON, None where it is not
    stated. `dead_letter_queue`, `on_failure` and `on_success` are the ARNs of queues or topics for what comes of
    asynchronous invocations. `reserved_concurrency` is the number of invocations that may run at once, None for any.
    `last_modified` is in epoch seconds. `others` has what was set by the Lambda API and has no effect, by AWS's names.
    """

    name: str
    handler: str | None = None
    path: str = "."
    url: str | None = None
    timeout: float = 3.0  # Lambda's default
    policy: str | None = None
    command: tuple[str, ...] = ()
    in_process: Callable[[Any, Any], Any] | None = None
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    description: str = ""
    memory_size: int = 128
    role: str | None = None
    runtime: str | None = None
    reserved_concurrency: int | None = None
    dead_letter_queue: str | None = None
    on_failure: str | None = None
    on_success: str | None = None
    maximum_retry_attempts: int = 2
    maximum_event_age: float = 21_600.0
    code_sha256: str = ""
    code_size: int = 0
    revision_id: str = ""
    last_modified: float = 0.0
    tags: Mapping[str, str] = msgspec.field(default_factory=dict)
    others: Mapping[str, Any] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.policy is not None:
            _check_policy(self.name, self.policy)
        if not _NAME.fullmatch(self.name) and not is_function_arn(self.name):
            raise BadFunction(f"{self.name!r} is neither the name of a function nor an ARN")
        ways = [way for way in _WAYS if getattr(self, way)]
        if not ways:
            raise BadFunction(f"{self.name} needs either a handler, a command or a url")
        if len(ways) > 1:
            raise BadFunction(f"{self.name} has {' and '.join(f'a {way}' for way in ways)}: only one of them can run")
        if self.handler and not _HANDLER.fullmatch(self.handler):
            raise BadFunction(f"{self.name}: the handler {self.handler!r} is not of the form module.function")
        if self.url and not _URL.fullmatch(self.url):
            raise BadFunction(f"{self.name}: the url {self.url!r} is not an HTTP URL")
        if not 0 < self.timeout <= LONGEST:
            raise BadFunction(f"{self.name}: the timeout must be more than 0 and at most {LONGEST:g} seconds")
        for bounded, (least, most, unit) in _BOUNDS.items():
            if not least <= getattr(self, bounded) <= most:
                raise BadFunction(f"{self.name}: {bounded} must be from {least:g} to {most:g} {unit}")
        if self.reserved_concurrency is not None and self.reserved_concurrency < 0:
            raise BadFunction(f"{self.name}: reserved_concurrency must not be negative")
        for target, services in _TARGETS.items():
            _check_target(self.name, target, getattr(self, target), services)
        _check_environment(self.name, self.environment)

    @property
    def account(self) -> str | None:
        """The account that has the function, None for one that is registered by its name, and so in all accounts."""
        return self.name.split(":")[4] if ":" in self.name else None

    @property
    def short_name(self) -> str:
        """The name without account and region."""
        return short_name(self.name)


FUNCTION_STATE: StateKind[str] = StateKind("function")  # by name or ARN


class Functions:
    """The registered functions, by name or ARN. Those of the settings, `declared`, come back after a reset."""

    def __init__(self, events: Events | None = None, declared: Iterable[Function] = ()) -> None:
        self._events = events or Events()
        self._declared = {function.name: function for function in declared}
        self._by_name = dict(self._declared)

    def register(self, function: Function) -> None:
        """Add a function; it replaces one with the same name."""
        self._by_name[function.name] = function
        self._events.mark_dirty(FUNCTION_STATE, function.name)

    def forget(self, name: str) -> bool:
        """Remove the function with that name. Returns whether there was one."""
        found = self._by_name.pop(name, None)
        if found is not None:
            self._events.mark_dirty(FUNCTION_STATE, name)
        return found is not None

    def reset(self, account: str | None = None) -> None:
        """Remove the functions of all accounts or of one. Those that are registered by a name are of no account."""
        kept = (each for each in self._by_name.values() if each.account is None or account not in (None, each.account))
        self._by_name = {each.name: each for each in kept} | self._declared

    def kept(self, account: str | None = None) -> list[Function]:
        """Returns the functions that a snapshot has, of all accounts or of one: not those that come with the settings,
        nor callables of this process.
        """
        return [
            each
            for each in self._by_name.values()
            if each.in_process is None
            and self._declared.get(each.name) is not each
            and (account is None or each.account == account)
        ]

    def named(self, name: str) -> Function | None:
        """Returns the function that was registered by exactly this name or ARN, None if there is none."""
        return self._by_name.get(name)

    def find(self, arn: str) -> Function | None:
        """Returns the function with an ARN, registered by the ARN or by its name, None if there is none."""
        return self._by_name.get(arn) or self._by_name.get(unqualified(arn)) or self._by_name.get(short_name(arn))

    def all(self) -> list[Function]:
        return list(self._by_name.values())


def is_function_arn(text: str) -> bool:
    return _ARN.fullmatch(text) is not None


def is_fifo(destination: str) -> bool:
    """Returns whether an ARN is that of a FIFO queue or topic, to which Lambda sends nothing."""
    return destination.endswith(".fifo")


def unqualified(arn: str) -> str:
    """Returns the ARN of a function without the version or alias that it may end in."""
    return ":".join(arn.split(":")[:7])


def short_name(name: str) -> str:
    """Returns the name of a function, of which `name` is the ARN or the name."""
    parts = name.split(":")
    return parts[6] if len(parts) > 6 else name


def function_arn(name: str, account: str, region: str) -> str:
    """Returns the ARN of a function in an account and region; one that is an ARN is returned as it is."""
    return name if ":" in name else str(Arn("lambda", region, account, f"function:{name}"))


def _check_policy(name: str, text: Any) -> None:
    try:
        policy.check_form(policy.read(text if isinstance(text, str) else ""), of_resource=True)
    except policy.BadPolicy:
        raise BadFunction(f"{name}: the policy is not the JSON of a resource's policy") from None


def _check_target(name: str, target: str, text: str | None, services: tuple[str, ...]) -> None:
    arn = None if text is None else read_arn(text)
    if text is not None and (arn is None or arn.service not in services):
        raise BadFunction(f"{name}: {target} must be the ARN of {_KINDS[services]}, not {text!r}")
    if text is not None and is_fifo(text):
        raise BadFunction(f"{name}: {target} cannot be a FIFO queue or topic, as {text} is")


def _check_environment(name: str, environment: Mapping[str, str]) -> None:
    if not isinstance(environment, Mapping):
        raise BadFunction(f"{name}: environment must have the environment variables by name")
    for variable, value in environment.items():
        if not _VARIABLE.fullmatch(variable):
            raise BadFunction(f"{name}: {variable!r} is not the name of an environment variable of a function")
        if variable in RESERVED:
            raise BadFunction(f"{name}: the environment variable {variable} is set by Lambda itself")
        if not isinstance(value, str) or "\0" in value:
            raise BadFunction(f"{name}: the environment variable {variable} is not text")
    if sum(len(variable.encode()) + len(value.encode()) for variable, value in environment.items()) > _MOST_VARIABLES:
        raise BadFunction(f"{name}: the environment variables have more than {_MOST_VARIABLES} bytes together")


_SETTABLE = frozenset(Function.__struct_fields__) - {
    "in_process",
    "code_sha256",
    "code_size",
    "revision_id",
    "last_modified",
    "others",
}


def read_functions(tables: Iterable[Mapping[str, Any]]) -> list[Function]:
    """Returns the functions of the setting `functions`. Raises BadSetting."""
    functions: dict[str, Function] = {}
    for table in tables:
        for unknown in sorted(table.keys() - _SETTABLE):
            raise bad_entry("functions", table, f"unknown member {unknown}", unknown)
        if not isinstance(table.get("name"), str):
            raise bad_entry("functions", table, "each needs a name", "name")
        if table["name"] in functions:
            raise bad_entry("functions", table, f"{table['name']} is there twice", "name")
        _check_forms(table)
        try:
            functions[table["name"]] = Function(**{**table, "command": tuple(table.get("command", ()))})
        except BadFunction as error:
            raise bad_entry("functions", table, str(error)) from error
    return list(functions.values())


def _check_forms(table: Mapping[str, Any]) -> None:
    for name, annotation in Function.__annotations__.items():
        form, noun = _FORMS.get(annotation, (object, ""))
        value = table.get(name)
        is_one = isinstance(value, form) and not isinstance(value, bool)
        if is_one and isinstance(value, list | tuple):
            is_one = all(isinstance(each, str) for each in value)
        if name in table and noun and not is_one:
            raise bad_entry("functions", table, f"{table['name']}: {name} is {noun}, not {value!r}", name)
