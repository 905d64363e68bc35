"""The control API over two nodes that share out the state, asked by way of the first one."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from decaf.cli import main
from decaf.control import marks
from decaf.control.faults import ADD_FAULT, NewFault
from decaf.control.queues import FIND_QUEUES, FindQueues
from decaf.control.route import Refused
from decaf.faults.effects import Error
from decaf.faults.match import Match
from decaf.testing import http_client
from decaf.testing.control import Control, ExpectationFailed
from tests.cluster.processes import until
from tests.decaf.node.nodes import REGION, SHARDS, Nodes


def _arn(account: str, name: str, service: str = "sqs", region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{account}:{name}"


def _make_queues(nodes: Nodes) -> list[str]:
    """Make a queue named orders in both accounts, with a message each; returns their ARNs, sorted."""
    for account in nodes.accounts:
        nodes.make_queue(account, "orders", f"of {account}")
    return sorted(_arn(account, "orders") for account in nodes.accounts)


# reads


def test_queues_of_all_shards_are_in_one_list_in_pages(nodes: Nodes) -> None:
    arns = _make_queues(nodes)
    assert [queue.arn for queue in nodes.control.queues()] == arns
    first = http_client.call(nodes.first.url, FIND_QUEUES, FindQueues(limit=1))
    assert ([queue.arn for queue in first.queues], first.next) == (arns[:1], arns[0])
    rest = http_client.call(nodes.first.url, FIND_QUEUES, FindQueues(limit=1, after=first.next))
    assert ([queue.arn for queue in rest.queues], rest.next) == (arns[1:], None)


def test_any_node_answers_for_one_account(nodes: Nodes) -> None:
    _make_queues(nodes)
    for account in nodes.accounts:
        assert [queue.account for queue in nodes.control.of(account).queues()] == [account]
        assert [each.body for each in nodes.control.messages(_arn(account, "orders"))] == [f"of {account}"]


def test_topics_and_subscriptions_of_all_shards_are_in_one_list(nodes: Nodes) -> None:
    for account in nodes.accounts:
        sns = nodes.client("sns", account)
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100")
        sns.publish(TopicArn=topic, Message=f"of {account}")
    topics = sorted(_arn(account, "news", "sns") for account in nodes.accounts)
    assert [topic.arn for topic in nodes.control.topics()] == topics
    assert [each.topic for each in nodes.control.subscriptions()] == topics
    assert [entry.body for entry in nodes.control.inbox("sms")] == [f"of {account}" for account in nodes.accounts]
    nodes.control.clear_inbox()
    assert nodes.control.inbox() == []


def test_a_queue_is_found_by_its_name_in_whatever_shard(nodes: Nodes) -> None:
    for number, account in enumerate(nodes.accounts):
        nodes.make_queue(account, f"orders-{number}", str(number))
    assert [nodes.control.messages(f"orders-{number}")[0].body for number in range(2)] == ["0", "1"]
    with pytest.raises(Refused, match="there is no queue refunds") as refusal:
        nodes.control.messages("refunds")
    assert refusal.value.status == 404


def test_a_name_in_two_shards_is_refused_as_in_two_accounts_of_one_server(nodes: Nodes) -> None:
    _make_queues(nodes)
    with pytest.raises(Refused, match="several of that name, in different accounts or regions: name one by its ARN"):
        nodes.control.messages("orders")


def test_a_name_that_a_shard_has_twice_is_refused_for_all_shards(nodes: Nodes) -> None:
    first = nodes.accounts[0]
    twin = nodes.twin(first)
    for account in (first, twin):
        nodes.make_queue(account, "orders")
    with pytest.raises(Refused, match=f"several queues are named orders: .*{twin}:orders"):
        nodes.control.messages("orders")
    nodes.make_queue(nodes.accounts[1], "orders")
    with pytest.raises(Refused, match="several of that name, in different accounts or regions: name one by its ARN"):
        nodes.control.messages("orders")


def test_a_message_is_explained_whose_account_is_not_named(nodes: Nodes) -> None:
    _make_queues(nodes)
    for account in nodes.accounts:
        (message,) = nodes.control.messages(_arn(account, "orders"))
        assert nodes.control.explain(message.id).queue == _arn(account, "orders")
    assert nodes.control.explain("5fea7756-0ea4-451a-a703-a558b933e274").kind == "unknown"


def test_a_call_that_is_for_one_account_is_refused_without_it(nodes: Nodes) -> None:
    with pytest.raises(Refused, match=r"there are 4 shards here, .*: name an account, or a queue") as no:
        nodes.control.map_queue("orders", "brew")
    assert no.value.status == 409


def test_a_trace_has_the_events_and_calls_of_all_shards_with_numbers_as_marks(nodes: Nodes) -> None:
    since, calls_since = nodes.control.mark(), nodes.control.calls().mark
    for account in nodes.accounts:
        nodes.make_queue(account, "orders", "one", "two")
    trace = nodes.control.trace(since, calls_since)
    assert [event.mark for event in trace.events] == list(range(1, 7))
    assert [event.kind for event in trace.events] == ["QueueCreated", "MessageSent", "MessageSent"] * 2
    assert [call.mark for call in trace.calls] == list(range(1, 7))
    known = {event.mark: event.arn for event in trace.events}
    sends = [call for call in trace.calls if call.operation == "SendMessage"]
    assert [known[call.events_mark] for call in sends] == [call.arn for call in sends]
    assert {arn: len(messages) for arn, messages in trace.messages.items()} == dict.fromkeys(
        [_arn(account, "orders") for account in nodes.accounts], 2
    )
    assert len(trace.explained) == 4
    later = nodes.control.trace(trace.mark, trace.calls_mark)
    assert (later.events, later.calls, len(later.queues)) == ([], [], 2)


def test_a_trace_tells_what_an_event_was_caused_by(nodes: Nodes) -> None:
    for account in nodes.accounts:
        nodes.make_queue(account, "orders")
        sns = nodes.client("sns", account)
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=_arn(account, "orders"))
        sns.publish(TopicArn=topic, Message="espresso")
    events = nodes.control.trace().events
    sent = [event for event in events if event.kind == "MessageSent"]
    causes = [next(each for each in events if each.mark == event.cause) for event in sent]
    assert [cause.arn.split(":")[4] for cause in causes] == list(nodes.accounts)
    assert {cause.kind for cause in causes} == {"NotificationDelivered"}


def test_calls_of_all_shards_are_in_the_order_in_which_they_were_answered(nodes: Nodes) -> None:
    urls = [nodes.make_queue(account, "orders") for account in nodes.accounts]
    first = nodes.control.calls()
    for turn in range(2):
        for account, url in zip(nodes.accounts, urls, strict=True):
            nodes.client("sqs", account).send_message(QueueUrl=url, MessageBody=str(turn))
    found = nodes.control.calls(since=first.mark, limit=3)
    assert [call.account for call in found.calls] == [*nodes.accounts, nodes.accounts[0]]
    (last,) = nodes.control.calls(since=found.mark).calls
    assert (last.account, last.operation) == (nodes.accounts[1], "SendMessage")
    shown = nodes.control.call(last.mark)
    assert (shown.mark, shown.account) == (last.mark, last.account)
    assert shown.details is not None
    assert shown.details.parameters == {"QueueUrl": urls[1], "MessageBody": "1"}


def test_findings_of_all_shards_name_calls_that_can_be_looked_up(nodes: Nodes) -> None:
    for account in nodes.accounts:
        url = nodes.make_queue(account, "orders")
        for _ in range(30):
            nodes.client("sqs", account).receive_message(QueueUrl=url)
    findings = [finding for finding in nodes.control.doctor() if finding.calls]
    assert sorted(finding.subject for finding in findings) == sorted(_arn(each, "orders") for each in nodes.accounts)
    assert {nodes.control.call(finding.calls[0]).arn for finding in findings} == {each.subject for each in findings}


# events


def test_events_go_on_after_the_mark_of_the_page_before(nodes: Nodes) -> None:
    since = nodes.control.mark()
    for account in nodes.accounts:
        nodes.make_queue(account, "orders", "one", "two")
    arns = [arn for account in nodes.accounts for arn in [_arn(account, "orders")] * 2]
    events = nodes.control.events("MessageSent", since=since)
    assert [event.arn for event in events] == arns
    for number, event in enumerate(events, 1):  # the mark of each is one to go on from
        assert nodes.control.events("MessageSent", since=event.mark) == events[number:]
    assert nodes.control.events("MessageSent", since=since, limit=3) == events[:3]
    assert [event.arn for event in nodes.control.events("MessageSent", limit=3)] == arns[1:]
    assert [event.mark for event in events] == sorted(event.mark for event in events)


def test_a_mark_of_a_server_alone_is_refused(nodes: Nodes) -> None:
    with pytest.raises(Refused, match="there is no mark 7 here"):
        nodes.control.events(since=7)


def test_a_mark_is_good_for_any_account_and_any_queue(nodes: Nodes) -> None:
    _make_queues(nodes)
    since = nodes.control.mark()
    nodes.make_queue(nodes.accounts[1], "refunds")
    (event,) = nodes.control.of(nodes.accounts[1]).events(since=since)
    assert (event.kind, event.arn) == ("QueueCreated", _arn(nodes.accounts[1], "refunds"))
    assert nodes.control.of(nodes.accounts[0]).events(since=since) == []
    assert nodes.control.events(since=since, queue=event.arn) == [event]
    assert nodes.control.wait_for("QueueCreated", since=since, queue=event.arn) == [event]
    nodes.control.never("QueueCreated", since=event.mark, queue=event.arn)


def test_a_lesson_is_checked_after_a_mark_of_all_shards(nodes: Nodes) -> None:
    for account in nodes.accounts:
        since = nodes.control.mark()
        url = nodes.make_queue(account, "orders", '{"order": 1}')
        nodes.client("sqs", account).receive_message(QueueUrl=url)
        checked = nodes.control.of(account).check_lesson(3, since)
        assert not checked.passed
        assert len(checked.marks) > 0
        assert {*map(_own, checked.marks)} <= {_own(event.mark) for event in nodes.control.events(since=since)}


def _own(mark: int) -> tuple[int, int]:
    """Returns the shard of what has a mark of all shards, and its mark there."""
    shard = marks.shard_of(mark)
    return shard, marks.split(mark, SHARDS)[shard]


def test_a_wait_ends_with_an_event_in_whatever_shard(nodes: Nodes) -> None:
    urls = [nodes.make_queue(account, "orders") for account in nodes.accounts]
    for account, url in zip(nodes.accounts, urls, strict=True):
        since = nodes.control.mark()
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(nodes.control.wait_for, "MessageSent", since=since, timeout=60)
            nodes.client("sqs", account).send_message(QueueUrl=url, MessageBody="one")
            (event,) = waiting.result()
        assert event.arn == _arn(account, "orders")


def test_a_wait_counts_the_events_of_all_shards(nodes: Nodes) -> None:
    since = nodes.control.mark()
    for account in nodes.accounts:
        nodes.make_queue(account, "orders", "one", "two")
    events = nodes.control.wait_for("MessageSent", count=4, since=since)
    found = sorted(str(event.arn) for event in events)  # the clocks of two nodes differ by a little
    assert found == sorted(_arn(each, "orders") for each in nodes.accounts for _ in range(2))
    assert nodes.control.wait_for("MessageSent", count=3, since=since) == events[:3]
    with pytest.raises(ExpectationFailed, match="4 of 5 MessageSent"):
        nodes.control.wait_for("MessageSent", count=5, since=since, timeout=0)


def test_a_wait_ends_when_its_client_sends_no_more(nodes: Nodes) -> None:
    body = json.dumps({"kind": "MessageSent", "timeout": 60}).encode()
    head = f"POST /_decaf/wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", nodes.first.port), timeout=30) as client:
        client.sendall(head.encode() + body)
        client.shutdown(socket.SHUT_WR)
        response = b"".join(iter(lambda: client.recv(65_536), b""))
    assert response.startswith(b"HTTP/1.1 200 ")
    assert b'"happened":false' in response


def test_nothing_watches_a_shard_any_more_once_its_client_has_gone(nodes: Nodes) -> None:
    url = nodes.make_queue(nodes.accounts[1], "orders", "one")

    def is_left_alone() -> bool:
        nodes.client("sqs", nodes.accounts[1]).send_message(QueueUrl=url, MessageBody="two")  # is written to streams
        return nodes.watchers() == 0

    for call in (nodes.control.frames, lambda: nodes.control.follow(since=0)):
        stream = call()
        next(stream)
        stream.close()
    until(is_left_alone)
    body = b'{"kind": "MessageSent", "timeout": 60}'
    head = f"POST /_decaf/wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", nodes.first.port)) as client:
        client.sendall(head.encode() + body)
        until(lambda: nodes.watchers() == SHARDS)
    until(lambda: nodes.watchers() == 0)


def test_a_move_of_the_clock_ends_a_wait_in_all_shards(nodes: Nodes) -> None:
    since = nodes.control.mark()
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(nodes.control.wait_for, "MessageSent", since=since, timeout=60)
        while not waiting.done():
            nodes.control.advance(60)
        with pytest.raises(ExpectationFailed, match="0 of 1"):
            waiting.result()


def test_an_event_in_one_shard_is_enough_against_never(nodes: Nodes) -> None:
    since = nodes.control.mark()
    nodes.control.never("MessageSent", since=since)
    nodes.make_queue(nodes.accounts[1], "orders", "one")
    with pytest.raises(ExpectationFailed, match="MessageSent did happen"):
        nodes.control.never("MessageSent", since=since, timeout=60)


def test_a_stream_has_the_events_of_all_shards_and_can_be_gone_on_with(nodes: Nodes) -> None:
    since = nodes.control.mark()
    _make_queues(nodes)
    stream = nodes.control.follow("MessageSent", since=since)
    events = list(islice(stream, 2))
    stream.close()
    assert {event.arn for event in events} == {_arn(account, "orders") for account in nodes.accounts}
    again = nodes.control.follow("MessageSent", since=events[0].mark)
    assert next(again).arn == events[1].arn
    again.close()


def test_frames_have_the_queues_of_all_shards_first_and_then_what_changes(nodes: Nodes) -> None:
    arns = _make_queues(nodes)
    frames = nodes.control.frames()
    first = next(frames)
    assert sorted(queue.arn for queue in first.queues) == arns
    url = f"{nodes.first.url}/{nodes.accounts[1]}/orders"
    nodes.client("sqs", nodes.accounts[1]).send_message(QueueUrl=url, MessageBody="two")
    changed = next(frame for frame in frames if frame.queues)
    assert [(queue.arn, queue.visible) for queue in changed.queues] == [(_arn(nodes.accounts[1], "orders"), 2)]
    assert [event.kind for event in changed.events] == ["MessageSent"]
    assert changed.epoch == first.epoch
    frames.close()


def _first_frame(nodes: Nodes, since: str) -> dict[str, object]:
    with urlopen(f"{nodes.first.url}/_decaf/frames?since={since.replace('+', '%2B')}") as response:
        for line in response:
            if line.startswith(b"data: "):
                found: dict[str, object] = json.loads(line.removeprefix(b"data: "))
                return found
    raise AssertionError("the stream has no frame")


def test_frames_go_on_after_the_last_one_that_was_seen(nodes: Nodes) -> None:
    _make_queues(nodes)
    frames = nodes.control.frames()
    seen = next(frames)
    frames.close()
    again = _first_frame(nodes, f"{seen.epoch}.{seen.mark}")
    assert (again["gap"], again["events"]) == (False, [])
    assert _first_frame(nodes, "1.1")["gap"]


# the clock


def _times(nodes: Nodes) -> list[float]:
    """Returns the times of a message that is sent in each account."""
    sent = []
    for account in nodes.accounts:
        nodes.make_queue(account, "times", "now")
        sent.append(nodes.control.messages(_arn(account, "times"))[-1].sent_at)
    return sent


def test_the_clocks_of_all_shards_are_frozen_at_one_time_and_moved_to_one(nodes: Nodes) -> None:
    frozen = nodes.control.freeze()
    assert frozen.frozen
    assert _times(nodes) == pytest.approx([frozen.now] * 2, abs=1e-3)
    moved = nodes.control.advance(100)
    assert moved.now == frozen.now + 100
    assert _times(nodes) == pytest.approx([moved.now] * 2, abs=1e-3)
    later = moved.now + 50
    assert nodes.control.advance_to(later).now == later
    assert _times(nodes) == pytest.approx([later] * 2, abs=1e-3)
    assert not nodes.control.thaw().frozen
    with pytest.raises(Refused, match="the clock only moves forward"):
        nodes.control.advance_to(later - 1_000)


def test_a_running_clock_moves_by_as_much_as_was_asked_for(nodes: Nodes) -> None:
    before = nodes.control.clock().now
    assert nodes.control.advance(0).now >= before
    assert 1_000 <= nodes.control.advance(1_000).now - before < 1_100


def test_next_is_the_earliest_of_all_shards(nodes: Nodes) -> None:
    now = nodes.control.freeze().now
    for seconds, account in zip((300, 200), nodes.accounts, strict=True):
        url = nodes.make_queue(account, "orders")
        nodes.client("sqs", account).send_message(QueueUrl=url, MessageBody="one", DelaySeconds=seconds)
    moves = [nodes.control.next() for _ in range(2)]
    assert [moved.now - now for moved in moves] == pytest.approx([200, 300])
    assert all("delay of message" in (moved.due or "") for moved in moves)
    assert nodes.control.clock().now == moves[1].now


# changes for all


def test_a_fault_hits_in_all_shards_and_its_counts_are_summed(nodes: Nodes) -> None:
    urls = [nodes.make_queue(account, "orders") for account in nodes.accounts]
    fault = nodes.control.set_fault(Error(code="ServiceUnavailable"), Match(operation="SendMessage"))
    for account, url in zip(nodes.accounts, urls, strict=True):
        with pytest.raises(Exception, match="ServiceUnavailable"):
            nodes.client("sqs", account).send_message(QueueUrl=url, MessageBody="one")
    (found,) = nodes.control.faults()
    assert (found.id, found.fired >= 2) == (fault, True)
    assert nodes.control.set_fault(Error(code="Throttled"), Match(operation="Publish")) == "fault-2"
    named = NewFault(effect=Error(code="ServiceUnavailable"), id=fault)
    with pytest.raises(Refused, match="there is a fault fault-1 already"):
        http_client.call(nodes.first.url, ADD_FAULT, named)
    nodes.control.clear_faults(fault)
    assert [each.id for each in nodes.control.faults()] == ["fault-2"]
    with pytest.raises(Refused, match="there is no fault fault-1"):
        nodes.control.clear_faults(fault)
    nodes.control.clear_faults()
    assert nodes.control.faults() == []


def test_profiles_are_set_in_all_shards(nodes: Nodes) -> None:
    nodes.control.set_profile("relaxed", seed=7)
    for account in nodes.accounts:
        nodes.control.of(account).set_profile("strict")
    found = nodes.control.profiles()
    assert (found.profile, found.seed, sorted(found.accounts)) == ("relaxed", 7, sorted(nodes.accounts))
    nodes.control.set_profile("strict", seed=0)


def test_identities_and_access_modes_are_known_in_all_shards(nodes: Nodes) -> None:
    caller, other = nodes.accounts
    made = nodes.control.declare_identity(account=caller, user="alice")
    nodes.control.of(caller).set_access("enforce")
    found = nodes.control.access()
    assert [identity.access_key for identity in found.identities] == [made.access_key]
    assert found.accounts == {caller: "enforce"}
    checked = nodes.control.check_access(made.arn, "sqs:SendMessage", _arn(other, "orders"))
    assert not checked.allowed
    assert checked.caller == made.arn
    nodes.control.remove_identity(made.access_key)
    assert nodes.control.access().identities == []


def test_calls_that_name_an_arn_go_to_its_shard(nodes: Nodes) -> None:
    one, other = nodes.accounts
    for account in nodes.accounts:
        sns = nodes.client("sns", account)
        topic = sns.create_topic(Name="news")["TopicArn"]
        assert nodes.control.recipients(topic, "hello") == []
        application = sns.create_platform_application(
            Name="shop", Platform="GCM", Attributes={"PlatformCredential": "key"}
        )
        endpoint = sns.create_platform_endpoint(
            PlatformApplicationArn=application["PlatformApplicationArn"], Token="token"
        )["EndpointArn"]
        nodes.control.expire_token(endpoint)
        nodes.control.of(account).opt_out("+15550100")
        assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == ["+15550100"]
        nodes.make_queue(account, "orders")
    allowed = nodes.control.allow_topic(_arn(one, "news", "sns"), _arn(other, "orders"))
    assert allowed.changed
    assert _arn(one, "news", "sns") in allowed.policy
    assert not nodes.control.of(other).allow_topic(_arn(one, "news", "sns"), "orders").changed
    with pytest.raises(Refused, match="there is no endpoint"):
        nodes.control.expire_token(f"arn:aws:sns:us-east-1:{other}:endpoint/GCM/shop/none")


def test_functions_and_mappings_of_all_shards_are_in_one_list(nodes: Nodes) -> None:
    _make_queues(nodes)
    nodes.control.add_function("brew", command=("cat",))
    assert [function.name for function in nodes.control.functions()] == ["brew"]
    uuids = [nodes.control.map_queue(_arn(account, "orders"), "brew", enabled=False) for account in nodes.accounts]
    assert {mapping.uuid for mapping in nodes.control.mappings()} == set(uuids)
    for uuid in uuids:
        assert nodes.control.runs(uuid) == []
        nodes.control.delete_mapping(uuid)
    assert nodes.control.mappings() == []
    for account in nodes.accounts:
        nodes.control.of(account).invoke_function("brew", {"of": account})
    logs = nodes.control.function_logs("brew")
    assert [entry.arn.split(":")[4] for entry in logs] == list(nodes.accounts)
    assert nodes.control.function_logs("brew", after=logs[0].number) == logs[1:]
    assert nodes.control.function_logs(logs[1].arn, after=logs[0].number) == logs[1:]
    nodes.control.remove_function("brew")
    assert nodes.control.functions() == []


def test_the_doctor_finds_queues_of_other_shards_that_do_not_let_a_topic_in(nodes: Nodes) -> None:
    one, other = nodes.accounts
    topic = nodes.client("sns", one).create_topic(Name="news")["TopicArn"]
    queues = [f"arn:aws:sqs:{nodes.abroad}:{one}:orders", _arn(other, "orders"), _arn(one, "orders")]
    for queue in queues:
        account, region = queue.split(":")[4], queue.split(":")[3]
        nodes.make_queue(account, "orders", region=region)
    for endpoint in (*queues, _arn(other, "order")):  # there is none of that name
        nodes.client("sns", one).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)

    def refusing(control: Control) -> list[str]:
        return sorted(finding.subject for finding in control.doctor() if finding.check == "queue-policy")

    assert refusing(nodes.control) == refusing(nodes.control.of(one)) == sorted(queues)
    assert refusing(nodes.control.of(other)) == []
    nodes.control.allow_topic(topic, queues[0])
    assert refusing(nodes.control) == sorted(queues[1:])


def test_the_arn_of_a_function_does_not_say_which_queue_of_a_bare_name_is_mapped_to_it(nodes: Nodes) -> None:
    _make_queues(nodes)
    nodes.control.add_function("brew", command=("cat",))
    with pytest.raises(Refused, match="name an account, or a queue"):
        nodes.control.map_queue("orders", _arn(nodes.accounts[0], "function:brew", "lambda"))
    assert nodes.control.mappings() == []


def test_seeded_shards_draw_ids_that_differ_and_repeat(nodes: Nodes) -> None:
    def ids() -> list[str]:
        nodes.control.reset()
        nodes.control.seed(7)
        _make_queues(nodes)
        return [nodes.control.messages(_arn(account, "orders"))[0].id for account in nodes.accounts]

    first = ids()
    assert first[0] != first[1]
    assert ids() == first


def test_a_reset_is_for_all_shards_or_for_one_account(nodes: Nodes) -> None:
    arns = _make_queues(nodes)
    nodes.control.reset(nodes.accounts[1])
    assert [queue.arn for queue in nodes.control.queues()] == [arn for arn in arns if nodes.accounts[0] in arn]
    nodes.control.reset()
    assert nodes.control.queues() == []


def test_declared_resources_are_made_in_the_shards_of_their_accounts_and_exported_from_all(nodes: Nodes) -> None:
    text = "\n".join(f'[[queues]]\nname = "orders"\naccount = "{account}"\n' for account in nodes.accounts)
    made = nodes.control.declare(text, "toml")
    arns = sorted(_arn(account, "orders") for account in nodes.accounts)
    assert sorted(one.arn for one in made.created) == arns
    assert [queue.arn for queue in nodes.control.queues()] == arns
    exported = nodes.control.export().text
    nodes.control.reset()
    nodes.control.declare(exported, "toml")
    assert [queue.arn for queue in nodes.control.queues()] == arns
    nodes.control.reset(declared=True)
    assert [queue.arn for queue in nodes.control.queues()] == arns
    with pytest.raises(Refused, match="a template is for one account and one region"):
        nodes.control.export("cloudformation")


# a node that does not answer


def test_without_one_shard_there_is_no_half_of_a_response(nodes: Nodes) -> None:
    _make_queues(nodes)
    with nodes.second_refuses():
        for call in (nodes.control.queues, nodes.control.events, nodes.control.mark, nodes.control.snapshots):
            with pytest.raises(Refused, match=r"^no node answers: try again$") as refusal:
                call()
            assert refusal.value.status == 503
        with pytest.raises(Refused, match="no node answers"):
            next(nodes.control.frames())
        with pytest.raises(Refused, match="no node answers"):
            nodes.control.of(nodes.accounts[0]).queues()
        assert len(nodes.control.messages(_arn(nodes.accounts[0], "orders"))) == 1


def test_clocks_that_did_not_move_are_named_and_catch_up(nodes: Nodes) -> None:
    before = nodes.control.freeze().now
    with nodes.second_refuses("/clock/advance"):
        sentence = rf"the clocks of the other shards have moved to {before + 10!r}: make the call again"
        with pytest.raises(Refused, match=sentence) as refusal:
            nodes.control.advance(10)
        assert refusal.value.status == 503
    assert nodes.control.advance_to(before + 10).now == before + 10
    assert _times(nodes) == pytest.approx([before + 10] * 2, abs=1e-3)


def test_a_change_that_some_shards_have_not_made_says_so_and_is_made_again(nodes: Nodes) -> None:
    _make_queues(nodes)
    with nodes.second_refuses(), pytest.raises(Refused, match="other shards have made the change already: make the"):
        nodes.control.reset()
    assert [queue.account for queue in nodes.control.queues()] == [nodes.accounts[1]]
    nodes.control.reset()
    assert nodes.control.queues() == []


def test_a_fault_that_is_not_in_all_shards_is_in_none(nodes: Nodes) -> None:
    with nodes.second_refuses("/faults", "POST"), pytest.raises(Refused, match="no node answers"):
        nodes.control.set_fault(Error(code="ServiceUnavailable"))
    assert nodes.control.faults() == []


def test_a_snapshot_that_is_not_whole_is_not_restored(nodes: Nodes) -> None:
    _make_queues(nodes)
    with nodes.second_refuses("/snapshots", "POST"), pytest.raises(Refused, match="other shards have made the change"):
        nodes.control.save_snapshot("prepared")
    assert nodes.control.snapshots() == []
    with pytest.raises(Refused, match="the snapshot prepared is not whole"):
        nodes.control.restore_snapshot("prepared")
    nodes.control.save_snapshot("prepared")
    nodes.control.restore_snapshot("prepared")


# an account in several regions


def _make_abroad(nodes: Nodes) -> list[str]:
    """Make a queue in two regions of an account, one at each node, and one of another; returns the ARNs of the two."""
    account, other = nodes.accounts
    nodes.make_queue(account, "orders", "here")
    nodes.make_queue(account, "orders-abroad", "abroad", region=nodes.abroad)
    nodes.make_queue(other, "orders", "of another")
    return [_arn(account, "orders-abroad", region=nodes.abroad), _arn(account, "orders")]


def test_an_account_has_all_of_its_regions_wherever_they_are(nodes: Nodes) -> None:
    arns, account = _make_abroad(nodes), nodes.accounts[0]
    control = nodes.control.of(account)
    assert [queue.arn for queue in control.queues()] == sorted(arns)
    bodies = {arn: [each.body for each in nodes.control.messages(arn)] for arn in arns}
    assert bodies == {arns[0]: ["abroad"], arns[1]: ["here"]}
    found = http_client.call(nodes.first.url, FIND_QUEUES, FindQueues(account=account, region=nodes.abroad))
    assert [queue.arn for queue in found.queues] == arns[:1]
    assert sorted(queue.arn for queue in next(control.frames()).queues) == sorted(arns)
    assert sorted(event.arn for event in control.events("MessageSent")) == sorted(arns)
    assert sorted(call.arn or "" for call in control.calls(operation="SendMessage").calls) == sorted(arns)
    assert sorted(control.trace().messages) == sorted(arns)
    exported = control.export().text
    control.reset()
    assert control.queues() == []
    assert len(nodes.control.queues()) == 1
    control.declare(exported, "toml")
    assert [queue.arn for queue in control.queues()] == sorted(arns)


def test_what_is_of_an_account_is_of_all_its_regions(nodes: Nodes) -> None:
    _make_abroad(nodes)
    account, control = nodes.accounts[0], nodes.control.of(nodes.accounts[0])
    for region in (REGION, nodes.abroad):
        nodes.client("sns", account, region).publish(PhoneNumber="+15550100", Message=f"in {region}")
    assert [entry.body for entry in control.inbox()] == [f"in {REGION}", f"in {nodes.abroad}"]
    control.clear_inbox()
    assert nodes.control.inbox() == []
    control.set_profile("realistic", seed=7, duplicates=1.0)
    for name, region in (("orders", REGION), ("orders-abroad", nodes.abroad)):
        sqs = nodes.client("sqs", account, region)
        assert sqs.get_queue_url(QueueName=name)["QueueUrl"].endswith(name)
    worlds = [seat.active.world for node in (nodes.first, nodes.second) for seat in node._seats if seat.active]
    assert {world.store.profiles.of(account).name for world in worlds} == {"realistic"}
    control.set_access("enforce")
    with pytest.raises(Exception, match="AccessDenied"):
        nodes.client("sqs", nodes.accounts[1], nodes.abroad).send_message(
            QueueUrl=f"{nodes.first.url}/{nodes.abroad}/{account}/orders-abroad", MessageBody="x"
        )
    nodes.control.freeze()
    nodes.control.advance(100)
    sent = [nodes.make_queue(account, f"times-{region}", "now", region=region) for region in (REGION, nodes.abroad)]
    times = [nodes.control.messages(url.rpartition("/")[2])[0].sent_at for url in sent]
    assert times[0] == times[1]


def test_a_name_that_an_account_has_in_two_regions_is_refused(nodes: Nodes) -> None:
    for region in (REGION, nodes.abroad):
        nodes.make_queue(nodes.accounts[0], "orders", region=region)
    with pytest.raises(Refused, match="several of that name, in different accounts or regions"):
        nodes.control.messages("orders")
    url = f"{nodes.first.url}/{nodes.abroad}/{nodes.accounts[0]}/orders"
    assert nodes.control.messages(url) == []
    nodes.control.allow_topic(_arn(nodes.accounts[1], "news", "sns"), url)
    sender = {"aws:SourceArn": _arn(nodes.accounts[1], "news", "sns")}
    assert nodes.control.check_access("sns.amazonaws.com", "sqs:SendMessage", url, context=sender).allowed
    with pytest.raises(Refused, match="several of that name"):
        nodes.control.messages(f"{nodes.first.url}/{nodes.accounts[0]}/orders")


# what each node says of itself


def test_metrics_of_several_worlds_at_one_node_are_in_one_family(nodes: Nodes) -> None:
    for account in nodes.neighbours:
        nodes.make_queue(account, "orders", "one")
        with pytest.raises(Exception, match="NonExistentQueue"):
            nodes.client("sqs", account).get_queue_url(QueueName="nothing")
    families = list(text_string_to_metric_families(nodes.control.metrics()))  # type: ignore[no-untyped-call]
    names = [family.name for family in families]
    assert len(names) == len({*names})
    samples = [sample for family in families for sample in family.samples]
    owners = [each.labels["account"] for each in samples if each.labels.get("state") == "visible" and each.value == 1]
    assert sorted(owners) == sorted(nodes.neighbours)
    (errors,) = [each for each in samples if each.labels.get("operation") == "GetQueueUrl" and "error" in each.labels]
    assert errors.value == 2
    took = {each.name: each.value for each in samples if each.labels.get("operation") == "CreateQueue"}
    assert took["decaf_operation_duration_seconds_count"] == took["decaf_operation_duration_seconds_bucket"] >= 2


def test_the_command_shows_how_many_shards_each_node_has(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECAF_URL", nodes.first.url)
    shown = CliRunner().invoke(main, ["nodes"], catch_exceptions=False)
    head, *rows, _ = shown.stdout.splitlines()
    assert head.split() == ["NODE", "STATE", "SHARDS", "ACCOUNTS", "LEFT", "STARTED", "ADDRESS"]
    shares = [[node.id, "active", "2"] for node in (nodes.first, nodes.second)]
    assert sorted(row.split()[:3] for row in rows) == sorted(shares)
    assert [len(node.shards) for node in nodes.control.nodes().nodes] == [2, 2]


# paths of other emulators


def _of_others(nodes: Nodes, path: str, method: str = "GET", body: bytes | None = None) -> str:
    with urlopen(Request(nodes.first.url + path, body, method=method)) as response:
        text: str = response.read().decode()
        return text


def test_paths_of_other_emulators_are_for_the_account_that_they_name(nodes: Nodes) -> None:
    for account in nodes.accounts:
        url = nodes.make_queue(account, "orders", f"of {account}")
        assert f"of {account}" in _of_others(nodes, f"/_aws/sqs/messages?QueueUrl={url}")
        assert f"of {account}" in _of_others(nodes, f"/_aws/sqs/messages/us-east-1/{account}/orders")
        abroad = nodes.make_queue(account, "orders", f"{account} abroad", region=nodes.abroad)
        assert f"{account} abroad" in _of_others(nodes, f"/_aws/sqs/messages?QueueUrl={abroad}")
        assert f"{account} abroad" in _of_others(nodes, f"/_aws/sqs/messages/{nodes.abroad}/{account}/orders")
        sns = nodes.client("sns", account)
        sns.publish(PhoneNumber="+15550100", Message=f"to {account}")
        assert f"to {account}" in _of_others(nodes, f"/_aws/sns/sms-messages?accountId={account}")
        nodes.client("sns", account, nodes.abroad).publish(PhoneNumber="+15550100", Message="from abroad")
        there = f"/_aws/sns/sms-messages?accountId={account}&region={nodes.abroad}"
        assert "from abroad" in _of_others(nodes, there)
        topic = sns.create_topic(Name="news")["TopicArn"]
        made = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@b.example", ReturnSubscriptionArn=True)
        tokens = _of_others(nodes, f"/_aws/sns/subscription-tokens/{made['SubscriptionArn']}")
        assert "subscription_token" in tokens
        sns_abroad = nodes.client("sns", account, nodes.abroad)
        topic = sns_abroad.create_topic(Name="news")["TopicArn"]
        made = sns_abroad.subscribe(
            TopicArn=topic, Protocol="email", Endpoint="a@b.example", ReturnSubscriptionArn=True
        )
        assert "subscription_token" in _of_others(nodes, f"/_aws/sns/subscription-tokens/{made['SubscriptionArn']}")
        credential = {"PlatformCredential": "key"}
        app = sns_abroad.create_platform_application(Name="shop", Platform="GCM", Attributes=credential)
        of_app = {"PlatformApplicationArn": app["PlatformApplicationArn"]}
        endpoint = sns_abroad.create_platform_endpoint(Token="token", **of_app)["EndpointArn"]
        sns_abroad.publish(TargetArn=endpoint, Message="to an app")
        assert "to an app" in _of_others(nodes, f"/_aws/sns/platform-endpoint-messages?endpointArn={endpoint}")
        opt_out = json.dumps({"phoneNumber": "+15550100", "accountId": account}).encode()
        _of_others(nodes, "/_aws/sns/phone-opt-outs", "POST", opt_out)
        assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == ["+15550100"]


@pytest.mark.parametrize("path", ["/moto-api/reset", "/_localstack/state/reset"])
def test_a_reset_of_other_emulators_is_for_all_shards(nodes: Nodes, path: str) -> None:
    _make_queues(nodes)
    _of_others(nodes, path, "POST", b"")
    assert nodes.control.queues() == []


def test_any_shard_answers_what_all_know(nodes: Nodes) -> None:
    assert '"sqs"' in _of_others(nodes, "/_localstack/health")
    assert nodes.control.openapi().openapi
    assert nodes.control.lessons()
    assert "<title>" in _of_others(nodes, "/_decaf/ui/")
    with pytest.raises(HTTPError, match="404"):
        _of_others(nodes, "/_aws/nothing")


def test_a_web_page_is_refused_before_any_shard_is_asked(nodes: Nodes) -> None:
    with pytest.raises(HTTPError, match="403"):
        urlopen(Request(f"{nodes.first.url}/_decaf/queues", headers={"Origin": "https://example.com"}))
