"""Decaf's own calls from Python, one method each, for any running server."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TypedDict, TypeVar, Unpack

import msgspec

from decaf.control.clock import Advance, Clock, Moved
from decaf.control.declared import Declare, Declared, Export, Exported
from decaf.control.events import FindEvents, Follow, FoundEvents, Now
from decaf.control.explaining.route import Explain, Explained
from decaf.control.faults import Added, Fault, Faults, NewFault
from decaf.control.faults import Which as WhichFault
from decaf.control.functions import AllRegistered, Forget, Register, Registered
from decaf.control.health import Health
from decaf.control.inbox import Clear, Deliveries, Delivery, FindDeliveries
from decaf.control.messages import FindMessages, Messages, Place, SeenMessage
from decaf.control.push import Expire
from decaf.control.queues import FindGroups, FindQueues, Groups, Queues, SeenGroup, SeenQueue
from decaf.control.route import Done, Gives, Nothing, Refused, Takes
from decaf.control.routes import Document
from decaf.control.sms import OptOut
from decaf.control.snapshots import (
    DownloadSnapshot,
    LoadSnapshot,
    RemoveSnapshot,
    RestoreSnapshot,
    SaveSnapshot,
    SeenSnapshot,
    SeenSnapshots,
)
from decaf.control.state import Reset, Seed
from decaf.control.topics import FindSubscriptions, FindTopics, SeenSubscription, SeenTopic, Subscriptions, Topics
from decaf.control.waiting import Never, NeverSeen, Wait, Waited
from decaf.declared.forms import Form, Format
from decaf.faults.effects import Effect
from decaf.faults.match import Match
from decaf.faults.rules import When
from decaf.observe.history import HistoryEvent
from decaf.testing.environment import ACCOUNT
from decaf.testing.http_client import NoServer, ask, chunks, fetch, follow, text

T = TypeVar("T", bound=Gives)
P = TypeVar("P", Queues, Messages, Groups, Topics, Subscriptions)


class ExpectationFailed(AssertionError):
    """What was waited for did not happen, or what must not happen did; the text says what was seen."""


class Which(TypedDict, total=False):
    """Of all that happens, what has all that is given here.

    `queue` is a name, URL or ARN, `topic` a name or ARN, `subscription` an ARN.
    """

    queue: str
    topic: str
    subscription: str
    message_id: str
    body_contains: str
    account: str


class Control:
    """The calls of the server at `url`; with an `account`, about that alone where a call can be about one.

    All raise Refused when the server refuses what is asked, NoServer when there is no server, and ValueError for a
    kind of event that there is not.
    """

    def __init__(self, url: str, account: str | None = None) -> None:
        self.url = url
        self.account = account

    def of(self, account: str) -> Control:
        """The same calls, about one account."""
        return Control(self.url, account)

    def health(self) -> Health:
        """That the server is ready, and which version it is."""
        return self._get("/health", Nothing(), Health)

    def answers(self) -> bool:
        """Whether Decaf answers at the address."""
        try:
            return self.health().status == "ready"
        except (NoServer, Refused):
            return False

    # --- time: one clock, for all accounts

    def clock(self) -> Clock:
        """What time it is for the server."""
        return self._get("/clock", Nothing(), Clock)

    def advance(self, seconds: float) -> Clock:
        """Move the clock forward by `seconds`; all that falls due until then has happened when this returns."""
        return self._post("/clock/advance", Advance(seconds=seconds), Clock)

    def advance_to(self, time: float) -> Clock:
        """Move the clock forward to `time`, in epoch seconds."""
        return self._post("/clock/advance", Advance(to=time), Clock)

    def next(self) -> Moved:
        """Move the clock to the next thing due."""
        return self._post("/clock/next", Nothing(), Moved)

    def freeze(self) -> Clock:
        """Stop the clock: it moves only when it is moved."""
        return self._post("/clock/freeze", Nothing(), Clock)

    def thaw(self) -> Clock:
        """Let the clock run on."""
        return self._post("/clock/thaw", Nothing(), Clock)

    # --- what happens

    def mark(self) -> int:
        """A place in the history: what happens from now on is after it."""
        return self._get("/mark", Nothing(), Now).mark

    def events(
        self, kind: str | None = None, *, since: int | None = None, limit: int = 1_000, **which: Unpack[Which]
    ) -> list[HistoryEvent]:
        """What happened after the mark `since`, the first `limit` of it, oldest first; without a mark the latest."""
        asked = FindEvents(kind=kind, since=since, limit=limit, **self._mine(which))
        return self._get("/events", asked, FoundEvents).events

    def follow(
        self, kind: str | None = None, *, since: int | None = None, **which: Unpack[Which]
    ) -> Generator[HistoryEvent, None, None]:
        """What happens, as it happens, until the server ends."""
        return follow(self.url, "/events/stream", Follow(kind=kind, since=since, **self._mine(which)), HistoryEvent)

    def wait_for(
        self, kind: str, *, count: int = 1, since: int | None = None, timeout: float = 10, **which: Unpack[Which]
    ) -> list[HistoryEvent]:
        """Wait until `count` of a kind have happened after the mark `since` (without one: from now on); gives them.

        Raises Disproved when they have not once `timeout` seconds are over, on the server's clock or by the wall.
        """
        wait = Wait(kind=kind, count=count, since=since, timeout=timeout, **self._mine(which))
        waited = self._post("/wait", wait, Waited)
        if not waited.happened:
            raise ExpectationFailed(f"{len(waited.events)} of {count} {kind} in {timeout:g} s ({_said(which)})")
        return waited.events

    def never(self, kind: str, *, since: int | None = None, timeout: float = 0, **which: Unpack[Which]) -> None:
        """Check that none of a kind happened after the mark `since`, nor will in the next `timeout` seconds.

        Raises Disproved when one did.
        """
        seen = self._post("/never", Never(kind=kind, since=since, timeout=timeout, **self._mine(which)), NeverSeen)
        if not seen.none:
            raise ExpectationFailed(f"{kind} did happen ({_said(which)}): {seen.events[0]}")

    # --- what there is

    def queues(self, prefix: str = "", region: str | None = None) -> list[SeenQueue]:
        """Queues, by ARN, and how many messages each holds."""
        asked = FindQueues(account=self.account, region=region, prefix=prefix)
        return [queue for page in self._pages("/queues", asked, Queues) for queue in page.queues]

    def messages(self, queue: str, state: Place | None = None) -> list[SeenMessage]:
        """The messages of a queue (a name, URL or ARN), untouched, in the order of their arrival."""
        asked = FindMessages(queue=self._mine_of(queue), state=state, limit=1_000)
        return [message for page in self._pages("/messages", asked, Messages) for message in page.messages]

    def groups(self, queue: str) -> list[SeenGroup]:
        """The message groups of a queue (a name, URL or ARN)."""
        asked = FindGroups(queue=self._mine_of(queue))
        return [group for page in self._pages("/groups", asked, Groups) for group in page.groups]

    def topics(self, prefix: str = "", region: str | None = None) -> list[SeenTopic]:
        """Topics, by ARN."""
        asked = FindTopics(account=self.account, region=region, prefix=prefix)
        return [topic for page in self._pages("/topics", asked, Topics) for topic in page.topics]

    def subscriptions(self, topic: str | None = None) -> list[SeenSubscription]:
        """The subscriptions of a topic (a name or ARN), or all; of those not yet confirmed with their tokens."""
        asked = FindSubscriptions(topic=topic, account=self.account)
        pages = self._pages("/subscriptions", asked, Subscriptions)
        return [subscription for page in pages for subscription in page.subscriptions]

    def explain(self, message_id: str) -> Explained:
        """What became of a message or notification, and why, by the id that SendMessage or Publish gave."""
        return self._get("/explain", Explain(id=message_id), Explained)

    def inbox(
        self,
        protocol: str | None = None,
        recipient: str | None = None,
        topic_arn: str | None = None,
        kind: str | None = None,
        message_id: str | None = None,
    ) -> list[Delivery]:
        """What reached phones, mail boxes and apps, oldest first: all that has what is given."""
        wanted = FindDeliveries(
            account=self.account,
            protocol=protocol,
            recipient=recipient,
            topic_arn=topic_arn,
            kind=kind,
            message_id=message_id,
        )
        return self._get("/inbox", wanted, Deliveries).deliveries

    # --- making things go wrong, and the world outside

    def set_fault(self, effect: Effect, match: Match | None = None, when: When | None = None) -> str:
        """Make calls or deliveries go wrong: those that match, all without one. Gives the fault's id."""
        match = match or Match()
        if match.account is None:
            match = msgspec.structs.replace(match, account=self.account)
        return self._post("/faults", NewFault(effect=effect, match=match, when=when or When()), Added).id

    def faults(self) -> list[Fault]:
        """The faults, and how often each has struck."""
        found = self._get("/faults", Nothing(), Faults).faults
        return [fault for fault in found if self.account in (None, fault.match.account)]

    def clear_faults(self, fault: str | None = None) -> None:
        """Take out the fault with an id, or all."""
        everybodys = fault is None and self.account is None
        for known in [fault] if fault or everybodys else [found.id for found in self.faults()]:
            self._delete("/faults", WhichFault(id=known))

    def functions(self) -> list[Registered]:
        """The functions that lambda subscriptions can invoke."""
        return self._get("/functions", Nothing(), AllRegistered).functions

    def add_function(
        self, name: str, handler: str | None = None, *, path: str = ".", url: str | None = None, timeout: float = 3.0
    ) -> None:
        """Register a Python `handler` (`module:function`, found from the folder `path` on), or the `url` of a runtime
        interface emulator; `name` is good in every account and region, unless it is an ARN.
        """
        what = Register(name=name, handler=handler, path=path, url=url, timeout=timeout)
        self._post("/functions", what, Done)

    def remove_function(self, name: str) -> None:
        """Forget a function."""
        self._delete("/functions", Forget(name=name))

    def expire_token(self, endpoint_arn: str) -> None:
        """Let the token of a platform endpoint expire: what is sent there next disables it."""
        self._post("/push/expire", Expire(endpoint_arn=endpoint_arn), Done)

    def opt_out(self, phone_number: str, region: str | None = None) -> None:
        """Let a phone have no more text messages of the account; without one of 000000000000."""
        who = OptOut(account=self.account or ACCOUNT, phone_number=phone_number, region=region)
        self._post("/sms/opt-out", who, Done)

    def clear_inbox(self) -> None:
        """Forget what was delivered."""
        self._delete("/inbox", Clear(account=self.account))

    # --- the server as a whole

    def metrics(self) -> str:
        """Counts and times for monitoring, as OpenMetrics text."""
        return text(self.url, "/metrics")

    def openapi(self) -> Document:
        """The OpenAPI document of all these calls."""
        return self._get("/openapi.json", Nothing(), Document)

    def reset(self, account: str | None = None, *, declared: bool = False) -> None:
        """Forget everything, or everything of one account; and create anew what is `declared`."""
        self._post("/reset", Reset(account=account or self.account, declared=declared), Done)

    def declare(
        self,
        text: str,
        format: Format = "toml",  # noqa: A002  as the call has it
        *,
        region: str | None = None,
        parameters: Mapping[str, str] | None = None,
        stack_name: str = "stack",
        skip_others: bool = False,
    ) -> Declared:
        """Create what a document declares; in the account of these calls, unless it names another."""
        given = Declare(
            text=text,
            format=format,
            account=self.account,
            region=region,
            parameters=dict(parameters or {}),
            stack_name=stack_name,
            skip_others=skip_others,
        )
        return self._post("/declare", given, Declared)

    def export(self, format: Form = "toml", region: str | None = None) -> Exported:  # noqa: A002  as the call has it
        """What there is, as a document that declares it: TOML, or a CloudFormation template."""
        return self._get("/export", Export(format=format, account=self.account, region=region), Exported)

    def seed(self, number: int) -> None:
        """Draw ids, receipt handles, tokens and what faults leave to chance anew from a seed: they repeat."""
        self._post("/seed", Seed(seed=number), Done)

    # --- the state as a whole: these see snapshots by name, whatever account they were taken of

    def save_snapshot(self, name: str) -> SeenSnapshot:
        """Keep all there is, or all that the account has, by a name."""
        return self._post("/snapshots", SaveSnapshot(name=name, account=self.account), SeenSnapshot)

    def snapshots(self) -> list[SeenSnapshot]:
        """The snapshots that are kept."""
        return self._get("/snapshots", Nothing(), SeenSnapshots).snapshots

    def restore_snapshot(self, name: str, into: str | None = None) -> SeenSnapshot:
        """Have the state of a snapshot, in the place of what there is: `into` an account, or these calls' own, if it
        is a snapshot of one account; else where it was taken.
        """
        asked = RestoreSnapshot(name=name, into=into or self.account)
        return self._post("/snapshots/restore", asked, SeenSnapshot)

    def remove_snapshot(self, name: str) -> None:
        """Keep a snapshot no longer."""
        ask(self.url, "DELETE", "/snapshots", RemoveSnapshot(name=name), Done)

    def download_snapshot(self, name: str | None = None) -> bytes:
        """The file of a snapshot; without a name, of the present state."""
        asked = DownloadSnapshot(name=name, account=None if name else self.account)
        return fetch(self.url, "/snapshots/file", asked)

    def load_snapshot(self, file: bytes, name: str | None = None, into: str | None = None) -> SeenSnapshot:
        """Keep a file's snapshot by a name; without one restore it, as `restore_snapshot` does."""
        asked = LoadSnapshot(file=file, name=name, into=None if name else into or self.account)
        return ask(self.url, "PUT", "/snapshots/file", asked, SeenSnapshot)

    def backup(self, file: Path | str) -> int:
        """Write a copy of the server's data directory to a file, from which a server can be started; its bytes.

        Nothing is at `file` before all of it is.
        """
        target = Path(file)
        part = target.with_name(f"{target.name}.part")
        try:
            with part.open("wb") as written:
                for chunk in chunks(self.url, "/backup"):
                    written.write(chunk)
                size = written.tell()
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return size

    def _mine(self, which: Which) -> Which:
        """Those of the account that these calls are about, unless another is named."""
        mine = which.copy()
        if self.account is not None:
            mine.setdefault("account", self.account)
        return mine

    def _mine_of(self, queue: str) -> str:
        """A bare name is of the account that these calls are about."""
        return queue if self.account is None or "/" in queue or ":" in queue else f"{self.account}/{queue}"

    def _pages(self, path: str, asked: Takes, gives: type[P]) -> Iterator[P]:
        page = self._get(path, asked, gives)
        yield page
        while page.next is not None:
            page = self._get(path, msgspec.structs.replace(asked, after=page.next), gives)
            yield page

    def _get(self, path: str, takes: Takes, gives: type[T]) -> T:
        return ask(self.url, "GET", path, takes, gives)

    def _post(self, path: str, takes: Takes, gives: type[T]) -> T:
        return ask(self.url, "POST", path, takes, gives)

    def _delete(self, path: str, takes: Takes) -> None:
        ask(self.url, "DELETE", path, takes, Done)


def _said(which: Which) -> str:
    return ", ".join(f"{name} {value}" for name, value in which.items()) or "anywhere"
