"""The test case for unittest: an account and clients per test, the environment pointed there."""

from __future__ import annotations

import os
import re
import unittest

import boto3
import pytest

from decaf.testing import DecafTestCase


class Orders(DecafTestCase):
    """Two tests that would meet if they shared an account, and clients that the tested code makes for itself."""

    def test_one(self) -> None:
        self.sqs.create_queue(QueueName="orders")
        assert len(boto3.client("sqs").list_queues()["QueueUrls"]) == 1

    def test_other(self) -> None:
        self.sqs.create_queue(QueueName="drinks")
        assert len(boto3.client("sqs").list_queues()["QueueUrls"]) == 1

    def test_topics_and_regions(self) -> None:
        assert self.sns.list_topics()["Topics"] == []
        assert "QueueUrls" not in self.client("sqs", "eu-west-1").list_queues()


class Failing(DecafTestCase):
    """One test that fails, one that ends by an error."""

    __test__ = False  # pytest leaves it alone

    def test_failure(self) -> None:
        self.sqs.create_queue(QueueName="orders")
        self.fail("no coffee")

    def test_error(self) -> None:
        KEPT.create_topic(Name="drinks")
        raise OSError("no water")


KEPT = boto3.client("sns", "us-east-1", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x")


def test_a_failure_shows_what_happened_in_the_account_of_the_test() -> None:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Failing).run(result)
    ((_, failure),) = result.failures
    ((_, error),) = result.errors
    assert "no coffee" in failure
    assert re.search(r"\nDecaf: account \d{12}\n +\+0\.000 s  QueueCreated +orders\n$", failure)
    assert re.search(r"\nDecaf: account \d{12}\n +\+0\.000 s  TopicCreated +drinks\n$", error)


def test_the_environment_is_as_before_when_a_test_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Orders).run(result)
    assert (result.testsRun, result.failures, result.errors) == (3, [], [])
    assert os.environ["AWS_PROFILE"] == "work"
    assert "AWS_ENDPOINT_URL" not in os.environ
