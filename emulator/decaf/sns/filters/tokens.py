"""The JSON of a filter policy as tokens with their positions, and the errors that contain a position.

AWS writes a policy anew, without blanks, and reads that with a pull parser (Jackson); its errors quote what it wrote,
and contain the parser's position. Rule: that is the end of the token just pulled; of a string only the end of its
opening quote until its value is read; of a name the beginning of the value that follows it.
Source: recorded answers of the real service; the open-source event ruler, with which SNS compiles policies.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import msgspec

from decaf.sns.json_text import NotJson, line_and_column, read_json, write_json

# A string that does not end reaches to the end of the text: so it is read once, not from each quote within it.
_STRING = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
_TOKEN = re.compile(rf'(?P<string>{_STRING})(?P<colon>\s*:)?|(?P<other>[{{}}\[\]]|[^\s,:"{{}}\[\]]+)', re.DOTALL)
_SHOWN = 500  # characters of the source that a position quotes


class FilterPolicyError(ValueError):
    """A filter policy that SNS refuses. `reason` is AWS's text after "Invalid parameter: "."""

    def __init__(self, text: str, subject: str = "FilterPolicy: ") -> None:
        super().__init__(text)
        self.reason = subject + text


class Token(msgspec.Struct, frozen=True):
    """`kind` is one of { } [ ] name string number true false null. `start` and `end` are offsets in the source."""

    kind: str
    source: str
    start: int
    end: int


class Tokens:
    """The tokens of one JSON document as AWS writes it anew, pulled one at a time.

    Raises FilterPolicyError unless it is JSON.
    """

    def __init__(self, text: str) -> None:
        try:
            document = read_json(text)
        except NotJson as error:
            raise FilterPolicyError(str(error)) from None
        self._text = write_json(document)
        self.meaning = json.dumps(document, sort_keys=True)
        self._tokens = _split(self._text)
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

    @property
    def start(self) -> int:
        """The place in the document where the token pulled last begins."""
        return self._tokens[self._at].start

    def since(self, start: int) -> str:
        """Returns the document from `start` to the end of the token pulled last."""
        return self._text[start : self._tokens[self._at].end]

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


def _position(text: str, reached: int) -> str:
    more = f"[truncated {len(text) - _SHOWN} chars]" if len(text) > _SHOWN else ""
    return f'\n at [Source: (String)"{text[:_SHOWN]}"{more}; {line_and_column(text, reached)}]'
