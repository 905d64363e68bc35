"""The JSON of a filter policy as tokens with their positions, and the errors that contain a position.

AWS reads policies with a pull parser (Jackson), and its errors contain the parser's position. Rule: that is the end of
the token just pulled; of a string only the end of its opening quote until its value is read; of a name the beginning
of the value that follows it.
Source: recorded answers of the real service; the open-source event ruler, with which SNS compiles policies.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

_TOKEN = re.compile(r'(?P<string>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)?|(?P<other>[{}\[\]]|[^\s,:"{}\[\]]+)')
_SHOWN = 500  # characters of the source that a position quotes
_VALUES = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"

_EXPECTED = {
    "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    "Expecting value": f"expected a valid value ({_VALUES})",
}


class FilterPolicyError(ValueError):
    """A filter policy that SNS refuses. `reason` is AWS's text after "Invalid parameter: "."""

    def __init__(self, text: str, subject: str = "FilterPolicy: ") -> None:
        super().__init__(text)
        self.reason = subject + text


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is one of { } [ ] name string number true false null. `start` and `end` are offsets in the source."""

    kind: str
    source: str
    start: int
    end: int


class Tokens:
    """The tokens of one JSON document, pulled one at a time. Raises FilterPolicyError unless it is JSON."""

    def __init__(self, text: str) -> None:
        _check(text)
        self._text = text
        self._tokens = _split(text)
        self._at = -1
        self._value_read = False

    @property
    def kind(self) -> str:
        """The kind of the token pulled last."""
        return self._tokens[self._at].kind

    @property
    def source(self) -> str:
        """The token pulled last, as it is written."""
        return self._tokens[self._at].source

    def pull(self) -> str:
        """Go to the next token. Returns its kind."""
        self._at += 1
        self._value_read = False
        return self.kind

    def value(self) -> Any:
        """Returns the value of the token pulled last: a str, int, float, bool or None."""
        self._value_read = True
        return json.loads(self.source)

    def next_value(self) -> Any:
        """Returns the value that comes next, an object or array as a whole, without pulling it."""
        return json.JSONDecoder().raw_decode(self._text, self._tokens[self._at + 1].start)[0]

    def refuse(self, text: str) -> NoReturn:
        """Raises FilterPolicyError with `text` and the current position."""
        raise FilterPolicyError(text + _position(self._text, self._reached()))

    def _reached(self) -> int:
        token = self._tokens[self._at]
        if token.kind == "name":
            token = self._tokens[self._at + 1]
        return token.start + 1 if token.kind == "string" and not self._value_read else token.end


def _split(text: str) -> list[Token]:
    return [Token(_kind(found), found["string"] or found["other"], found.start(), _end(found)) for found in _find(text)]


def _find(text: str) -> list[re.Match[str]]:
    return list(_TOKEN.finditer(text))


def _end(found: re.Match[str]) -> int:
    return found.end("string") if found["string"] else found.end()


def _kind(found: re.Match[str]) -> str:
    if found["string"]:
        return "name" if found["colon"] else "string"
    other = found["other"]
    return other if other in ("{", "}", "[", "]", "true", "false", "null") else "number"


def _check(text: str) -> None:
    try:
        json.loads(text, parse_constant=_not_json)
    except json.JSONDecodeError as error:
        reason, reached = _reason(text, error)
        raise FilterPolicyError(f"failed to parse JSON. {reason}{_position(text, reached)}") from None
    except (ValueError, RecursionError) as error:
        raise FilterPolicyError(f"failed to parse JSON. {error}") from None


def _not_json(word: str) -> NoReturn:
    raise ValueError(f"Unrecognized token '{word.lstrip('-')}': was expecting ({_VALUES})")


def _reason(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """Returns Jackson's text for a syntax error, and the offset that it has read to."""
    at = error.pos
    if error.msg.startswith("Unterminated string"):
        return "Unexpected end-of-input: was expecting closing quote for a string value", len(text)
    if not text[at:].strip():
        return f"Unexpected end-of-input: expected close marker for {_container(text[:at])}", len(text)
    word = re.compile(r"\w+").match(text, at)
    if error.msg == "Expecting value" and word is not None:
        return f"Unrecognized token '{word.group()}': was expecting ({_VALUES})", word.end() + 1
    default = f"was expecting comma to separate {_container(text[:at])} entries"
    return f"Unexpected character ('{text[at]}' (code {ord(text[at])})): {_EXPECTED.get(error.msg, default)}", at + 1


def _container(before: str) -> str:
    """Returns the kind of container that is still open at the end of `before`."""
    opened: list[str] = []
    for token in _split(before):
        if token.kind in ("{", "["):
            opened.append(token.kind)
        elif token.kind in ("}", "]"):
            opened.pop()
    return "Array" if opened and opened[-1] == "[" else "Object"


def _position(text: str, reached: int) -> str:
    line = text.count("\n", 0, reached) + 1
    column = reached - text.rfind("\n", 0, reached)
    more = f"[truncated {len(text) - _SHOWN} chars]" if len(text) > _SHOWN else ""
    return f'\n at [Source: (String)"{text[:_SHOWN]}"{more}; line: {line}, column: {column}]'
