"""The coffee shop as people play it: a program with an exit status and a table."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys

from decaf.lab import night_shift, tight_coupling
from decaf.lab.checks import Check
from decaf.lab.cloud import connect
from decaf.lab.mailbox import open_mailbox
from decaf.lab.narrator import Narrator
from decaf.testing import Control, Decaf, Settings


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "decaf.lab", *arguments],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def narrator() -> Narrator:
    from rich.console import Console

    return Narrator(Console(file=io.StringIO(), width=80))


def spoken(by: Narrator) -> str:
    assert isinstance(by.console.file, io.StringIO)
    return by.console.file.getvalue()


def test_all_counts_are_as_expected_with_two_shops_on_one_server(endpoint: str) -> None:
    shops = [start("--endpoint", endpoint), start(AWS_ENDPOINT_URL=endpoint)]
    performances = [shop.communicate(timeout=60) for shop in shops]
    for shop, (output, errors) in zip(shops, performances, strict=True):
        assert shop.returncode == 0, output + errors
        assert "The coffee shop, counted" in output
        assert "orders served, each exactly once" in output
        assert "WRONG" not in output
        assert errors == ""


def test_it_says_what_is_left_and_what_to_do_next(endpoint: str) -> None:
    shop = start("--endpoint", endpoint)
    output = shop.communicate(timeout=60)[0]
    (account,) = re.findall(r"still there, in account (\d{12}):", output)
    assert f"  or here        decaf queues --url {endpoint} --account {account}\n" in output
    assert output.endswith("decaf learn\n")
    assert "--pause" in output
    assert "orders" in [queue.name for queue in Control(endpoint, account).queues()]


def test_it_can_delete_what_it_made(endpoint: str) -> None:
    shop = start("--endpoint", endpoint, "--clean")
    output = shop.communicate(timeout=60)[0]
    (account,) = re.findall(r"account (\d{12})", output)
    assert "The queues and topics of the film are deleted." in output
    assert Control(endpoint, account).queues() == []


def test_without_a_server_there_is_one_clear_line() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
        shop = start("--endpoint", endpoint)
        errors = shop.communicate(timeout=60)[1]
    assert shop.returncode == 2
    assert errors == f"No server listens at {endpoint}. Start one with: decaf serve\n"


def test_tight_coupling_loses_the_same_orders_every_time() -> None:
    for _ in range(3):
        counts = tight_coupling.play(narrator())
        assert all(check.ok for check in tight_coupling.checks(counts))


def test_the_table_has_expected_and_actual_counts() -> None:
    voice = narrator()
    voice.table([Check("Scene", "cups", 21, 21), Check("Scene", "spoons", 34, 55)])
    cups, spoons = (line for line in spoken(voice).splitlines() if "cups" in line or "spoons" in line)
    assert "ok" in cups
    assert all(word in spoons for word in ("34", "55", "WRONG"))


def test_the_shop_is_set_up_as_aws_wants_it() -> None:
    with Decaf(Settings(port=0, access="enforce")) as server:
        shop = start("--endpoint", server.url)
        output, errors = shop.communicate(timeout=60)
    assert (shop.returncode, errors) == (0, ""), output


def test_a_server_that_takes_no_code_from_here_has_no_night_shift() -> None:
    with Decaf(Settings(port=0, control_from="nowhere")) as server:
        voice = narrator()
        counts = night_shift.play(connect(server.url), voice)
    assert night_shift.checks(counts) == []
    assert "the night shift is left out" in spoken(voice)


def test_without_a_policy_a_mailbox_stays_empty() -> None:
    with Decaf(Settings(port=0, access="enforce")) as server:
        cloud = connect(server.url)
        topic = cloud.create_topic("news")
        mailbox = open_mailbox(cloud, "ada", [topic])
        cloud.sqs.set_queue_attributes(QueueUrl=mailbox.queue.url, Attributes={"Policy": ""})
        lost = cloud.sns.publish(TopicArn=topic, Message="New: oat milk")["MessageId"]
        assert mailbox.read(expected=0) == []
        explained = server.control.explain(lost)
        assert explained.state == "undelivered"
        assert (
            f"is not authorized to perform: sqs:sendmessage on resource: {mailbox.queue.arn} "
            "because no resource-based policy allows the sqs:sendmessage action"
        ) in explained.answer
