"""Functions that are plain callables of the test process, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing, suppress
from itertools import count
from typing import Any
from unittest import mock

from decaf.control.route import Refused
from decaf.functions.function import Function, function_arn
from decaf.testing.decaf import Decaf
from decaf.testing.environment import REGION

_numbers = count(1)


class FunctionFactory:
    """Registers callables of this process as functions of an account, until `close()`.

    Raises RuntimeError for a server in another process, which cannot call them.
    """

    def __init__(self, decaf: Decaf, account: str) -> None:
        if not decaf.is_here:
            raise RuntimeError(f"a callable of this process can only be invoked by a server here, not by {decaf.url}")
        self._decaf = decaf
        self._account = account
        self._control = decaf.control.of(account)
        self._registered: list[str] = []
        self._mapped: list[str] = []  # UUIDs
        self._variables = ExitStack()

    def __call__(
        self,
        handler: Callable[[Any, Any], Any],
        name: str = "",
        *,
        topics: Iterable[str] = (),
        queue: str = "",
        mapping: Mapping[str, Any] | None = None,
        timeout: float = 3.0,
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> str:
        """Register a function, subscribe it to the topics with these ARNs, let the messages of `queue` (a name, URL or
        ARN) invoke it, and return its own ARN.

        `handler` is called with the event and a context, in a thread; it may be a coroutine function. What it raises is
        the function's error. `environment` is set in this process until `close()`. `mapping` has the options of
        `Control.map_queue`, such as `batch_size` and `reports_failures`. `options` are those of a function:
        `dead_letter_queue`, `on_failure`, `on_success`, `maximum_retry_attempts`, `reserved_concurrency` and others.

        Raises BadFunction for what Lambda would refuse.
        """
        arn = function_arn(name or f"function-{next(_numbers)}", self._account, REGION)
        function = Function(arn, in_process=handler, timeout=timeout, environment=environment or {}, **options)
        self._variables.enter_context(mock.patch.dict("os.environ", function.environment))
        self._decaf.call(self._decaf.world.functions.register, function)
        self._registered.append(arn)
        if topics:
            with closing(self._decaf.client("sns", self._account)) as sns:
                for topic in topics:
                    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
        if queue:
            self._mapped.append(self._control.map_queue(queue, arn, **(mapping or {})))
        return arn

    def close(self) -> None:
        """Remove the functions with their mappings, and restore the environment."""
        for uuid in self._mapped:
            with suppress(Refused):  # a reset has deleted it
                self._control.delete_mapping(uuid)
        self._mapped.clear()
        for arn in self._registered:
            self._decaf.call(self._decaf.world.functions.forget, arn)
        self._registered.clear()
        self._variables.close()
