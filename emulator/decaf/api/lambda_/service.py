"""The service that the operations of Lambda act on, and the way to the function that a call names.

Source: Lambda API Reference, "FunctionName": a name, a partial ARN or an ARN, with a version or an alias behind it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from decaf.base.ids import Ids
from decaf.base.settings import Settings
from decaf.delivery.other_worlds import OtherWorlds
from decaf.delivery.running import FunctionRunner
from decaf.functions.errors import function_not_found, invalid_value, other_region, other_revision, violation
from decaf.functions.function import LATEST, BadFunction, Function, Functions, function_arn, short_name
from decaf.functions.log import FunctionLog
from decaf.triggers.asynchronous import AsynchronousInvocations
from decaf.triggers.triggers import Triggers
from decaf_protocol import Call, Result

if TYPE_CHECKING:
    from decaf.delivery.runtimes.code import Code, FunctionCode

# as the pattern of NamespacedFunctionName has it
_NAMED = re.compile(
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((?P<region>(eusc-)?[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-\d):)?((?P<account>\d{12}):)?"
    r"(function:)?(?P<name>[a-zA-Z0-9_.-]+)(:(?P<qualifier>\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9_-]+))?",
    re.ASCII,
)


def account_in(text: str) -> str | None:
    """Returns the account in the name or ARN of a function, None where it has none."""
    found = _NAMED.fullmatch(text)
    return None if found is None else found["account"]


Operation = Callable[["Lambda", Call, float], Result | Awaitable[Result]]


class Named(msgspec.Struct, frozen=True):
    """What a call names: the ARN of a function, without a version, and the version or alias, None if it names none."""

    arn: str
    qualifier: str | None = None

    @property
    def name(self) -> str:
        return short_name(self.arn)

    @property
    def qualified(self) -> str:
        return self.arn if self.qualifier is None else f"{self.arn}:{self.qualifier}"


class Lambda(msgspec.Struct, frozen=True):
    """The service: every operation is a function of it, the call and the time. `code` returns where code is unpacked;
    `keep_code` keeps a zip file for the next start, if nothing else does, and raises AWSError when it cannot.
    """

    functions: Functions
    runner: FunctionRunner
    asynchronous: AsynchronousInvocations
    triggers: Triggers
    log: FunctionLog
    code: Callable[[], FunctionCode]
    keep_code: Callable[[Code, bytes], Awaitable[None]]
    ids: Ids
    settings: Settings
    others: OtherWorlds | None = None  # what has the accounts and regions that this world has not

    def region(self, call: Call) -> str:
        return call.region or self.settings.region

    def named(self, call: Call) -> Named:
        """Returns what FunctionName and Qualifier name, which need not exist. Raises AWSError when they contradict."""
        return self.read_name(call, call.params["FunctionName"], call.params.get("Qualifier"))

    def read_name(self, call: Call, text: str, qualifier: str | None = None) -> Named:
        """Returns what `text` names, for the caller in its region.

        Raises AWSError for a function of another region, and for a text that is no name of a function.
        """
        found, region = _NAMED.fullmatch(text), self.region(call)
        if found is None:
            raise violation(text, "functionName", f"Member must satisfy regular expression pattern: {_NAMED.pattern}")
        theirs, account, name, named = (
            found["region"],
            found["account"] or call.account,
            found["name"],
            found["qualifier"],
        )
        if theirs not in (None, region):
            raise other_region(theirs, region)
        if None not in (named, qualifier) and named != qualifier:
            raise invalid_value("The derived qualifier from the function name does not match the specified qualifier.")
        return Named(function_arn(name, account or call.account, region), named or qualifier)

    def function(self, call: Call) -> tuple[Function, Named]:
        """Returns the function that a call names. Raises ResourceNotFoundException; no version but $LATEST exists."""
        named = self.named(call)
        function = self.find(named)
        if function is None:
            raise function_not_found(named.qualified)
        return function, named

    def find(self, named: Named) -> Function | None:
        return self.functions.find(named.arn) if named.qualifier in (None, LATEST) else None

    def of(self, call: Call) -> dict[str, Function]:
        """Returns the functions of the caller's account and region, by their names; those without an ARN are of all."""
        start = function_arn("", call.account, self.region(call))
        return {
            function.short_name: function
            for function in self.functions.all()
            if ":" not in function.name or function.name.startswith(start)
        }

    def create(self, arn: str, now: float, **facts: Any) -> Function:
        """Register a new function. Raises InvalidParameterValueException."""
        try:
            function = Function(arn, **facts, revision_id=self.ids.uuid(), last_modified=now)
        except BadFunction as error:
            raise invalid_value(str(error)) from None
        self.functions.register(function)
        return function

    def forget(self, function: Function, named: Named) -> None:
        """Remove a function. Its mappings stay, and wait for another of its name."""
        self.functions.forget(function.name)
        self.runner.forget(named.arn)

    def change(self, function: Function, now: float, **changes: Any) -> Function:
        """Register a function with changes, as another revision. Raises InvalidParameterValueException."""
        try:
            changed = replace(function, **changes, revision_id=self.ids.uuid(), last_modified=now)
        except BadFunction as error:
            raise invalid_value(str(error)) from None
        self.functions.register(changed)
        return changed


def check_revision(function: Function, call: Call) -> None:
    """Raises PreconditionFailedException when a call names another revision than the present one."""
    if call.params.get("RevisionId") not in (None, function.revision_id):
        raise other_revision()
