"""What a lesson's play sees: the learner's programs, the wire as it grows, and the shop around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from decaf.lessons.wire import Wire

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from decaf.base.profile import ProfileName
    from decaf.faults.effects import Effect
    from decaf.faults.match import Match
    from decaf.faults.rules import When


class Program(Protocol):
    """One of the learner's programs, that was started."""

    @property
    def name(self) -> str:
        """The name that its calls have: its role, with a number from the second copy on (`barista-2`)."""

    @property
    def is_running(self) -> bool: ...

    def kill(self) -> None:
        """End it at once, as when its machine fails; it cannot clean up."""

    def wait(self, seconds: float) -> bool:
        """Returns whether it has ended by itself, after at most so many seconds of real time."""


class Stage(Protocol):
    """One run of a lesson: its account has been reset, and its queues created.

    Questions are asked of the wire as events come; `seconds` are of real time, and the most that it takes. Be generous:
    slow machines need them, and fast ones do not wait.
    """

    @property
    def account(self) -> str: ...

    @property
    def endpoint(self) -> str: ...

    @property
    def sqs(self) -> SQSClient: ...

    @property
    def sns(self) -> SNSClient: ...

    def set_fault(self, effect: Effect, match: Match, when: When | None = None) -> None:
        """Let calls or deliveries of the account go wrong, until the run ends."""

    def number(self, name: str) -> int:
        """Returns the number that stands for `$name` in the task, in the language of the learner's programs."""

    def enforce_access(self) -> None:
        """Refuse what AWS would refuse, by the policies of queues and topics, until the next run."""

    def queue_url(self, name: str) -> str: ...

    def start(self, role: str, variables: Mapping[str, str] | None = None) -> Program:
        """Start the learner's program for a role, with more variables in its environment.

        A second one of the same role, while or after the first ran, has the name `role-2`.
        """

    def wire(self) -> Wire:
        """Returns the wire as it is now."""

    def until(self, question: Callable[[Wire], bool], seconds: float = 60) -> bool:
        """Wait until the answer is yes. Returns whether it was; at once, when no program runs and nothing is due."""

    def faint(self, role: str, in_make: int, seconds: float = 60, queue: str | None = None) -> bool:
        """Start the program of a role, and kill it in the middle of its make number `in_make` (the first is 1).

        It has begun to send to `made`, and the send never arrives; so it needs no trick in the program, whatever it is
        written in. Returns whether it came to that make; where its orders are in `queue` from the start, it is given
        up when that is at rest.
        """

    def advance(self, seconds: float) -> None:
        """Move the server's clock; only over waits that no timer of the learner's program measures."""

    def say(self, text: str) -> None:
        """Print a line of narration."""

    def profile(self, name: ProfileName, duplicates: float | None = None) -> None:
        """Let the account see a profile until the run ends; `duplicates` is the share of messages that come twice."""

    def restart_server(self) -> None:
        """Kill the server as by a power failure, and start it again on its data directory."""

    def finish(self) -> None:
        """End all programs. The check reads the wire after this."""


def can_do_no_more(wire: Wire, queue: str, programs: Sequence[Program]) -> bool:
    """Returns whether those of some programs that still run ask a queue in vain that has no visible message."""
    ended = [program.name for program in programs if not program.is_running]
    return wire.is_at_rest(queue, len(programs) - len(ended), ended)
