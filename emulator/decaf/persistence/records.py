"""The records of the state, one for each queue, message, topic and so on, in types that JSON has.

Rule: names are those of the domain's own fields; times are epoch seconds; ARNs are texts; attributes of SNS are texts
as clients write them. A field that a later version adds has a default, so that it reads records of earlier versions.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import msgspec

from decaf.base.profile import ProfileName


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The record of one piece of state; each kind is a subclass."""


# Of a message in its queue. On the disk a queue's number and this are one number.
Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 40)]
Moment = Annotated[int, msgspec.Meta(ge=0, lt=1 << 60)]  # in microseconds since the epoch


class AttributeValue(TypedDict, total=False):
    """A MessageAttributeValue."""

    DataType: str
    StringValue: str
    BinaryValue: bytes


Attributes = dict[str, AttributeValue]


class OptionalFields(Record, frozen=True):
    """The fields that few messages have."""

    attributes: Attributes | None = None
    attributes_md5: str | None = None
    trace_header: str | None = None
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    source_arn: str | None = None


class MessageRecord(Record, frozen=True):
    """A message; `state` is DELAYED, VISIBLE or IN_FLIGHT."""

    number: Number
    id: str
    body: str
    sender_id: str
    sent_at: float
    state: Literal["DELAYED", "VISIBLE", "IN_FLIGHT"] = "VISIBLE"
    due: float = 0.0
    receive_count: int = 0
    received_before: int = 0
    first_received_at: float | None = None
    received_at: float = 0.0
    optional_fields: OptionalFields | None = None


class MoveTaskRecord(Record, frozen=True):
    """A message move task of the queue that it is written with."""

    id: str
    destination: str | None
    rate: int
    limited: bool
    started_at: float
    longest: float
    to_move: int
    moved: int
    status: str
    failure: str | None
    beat: int


class QueueRecord(Record, frozen=True):
    """A queue, without its messages; `attributes` are typed values by AWS's names."""

    arn: str
    tag: bytes
    attributes: dict[str, Any]
    created_at: float
    modified_at: float
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    purged_at: float | None = None
    sent_count: Number = 0
    receives: int = 0  # in the realistic profile
    dedups_by_group: bool | None = None  # of FIFO queues
    latest_moment: Moment = 0  # that a sequence number of a FIFO queue was made of
    move_tasks: tuple[MoveTaskRecord, ...] = ()


class OrderRecord(Record, frozen=True):
    """The order of a queue's visible messages, by number, and of their groups when each was idle, and whether noisy."""

    arrived: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()
    groups: dict[str, tuple[float, bool]] = msgspec.field(default_factory=dict)


class SentRecord(Record, frozen=True):
    """A message that a FIFO queue or topic, `owner`, remembers to find duplicates; `group` None: in all groups."""

    owner: str
    group: str | None
    deduplication_id: str
    at: float
    message_id: str
    sequence_number: str


class AttemptRecord(Record, frozen=True):
    """A receive of a FIFO queue, `owner`, that can be repeated: message numbers, with receive counts."""

    owner: str
    attempt_id: str
    at: float
    until: float
    receipts: tuple[tuple[int, int], ...]


class ReplayRecord(Record, frozen=True):
    """The progress of a replay."""

    start: float
    end: float | None
    position: int
    status: str
    due: float = 0.0


class SubscriptionRecord(Record, frozen=True):
    """A subscription."""

    arn: str
    topic_arn: str
    protocol: str
    endpoint: str
    owner: str
    attributes: dict[str, str]
    token: str
    token_expires_at: float
    pending: bool
    authenticated: bool
    guarded: bool = False
    dropped_at: float = 0.0
    replay: ReplayRecord | None = None


class ArchiveRecord(Record, frozen=True):
    """An archive, without what is in it."""

    since: float
    first: int


class TopicRecord(Record, frozen=True):
    """A topic, without its subscriptions, but with ended ones that can be brought back."""

    arn: str
    attributes: dict[str, str]
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    data_protection: str | None = None
    taken_count: int | None = None  # of FIFO topics
    archive: ArchiveRecord | None = None
    deleted_count: int = 0
    ended: tuple[SubscriptionRecord, ...] = ()


class NotificationRecord(Record, frozen=True, tag="notification"):
    """A published message."""

    message_id: str
    source: str
    message: str
    at: float
    base_url: str
    texts: dict[str, str] | None = None
    subject: str | None = None
    attributes: Attributes | None = None
    group_id: str | None = None
    trace_header: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    replayed: bool = False
    signature_version: Literal["1", "2"] | None = None


class ConfirmationRecord(Record, frozen=True, tag="confirmation"):
    """A request to confirm a subscription, or a notice that it has ended."""

    message_id: str
    topic_arn: str
    subscription_arn: str
    token: str
    at: float
    base_url: str
    signature_version: Literal["1", "2"]
    kind: Literal["SubscriptionConfirmation", "UnsubscribeConfirmation"]
    trace_header: str | None = None


