"""JSON that is the value of an attribute, and what AWS says of a text that is none.

AWS reads it with Jackson, and its errors are Jackson's sentences with the position in the text, but not the text.

Source: recorded answers of the real service, 2025-10 and 2026-01; for the sentences and positions, jackson-core 2.17.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

VALUES = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
_REDACTED = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"

_TOKEN = re.compile(r'"(?:[^"\\]|\\[\s\S])*+(?:"|\\?\Z)|[{}\[\]:,]')  # a string may have no end
_WORD = re.compile(r"\w+")
_ESCAPED = "has to be escaped using backslash to be included in string value"
_EXPECTED = {
    "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    "Expecting value": f"expected a valid value ({VALUES})",
}


class NotJson(ValueError):
    """A text that is not JSON; the text of the error is what AWS says of it."""


def read_json(text: str) -> Any:
    """Returns the value that `text` states. Raises NotJson."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        reason, reached = _reason(text, error)
        raise NotJson(f"failed to parse JSON. {reason}\n at {_place(text, reached)}") from None
    except (ValueError, RecursionError) as error:
        raise NotJson(f"failed to parse JSON. {error}") from None


def write_json(value: Any) -> str:
    """Returns the text of a JSON value as AWS writes it, without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"Unrecognized token '{word.lstrip('-')}': was expecting ({VALUES})")


def _reason(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """Returns Jackson's sentence for a syntax error, and the offset that it counts to."""
    at = error.pos
    if not text.strip():
        return "No content to map due to end-of-input", len(text) - 1
    if error.msg.startswith("Unterminated string"):
        return "Unexpected end-of-input: was expecting closing quote for a string value", len(text)
    if not text[at:].strip():
        return _end_of_input(text), len(text)
    word = _WORD.match(text, at)
    if error.msg == "Expecting value" and word is not None:
        return f"Unrecognized token '{word.group()}': was expecting ({VALUES})", word.end()
    if error.msg.startswith("Invalid control character"):
        return f"Illegal unquoted character ((CTRL-CHAR, code {ord(text[at])})): {_ESCAPED}", at
    default = f"was expecting comma to separate {_container(text[:at])[0]} entries"
    return f"Unexpected character ('{text[at]}' (code {ord(text[at])})): {_EXPECTED.get(error.msg, default)}", at


def _end_of_input(text: str) -> str:
    kind, start = _container(text)
    if text.rstrip()[-1:] in ("", ":", ","):
        return f"Unexpected end-of-input within/between {kind} entries"
    return f"Unexpected end-of-input: expected close marker for {kind} (start marker at {_place(text, start)})"


def _container(before: str) -> tuple[str, int]:
    """Returns the kind of container that is still open at the end of `before`, and the offset where it begins."""
    opened: list[re.Match[str]] = []
    for token in _TOKEN.finditer(before):
        if token.group() in ("{", "["):
            opened.append(token)
        elif token.group() in ("}", "]") and opened:
            opened.pop()
    if not opened:
        return "root", 0
    return ("Array" if opened[-1].group() == "[" else "Object"), opened[-1].start()


def _place(text: str, reached: int) -> str:
    return f"[Source: {_REDACTED}; {line_and_column(text, reached)}]"


def line_and_column(text: str, reached: int) -> str:
    """Returns where the offset `reached` of `text` is, in Jackson's words; both numbers begin with 1."""
    line = text.count("\n", 0, reached) + 1
    return f"line: {line}, column: {reached - text.rfind(chr(10), 0, reached)}"
