"""The unittest case: a server per class, an account and clients per test."""

from __future__ import annotations

import functools
import inspect
import unittest
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from decaf.base.clock import real_time
from decaf.testing import traces
from decaf.testing.all_clients import answered, hiding, variables
from decaf.testing.decaf import Decaf, new_account

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from decaf.page.trace_file import Failure
    from decaf.testing.functions import FunctionFactory


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
        if reports:
            self._leave_trace_of_method()
        done = super().run(result)
        for listed, known in zip(reports, before, strict=True):
            listed[known:] = [(test, text + self._more(text)) for test, text in listed[known:]]
        return done

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

    def _leave_trace_of_method(self) -> None:
        """Let the method of the test leave a trace where one is asked for, before the test is torn down."""
        if traces.Traces.of_variables().mode == traces.OFF:
            return
        method = getattr(self, self._testMethodName)
        began = real_time()

        @functools.wraps(method)
        def traced() -> Any:
            try:
                done = method()
            except unittest.SkipTest:
                raise
            except Exception as error:
                self._leave_trace("failed", began, traces.failure_of(error, inspect.getsourcefile(type(self))))
                raise
            self._leave_trace("passed", began)
            return done

        setattr(self, self._testMethodName, traced)

    def _leave_trace(self, outcome: str, began: float | None = None, failure: Failure | None = None) -> None:
        from decaf.page.trace_file import TracedTest

        wanted = traces.Traces.of_variables()
        if wanted.wants(failed=failure is not None):
            duration = None if began is None else real_time() - began
            test = TracedTest(self.id(), outcome, duration, began, failure)
            try:
                self._trace = f"Trace: {wanted.leave(self.decaf.control.of(self.account), test)}"
            except traces.NoTrace as error:
                self._trace = f"No trace: {error}"

    def _more(self, text: str) -> str:
        """Returns what Decaf adds to the report of a failure: the events, and the path of the trace."""
        if not hasattr(self, "account"):
            return ""
        if not self._trace:  # the failure was not that of the method: a subtest's, or one of the cleaning up
            self._leave_trace("failed", failure=traces.failure_of_text(text))
        lines = self.decaf.control.of(self.account).timeline()
        lines += [self._trace] if self._trace else []
        return "\n".join([f"\nDecaf: account {self.account}", *lines, ""]) if lines else ""
