"""AWS Query, the way in: a form becomes the parameters of an operation.

Rule: readers are compiled once per operation. There are two kinds of form: the standard one, of SNS and STS, has lists
under `member` and maps under `entry`; SQS's is flat, with the names of sqs_query.py.

Source: "Making Query API requests" of the SNS Developer Guide; the models' shapes and location names.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from decaf_protocol import sns_arns, sqs_query
from decaf_protocol.constraints import CollectedComplaints, checked, constrained, raise_complaints
from decaf_protocol.form import TEXT, Form, numbered, text_of
from decaf_protocol.models import Shape, service
from decaf_protocol.shapes import At, Reader, compile_reader, path
from decaf_protocol.wire import AWSError, Params


def read_form(service_name: str, operation: str, form: Form, queue_path: str) -> Params:
    """Returns the parameters of an operation.

    `queue_path` is the path of the request, "" for the root; it names the queue when no parameter does.
    Raises AWSError for input that the model forbids.
    """
    if queue_path and text_of(form, "QueueUrl") is None:
        form["QueueUrl"] = queue_path
    read, names = _reader(service_name, operation)
    if service_name == "sqs":
        _refuse_foreign_lists(form, names)
    complaints: list[str] = []
    params: Params = read(form, (), complaints)
    if complaints:
        if service_name == "sns":
            sns_arns.check(operation, form)
        raise_complaints(complaints)
    return params


@cache
def _reader(service_name: str, operation: str) -> tuple[Reader, frozenset[str]]:
    """Returns the reader of an operation, and what the names of its parameters begin with."""
    wire = _FlatFormWire() if service_name == "sqs" else _FormWire()
    shape = service(service_name).operations[operation].input
    names = frozenset(name for member, inner in shape.members.items() for name in wire.names(member, inner))
    return compile_reader(shape, wire), names


class _FormWire(CollectedComplaints):
    """The standard form; input that the model forbids is refused as SNS refuses it, all violations in one error."""

    def present(self, form: Form, shape: Shape) -> bool:
        """Returns whether a member was sent at all, that has names below its own; one without is `Name=`."""
        if TEXT in form:
            return True
        return not shape.scalar and ("member" if shape.kind == "list" else "entry") in form

    def names(self, member: str, shape: Shape) -> tuple[str, ...]:
        """The first parts of the names under which a member may be sent."""
        return (member,)

    def members(self, shape: Shape, readers: Mapping[str, Reader]) -> Reader:
        named = tuple(  # in the model's order, which that of complaints follows
            (name, member, readers[member], inner, self.takes_any_text(inner))
            for member, inner in shape.members.items()
            for name in self.names(member, inner)
        )
        present = self.present

        def read(form: str | Form, at: At, complaints: list[str]) -> dict[str, Any]:
            result: dict[str, Any] = {}
            if isinstance(form, str):
                return result
            for name, member, reader, inner, takes_any_text in named:
                if name in form:
                    part = form[name]
                    if type(part) is str:
                        result[member] = part if takes_any_text else reader(part, at, complaints)
                    elif present(part, inner):
                        result[member] = reader(part, at, complaints)
            return result

        return read

    def takes_any_text(self, shape: Shape) -> bool:
        """Returns whether a scalar is its text, whatever that is."""
        return shape.kind == "string" and not constrained(shape)

    def items(self, member: str, shape: Shape) -> Callable[[Any], Iterable[Any]]:
        def items(part: str | Form) -> Iterable[str | Form]:
            return numbered(part["member"]) if isinstance(part, dict) and "member" in part else _nothing(part)

        return items

    def entries(self, member: str, shape: Shape) -> Callable[[Any], Iterable[tuple[str, Any]]]:
        key, value = shape.key_name, shape.value_name

        def entries(part: str | Form) -> list[tuple[str, str | Form]]:
            found = numbered(part["entry"]) if isinstance(part, dict) and "entry" in part else _nothing(part)
            return [_entry(each, key, value) for each in found]

        return entries

    def scalar(self, member: str, shape: Shape) -> Reader:
        return checked(_scalar_reader(member, shape, self), member, shape)

    def whole(self, reader: Reader, member: str, shape: Shape) -> Reader:
        return reader

    def unreadable(self, member: str, at: str, text: str, kind: str) -> AWSError:
        """Returns the error for a `text` that is no `kind`. AWS documents no text; its Query front end answers so."""
        return AWSError("MalformedInput", f"Invalid {kind} value: {text}")


class _FlatFormWire(_FormWire):
    """SQS's form: lists and maps without a level of their own, `Attribute.1.Name`; numbers may have gaps.

    One element, or one entry of a map, may go without a number: `AttributeName=All`, `Attribute.Name=...`.
    """

    def names(self, member: str, shape: Shape) -> tuple[str, ...]:
        return sqs_query.wire_names(member, shape)

    def present(self, form: Form, shape: Shape) -> bool:
        return TEXT in form or not shape.scalar

    def takes_any_text(self, shape: Shape) -> bool:
        return shape.kind == "string"

    def items(self, member: str, shape: Shape) -> Callable[[Any], Iterable[Any]]:
        def items(part: str | Form) -> list[str | Form]:
            listed = numbered(part)
            return [part, *listed] if _text(part) else listed  # an empty list is sent as its name without a value

        return items

    def entries(self, member: str, shape: Shape) -> Callable[[Any], Iterable[tuple[str, Any]]]:
        key, value = sqs_query.entry_parts(shape)
        tags = shape.name == "TagMap"  # which the C++ SDK sends as Tags.entry.N

        def entries(part: str | Form) -> list[tuple[str, str | Form]]:
            if tags and isinstance(part, dict):
                part = part.get("entry", part)
            found = [part] if isinstance(part, dict) and key in part else numbered(part)
            return [_entry(each, key, value) for each in found]

        return entries

    def scalar(self, member: str, shape: Shape) -> Reader:
        return _scalar_reader(member, shape, self)

    def required(self, shape: Shape) -> tuple[str, ...]:
        return sqs_query.required(shape)

    def missing(self, member: str, at: str, complaints: list[str]) -> Any:
        return sqs_query.missing(member or "Value", at)  # an entry with nothing but a name

    def element_path(self, member: str, shape: Shape, at: str, which: int | str) -> str:
        return sqs_query.element_path(member, shape, at, which)

    def unreadable(self, member: str, at: str, text: str, kind: str) -> AWSError:
        """Returns the error that SQS has for every other bad value of a parameter."""
        return AWSError(
            "InvalidParameterValueException",
            f"Value {text} for parameter {at}{member} is invalid. Reason: Must be of type {kind}.",
        )


def _refuse_foreign_lists(form: Form, known: frozenset[str]) -> None:
    """Raises AWSError MalformedInput for a list under a name that is not `known`, as SQS does.

    So `Entries.1.Id` or `MessageAttributeNames.member.1`, the names that other services would have, are not
    taken for an empty list.
    """
    for name, part in form.items():
        if type(part) is dict and name not in known:
            if "member" in part:
                raise AWSError("MalformedInput", "Start of list found where not expected")
            if numbered(part):
                raise AWSError("MalformedInput", "Top level element may not be treated as a list")


_NOT_SENT: Form = {}


def _text(part: str | Form) -> str | None:
    return part if isinstance(part, str) else part.get(TEXT)


def _entry(part: str | Form, key: str, value: str) -> tuple[str, str | Form]:
    """Returns the key and the value of a map's entry, by the names that they have in it."""
    form = _NOT_SENT if isinstance(part, str) else part
    return text_of(form, key) or "", form.get(value, _NOT_SENT)


