"""The test case for unittest: an account and clients per test, the environment pointed there."""

from __future__ import annotations

import os
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


def test_the_environment_is_as_before_when_a_test_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Orders).run(result)
    assert (result.testsRun, result.failures, result.errors) == (3, [], [])
    assert os.environ["AWS_PROFILE"] == "work"
    assert "AWS_ENDPOINT_URL" not in os.environ
