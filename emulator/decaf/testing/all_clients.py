"""Decaf everywhere: while it lasts, every botocore client of the process is answered by Decaf, in one account.

Rule: nothing of the machine's own AWS configuration is in sight meanwhile, so nothing is ever sent in its name.
"""

from __future__ import annotations

import functools
import inspect
import os
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, TypeVar, cast, overload
from unittest import mock

from decaf.testing import interception
from decaf.testing.decaf import Decaf, new_account
from decaf.testing.environment import MISLEADING, REGION, SECRET

T = TypeVar("T", bound=Callable[..., Any])

_CREDENTIALS = (  # variables that lead to some of the machine's own
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@overload
def everywhere(decorated: T, /) -> T: ...
@overload
def everywhere(
    *, decaf: Decaf | None = None, account: str | None = None, every_endpoint: bool = False
) -> Everywhere: ...
def everywhere(
    decorated: Any = None,
    /,
    *,
    decaf: Decaf | None = None,
    account: str | None = None,
    every_endpoint: bool = False,
) -> Any:
    """Returns a context in which every botocore client is answered by `decaf`, in `account`; or decorates with it.

    Without a server it is that of the context around, else a new one; without an account, a new one each time. Clients
    that name a server of their own in code keep it, unless `every_endpoint`. Decorates functions, coroutine functions,
    and classes: of these each test. `with` returns the server, limited to the account: `control`, and `client` too.
    """
    context = Everywhere(decaf, account, every_endpoint)
    return context if decorated is None else context(decorated)


class Everywhere:
    """What `everywhere` returns. It can be entered again, and within itself."""

    def __init__(self, decaf: Decaf | None = None, account: str | None = None, every_endpoint: bool = False) -> None:
        self._decaf = decaf
        self._account = account
        self._every_endpoint = every_endpoint
        self._entered: list[ExitStack] = []

    def __enter__(self) -> Decaf:
        with ExitStack() as stack:
            decaf = self._decaf or stack.enter_context(_server())
            account = self._account or new_account()
            stack.enter_context(variables(pointing(decaf, account)))
            stack.enter_context(answered(lambda: decaf, account, self._every_endpoint, passing=self._account is None))
            self._entered.append(stack.pop_all())
        return decaf.of(account)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.pop().close()

    def __call__(self, decorated: T) -> T:
        if isinstance(decorated, type):
            self._decorate_tests(decorated)
            return decorated
        if inspect.iscoroutinefunction(decorated):

            @functools.wraps(decorated)
            async def awaited(*arguments: Any, **named: Any) -> Any:
                with self:
                    return await decorated(*arguments, **named)

            return awaited  # type: ignore[return-value]

        @functools.wraps(decorated)
        def called(*arguments: Any, **named: Any) -> Any:
            with self:
                return decorated(*arguments, **named)

        return called  # type: ignore[return-value]

    def _decorate_tests(self, tests: Any) -> None:
        if issubclass(tests, unittest.TestCase):
            tests = cast("Any", tests)
            set_up = tests.setUpClass.__func__

            def set_up_class(kind: Any) -> None:
                kind.enterClassContext(self)  # one server for all tests of the class
                set_up(kind)

            tests.setUpClass = classmethod(set_up_class)
            tests.run = self(tests.run)
            return
        for name, method in inspect.getmembers(tests, inspect.isfunction):
            if name.startswith("test"):
                setattr(tests, name, self(method))


@contextmanager
def answered(
    decaf: Callable[[], Decaf], account: str, every_endpoint: bool = False, passing: bool = True
) -> Iterator[None]:
    """While this lasts, all clients are answered by the server that `decaf()` returns, as `Answering` says."""
    answering = interception.Answering(decaf, account, every_endpoint, passing)
    interception.begin(answering)
    try:
        yield
    finally:
        interception.end(answering)


@contextmanager
def variables(values: Mapping[str, str]) -> Iterator[None]:
    """While this lasts, the environment has these variables, and none that leads to credentials of the machine."""
    with mock.patch.dict("os.environ"):
        for name in (*MISLEADING, *_CREDENTIALS):
            os.environ.pop(name, None)
        os.environ.update(values)
        yield


def hiding() -> dict[str, str]:
    """Returns variables with credentials that are none, and a region if there is none; no file is read for others."""
    region = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION") or REGION
    return {
        "AWS_ACCESS_KEY_ID": SECRET,  # not an account: it stands for that of the test
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def pointing(decaf: Decaf, account: str) -> dict[str, str]:
    """Returns variables that also lead the clients of child processes to a server and an account.

    Those of STS and Lambda are not led: clients of this process read the variables too, and would pass by moto.
    """
    return hiding() | {
        "AWS_ACCESS_KEY_ID": account,
        "AWS_ENDPOINT_URL_SQS": decaf.url,
        "AWS_ENDPOINT_URL_SNS": decaf.url,
    }


@contextmanager
def _server() -> Iterator[Decaf]:
    around = interception.current()
    if around is not None:
        yield around.decaf()
    else:
        with Decaf() as decaf:
            yield decaf