class ArchivedRecord(Record, frozen=True):
    """A message in the archive of a topic, by its number there."""

    topic_arn: str
    number: int
    notification: NotificationRecord


class ServiceMessageRecord(Record, frozen=True, tag="service message"):
    """What a service sends by itself to a queue, topic or function, by its ARN."""

    id: str
    source: str
    target: str
    body: str
    base_url: str
    subject: str | None = None
    attributes: Attributes | None = None
    trace_header: str | None = None
    depth: int = 0


class DeliveryRecord(Record, frozen=True):
    """A delivery that is not done. That of a service's message has no subscription."""

    subscription_arn: str | None
    sent: NotificationRecord | ConfirmationRecord | ServiceMessageRecord
    attempts: int
    due: float
    dead_letter_queue: str | None = None


class ApplicationRecord(Record, frozen=True):
    """A platform application, without its endpoints."""

    arn: str
    attributes: dict[str, str]


class EndpointRecord(Record, frozen=True):
    """An endpoint of a platform application."""

    arn: str
    application_arn: str
    attributes: dict[str, str]
    expired: bool = False


class FunctionRecord(Record, frozen=True):
    """A registered function; `function_arn` may be its name alone."""

    function_arn: str
    handler: str | None = None
    path: str = "."
    url: str | None = None
    timeout: float = 3.0
    policy: str | None = None
    command: tuple[str, ...] = ()
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    description: str = ""
    memory_size: int = 128
    role: str | None = None
    runtime: str | None = None
    reserved_concurrency: int | None = None
    dead_letter_queue: str | None = None
    on_failure: str | None = None
    on_success: str | None = None
    maximum_retry_attempts: int = 2
    maximum_event_age: float = 21_600.0
    code_sha256: str = ""
    code_size: int = 0
    revision_id: str = ""
    last_modified: float = 0.0
    tags: dict[str, str] = msgspec.field(default_factory=dict)
    others: dict[str, Any] = msgspec.field(default_factory=dict)


class AcceptedRecord(Record, frozen=True):
    """An event for a function that is not done."""

    function_arn: str
    payload: bytes
    request_id: str
    accepted_at: float
    due: float
    trace_header: str | None = None
    client_context: str | None = None
    source: str | None = None
    message_ids: tuple[str, ...] = ()
    errors: int = 0
    refusals: int = 0
    depth: int = 0


class MappingRecord(Record, frozen=True):
    """An event source mapping; `parameters` are those of CreateEventSourceMapping."""

    uuid: str
    account: str
    function: str
    queue: str
    parameters: dict[str, Any]
    modified_at: float
    enabled: bool = True
    tags: dict[str, str] = msgspec.field(default_factory=dict)


class SandboxNumberRecord(Record, frozen=True):
    """A number in the SMS sandbox."""

    number: str
    added_at: float
    code: str
    sent_at: tuple[float, ...]
    verified: bool


class StackCallRecord(Record, frozen=True):
    """A call by which a stack has made a resource."""

    what: str
    region: str
    operation: str
    params: dict[str, Any]
    retained: tuple[str, ...] = ()


class StackRecord(Record, frozen=True):
    """A stack: what a template has made."""

    name: str
    calls: tuple[StackCallRecord, ...]


class RegionRecord(Record, frozen=True):
    """The rest of an account's state in a region: names of queues deleted lately, settings of text messages, stacks."""

    account: str
    name: str
    deleted_queues: dict[str, float] = msgspec.field(default_factory=dict)
    sms_preferences: dict[str, str] = msgspec.field(default_factory=dict)
    opted_out: dict[str, float] = msgspec.field(default_factory=dict)
    opted_in: dict[str, float] = msgspec.field(default_factory=dict)
    spent: str = "0"
    month: tuple[int, int] = (0, 0)
    sandbox: tuple[SandboxNumberRecord, ...] = ()
    stacks: tuple[StackRecord, ...] = ()


class ProfileRecord(Record, frozen=True):
    """The profile that an account was given."""

    account: str
    name: ProfileName
    seed: int
    duplicates: float
    salt: str = ""


class InboxRecord(Record, frozen=True):
    """An entry of the inbox."""

    account: str
    protocol: str
    recipient: str
    topic_arn: str | None
    message_id: str
    subject: str | None
    body: str
    at: float
    kind: str
    token: str | None = None
    subscription_arn: str | None = None
    attributes: dict[str, str | int | float] = msgspec.field(default_factory=dict)
    notification: NotificationRecord | None = None
    region: str | None = None  # of a code for a number in the sandbox


class ClockRecord(Record, frozen=True):
    """A clock that showed `at`, `moved` seconds ahead of real time unless it is frozen."""

    at: Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]  # all times of a snapshot are moved by it, to others in JSON
    moved: float = 0.0
    frozen: bool = False