def _nothing(part: str | Form) -> tuple[Form, ...]:
    if _text(part):
        raise AWSError("MalformedInput", "Text found where a list or map was expected")
    return ()


def _scalar_reader(member: str, shape: Shape, wire: _FormWire) -> Reader:
    """Returns a reader of a scalar's text: strings as they are, numbers, true and false, base64."""
    kind, missing, unreadable = shape.kind, wire.missing, wire.unreadable
    parse = _PARSERS.get(kind)

    def read(part: str | Form, at: At, complaints: list[str]) -> Any:
        text = part if isinstance(part, str) else part.get(TEXT)
        if text is None:
            return missing(member, path(at), complaints)
        if parse is None:
            return text
        try:
            return parse(text)
        except ValueError:
            raise unreadable(member, path(at), text, kind) from None

    return read


def _integer(bits: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        digits = text[1:] if text[:1] in ("+", "-") else text
        if len(digits) > 19 or not (digits.isascii() and digits.isdigit()):  # int() reads more than AWS does
            raise ValueError(text)
        value = int(text)
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise ValueError(text)
        return value

    return parse


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered not in ("true", "false"):
        raise ValueError(text)
    return lowered == "true"


_PARSERS: dict[str, Callable[[str], Any]] = {
    "integer": _integer(32),
    "long": _integer(64),
    "boolean": _boolean,
    "blob": lambda text: b64decode(text, validate=True),
}
