"""Writes TOML: arrays of tables, with short values in one line each, and long ones as tables below.

Source: TOML 1.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHORT = 80  # characters of a table within a line


def dumps(document: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return the text of a document of arrays of tables, with any JSON values but null."""
    blocks = ["\n".join(_table([kind], table, of_many=True)) for kind in document for table in document[kind]]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _table(path: list[str], table: Mapping[str, Any], of_many: bool) -> Iterator[str]:
    head = ".".join(map(_key, path))
    yield f"[[{head}]]" if of_many else f"[{head}]"
    below: list[str] = []
    for key, value in table.items():
        line = f"{_key(key)} = {_inline(value)}"
        if len(line) > _SHORT and _has_form_of_tables(value):
            below.append(key)
        else:
            yield line
    for key in below:
        tables = table[key] if isinstance(table[key], list) else [table[key]]
        for inner in tables:
            yield from _table([*path, key], inner, of_many=isinstance(table[key], list))


def _has_form_of_tables(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and all(isinstance(one, dict) for one in value))


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return (
            f"{{ {', '.join(f'{_key(key)} = {_inline(inner)}' for key, inner in value.items())} }}" if value else "{}"
        )
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value) if isinstance(value, str) else repr(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """Return a basic string; TOML's escapes are JSON's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
