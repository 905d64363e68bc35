"""Snapshots and the backup of two nodes that share out the state."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.request import urlopen

import pytest

from decaf.base.settings import Settings
from decaf.control.route import Refused
from decaf.http.rendering import Stream
from decaf.testing.control import Control
from decaf.world import World
from tests.decaf.node.nodes import REGION, Nodes, client, sharing
from tests.postgres.server import running

NAMES = ("orders", "refunds")


def _fill(nodes: Nodes) -> None:
    """Make queues with messages, and a topic with a subscription, in both accounts."""
    for account in nodes.accounts:
        for name in NAMES:
            nodes.make_queue(account, name, f"1 of {account}", f"2 of {account}")
        sns = nodes.client("sns", account)
        topic = sns.create_topic(Name="news")["TopicArn"]
        queue = f"arn:aws:sqs:us-east-1:{account}:orders"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, ReturnSubscriptionArn=True)


def test_nodes_start_from_a_snapshot_of_several_accounts(nodes: Nodes, tmp_path: Path) -> None:
    _fill(nodes)
    file = tmp_path / "all.json"
    file.write_bytes(nodes.control.download_snapshot())
    with running() as server, sharing(server.make_database(), snapshot=str(file)) as others:
        assert _state(others) == _state(nodes)


def test_a_snapshot_has_an_account_of_which_the_node_that_is_asked_does_not_know_yet(nodes: Nodes) -> None:
    here, there = Control(nodes.first.url), Control(nodes.second.url)
    for number in range(300, 312):
        account = f"{number:012}"
        client((nodes.first, nodes.second)[number % 2], "sqs", account).create_queue(QueueName="orders")
        asked = (there, here)[number % 2]
        assert f"{account}:orders" in asked.download_snapshot().decode()
        assert f"{account}:orders" in asked.of(account).download_snapshot().decode()


def _state(nodes: Nodes) -> list[str]:
    """Returns what is there, in words."""
    queues = [f"{queue.arn} {queue.visible}" for queue in nodes.control.queues()]
    messages = [
        message.body
        for account in nodes.accounts
        for queue in nodes.control.of(account).queues()
        for message in nodes.control.messages(queue.arn)
    ]
    return [*queues, *messages, *(each.arn for each in nodes.control.subscriptions())]


def test_a_snapshot_of_all_accounts_has_a_part_in_each_shard(nodes: Nodes) -> None:
    _fill(nodes)
    before = _state(nodes)
    saved = nodes.control.save_snapshot("prepared")
    assert (saved.name, saved.account, saved.queues, saved.topics, saved.messages) == ("prepared", None, 4, 2, 8)
    assert nodes.control.snapshots() == [saved]
    nodes.control.reset()
    nodes.control.restore_snapshot("prepared")
    assert _state(nodes) == before
    nodes.control.remove_snapshot("prepared")
    assert nodes.control.snapshots() == []
    for call in (nodes.control.remove_snapshot, nodes.control.restore_snapshot, nodes.control.download_snapshot):
        with pytest.raises(Refused, match="there is no snapshot prepared"):
            call("prepared")


def test_a_snapshot_whose_name_looks_like_an_arn_has_a_part_in_each_shard_too(nodes: Nodes) -> None:
    _fill(nodes)
    for name in (f"arn:aws:sqs:us-east-1:{nodes.accounts[0]}:orders", f"us-east-1/{nodes.accounts[0]}/orders"):
        saved = nodes.control.save_snapshot(name)
        assert (saved.queues, saved.topics, saved.messages) == (4, 2, 8)
        nodes.control.reset()
        assert nodes.control.restore_snapshot(name) == saved
        assert len(nodes.control.queues()) == 4
        nodes.control.load_snapshot(nodes.control.download_snapshot(name), name)
        assert [each.queues for each in nodes.control.snapshots()] == [4]
        nodes.control.remove_snapshot(name)


def test_a_snapshot_of_one_account_is_restored_into_one_of_another_shard(nodes: Nodes) -> None:
    _fill(nodes)
    one, other = nodes.accounts
    nodes.control.save_snapshot("prepared")
    nodes.control.of(one).save_snapshot("prepared")  # in place of that of all
    (saved,) = nodes.control.snapshots()
    assert (saved.account, saved.queues) == (one, 2)
    nodes.control.reset()
    nodes.control.restore_snapshot("prepared", into=other)
    assert [queue.account for queue in nodes.control.queues()] == [other] * 2
    nodes.control.restore_snapshot("prepared")
    assert {queue.account for queue in nodes.control.queues()} == {one, other}


def test_a_mapping_that_went_into_an_account_of_another_shard_is_named_by_that_or_by_its_arn(nodes: Nodes) -> None:
    one, other = nodes.accounts
    nodes.control.add_function("brew", command=("cat",))
    nodes.make_queue(one, "orders")
    uuid = nodes.control.of(one).map_queue("orders", "brew", enabled=False)
    nodes.control.of(one).save_snapshot("prepared")
    nodes.control.restore_snapshot("prepared", into=other)
    with pytest.raises(Refused, match="there are several of that name"):
        nodes.control.runs(uuid)
    assert nodes.control.of(other).runs(uuid) == []
    nodes.control.of(other).delete_mapping(uuid)
    (left,) = nodes.control.mappings()
    assert left.account == one
    assert nodes.control.of(other).runs(left.arn) == []


def test_a_file_has_all_accounts_and_each_shard_takes_its_own(nodes: Nodes) -> None:
    _fill(nodes)
    before = _state(nodes)
    file = nodes.control.download_snapshot()
    nodes.control.reset()
    loaded = nodes.control.load_snapshot(file)
    assert (loaded.queues, loaded.messages, loaded.size) == (4, 8, len(file))
    assert _state(nodes) == before
    nodes.control.reset()
    nodes.control.load_snapshot(file, "kept")
    assert nodes.control.queues() == []
    nodes.control.restore_snapshot("kept")
    assert _state(nodes) == before
    for bad in (b"", b"nothing", file[: len(file) // 2]):
        with pytest.raises(Refused, match="this is no snapshot of Decaf's"):
            nodes.control.load_snapshot(bad)
    assert _state(nodes) == before


def test_a_snapshot_of_an_account_has_all_of_its_regions(nodes: Nodes) -> None:
    _fill(nodes)
    one, other = nodes.accounts
    nodes.make_queue(one, "abroad", "far away", region=nodes.abroad)
    control, before = nodes.control.of(one), _state(nodes)
    saved = control.save_snapshot("prepared")
    assert (saved.account, saved.queues, saved.messages) == (one, 3, 5)
    file = control.download_snapshot()
    for from_file in (False, True):
        control.reset()
        assert {queue.account for queue in nodes.control.queues()} == {other}
        restored = nodes.control.load_snapshot(file) if from_file else nodes.control.restore_snapshot("prepared")
        assert restored.messages == 5
        assert _state(nodes) == before
    for from_file in (False, True):
        nodes.control.reset()
        if from_file:
            restored = nodes.control.load_snapshot(file, into=other)
        else:
            restored = nodes.control.restore_snapshot("prepared", into=other)
        assert (restored.account, restored.messages) == (one, 5)
        assert {(queue.account, queue.region) for queue in nodes.control.queues()} == {
            (other, "us-east-1"),
            (other, nodes.abroad),
        }
        for name, region in (("orders", "us-east-1"), ("abroad", nodes.abroad)):  # each is where calls look for it
            sqs = nodes.client("sqs", other, region)
            assert "Messages" in sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])


def test_the_file_of_an_account_has_the_codes_that_its_numbers_in_the_sandbox_got(nodes: Nodes) -> None:
    one, other = nodes.accounts
    for region in (REGION, nodes.abroad):
        nodes.client("sns", one, region).create_sms_sandbox_phone_number(PhoneNumber="+15550100")
    codes = {entry.body for entry in nodes.control.inbox()}
    assert len(codes) == 2
    file = nodes.control.of(one).download_snapshot()
    nodes.control.reset()
    for account in (one, other):
        nodes.control.load_snapshot(file, into=account)
        assert {entry.body for entry in nodes.control.of(account).inbox()} == codes


def test_a_file_of_one_account_goes_to_its_shards(nodes: Nodes) -> None:
    _fill(nodes)
    one, other = nodes.accounts
    file = nodes.control.of(one).download_snapshot()
    nodes.control.reset()
    nodes.control.load_snapshot(file)
    assert {queue.account for queue in nodes.control.queues()} == {one}
    nodes.control.load_snapshot(file, into=other)
    assert {queue.account for queue in nodes.control.queues()} == {one, other}


def test_a_snapshot_of_a_server_alone_is_shared_out(nodes: Nodes, tmp_path: Path) -> None:
    _fill(nodes)
    before = _state(nodes)
    (tmp_path / "all.json").write_bytes(nodes.control.download_snapshot())
    alone = World(Settings(snapshot=str(tmp_path / "all.json")))
    assert sorted(str(queue.arn) for queue in alone.queues()) == [queue.arn for queue in nodes.control.queues()]
    assert before == _state(nodes)


def test_a_backup_by_any_node_has_all_shards(nodes: Nodes, tmp_path: Path) -> None:
    _fill(nodes)
    for account in nodes.accounts:
        nodes.client("sns", account).publish(PhoneNumber="+15550100", Message=f"to {account}")
    nodes.make_queue(nodes.accounts[0], "abroad", "far away", region=nodes.abroad)
    regions = ("us-east-1", nodes.abroad)
    for number, region in enumerate(regions):
        nodes.control.of(nodes.accounts[0]).opt_out(f"+1555010{number}", region)
    before = _state(nodes)
    nodes.control.backup(tmp_path / "copy.sqlite")
    nodes.control.reset()
    nodes.control.load_snapshot((tmp_path / "copy.sqlite").read_bytes())
    assert _state(nodes) == before
    assert sorted(entry.body for entry in nodes.control.inbox()) == sorted(f"to {each}" for each in nodes.accounts)
    for number, region in enumerate(regions):
        path = f"/_aws/sns/sms-messages?accountId={nodes.accounts[0]}&region={region}"
        with urlopen(nodes.first.url + path) as found:
            assert (f"to {nodes.accounts[0]}" in found.read().decode()) == (region == "us-east-1")
        sns = nodes.client("sns", nodes.accounts[0], region)
        assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == [f"+1555010{number}"]


def test_the_file_of_all_accounts_is_refused_when_a_part_of_it_breaks_off(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> AsyncGenerator[bytes, None]:
        yield b"{"
        raise ConnectionError("the rest is missing")

    monkeypatch.setattr(nodes.second._answering, "site_of", lambda _: lambda _: Stream((), broken()))
    with pytest.raises(Refused, match="no node answers") as refused:
        nodes.control.download_snapshot()
    assert refused.value.status == 503
    monkeypatch.undo()
