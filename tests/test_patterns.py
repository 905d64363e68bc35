"""Every regular expression in the code, on the inputs that are worst for it: the steps grow as the text does.

A client can send any text, and while an expression is matched nobody else is answered.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from gzip import decompress
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import botocore
import pytest

import decaf
import decaf_protocol
from decaf.base import toml
from tests.backtracking import Counted, TooManySteps, characters, example, parsed

# Only run on texts that a parser has accepted, in which every string ends.
CHECKED_BEFORE = {toml._TOKEN.pattern}

LENGTH = 800  # characters of a text
BUDGET = 250  # steps for each of them: enough for what is bounded at one place; half the length would be quadratic
SINGLE_PLACE = {"match", "fullmatch"}
FUNCTIONS = {"compile", "match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"}

# Files that make expressions of what is not known before, with an example of what they make, or why there is none.
MADE_LATER: dict[str, tuple[str, ...]] = {
    "decaf/base/linear_pattern.py": (),  # clients' own: refused unless they are linear
    "decaf/persistence/renaming.py": (r"(?<!\d)111111111111(?!\d)",),
    "decaf/sns/data_protection/identifiers.py": (),  # found by way of the searches
    "decaf_protocol/constraints.py": (),  # those of the models
    "decaf_protocol/other_services.py": (),  # of bytes: a word of at most 100 characters
}


def _modules() -> list[ModuleType]:
    names = [
        each.name
        for package in (decaf, decaf_protocol)
        for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not each.name.endswith(("__main__", ".aio", "._head", "._query"))  # the last two are in C
    ]
    return [importlib.import_module(name) for name in ("decaf_protocol", "decaf", *names)]


def _within(value: Any, seen: set[int]) -> Iterator[re.Pattern[str]]:
    """Yields the compiled patterns that a value holds: in a container, in what a function closes over."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from itertools.chain.from_iterable(_within(each, seen) for each in value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from itertools.chain.from_iterable(_within(each, seen) for each in value)
    elif isinstance(value, FunctionType):
        for cell in value.__closure__ or ():
            yield from _within(cell.cell_contents, seen)
    elif isinstance(getattr(value, "__self__", None), re.Pattern):
        yield value.__self__


def _written(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yields the function of `re` and the expression of each call in a module, "" for one that is made later."""
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if not isinstance(node.func.value, ast.Name) or node.func.value.id != "re" or node.func.attr not in FUNCTIONS:
            continue
        try:
            code = compile(ast.Expression(node.args[0]), "pattern", "eval")
            found = eval(code, dict(vars(module)))
        except NameError:
            found = ""
        yield node.func.attr, found if isinstance(found, str) else ""


def _uses(modules: list[ModuleType]) -> dict[str, set[str]]:
    """Returns which methods are called of each name, in any module."""
    uses: dict[str, set[str]] = {}
    for module in modules:
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                uses.setdefault(node.value.id, set()).add(node.attr)
    return uses


def _of_models() -> Iterator[str]:
    for service in ("sqs", "sns", "sts", "lambda"):
        (*_, file) = sorted((Path(botocore.__file__).parent / "data" / service).glob("*/service-2.json.gz"))
        for shape in json.loads(decompress(file.read_bytes()))["shapes"].values():
            if "pattern" in shape:
                yield shape["pattern"]


def _all() -> dict[tuple[str, int], bool]:
    """Returns every expression with its flags, and whether it is searched for, not only matched at one place."""
    found: dict[tuple[str, int], bool] = {}

    def note(pattern: re.Pattern[str], searched: bool) -> None:
        key = pattern.pattern, pattern.flags
        found[key] = found.get(key, False) or searched

    modules = _modules()
    uses = _uses(modules)
    for module in modules:
        for name, value in vars(module).items():
            for pattern in _within(value, set()):
                is_plain = isinstance(value, re.Pattern)
                note(pattern, not is_plain or not (uses.get(name, set()) & FUNCTIONS) <= SINGLE_PLACE)
        for function, expression in _written(module):
            if expression and function != "compile":
                note(re.compile(expression), function not in SINGLE_PLACE)
    for expression in (*_of_models(), *itertools.chain.from_iterable(MADE_LATER.values())):
        with suppress(re.error):  # Java's, which are not used
            note(re.compile(expression, re.ASCII), False)
    return found


def _hostile(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    """Yields texts that make a search go on for as long as it can, and then fail."""
    items = parsed(pattern)
    some = characters(items)[:4]
    ends = ("", "\0")
    for unit in (*some, *map("".join, itertools.product(some, some))):
        repeated = unit * (length // len(unit))
        for end in ends:
            yield repeated + end
    whole = example(items, length)
    yield from (whole + "\0", whole[:-1] + "\0", whole[: len(whole) // 2] * 2)


def _takes_too_long(pattern: re.Pattern[str], searched: bool) -> str:
    """Returns the first text that spends the budget, "" if none does."""
    for text in _hostile(pattern, LENGTH):
        counted = Counted(pattern, text, BUDGET * max(len(text), LENGTH))
        try:
            if searched:
                counted.find_all()
            else:
                counted.match(whole=True)
        except TooManySteps:
            return text
    return ""


@pytest.fixture(autouse=True)
def _deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(50_000)
    yield
    sys.setrecursionlimit(before)


ALL = {key: searched for key, searched in _all().items() if key[0] not in CHECKED_BEFORE}


@pytest.mark.parametrize("expression", ALL, ids=lambda key: key[0][:40].encode("ascii", "backslashreplace").decode())
def test_an_expression_takes_a_few_steps_for_each_character(expression: tuple[str, int]) -> None:
    text, flags = expression
    assert not _takes_too_long(re.compile(text, flags & ~re.UNICODE if flags & re.ASCII else flags), ALL[expression])


@pytest.mark.parametrize(
    ("expression", "searched"),
    [(r"(a+)+$", False), (r"[0-9]+\.?[0-9]*x", False), (r".*a.*a.*ab", False), (r"\d+x", True), (r"\$\{[^}]*\}", True)],
)
def test_what_takes_longer_is_found_out(expression: str, searched: bool) -> None:
    assert _takes_too_long(re.compile(expression), searched)


@pytest.mark.parametrize("expression", [r"a+b|c", r"(?<!x)[ab]{2,3}?c", r"(?:a|ab)(?>c*)d", r'"(?:[^"\\]|\\.)*+"'])
def test_the_counted_search_finds_what_the_real_one_finds(expression: str) -> None:
    pattern = re.compile(expression)
    for text in map("".join, itertools.product('abcdx"\\'[:6], repeat=4)):
        assert Counted(pattern, text).match() is (pattern.match(text) is not None)


def test_expressions_are_constants_except_in_known_places() -> None:
    """One that is made of what a client sent would not be among those above."""
    later = {
        "/".join(Path(str(module.__file__)).parts[-len(module.__name__.split(".")) :]).removeprefix("protocol/")
        for module in _modules()
        for _, expression in _written(module)
        if not expression and Path(str(module.__file__)).name != "__init__.py"
    }
    assert later == set(MADE_LATER)
