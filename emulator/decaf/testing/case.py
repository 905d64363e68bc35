"""The unittest case: a server per class, an account and clients per test."""

from __future__ import annotations

import unittest
from typing import Any, ClassVar
from unittest import mock

from decaf.testing.decaf import Decaf, new_account
from decaf.testing.environment import MISLEADING
from decaf.testing.sessions import new_session


class DecafTestCase(unittest.TestCase):
    """A test case with `decaf`, and in each test `account`, `sqs` and `sns`.

    The environment variables point to the server too, for clients that the tested code makes itself.
    """

    decaf: ClassVar[Decaf]
    account: str
    sqs: Any
    sns: Any

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.decaf = Decaf()
        cls.addClassCleanup(cls.decaf.stop)

    def setUp(self) -> None:
        super().setUp()
        self.account = new_account()
        self._point_environment()
        self.sqs, self.sns = self.client("sqs"), self.client("sns")

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Returns a boto3 client in the account of the test; it is closed after the test."""
        client = self.decaf.client(service, self.account, region)
        self.addCleanup(client.close)
        return client

    def _point_environment(self) -> None:
        variables = mock.patch.dict("os.environ", self.decaf.environment(self.account))
        self.addCleanup(variables.stop)
        values = variables.start()
        for name in MISLEADING:
            values.pop(name, None)
        session = mock.patch(
            "boto3.DEFAULT_SESSION", new_session()
        )  # the default session keeps the first credentials it finds
        self.addCleanup(session.stop)
        session.start()
