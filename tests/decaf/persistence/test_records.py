"""Records as files have them: what each must have, and what is assumed where a file has nothing to say."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from decaf.persistence import records
from decaf.persistence.records import Record
from tests.decaf.persistence.fields import defaults, fields

NOTIFICATION = {"type": "notification", "message_id": "", "source": "", "message": "", "at": 0.0, "base_url": ""}
SUBSCRIPTION = {
    "arn": "",
    "topic_arn": "",
    "protocol": "",
    "endpoint": "",
    "owner": "",
    "attributes": {},
    "token": "",
    "token_expires_at": 0.0,
    "pending": False,
    "authenticated": False,
}
# The fields that each kind must have; and what the others are where they are absent.
KINDS: list[tuple[type[Record], dict[str, Any], dict[str, Any]]] = [
    (
        records.OptionalFields,
        {},
        {
            "attributes": None,
            "attributes_md5": None,
            "trace_header": None,
            "group_id": None,
            "deduplication_id": None,
            "sequence_number": None,
            "source_arn": None,
        },
    ),
    (
        records.MessageRecord,
        {"number": 0, "id": "", "body": "", "sender_id": "", "sent_at": 0.0},
        {
            "state": "VISIBLE",
            "due": 0.0,
            "receive_count": 0,
            "received_before": 0,
            "first_received_at": None,
            "received_at": 0.0,
            "optional_fields": None,
        },
    ),
    (
        records.QueueRecord,
        {"arn": "", "tag": "", "attributes": {}, "created_at": 0.0, "modified_at": 0.0},
        {
            "tags": {},
            "purged_at": None,
            "sent_count": 0,
            "receives": 0,
            "dedups_by_group": None,
            "latest_moment": 0,
            "move_tasks": (),
        },
    ),
    (
        records.FunctionRecord,
        {"function_arn": ""},
        {
            "handler": None,
            "path": ".",
            "url": None,
            "timeout": 3.0,
            "policy": None,
            "command": (),
            "environment": {},
            "description": "",
            "memory_size": 128,
            "role": None,
            "runtime": None,
            "reserved_concurrency": None,
            "dead_letter_queue": None,
            "on_failure": None,
            "on_success": None,
            "maximum_retry_attempts": 2,
            "maximum_event_age": 21_600.0,
            "code_sha256": "",
            "code_size": 0,
            "revision_id": "",
            "last_modified": 0.0,
            "tags": {},
            "others": {},
        },
    ),
    (
        records.AcceptedRecord,
        {"function_arn": "", "payload": "", "request_id": "", "accepted_at": 0.0, "due": 0.0},
        {
            "trace_header": None,
            "client_context": None,
            "source": None,
            "message_ids": (),
            "errors": 0,
            "refusals": 0,
            "depth": 0,
        },
    ),
    (records.OrderRecord, {}, {"arrived": (), "returned": (), "groups": {}}),
    (records.ReplayRecord, {"start": 0.0, "end": None, "position": 0, "status": ""}, {"due": 0.0}),
    (records.SubscriptionRecord, SUBSCRIPTION, {"guarded": False, "dropped_at": 0.0, "replay": None}),
    (
        records.TopicRecord,
        {"arn": "", "attributes": {}},
        {
            "tags": {},
            "data_protection": None,
            "taken_count": None,
            "archive": None,
            "deleted_count": 0,
            "ended": (),
        },
    ),
    (
        records.NotificationRecord,
        NOTIFICATION,
        {
            "texts": None,
            "subject": None,
            "attributes": None,
            "group_id": None,
            "trace_header": None,
            "deduplication_id": None,
            "sequence_number": None,
            "replayed": False,
            "signature_version": None,
        },
    ),
    (records.EndpointRecord, {"arn": "", "application_arn": "", "attributes": {}}, {"expired": False}),
    (records.StackCallRecord, {"what": "", "region": "", "operation": "", "params": {}}, {"retained": ()}),
    (
        records.RegionRecord,
        {"account": "", "name": ""},
        {
            "deleted_queues": {},
            "sms_preferences": {},
            "opted_out": {},
            "opted_in": {},
            "spent": "0",
            "month": (0, 0),
            "sandbox": (),
            "stacks": (),
        },
    ),
    (
        records.InboxRecord,
        {
            "account": "",
            "protocol": "",
            "recipient": "",
            "topic_arn": None,
            "message_id": "",
            "subject": None,
            "body": "",
            "at": 0.0,
            "kind": "",
        },
        {"token": None, "subscription_arn": None, "attributes": {}, "notification": None, "region": None},
    ),
    (records.ClockRecord, {"at": 0.0}, {"moved": 0.0, "frozen": False}),
    (
        records.ConfirmationRecord,
        {
            "type": "confirmation",
            "message_id": "",
            "topic_arn": "",
            "subscription_arn": "",
            "token": "",
            "at": 0.0,
            "base_url": "",
            "signature_version": "1",
            "kind": "SubscriptionConfirmation",
        },
        {"trace_header": None},
    ),
    (
        records.ServiceMessageRecord,
        {"type": "service message", "id": "", "source": "", "target": "", "body": "", "base_url": ""},
        {"subject": None, "attributes": None, "trace_header": None, "depth": 0},
    ),
    (
        records.DeliveryRecord,
        {"subscription_arn": "", "sent": NOTIFICATION, "attempts": 0, "due": 0.0},
        {"dead_letter_queue": None},
    ),
    (records.ArchivedRecord, {"topic_arn": "", "number": 0, "notification": NOTIFICATION}, {}),
    (records.ArchiveRecord, {"since": 0.0, "first": 0}, {}),
    (records.ApplicationRecord, {"arn": "", "attributes": {}}, {}),
    (
        records.SandboxNumberRecord,
        {"number": "", "added_at": 0.0, "code": "", "sent_at": [], "verified": False},
        {},
    ),
    (records.StackRecord, {"name": "", "calls": []}, {}),
    (
        records.MappingRecord,
        {"uuid": "", "account": "", "function": "", "queue": "", "parameters": {}, "modified_at": 0.0},
        {"enabled": True, "tags": {}},
    ),
    (
        records.ProfileRecord,
        {"account": "", "name": "realistic", "seed": 0, "duplicates": 0.3},
        {"salt": ""},
    ),
    (
        records.SentRecord,
        {"owner": "", "group": None, "deduplication_id": "", "at": 0.0, "message_id": "", "sequence_number": ""},
        {},
    ),
    (
        records.AttemptRecord,
        {"owner": "", "attempt_id": "", "at": 0.0, "until": 0.0, "receipts": []},
        {},
    ),
    (
        records.MoveTaskRecord,
        {
            "id": "",
            "destination": None,
            "rate": 0,
            "limited": False,
            "started_at": 0.0,
            "longest": 0.0,
            "to_move": 0,
            "moved": 0,
            "status": "",
            "failure": None,
            "beat": 0,
        },
        {},
    ),
]


@pytest.mark.parametrize(("kind", "needed", "assumed"), KINDS, ids=[kind.__name__ for kind, *_ in KINDS])
def test_a_record_needs_its_first_fields_and_assumes_the_others(
    kind: type[Record], needed: dict[str, Any], assumed: dict[str, Any]
) -> None:
    file = msgspec.json.encode(needed)
    record = msgspec.json.decode(file, type=kind)
    assert msgspec.json.decode(msgspec.json.encode(record)) == needed
    assert {name: fields(record)[name] for name in defaults(record)} == assumed
    for name in needed.keys() - {"type"}:
        with pytest.raises(msgspec.ValidationError, match=f"missing required field `{name}`"):
            msgspec.json.decode(msgspec.json.encode({key: needed[key] for key in needed if key != name}), type=kind)


def test_every_kind_of_record_is_tested_here() -> None:
    kinds = {each for each in vars(records).values() if isinstance(each, type) and issubclass(each, Record)}
    assert kinds - {Record} == {kind for kind, *_ in KINDS}


@pytest.mark.parametrize("kind", [kind for kind, *_ in KINDS])
def test_a_record_does_not_change_and_leaves_out_what_is_assumed(kind: type[Record]) -> None:
    config = kind.__struct_config__
    assert (config.frozen, config.omit_defaults) == (True, True)


@pytest.mark.parametrize("state", ["DELAYED", "VISIBLE", "IN_FLIGHT", "DELETED"])
def test_only_what_can_be_in_a_queue_is_the_state_of_a_message(state: str) -> None:
    file = msgspec.json.encode({"number": 0, "id": "", "body": "", "sender_id": "", "sent_at": 0, "state": state})
    if state == "DELETED":
        with pytest.raises(msgspec.ValidationError, match="Invalid enum value 'DELETED'"):
            msgspec.json.decode(file, type=records.MessageRecord)
    else:
        assert msgspec.json.decode(file, type=records.MessageRecord).state == state


@pytest.mark.parametrize("value", [{"StringValue": "large"}, {"BinaryValue": b"\0\xff"}])
def test_a_message_attribute_has_a_text_or_bytes(value: dict[str, Any]) -> None:
    attributes = {"cup": {"DataType": "String", **value}}
    file = msgspec.json.encode({"attributes": attributes})
    assert msgspec.json.decode(file, type=records.OptionalFields).attributes == attributes
