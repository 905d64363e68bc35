r"""Texts from outside, such as message bodies, in a form that is safe to print on a terminal or into a log.

Control characters can change a terminal's state, hide lines or forge them, and bidirectional overrides show text in
another order than it has. Rule: they are shown as escapes, such as \x1b and \u202e.
"""

from __future__ import annotations

_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))  # C0, DELETE and C1
_SEPARATORS = (0x2028, 0x2029)  # of lines and paragraphs
_BIDIRECTIONAL = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SURROGATES = range(0xD800, 0xE000)  # which no output can encode


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


_HALVES = dict.fromkeys(_SURROGATES, "\ufffd")
_ESCAPED = {code: _escape(code) for code in (*_CONTROLS, *_SEPARATORS, *_BIDIRECTIONAL, *_SURROGATES)}
_ESCAPED_IN_LINES = {code: text for code, text in _ESCAPED.items() if code != ord("\n")}
_ESCAPED_IN_JSON = {code: f"\\u{code:04x}" for code in _ESCAPED_IN_LINES}


def printable(text: str) -> str:
    """Returns `text` on one line, with everything escaped that is not to be printed as it is."""
    return text if text.isascii() and text.isprintable() else text.translate(_ESCAPED)


def printable_lines(text: str) -> str:
    """Returns the same for a text of several lines, which stay lines."""
    return text.translate(_ESCAPED_IN_LINES)


def printable_json(document: str) -> str:
    """Returns the same for a JSON document, which still means the same."""
    return document.translate(_ESCAPED_IN_JSON)


def encodable(text: str) -> str:
    """Returns `text` with U+FFFD for each half of a surrogate pair: JSON can escape one, UTF-8 cannot encode it."""
    return text if text.isascii() else text.translate(_HALVES)
