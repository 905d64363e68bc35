"""The fixtures for aiobotocore, in .venv-aio, which has it; and without it, here."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent.parent
PYTHON = ROOT / ".venv-aio" / "bin" / "python"

SUITE = """
import asyncio

import pytest


def test_in_a_loop_of_its_own(async_sqs, decaf_control):
    async def order():
        async with async_sqs as sqs:
            url = (await sqs.create_queue(QueueName="orders"))["QueueUrl"]
            await sqs.send_message(QueueUrl=url, MessageBody="latte")

    asyncio.run(order())
    asyncio.run(order())
    assert [message.body for message in decaf_control.messages("orders")] == ["latte", "latte"]


@pytest.mark.asyncio
async def test_in_the_loop_of_a_plugin(async_sqs, async_sns, sqs, decaf_account):
    async with async_sqs as queues, async_sns as topics:
        url = (await queues.create_queue(QueueName="orders"))["QueueUrl"]
        waiting = asyncio.ensure_future(queues.receive_message(QueueUrl=url, WaitTimeSeconds=20))
        topic = (await topics.create_topic(Name="drinks"))["TopicArn"]
        await topics.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{decaf_account}:orders"
        )
        await topics.publish(TopicArn=topic, Message="decaf")
        assert len((await waiting)["Messages"]) == 1
    assert sqs.list_queues()["QueueUrls"] == [url]


def test_other_services_and_regions(decaf_aio, decaf_account):
    async def ask():
        async with decaf_aio("sts", region_name="eu-west-1") as sts:
            return (await sts.get_caller_identity())["Account"]

    assert asyncio.run(ask()) == decaf_account


def test_one_that_nobody_opens(async_sns):
    pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("DECAF_URL", raising=False)
    return pytester


def _run_with_aiobotocore(folder: Path) -> str:
    assert PYTHON.exists(), "there is no .venv-aio: scripts/aio-venv makes it"
    plugins = ("-p", "decaf.testing.plugin", "-p", "pytest_asyncio.plugin")
    return subprocess.run(
        [PYTHON, "-m", "pytest", "-W", "error", *plugins, "-o", "asyncio_default_fixture_loop_scope=function"],
        cwd=folder,
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    ).stdout


def test_clients_work_in_whatever_loop_a_test_has(suite: pytest.Pytester) -> None:
    suite.makepyfile(SUITE)
    said = _run_with_aiobotocore(suite.path)
    assert "4 passed" in said, said


def test_the_example_in_the_documents_runs_as_pasted(suite: pytest.Pytester) -> None:
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    (example,) = (code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "async_sqs" in code)
    suite.makepyfile(example)
    said = _run_with_aiobotocore(suite.path)
    assert "1 passed" in said, said


@pytest.mark.skipif(find_spec("aiobotocore") is not None, reason="aiobotocore is installed")
def test_without_aiobotocore_they_skip_with_the_reason(suite: pytest.Pytester) -> None:
    suite.makepyfile(SUITE)
    suite.makeini("[pytest]\nmarkers = asyncio")
    result = suite.runpytest_inprocess("-p", "decaf.testing.plugin", "-rs", "-k", "not in_the_loop")
    result.assert_outcomes(skipped=3, deselected=1)
    result.stdout.fnmatch_lines(["*needs aiobotocore, which is not installed*"])
