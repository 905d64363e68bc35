"""TOML documents whose tables know their lines: tomllib reads the values, and keeps no positions.

Rule: a text is scanned only once tomllib has accepted it, so nothing is checked here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]  # the keys and indices that lead to a value

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")'  # a string of several lines may end with quotes of its own
    r"|'''.*?'''(?!')"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|#[^\n]*"
    r"|[\n\[\]{}=,.]"
    r"""|[^\s\[\]{}=,."'#]+""",
    re.DOTALL,
)
_AFTER_VALUE = (",", "]", "}", "\n", "")


class Table(dict[str, Any]):
    """A table of the document `source`, which begins at `line`; lines count from 1."""

    __slots__ = ("line", "lines", "source")

    def __init__(self, values: Mapping[str, Any], source: str, line: int, lines: Mapping[str, int]) -> None:
        super().__init__(values)
        self.source = source
        self.line = line
        self.lines = lines  # of its keys


def parse(text: str, source: str) -> Table:
    """Return the document in `text`; `source` names it for people. Raises ValueError, with source and line."""
    try:
        table: Table = _placed(tomllib.loads(text), (), _Scanner(text).lines, source)
    except RecursionError:
        raise ValueError(f"{source}: values are nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_with_line(str(error), text, source)) from None
    except ValueError as error:  # a number with too many digits
        raise ValueError(f"{source}: {error}") from None
    return table


def _with_line(reason: str, text: str, source: str) -> str:
    what, _, position = reason.rpartition(" (at ")
    found = re.match(r"line (\d+)", position)
    return f"{source}:{found[1] if found else text.count(chr(10)) + 1}: {what or reason}"


def _placed(value: Any, path: Path, lines: Mapping[Path, int], source: str) -> Any:
    if isinstance(value, dict):
        values = {key: _placed(inner, (*path, key), lines, source) for key, inner in value.items()}
        return Table(values, source, lines[path], {key: lines[*path, key] for key in value})
    if isinstance(value, list):
        return [_placed(inner, (*path, index), lines, source) for index, inner in enumerate(value)]
    return value


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Yield the tokens with their lines, without comments; a token "" ends them."""
    line, end = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", end, found.start())
        end = found.start()
        if found[0][0] != "#":
            yield found[0], line
    yield "", line


class _Scanner:
    """Finds the line of each key and each element in a text."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {(): 1}
        self._lengths: dict[Path, int] = {}  # of the arrays of tables, as far as they are read
        self._tokens = _tokens(text)
        self._token, self._line = next(self._tokens)
        self._scan()

    def _scan(self) -> None:
        table: Path = ()
        while self._token:
            if self._token == "\n":
                self._advance()
            elif self._token == "[":
                table = self._header()
            else:
                self._entry(table)

    def _advance(self) -> str:
        token = self._token
        self._token, self._line = next(self._tokens, ("", self._line))
        return token

    def _header(self) -> Path:
        """Read `[a.b]` or `[[a.b]]`, and return the path of the table that begins."""
        line = self._line
        self._advance()
        is_array = self._token == "["
        if is_array:
            self._advance()
        path: Path = ()
        for key in self._keys():
            path = (*self._latest(path), key)
            self.lines.setdefault(path, line)
        if is_array:
            self._lengths[path] = self._lengths.get(path, 0) + 1
            self.lines[self._latest(path)] = line
            self._advance()
        self._advance()
        return self._latest(path)

    def _latest(self, path: Path) -> Path:
        """The path of the last table so far, where `path` is an array of tables."""
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _entry(self, table: Path) -> None:
        """Read `a.b = value`."""
        line = self._line
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._advance()  # =
        self._value(path)

    def _keys(self) -> list[str]:
        keys = [_key(self._advance())]
        while self._token == ".":
            self._advance()
            keys.append(_key(self._advance()))
        return keys

    def _value(self, path: Path) -> None:
        if self._token == "{":
            self._inline_table(path)
        elif self._token == "[":
            self._array(path)
        else:
            while self._token not in _AFTER_VALUE:
                self._advance()

    def _inline_table(self, path: Path) -> None:
        self._advance()
        while self._token != "}":
            if self._token in (",", "\n"):
                self._advance()
            else:
                self._entry(path)
        self._advance()

    def _array(self, path: Path) -> None:
        self._advance()
        index = 0
        while self._token != "]":
            if self._token in (",", "\n"):
                self._advance()
            else:
                self.lines[*path, index] = self._line
                self._value((*path, index))
                index += 1
        self._advance()


def _key(token: str) -> str:
    if token[0] not in "\"'":
        return token
    (key,) = tomllib.loads(f"{token} = 0")
    return key
