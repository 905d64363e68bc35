"""Mutants: one small mistake each, made by the operators of mutmut and by two of our own.

Rule: what mypy refuses is no mutant (None for a value, a positional argument left out), nor is an annotation, a
docstring, or an import.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

from scripts.mutation.rooms import ROOT

_REFUSED_BY_MYPY = (mutators.operator_assignment, mutators.operator_arg_removal, mutators.operator_dict_arguments)
_PASS_BY = (cst.Annotation, cst.Import, cst.ImportFrom, cst.Assert)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake in one file."""

    id: str  # the same as long as the function around it is the same
    path: str  # from the repository's root
    function: str  # its qualified name; "" outside of all
    lines: tuple[int, int]  # of the statement that it is in
    scope: tuple[int, int]  # of the function or class around it
    before: str
    after: str
    tree: Any = field(repr=False, compare=False)
    nodes: tuple[Any, Any] = field(repr=False, compare=False)  # the right one and the wrong one

    def source(self) -> str:
        """The file with the mistake in it."""
        return str(self.tree.deep_replace(*self.nodes).code)


def _last_argument_removed(call: cst.Call) -> Iterator[cst.CSTNode]:
    """A call without an argument that may have a default: one by keyword, or the last."""
    for at, argument in enumerate(call.args):
        if len(call.args) > 1 and not argument.star and (argument.keyword or at == len(call.args) - 1):
            yield call.with_changes(args=[*call.args[:at], *call.args[at + 1 :]])


def _statement_removed(statement: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """`pass`, for a statement without which the file still runs."""
    effect = isinstance(statement, (cst.Raise, cst.Del))
    if isinstance(statement, cst.Expr):
        effect = isinstance(statement.value, (cst.Call, cst.Await))
    if isinstance(statement, (cst.Assign, cst.AnnAssign, cst.AugAssign)):
        target = statement.targets[0].target if isinstance(statement, cst.Assign) else statement.target
        effect = isinstance(target, (cst.Attribute, cst.Subscript)) and statement.value is not None
    if effect:
        yield cst.Pass()


def _condition_negated(statement: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A plain condition turned round; the operators of mutmut do that to those with an operator."""
    if isinstance(statement, (cst.If, cst.While, cst.CompIf)):
        test = statement.test
        if isinstance(test, (cst.Name, cst.Attribute, cst.Call)):
            yield statement.with_changes(test=cst.UnaryOperation(cst.Not(), test))


def _mistakes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for kind, operator in mutators.mutation_operators:
        if isinstance(node, kind) and operator not in _REFUSED_BY_MYPY:
            made: Iterable[cst.CSTNode] = operator(node)
            for mistake in made:
                yield mistake
                if isinstance(node, cst.BaseString):
                    break  # the same in other letters shows no more
    if isinstance(node, cst.Call):
        yield from _last_argument_removed(node)
    yield from _statement_removed(node)
    yield from _condition_negated(node)


class _Finder(cst.CSTVisitor):  # type: ignore[misc,unused-ignore]
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, path: Path, tree: cst.Module) -> None:
        super().__init__()
        self.found: list[Mutant] = []
        self._path = path.relative_to(ROOT).as_posix()
        self._tree = tree
        self._names: list[str] = []
        self._statements: list[cst.CSTNode] = []
        self._seen: Counter[str] = Counter()
        self._bodies: list[str] = []
        self._scopes: list[cst.CSTNode] = [tree]

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, _PASS_BY) or _is_docstring(node) or _is_export_list(node):
            return False
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            self._names.append(node.name.value)
            self._bodies.append(_shape(node))
            self._scopes.append(node)
        if isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            self._statements.append(node)
        for mistake in _mistakes(node):
            self._add(node, mistake)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, (cst.FunctionDef, cst.ClassDef)):
            self._names.pop()
            self._bodies.pop()
            self._scopes.pop()
        if isinstance(original_node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            self._statements.pop()

    def _add(self, node: cst.CSTNode, mistake: cst.CSTNode) -> None:
        before, after = (self._tree.code_for_node(each).strip() for each in (node, mistake))
        if isinstance(node, (cst.If, cst.While)):
            before, after = (self._tree.code_for_node(each.test) for each in (node, mistake))  # type: ignore[attr-defined,unused-ignore]
        if before == after:
            return
        key = "\n".join([self._path, *self._names, *self._bodies[-1:], before, after])
        self._seen[key] += 1
        name = hashlib.sha256(f"{key}\n{self._seen[key]}".encode()).hexdigest()[:10]
        lines, scope = self._lines(node), self._span(self._scopes[-1], node)
        function = ".".join(self._names)
        nodes = (node, mistake)
        self.found.append(Mutant(name, self._path, function, lines, scope, before, after, self._tree, nodes))

    def _lines(self, node: cst.CSTNode) -> tuple[int, int]:
        """Those of the statement; of one with a body, those of the node itself."""
        statement = self._statements[-1] if self._statements else node
        if isinstance(statement, cst.BaseCompoundStatement):
            statement = node.test if isinstance(node, (cst.If, cst.While)) else node
        return self._span(statement, node)

    def _span(self, node: cst.CSTNode, otherwise: cst.CSTNode) -> tuple[int, int]:
        place = self.get_metadata(PositionProvider, node, None) or self.get_metadata(PositionProvider, otherwise)
        return place.start.line, place.end.line


def _is_export_list(node: cst.CSTNode) -> bool:
    targets = node.targets if isinstance(node, cst.Assign) else []
    return any(isinstance(each.target, cst.Name) and each.target.value == "__all__" for each in targets)


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Expr) and isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString))


def _shape(node: cst.CSTNode) -> str:
    """The code of a definition without its docstrings and comments."""
    parsed = ast.parse(cst.Module([node]).code.strip())  # type: ignore[list-item,unused-ignore]
    for each in ast.walk(parsed):
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
            each.value = ast.Constant(None)
    return ast.dump(parsed)


def find(path: Path) -> list[Mutant]:
    """All mutants of a file, in the order of its lines."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")))
    finder = _Finder(path, wrapper.module)
    wrapper.visit(finder)
    return finder.found
