"""Data protection policy documents: the checks, and the policy that is read from one.

Rule: a managed data identifier is kept, as AWS keeps it, also if it cannot be recognised here: nothing is searched
for it then, which an event reports at each publish.
Source: SNS Developer Guide, "Understanding data protection policies", "Data protection policy operations". AWS's
error texts are not published; these are our own.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from decaf.base.identity import root_arn
from decaf.base.linear_pattern import NotLinear, compile_linear

if TYPE_CHECKING:
    from decaf.sns.data_protection.identifiers import Search

Direction = Literal["Inbound", "Outbound"]
OperationName = Literal["Audit", "Deidentify", "Deny"]

MAX_LENGTH = 30_720  # characters of a document
MAX_CUSTOM = 10
MAX_CUSTOM_NAME = 128
MAX_REGEX = 200
_VERSION = "2021-06-01"
_ARN = "arn:aws:dataprotection::aws:data-identifier/"
_MANAGED_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_STATEMENT = {"Sid", "DataDirection", "DataIdentifier", "Principal", "Operation"}
_OPERATIONS = ("Audit", "Deidentify", "Deny")


class DataProtectionError(ValueError):
    """A document that is not a data protection policy; the text is the reason."""


class Statement(msgspec.Struct, frozen=True):
    """One statement. `mask` is for Deidentify: the character that replaces each one of the data, "" to remove it."""

    sid: str
    direction: Direction
    principals: frozenset[str]
    identifiers: tuple[tuple[str, Search], ...]  # name, search
    operation: OperationName
    unsearched: tuple[str, ...] = ()  # names of managed identifiers that cannot be recognised here
    mask: str = ""
    sample_rate: int = 0  # for Audit: percent of the messages

    def concerns(self, direction: Direction, principal: str) -> bool:
        """Whether it applies to messages in `direction` on behalf of `principal`, an ARN.

        A statement for an account's root is one for everybody in the account.
        """
        whole_account = root_arn(principal.split(":")[4])
        return direction == self.direction and not self.principals.isdisjoint(("*", principal, whole_account))


class DataProtectionPolicy(msgspec.Struct, frozen=True):
    """A policy: the document as it was put, and its statements."""

    document: str
    statements: tuple[Statement, ...]

    @property
    def audit_rate(self) -> int:
        """The percentage of messages that are audited."""
        return max((statement.sample_rate for statement in self.statements), default=0)


def read_policy(document: str) -> DataProtectionPolicy:
    """Returns the policy in a JSON document. Raises DataProtectionError."""
    if len(document) > MAX_LENGTH:
        raise DataProtectionError(f"The policy is longer than {MAX_LENGTH} characters.")
    try:
        policy = json.loads(document)
    except (ValueError, RecursionError):
        raise DataProtectionError("The policy is not JSON.") from None
    _object(policy, "The policy", {"Name", "Description", "Version", "Statement", "Configuration"})
    _text(policy.get("Name"), "Name")
    _text(policy.get("Description", "none"), "Description")
    if policy.get("Version") != _VERSION:
        raise DataProtectionError(f"Version must be {_VERSION}.")
    known = _managed() | _read_custom(policy.get("Configuration", {}))
    statements = tuple(_read_statement(each, known) for each in _list(policy.get("Statement"), "Statement"))
    if sum(statement.operation == "Audit" for statement in statements) > 1:
        raise DataProtectionError("A policy can have only one Audit statement.")
    return DataProtectionPolicy(document, statements)


def _managed() -> dict[str, Search]:
    """Returns AWS's own identifiers, which are imported with the first policy: their patterns take long to compile."""
    from decaf.sns.data_protection.identifiers import MANAGED

    return MANAGED


def _read_custom(configuration: Any) -> dict[str, Search]:
    _object(configuration, "Configuration", {"CustomDataIdentifier"})
    custom = configuration.get("CustomDataIdentifier", [])
    if not isinstance(custom, list) or len(custom) > MAX_CUSTOM:
        raise DataProtectionError(f"CustomDataIdentifier must be a list of at most {MAX_CUSTOM}.")
    return dict(map(_read_custom_identifier, custom))


