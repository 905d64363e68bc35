"""A finding: what is wrong, how that is known, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from decaf.control.doctor.view import View
from decaf.control.route import ControlResponse

Severity = Literal["error", "warning", "hint"]


class Finding(ControlResponse, frozen=True):
    """What is wrong with `subject`, the ARN of a queue or a subscription; `check` is the name of the kind of finding.

    An error keeps messages from arriving; a warning will cost messages, money or time; a hint may be what is wanted.
    `problem` says it in a sentence; `evidence` has how it is known, `marks` and `calls` the marks of the first events
    and calls that show it. `fix` says what to do, `command` is a command that does it, null where a program has to be
    changed or there are several ways. `link` leads to AWS's documents.
    """

    check: str
    severity: Severity
    subject: str
    problem: str
    evidence: list[str]
    marks: list[int]
    calls: list[int]
    fix: str
    command: str | None
    link: str


Check = Callable[[View], Iterable[Finding]]

MOST_SHOWN = 5  # marks, or lines of evidence of one kind
_GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
_SNS_GUIDE = "https://docs.aws.amazon.com/sns/latest/dg/"


def sqs_page(name: str) -> str:
    """Returns the address of a page of the Amazon SQS Developer Guide."""
    return f"{_GUIDE}{name}.html"


def sns_page(name: str) -> str:
    """Returns the address of a page of the Amazon SNS Developer Guide."""
    return f"{_SNS_GUIDE}{name}.html"


def name_of(arn: str) -> str:
    """Returns the name in an ARN."""
    return arn.rpartition(":")[2]


def command(arn: str, words: str) -> str:
    """Returns a `decaf` command for the account of an ARN."""
    account = arn.split(":")[4]
    return f"decaf {words}" if account == "0" * 12 else f"decaf {words} --account {account}"


def set_attribute(arn: str, name: str, value: int) -> str:
    """Returns the command that sets an attribute of a queue."""
    account = arn.split(":")[4]
    own = "" if account == "0" * 12 else f" --account {account}"
    return f"decaf aws{own} sqs set-queue-attributes --queue-url {name_of(arn)} --attributes {name}={value}"


def counted(count: int, word: str) -> str:
    """Returns a number with its word, in the plural where it has to be."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
