"""Puts a mistake into modules that are loaded already: functions are given the code of the wrong file."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from inspect import CO_NEWLOCALS
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from scripts.mutation.rooms import SOURCES

Place = tuple[str, str, int]  # file, qualified name, line


def place(code: CodeType) -> Place:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def functions_of(paths: set[str]) -> dict[Place, list[FunctionType]]:
    """All functions that exist and come from these files."""
    found: dict[Place, list[FunctionType]] = {}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename in paths:
            found.setdefault(place(each.__code__), []).append(each)
    return found


def changes(right: CodeType, wrong: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    """The outermost functions that differ; None when what runs at import does."""
    found: list[tuple[CodeType, CodeType]] = []
    for one, other in _children(right, wrong):
        if one.co_flags & CO_NEWLOCALS and one.co_name != "<module>" and not _is_class(one):
            if one != other:
                found.append((one, other))
        else:
            inner = changes(one, other)
            if inner is None:
                return None
            found.extend(inner)
    return None if _without_children(right) != _without_children(wrong) else found


def _children(right: CodeType, wrong: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    pairs = [[each for each in code.co_consts if isinstance(each, CodeType)] for code in (right, wrong)]
    return zip(*pairs, strict=False)


def _is_class(code: CodeType) -> bool:
    return "__module__" in code.co_names and "__qualname__" in code.co_names


def _without_children(code: CodeType) -> tuple[Any, ...]:
    consts = tuple("code" if isinstance(each, CodeType) else repr(each) for each in code.co_consts)
    return code.co_code, consts, code.co_names


def patch(found: dict[Place, list[FunctionType]], differing: list[tuple[CodeType, CodeType]]) -> bool:
    """Give the functions their wrong code; False when one of them does not exist, or closes over something else."""
    for right, wrong in differing:
        if not found.get(place(right)) or not _patch_with_inner(found, right, wrong):
            return False
    return True


def _patch_with_inner(found: dict[Place, list[FunctionType]], right: CodeType, wrong: CodeType) -> bool:
    """The function and those made in it before. False when one of them closes over something else."""
    functions = found.get(place(right), [])
    if functions and right.co_freevars != wrong.co_freevars:
        return False
    for function in functions:
        function.__code__ = wrong
    inner = [(one, other) for one, other in _children(right, wrong) if one != other]
    return all(_patch_with_inner(found, one, other) for one, other in inner)


class _Wrong(SourceFileLoader):
    """Loads a module from another text than its file's."""

    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)  # type: ignore[no-any-return,unused-ignore]


class WrongModule(MetaPathFinder):
    """Finds one module, with a mistake in it. To be put first into sys.meta_path before the module is imported."""

    def __init__(self, path: Path, source: str) -> None:
        (root,) = (each for each in SOURCES if path.is_relative_to(each))
        self.name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        self._loader = _Wrong(self.name, str(path), source)
        assert self.name not in sys.modules

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return spec_from_file_location(fullname, self._loader.path, loader=self._loader)
