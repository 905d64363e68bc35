"""The control API from Python, one method per call, for any running server.

Rule: the HTTP method, the path and the types of a call are those of its Route. A method imports the
route that it calls, so that a command waits for no other.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import msgspec

from decaf.control.route import EmptyRequest, Refused, Req, Resp, Route
from decaf.testing import http_client
from decaf.testing.environment import ACCOUNT
from decaf.testing.http_client import NoServer
from decaf.testing.timeline import lines

if TYPE_CHECKING:
    from decaf.access.modes import Mode
    from decaf.access.simulation import SimulatedDecision
    from decaf.base.profile import ProfileName
    from decaf.control.access import Access, AllowedTopic, Credentials
    from decaf.control.calls import CallDescription, FoundCalls
    from decaf.control.clock import Clock, MovedToNext
    from decaf.control.declared import Declared, Exported
    from decaf.control.doctor.finding import Finding
    from decaf.control.explain.route import Explained
    from decaf.control.faults import Fault
    from decaf.control.frames import Frame
    from decaf.control.functions import InvokedFunction, RegisteredFunction
    from decaf.control.health import Health
    from decaf.control.inbox import Delivery
    from decaf.control.mappings import MappingDescription, Mappings, RunDescription
    from decaf.control.messages import MessageDescription, Messages, MessageState
    from decaf.control.nodes import Nodes
    from decaf.control.profile import FoundProfiles
    from decaf.control.queues import GroupDescription, Groups, QueueDescription, Queues
    from decaf.control.recipients import WouldGet
    from decaf.control.routes import OpenAPIDocument
    from decaf.control.snapshots import SnapshotDescription
    from decaf.control.topics import SubscriptionDescription, Subscriptions, TopicDescription, Topics
    from decaf.control.trace import Trace
    from decaf.declared.forms import Form, Format
    from decaf.faults.effects import Effect
    from decaf.faults.match import Match
    from decaf.faults.rules import When
    from decaf.functions.log import LogEntry
    from decaf.lessons.routes import Checked, Hint, Language, LessonDescription, LessonSummary
    from decaf.observe.history import HistoryEvent

P = TypeVar("P", "Queues", "Messages", "Groups", "Topics", "Subscriptions", "Mappings")

_SHOWN = 10  # events in the text of an ExpectationFailed


class ExpectationFailed(AssertionError):
    """An expected event did not happen, or an event that must not happen did; the text has the events."""


class EventFilterOptions(TypedDict, total=False):
    """Keyword arguments that select events: those that have all the given values.

    `queue` is a name, URL or ARN, `topic` a name or ARN, `subscription` an ARN.
    """

    queue: str
    topic: str
    subscription: str
    message_id: str
    body_contains: str
    account: str


class FunctionOptions(TypedDict, total=False):
    """Keyword arguments of a function, as those of RegisterFunction in the control API."""

    path: str
    url: str | None
    timeout: float
    policy: str | None
    command: tuple[str, ...]
    environment: dict[str, str]
    description: str
    memory_size: int
    role: str | None
    runtime: str | None
    reserved_concurrency: int | None
    dead_letter_queue: str | None
    on_failure: str | None
    on_success: str | None
    maximum_retry_attempts: int
    maximum_event_age: float


class IdentityFields(TypedDict, total=False):
    """Keyword arguments of a declared identity; `policies` are documents."""

    account: str
    user: str | None
    role: str | None
    session: str
    root: bool
    access_key: str | None
    secret: str | None
    session_token: str | None
    expires: float | None
    tags: dict[str, str]
    policies: list[dict[str, Any]]


class Control:
    """A client of the control API of the server at `url`; with an `account`, limited to that account where possible.

    Every method raises Refused when the server refuses the call, and NoServer when no server answers; methods with a
    kind of event raise ValueError for one that does not exist.
    """

    def __init__(self, url: str, account: str | None = None) -> None:
        self.url = url
        self.account = account

    def of(self, account: str) -> Control:
        """Returns a client limited to one account."""
        return Control(self.url, account)

    def health(self, timeout: float | None = None) -> Health:
        """Returns whether the server is ready, and its version; it has `timeout` seconds of real time to answer."""
        from decaf.control.health import GET_HEALTH

        return http_client.call(self.url, GET_HEALTH, EmptyRequest(), timeout)

    def answers(self, timeout: float | None = None) -> bool:
        """Returns whether a Decaf server is ready at the address, and says so within `timeout` seconds of real time."""
        try:
            return self.health(timeout).status == "ready"
        except (NoServer, Refused):
            return False

    # --- time: one clock for all accounts

    def clock(self) -> Clock:
        """Returns the time of the server's clock."""
        from decaf.control.clock import GET_CLOCK

        return self._call(GET_CLOCK, EmptyRequest())

    def advance(self, seconds: float) -> Clock:
        """Move the clock forward by `seconds`; everything that falls due until then has happened on return."""
        from decaf.control.clock import ADVANCE_CLOCK, Advance

        return self._call(ADVANCE_CLOCK, Advance(seconds=seconds))

    def advance_to(self, time: float) -> Clock:
        """Move the clock forward to `time`, in epoch seconds."""
        from decaf.control.clock import ADVANCE_CLOCK, Advance

        return self._call(ADVANCE_CLOCK, Advance(to=time))

    def next(self) -> MovedToNext:
        """Move the clock to the next time at which something falls due."""
        from decaf.control.clock import ADVANCE_TO_NEXT, ToNext

        return self._call(ADVANCE_TO_NEXT, ToNext())

    def doctor(self) -> list[Finding]:
        """Returns what is wrong or unwise in the account, or in all, by what happened: errors first."""
        from decaf.control.doctor.route import EXAMINE, Examine

        return self._call(EXAMINE, Examine(account=self.account)).findings

    def profiles(self) -> FoundProfiles:
        """Returns the profile, and those of the accounts that were given one of their own."""
        from decaf.control.profile import GET_PROFILE

        return self._call(GET_PROFILE, EmptyRequest())

    def set_profile(self, profile: ProfileName, *, seed: int | None = None, duplicates: float | None = None) -> None:
        """Set the profile: "strict", "relaxed" or "realistic"; of this client's account, if it is limited to one.

        `seed` is what chance is drawn from, and `duplicates` the share of messages that come twice, by default as the
        server's settings have them.
        """
        from decaf.control.profile import SET_PROFILE, SetProfile

        request = SetProfile(profile=profile, account=self.account, seed=seed, duplicates=duplicates)
        self._call(SET_PROFILE, request)

    def freeze(self) -> Clock:
        """Freeze the clock: it stands still until a call moves it."""
        from decaf.control.clock import FREEZE_CLOCK

        return self._call(FREEZE_CLOCK, EmptyRequest())

    def thaw(self) -> Clock:
        """Let a frozen clock run again."""
        from decaf.control.clock import THAW_CLOCK

        return self._call(THAW_CLOCK, EmptyRequest())

    # --- events

    def mark(self) -> int:
        """Returns the present mark in the history: every later event is after it."""
        from decaf.control.events import GET_MARK

        return self._call(GET_MARK, EmptyRequest()).mark

    def events(
        self,
        kind: str | None = None,
        *,
        since: int | None = None,
        limit: int = 1_000,
        **options: Unpack[EventFilterOptions],
    ) -> list[HistoryEvent]:
        """Returns the first `limit` events after the mark `since`, oldest first; without a mark, the latest `limit`."""
        from decaf.control.events import FIND_EVENTS, FindEvents

        request = FindEvents(kind=kind, since=since, limit=limit, **self._limited(options))
        return self._call(FIND_EVENTS, request).events

    def follow(
        self, kind: str | None = None, *, since: int | None = None, **options: Unpack[EventFilterOptions]
    ) -> Generator[HistoryEvent, None, None]:
        """Yields events as they happen, until the server stops."""
        from decaf.control.events import FOLLOW_EVENTS, FollowEvents

        request = FollowEvents(kind=kind, since=since, **self._limited(options))
        return http_client.follow(self.url, FOLLOW_EVENTS, request)

    def wait_for(
        self,
        kind: str | None,
        *,
        count: int = 1,
        since: int | None = None,
        timeout: float = 10,
        **options: Unpack[EventFilterOptions],
    ) -> list[HistoryEvent]:
        """Wait for `count` events of a kind after the mark `since` (without it, from now on), and return them. None is
        any kind.

        Raises ExpectationFailed when there are fewer after `timeout` seconds of the server's clock or of real time.
        """
        from decaf.control.waiting import WAIT, Wait

        request = Wait(kind=kind, count=count, since=since, timeout=timeout, **self._limited(options))
        waited = self._call(WAIT, request)
        if not waited.happened:
            what = f"{len(waited.events)} of {count} {kind or 'events'} in {timeout:g} s"
            raise ExpectationFailed(f"{what} ({_words(options)}){_shown(waited.events)}")
        return waited.events

    def never(
        self, kind: str, *, since: int | None = None, timeout: float = 0, **options: Unpack[EventFilterOptions]
    ) -> None:
        """Check that no event of a kind happened after the mark `since`, and that none does in `timeout` seconds.

        Raises ExpectationFailed when one did.
        """
        from decaf.control.waiting import NEVER, Never

        seen = self._call(NEVER, Never(kind=kind, since=since, timeout=timeout, **self._limited(options)))
        if not seen.none:
            raise ExpectationFailed(f"{kind} did happen ({_words(options)}){_shown(seen.events)}")

    def timeline(self) -> list[str]:
        """Returns the latest events as lines for people; none when the server has no control API."""
        try:
            return lines(self.events())
        except (NoServer, Refused):
            return []

    # --- calls of AWS clients

    def calls(
        self,
        operation: str | None = None,
        *,
        service: str | None = None,
        queue: str | None = None,
        topic: str | None = None,
        caller: str | None = None,
        errors: bool = False,
        since: int | None = None,
        limit: int = 100,
        details: bool = False,
    ) -> FoundCalls:
        """Returns the first `limit` calls after the mark `since`, oldest first; without a mark, the latest `limit`.

        With `errors` only those that were answered with an error, or not at all; with `details`, what was sent and
        returned.
        """
        from decaf.control.calls import FIND_CALLS, FindCalls

        request = FindCalls(
            service=service,
            operation=operation,
            queue=queue,
            topic=topic,
            caller=caller,
            account=self.account,
            errors=errors,
            since=since,
            limit=limit,
            details=details,
        )
        return self._call(FIND_CALLS, request)

    def call(self, mark: int) -> CallDescription:
        """Returns one call of an AWS client by its mark, with all that was sent and returned."""
        from decaf.control.calls import SHOW_CALL, ShowCall

        return self._call(SHOW_CALL, ShowCall(mark=mark))

    # --- queues, topics and messages

    def queues(self, prefix: str = "", region: str | None = None) -> list[QueueDescription]:
        """Returns queues with their message counts, sorted by ARN."""
        from decaf.control.queues import FIND_QUEUES, FindQueues

        request = FindQueues(account=self.account, region=region, prefix=prefix)
        return [queue for page in self._pages(FIND_QUEUES, request) for queue in page.queues]

    def messages(
        self, queue: str, state: MessageState | None = None, contains: str = "", limit: int | None = None
    ) -> list[MessageDescription]:
        """Returns the messages of a queue (a name, URL or ARN) in their order of arrival, without receiving them: those
        in a state, and that have a text in their body, id, group or attributes. With a `limit`, the first of them.
        """
        from decaf.control.messages import FIND_MESSAGES, FindMessages

        page = 1_000 if limit is None else min(limit, 1_000)
        request = FindMessages(queue=self._limited_queue(queue), state=state, contains=contains, limit=page)
        return list(islice((one for found in self._pages(FIND_MESSAGES, request) for one in found.messages), limit))

    def groups(self, queue: str) -> list[GroupDescription]:
        """Returns the message groups of a queue (a name, URL or ARN)."""
        from decaf.control.queues import FIND_GROUPS, FindGroups

        request = FindGroups(queue=self._limited_queue(queue))
        return [group for page in self._pages(FIND_GROUPS, request) for group in page.groups]

    def topics(self, prefix: str = "", region: str | None = None) -> list[TopicDescription]:
        """Returns topics, sorted by ARN."""
        from decaf.control.topics import FIND_TOPICS, FindTopics

        request = FindTopics(account=self.account, region=region, prefix=prefix)
        return [topic for page in self._pages(FIND_TOPICS, request) for topic in page.topics]

    def subscriptions(self, topic: str | None = None) -> list[SubscriptionDescription]:
        """Returns the subscriptions of a topic (a name or ARN) or of all; pending ones have their tokens."""
        from decaf.control.topics import FIND_SUBSCRIPTIONS, FindSubscriptions

        request = FindSubscriptions(topic=topic, account=self.account)
        return [one for page in self._pages(FIND_SUBSCRIPTIONS, request) for one in page.subscriptions]

    def recipients(self, topic: str, message: str, attributes: Mapping[str, str] | None = None) -> list[WouldGet]:
        """Returns which subscriptions of a topic (a name or ARN) would get a message, and why the others would not.

        `attributes` are texts by name. Nothing is published.
        """
        from decaf.control.recipients import TRY_MESSAGE, TryMessage

        values = {name: {"DataType": "String", "StringValue": text} for name, text in (attributes or {}).items()}
        request = TryMessage(topic=topic, message=message, account=self.account, attributes=values)
        return self._call(TRY_MESSAGE, request).subscriptions

    def frames(self) -> Generator[Frame, None, None]:
        """Yields what changes, at most five times in a second, until the server stops; the first has all queues."""
        from decaf.control.frames import FOLLOW_FRAMES, FollowFrames

        return http_client.follow(self.url, FOLLOW_FRAMES, FollowFrames(account=self.account))

    def explain(self, message_id: str) -> Explained:
        """Returns where a message or notification is, and why, by the id that SendMessage or Publish returned."""
        from decaf.control.explain.route import EXPLAIN, Explain

        return self._call(EXPLAIN, Explain(id=message_id))

    def trace(self, since: int | None = None, calls_since: int | None = None, explained: bool = True) -> Trace:
        """Returns all that is known of what happened after a mark of the history, and one of calls, and the present
        state, in one moment; with answers about its messages if they are to be `explained`.
        """
        from decaf.control.trace import TAKE_TRACE, TakeTrace

        asked = TakeTrace(account=self.account, since=since, calls_since=calls_since, explained=explained)
        return self._call(TAKE_TRACE, asked)

    def inbox(
        self,
        protocol: str | None = None,
        recipient: str | None = None,
        topic_arn: str | None = None,
        kind: str | None = None,
        message_id: str | None = None,
    ) -> list[Delivery]:
        """Returns the deliveries to phones, mailboxes and apps that have all the given values, oldest first."""
        from decaf.control.inbox import FIND_DELIVERIES, FindDeliveries

        request = FindDeliveries(
            account=self.account,
            protocol=protocol,
            recipient=recipient,
            topic_arn=topic_arn,
            kind=kind,
            message_id=message_id,
        )
        return self._call(FIND_DELIVERIES, request).deliveries

    # --- faults, functions, devices and phones

    def set_fault(self, effect: Effect, match: Match | None = None, when: When | None = None) -> str:
        """Make the requests or deliveries that match fail, without a match all. Returns the id of the fault."""
        from decaf.control.faults import ADD_FAULT, NewFault
        from decaf.faults.match import Match
        from decaf.faults.rules import When

        match = match or Match()
        if match.account is None:
            match = msgspec.structs.replace(match, account=self.account)
        return self._call(ADD_FAULT, NewFault(effect=effect, match=match, when=when or When())).id

    def faults(self) -> list[Fault]:
        """Returns the faults, with how often each has fired."""
        from decaf.control.faults import LIST_FAULTS

        found = self._call(LIST_FAULTS, EmptyRequest()).faults
        return [fault for fault in found if self.account in (None, fault.match.account)]

    def clear_faults(self, fault: str | None = None) -> None:
        """Remove the fault with the id `fault`, or all."""
        from decaf.control.faults import REMOVE_FAULTS, RemoveFaults

        of_every_account = fault is None and self.account is None
        for fault_id in [fault] if fault or of_every_account else [found.id for found in self.faults()]:
            self._call(REMOVE_FAULTS, RemoveFaults(id=fault_id))

    def functions(self) -> list[RegisteredFunction]:
        """Returns the registered functions."""
        from decaf.control.functions import LIST_FUNCTIONS

        return self._call(LIST_FUNCTIONS, EmptyRequest()).functions

    def add_function(self, name: str, handler: str | None = None, **options: Unpack[FunctionOptions]) -> None:
        """Register a function, replacing the one of that name, which is valid in every account and region, unless it is
        an ARN.

        It has a Python `handler` (`module.function`, imported from the folder `path`), a `command`, or the `url` of
        what runs it. `policy` is its resource-based policy as JSON.
        """
        from decaf.control.functions import REGISTER_FUNCTION, RegisterFunction

        self._call(REGISTER_FUNCTION, RegisterFunction(name=name, handler=handler, **options))

    def invoke_function(self, name: str, event: Any = None, *, asynchronous: bool = False) -> InvokedFunction:
        """Invoke a function with an event, which is anything that JSON has. Returns what came of it.

        With `asynchronous` it is invoked later, and again if it fails.
        """
        from decaf.control.functions import INVOKE_FUNCTION, InvokeFunction

        account = {} if self.account is None else {"account": self.account}
        request = InvokeFunction(name=name, event=event, asynchronous=asynchronous, **account)
        return self._call(INVOKE_FUNCTION, request)

    def function_logs(
        self, name: str | None = None, *, request_id: str | None = None, after: int = 0
    ) -> list[LogEntry]:
        """Returns what functions wrote, one entry for each invocation, the oldest first; those after a number."""
        from decaf.control.functions import FIND_LOGS, FindLogs

        request = FindLogs(name=name, account=self.account, request_id=request_id, after=after)
        return self._call(FIND_LOGS, request).entries

    def remove_function(self, name: str) -> None:
        """Remove a registered function."""
        from decaf.control.functions import REMOVE_FUNCTION, RemoveFunction

        self._call(REMOVE_FUNCTION, RemoveFunction(name=name))

    def map_queue(
        self,
        queue: str,
        function: str,
        *,
        batch_size: int = 10,
        window: int = 0,
        filters: Sequence[str] = (),
        reports_failures: bool = False,
        max_concurrency: int | None = None,
        enabled: bool = True,
    ) -> str:
        """Let the messages of a queue (a name, URL or ARN) invoke a function (a name or ARN). Returns the UUID of the
        mapping.

        A batch has up to `batch_size` messages, gathered for `window` seconds. `filters` are patterns as JSON: a
        message that matches none is deleted. With `reports_failures` the function returns which messages it failed.
        """
        from decaf.control.mappings import CREATE_MAPPING, NewMapping

        request = NewMapping(
            queue=self._limited_queue(queue),
            function=function,
            batch_size=batch_size,
            window=window,
            filters=list(filters),
            reports_failures=reports_failures,
            max_concurrency=max_concurrency,
            enabled=enabled,
        )
        return self._call(CREATE_MAPPING, request).uuid

    def mappings(self, queue: str | None = None) -> list[MappingDescription]:
        """Returns the event source mappings, of one queue or of all."""
        from decaf.control.mappings import FIND_MAPPINGS, FindMappings

        request = FindMappings(queue=queue, account=self.account)
        return [one for page in self._pages(FIND_MAPPINGS, request) for one in page.mappings]

    def runs(self, uuid: str, limit: int = 100) -> list[RunDescription]:
        """Returns the latest batches of a mapping (a UUID or ARN), oldest first, with what became of their messages."""
        from decaf.control.mappings import FIND_RUNS, FindRuns

        return self._call(FIND_RUNS, FindRuns(uuid=uuid, account=self.account, limit=limit)).runs

    def switch_mapping(self, uuid: str, *, enabled: bool) -> None:
        """Enable or disable an event source mapping (a UUID or ARN)."""
        from decaf.control.mappings import SWITCH_MAPPING, SwitchedMapping

        self._call(SWITCH_MAPPING, SwitchedMapping(uuid=uuid, account=self.account, enabled=enabled))

    def delete_mapping(self, uuid: str) -> None:
        """Delete an event source mapping (a UUID or ARN); the messages of its queue stay."""
        from decaf.control.mappings import DELETE_MAPPING, OneMapping

        self._call(DELETE_MAPPING, OneMapping(uuid=uuid, account=self.account))

    def access(self) -> Access:
        """Returns the access modes, and the declared identities."""
        from decaf.control.access import GET_ACCESS

        return self._call(GET_ACCESS, EmptyRequest())

    def set_access(self, mode: Mode) -> None:
        """Set the access mode: "off", "warn" or "enforce"; of this client's account, if it is limited to one."""
        from decaf.control.access import SET_MODE, SetMode

        self._call(SET_MODE, SetMode(mode=mode, account=self.account))

    def declare_identity(self, **fields: Unpack[IdentityFields]) -> Credentials:
        """Declare a user (`user`), a role's session (`role`) or the root user (`root`) of an account, by default this
        client's. Returns what it signs with: a random key and secret, unless they are set.
        """
        from decaf.control.access import DECLARE_IDENTITY, DeclareIdentity

        fields.setdefault("account", self.account or ACCOUNT)
        return self._call(DECLARE_IDENTITY, DeclareIdentity(**fields))

    def remove_identity(self, access_key: str) -> None:
        """Remove a declared identity."""
        from decaf.control.access import REMOVE_IDENTITY, RemoveIdentity

        self._call(REMOVE_IDENTITY, RemoveIdentity(access_key=access_key))

    def check_access(
        self, who: str, action: str, on: str, *, context: Mapping[str, str] | None = None, region: str | None = None
    ) -> SimulatedDecision:
        """Returns whether AWS would allow `who` (an identity's name, ARN or access key, an account, "anonymous", or a
        service) to do `action` on a queue or topic, and by which statement. `context` has values of condition keys.
        """
        from decaf.control.access import SIMULATE, Simulate

        account = self.account or ACCOUNT
        request = Simulate(
            caller=who, action=action, on=on, context=dict(context or {}), account=account, region=region
        )
        return self._call(SIMULATE, request)

    def allow_topic(self, topic: str, queue: str, region: str | None = None) -> AllowedTopic:
        """Write the policy that lets a topic send to a queue, each by name or ARN. Returns the queue's policy."""
        from decaf.control.access import ALLOW_TOPIC, AllowTopic

        request = AllowTopic(topic=topic, queue=queue, account=self.account or ACCOUNT, region=region)
        return self._call(ALLOW_TOPIC, request)

    def expire_token(self, endpoint_arn: str) -> None:
        """Let the token of a platform endpoint expire: the next message sent to it disables it."""
        from decaf.control.push import EXPIRE_TOKEN, ExpireToken

        self._call(EXPIRE_TOKEN, ExpireToken(endpoint_arn=endpoint_arn))

    def opt_out(self, phone_number: str, region: str | None = None) -> None:
        """Opt a phone number out of the text messages of the account; without an account, of 000000000000."""
        from decaf.control.sms import OPT_OUT, OptOut

        self._call(OPT_OUT, OptOut(account=self.account or ACCOUNT, phone_number=phone_number, region=region))

    def clear_inbox(self) -> None:
        """Delete the deliveries in the inbox."""
        from decaf.control.inbox import CLEAR_INBOX, ClearInbox

        self._call(CLEAR_INBOX, ClearInbox(account=self.account))

    # --- lessons

    def lessons(self) -> list[LessonSummary]:
        """Returns the lessons that teach queues and topics."""
        from decaf.lessons.routes import LIST_LESSONS

        return self._call(LIST_LESSONS, EmptyRequest()).lessons

    def lesson(self, number: int, language: Language = "python") -> LessonDescription:
        """Returns one lesson; `language` is that of the file names in its texts."""
        from decaf.lessons.routes import SHOW_LESSON, ShowLesson

        return self._call(SHOW_LESSON, ShowLesson(number=number, language=language))

    def lesson_hint(self, number: int, hint: int, language: Language = "python") -> Hint:
        """Returns a hint for a lesson; hints are counted from 1 on."""
        from decaf.lessons.routes import SHOW_HINT, ShowHint

        return self._call(SHOW_HINT, ShowHint(number=number, hint=hint, language=language))

    def check_lesson(self, number: int, since: int | None = None) -> Checked:
        """Returns what the programs of this client's account have done in a lesson, after a mark of the history."""
        from decaf.lessons.routes import CHECK_LESSON, CheckLesson

        return self._call(CHECK_LESSON, CheckLesson(number=number, account=self.account or ACCOUNT, since=since))

    # --- the server

    def nodes(self) -> Nodes:
        """Returns the nodes that share a database with the server, and which shards each owns."""
        from decaf.control.nodes import GET_NODES

        return http_client.call(self.url, GET_NODES, EmptyRequest())

    def metrics(self) -> str:
        """Returns counters and durations for monitoring, as OpenMetrics text."""
        from decaf.control.metrics import GET_METRICS

        return http_client.download(self.url, GET_METRICS, EmptyRequest()).decode()

    def openapi(self) -> OpenAPIDocument:
        """Returns the OpenAPI document of the control API."""
        from decaf.control.routes import GET_OPENAPI

        return self._call(GET_OPENAPI, EmptyRequest())

    def seed(self, number: int) -> None:
        """Seed the random numbers, so that ids, receipt handles, tokens and the chance in faults repeat."""
        from decaf.control.state import SEED, Seed

        self._call(SEED, Seed(seed=number))

    def reset(self, account: str | None = None, *, declared: bool = False) -> None:
        """Delete everything, or everything of one account; then create the `declared` resources again."""
        from decaf.control.state import RESET, Reset

        self._call(RESET, Reset(account=account or self.account, declared=declared))

    def declare(
        self,
        text: str,
        format: Format = "toml",  # noqa: A002  the name of the field
        *,
        region: str | None = None,
        parameters: Mapping[str, str] | None = None,
        stack_name: str = "stack",
        skip_others: bool = True,
        ssm_parameters: Mapping[str, str] | None = None,
        folder: str | None = None,
        source: str = "document",
    ) -> Declared:
        """Create the resources that a document declares, in the account of this client unless they name another.

        The paths of functions' code start from `folder`; without it, such functions are left out. Errors name the
        document by its `source`.
        """
        from decaf.control.declared import DECLARE, Declare

        request = Declare(
            text=text,
            format=format,
            account=self.account,
            region=region,
            parameters=dict(parameters or {}),
            stack_name=stack_name,
            skip_others=skip_others,
            ssm_parameters=dict(ssm_parameters or {}),
            folder=folder,
            source=source,
        )
        return self._call(DECLARE, request)

    def export(self, format: Form = "toml", region: str | None = None) -> Exported:  # noqa: A002  the name of the field
        """Returns the present resources as a document that declares them: TOML, or a CloudFormation template."""
        from decaf.control.declared import EXPORT, Export

        return self._call(EXPORT, Export(format=format, account=self.account, region=region))

    # --- snapshots: their names are those of the whole server, not of one account

    def save_snapshot(self, name: str) -> SnapshotDescription:
        """Save the present state, or that of the account, by a name."""
        from decaf.control.snapshots import SAVE_SNAPSHOT, SaveSnapshot

        return self._call(SAVE_SNAPSHOT, SaveSnapshot(name=name, account=self.account))

    def snapshots(self) -> list[SnapshotDescription]:
        """Returns the saved snapshots."""
        from decaf.control.snapshots import LIST_SNAPSHOTS

        return self._call(LIST_SNAPSHOTS, EmptyRequest()).snapshots

    def restore_snapshot(self, name: str, into: str | None = None) -> SnapshotDescription:
        """Replace the present state by a saved snapshot. That of one account is restored `into` an account, by default
        into the one of this client, else into its own.
        """
        from decaf.control.snapshots import RESTORE_SNAPSHOT, RestoreSnapshot

        return self._call(RESTORE_SNAPSHOT, RestoreSnapshot(name=name, into=into or self.account))

    def remove_snapshot(self, name: str) -> None:
        """Delete a saved snapshot."""
        from decaf.control.snapshots import REMOVE_SNAPSHOT, RemoveSnapshot

        self._call(REMOVE_SNAPSHOT, RemoveSnapshot(name=name))

    def download_snapshot(self, name: str | None = None) -> bytes:
        """Returns the file of a saved snapshot; without a name, of the present state."""
        from decaf.control.snapshots import DOWNLOAD_SNAPSHOT, DownloadSnapshot

        request = DownloadSnapshot(name=name, account=None if name else self.account)
        return http_client.download(self.url, DOWNLOAD_SNAPSHOT, request)

    def load_snapshot(self, file: bytes, name: str | None = None, into: str | None = None) -> SnapshotDescription:
        """Save the snapshot in a file by a name; without a name, restore it as `restore_snapshot` does."""
        from decaf.control.snapshots import LOAD_SNAPSHOT, LoadSnapshot

        request = LoadSnapshot(file=file, name=name, into=None if name else into or self.account)
        return self._call(LOAD_SNAPSHOT, request)

    def backup(self, file: Path | str) -> int:
        """Write a copy of the server's data directory to a file, which a server can start from. Returns its bytes.

        The file appears when the copy is complete. Only its owner can read it: it has the key that signs.
        """
        from decaf.control.backup import DOWNLOAD_BACKUP

        target = Path(file)
        part = target.with_name(f"{target.name}.part")
        part.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
                for chunk in http_client.chunks(self.url, DOWNLOAD_BACKUP, EmptyRequest()):
                    written.write(chunk)
                size = written.tell()
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return size

    def _limited(self, options: EventFilterOptions) -> EventFilterOptions:
        """Returns the options, with the account of this client unless they name another."""
        limited = options.copy()
        if self.account is not None:
            limited.setdefault("account", self.account)
        return limited

    def _limited_queue(self, queue: str) -> str:
        """Returns the queue, with the account of this client before a bare name."""
        return queue if self.account is None or "/" in queue or ":" in queue else f"{self.account}/{queue}"

    def _call(self, route: Route[Req, Resp], request: Req) -> Resp:
        return http_client.call(self.url, route, request)

    def _pages(self, route: Route[Any, P], request: Any) -> Iterator[P]:
        page = self._call(route, request)
        yield page
        while page.next is not None:
            page = self._call(route, msgspec.structs.replace(request, after=page.next))
            yield page


def _shown(events: list[HistoryEvent]) -> str:
    """Returns the first events as lines to follow a sentence."""
    more = len(events) - _SHOWN
    rest = [f"and {more} more"] if more > 0 else []
    return "".join(f"\n{one}" for one in [*lines(events[:_SHOWN]), *rest])


def _words(options: EventFilterOptions) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items()) or "anywhere"
