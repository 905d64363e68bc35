"""The unittest case: a server per class, an account and clients per test."""

from __future__ import annotations

import unittest
from typing import TYPE_CHECKING, Any, ClassVar

from decaf.testing.all_clients import answered, hiding, variables
from decaf.testing.decaf import Decaf, new_account

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


class DecafTestCase(unittest.TestCase):
    """A test case with `decaf`, and in each test `account`, `sqs` and `sns`.

    Every botocore client of the process is answered in that account, and the environment variables point to the server
    too, for child processes. The report of a failed test has the events in its account.
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
        done = super().run(result)
        for listed, known in zip(reports, before, strict=True):
            listed[known:] = [(test, text + self._timeline()) for test, text in listed[known:]]
        return done

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Returns a boto3 client in the account of the test; it is closed after the test."""
        client = self.decaf.client(service, self.account, region)
        self.addCleanup(client.close)
        return client

    @property
    def decaf_and_account(self) -> tuple[Decaf, str]:
        """The server, and the account of the test there."""
        return self.decaf, self.account

    def _timeline(self) -> str:
        lines = self.decaf.control.of(self.account).timeline() if hasattr(self, "account") else []
        return "\n".join([f"\nDecaf: account {self.account}", *lines, ""]) if lines else ""