def _read_custom_identifier(identifier: Any) -> tuple[str, Search]:
    _object(identifier, "A custom data identifier", {"Name", "Regex"})
    name = _text(identifier.get("Name"), "Name")
    if re.fullmatch(rf"[A-Za-z0-9_-]{{1,{MAX_CUSTOM_NAME}}}", name) is None or name in _managed():
        raise DataProtectionError(f"{name} cannot be the name of a custom data identifier.")
    regex = _text(identifier.get("Regex"), "Regex")
    if len(regex) > MAX_REGEX:
        raise DataProtectionError(f"The Regex of {name} is longer than {MAX_REGEX} characters.")
    try:
        pattern = compile_linear(regex)
    except NotLinear as error:  # AWS refuses what it finds too complicated, too
        raise DataProtectionError(f"The Regex of {name} is too complicated: {error}.") from None
    except re.error as error:
        raise DataProtectionError(f"The Regex of {name} is not a regular expression: {error}.") from None
    if pattern.match("") is not None:
        raise DataProtectionError(f"The Regex of {name} matches the empty string.")
    return name, lambda text: (found.span() for found in pattern.finditer(text))


def _read_statement(statement: Any, known: dict[str, Search]) -> Statement:
    _object(statement, "A statement", _STATEMENT)
    direction = statement.get("DataDirection")
    if direction not in ("Inbound", "Outbound"):
        raise DataProtectionError("DataDirection must be Inbound or Outbound.")
    operation, settings = _read_operation(statement.get("Operation"))
    if operation == "Audit" and direction != "Inbound":
        raise DataProtectionError("Audit is for Inbound messages only.")
    names = [_name(each, known) for each in _list(statement.get("DataIdentifier"), "DataIdentifier")]
    return Statement(
        sid=_text(statement.get("Sid", "none"), "Sid"),
        direction=direction,
        principals=frozenset(_text(each, "Principal") for each in _list(statement.get("Principal"), "Principal")),
        identifiers=tuple((name, known[name]) for name in names if name in known),
        operation=operation,
        unsearched=tuple(name for name in names if name not in known),
        mask=_read_mask(settings) if operation == "Deidentify" else "",
        sample_rate=_read_sample_rate(settings) if operation == "Audit" else 0,
    )


def _name(identifier: Any, known: dict[str, Search]) -> str:
    """The name of an identifier: a managed one, given by its ARN, or one of the policy's own."""
    name = _text(identifier, "DataIdentifier").removeprefix(_ARN)
    if identifier != name and _MANAGED_NAME.fullmatch(name) is not None and (name in _managed() or name not in known):
        return name
    if identifier == name and name in known and name not in _managed():
        return name
    raise DataProtectionError(
        f"{identifier} is neither the ARN of a managed data identifier nor the name of a custom one."
    )


def _read_operation(operation: Any) -> tuple[OperationName, dict[str, Any]]:
    _object(operation, "Operation", set(_OPERATIONS))
    if len(operation) != 1:
        raise DataProtectionError("Operation must be one of Audit, Deidentify and Deny.")
    [(name, settings)] = operation.items()
    allowed = {
        "Audit": {"SampleRate", "FindingsDestination", "NoFindingsDestination"},
        "Deidentify": {"MaskConfig", "RedactConfig"},
    }
    return name, _object(settings, name, allowed.get(name, set()))


def _read_mask(deidentify: dict[str, Any]) -> str:
    if len(deidentify) != 1:
        raise DataProtectionError("Deidentify must have either MaskConfig or RedactConfig.")
    if "RedactConfig" in deidentify:
        _object(deidentify["RedactConfig"], "RedactConfig", set())
        return ""
    mask = _object(deidentify["MaskConfig"], "MaskConfig", {"MaskWithCharacter"}).get("MaskWithCharacter")
    if not isinstance(mask, str) or re.fullmatch(r"[ -~]", mask) is None:
        raise DataProtectionError("MaskWithCharacter must be one printable ASCII character.")
    return mask


def _read_sample_rate(audit: dict[str, Any]) -> int:
    if not audit.keys() & {"FindingsDestination", "NoFindingsDestination"}:
        raise DataProtectionError("Audit must have a FindingsDestination or a NoFindingsDestination.")
    for name in audit.keys() - {"SampleRate"}:
        _object(audit[name], name, {"CloudWatchLogs", "Firehose", "S3"})
    rate = str(audit.get("SampleRate"))
    if re.fullmatch(r"\d{1,2}", rate, re.ASCII) is None:
        raise DataProtectionError("SampleRate must be a whole number from 0 to 99.")
    return int(rate)


def _object(value: Any, name: str, allowed: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DataProtectionError(f"{name} must be an object.")
    for key in value:
        if key not in allowed:
            raise DataProtectionError(f"{name} cannot have {key}.")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise DataProtectionError(f"{name} must be a list that is not empty.")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise DataProtectionError(f"{name} must be a string that is not empty.")
    return value
