"""The unittest case: a server per class, an account and clients per test."""

from __future__ import annotations

import functools
import inspect
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from decaf.base.clock import real_time
from decaf.testing import traces
from decaf.testing.all_clients import answered, hiding, variables
from decaf.testing.decaf import Decaf, new_account

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from decaf.testing.functions import FunctionFactory

__unittest = True  # so that reports of unittest leave out the frames of this file, as they do with its own


class DecafTestCase(unittest.TestCase):
    """A test case with `decaf`, and in each test `account`, `sqs` and `sns`.

    Every botocore client of the process is answered in that account, and the environment variables point to the server
    too, for child processes. The report of a failed test has the events in its account, and the path of its trace where
    the variable DECAF_TRACE asks for one.
    """

    decaf: ClassVar[Decaf]
    account: str
    sqs: SQSClient
    sns: SNSClient

    _is_traced = False  # in a run of unittest's, where a trace is asked for

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.decaf = Decaf()
        cls.addClassCleanup(cls.decaf.stop)

    def setUp(self) -> None:
        super().setUp()
        self.account = new_account()
        self.enterContext(variables(hiding() | self.decaf.environment(self.account)))
        self.enterContext(answered(lambda: self.decaf, self.account))
        self.sqs, self.sns = self.client("sqs"), self.client("sns")

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        named = (getattr(result, name, None) for name in ("failures", "errors"))
        reports = [listed for listed in named if isinstance(listed, list)]  # pytest's result has none, and a report
        before = [len(listed) for listed in reports]
        self._trace = ""  # the line that says where it is
        self._began = real_time()
        self._is_traced = bool(reports) and _wanted().mode != traces.OFF
        if self._is_traced:
            self._leave_trace_of_method()
        done = super().run(result)
        for listed, known in zip(reports, before, strict=True):
            listed[known:] = [(test, text + self._more(text)) for test, text in listed[known:]]
        return done

    @contextmanager
    def subTest(self, *message: Any, **params: Any) -> Iterator[None]:  # noqa: N802  unittest's name
        with super().subTest(*message, **params):
            try:
                yield
            except unittest.SkipTest:
                raise
            except Exception as error:
                if self._is_traced and not self._expects_failure:
                    self._leave_trace(error)
                raise

    @cached_property
    def function(self) -> FunctionFactory:
        """Registers callables as functions in the account of the test: `arn = self.function(handler)`."""
        from decaf.testing.functions import FunctionFactory

        factory = FunctionFactory(self.decaf, self.account)
        self.addCleanup(factory.close)
        return factory

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Returns a boto3 client in the account of the test; it is closed after the test."""
        client = self.decaf.client(service, self.account, region)
        self.addCleanup(client.close)
        return client

    @property
    def decaf_and_account(self) -> tuple[Decaf, str]:
        """The server, and the account of the test there."""
        return self.decaf, self.account

    @property
    def _expects_failure(self) -> bool:
        """Whether the test is marked with unittest.expectedFailure."""
        mark = "__unittest_expecting_failure__"
        return bool(getattr(self, mark, False) or getattr(getattr(self, self._testMethodName), mark, False))

    def _leave_trace_of_method(self) -> None:
        """Let the method of the test leave a trace where one is asked for, before the test is torn down."""
        method, expects_failure = getattr(self, self._testMethodName), self._expects_failure

        @functools.wraps(method)
        def traced() -> Any:
            self._began = real_time()
            try:
                done = method()
            except unittest.SkipTest:
                raise
            except Exception as error:
                self._leave_trace(None if expects_failure else error)
                raise
            self._leave_trace()
            return done

        setattr(self, self._testMethodName, traced)

    def _leave_trace(self, error: Exception | None = None, report: str = "") -> None:
        """Leave a trace, unless there is one: of a failure by its error, or, where that is not known, its report."""
        from decaf.page.trace_file import TracedTest

        wanted, failed = _wanted(), error is not None or bool(report)
        if self._trace or not wanted.wants(failed=failed):
            return
        failure = traces.failure_of_text(report) if report else None
        if error is not None:
            failure = traces.failure_of(error, inspect.getsourcefile(type(self)))
        outcome = "failed" if failed else "passed"
        test = TracedTest(self.id(), outcome, real_time() - self._began, self._began, failure)
        try:
            self._trace = f"Trace: {wanted.leave(self.decaf.control.of(self.account), test)}"
        except traces.NoTrace as reason:
            self._trace = f"No trace: {reason}"

    def _more(self, text: str) -> str:
        """Returns what Decaf adds to the report of a failure: the events, and the path of the trace."""
        if not hasattr(self, "account"):
            return ""
        self._leave_trace(report=text)  # where the failure was that of setting up or cleaning up
        lines = self.decaf.control.of(self.account).timeline()
        lines += [self._trace] if self._trace else []
        return "\n".join([f"\nDecaf: account {self.account}", *lines, ""]) if lines else ""


def _wanted() -> traces.Traces:
    """Returns which tests leave a trace; variables that are wrong end the program."""
    try:
        return traces.Traces.of_variables()
    except ValueError as error:
        raise SystemExit(str(error)) from None
