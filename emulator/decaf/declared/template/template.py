"""A CloudFormation template, and the resources that it declares.

Rule: anything that cannot be created is an error with line and reason. So are resources of other types, unless they are
to be skipped: then there is a note on each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from decaf.declared.calls import Caller
from decaf.declared.resource import BadDeclaration, Declaration, Origin, Resource
from decaf.declared.template import node
from decaf.declared.template.evaluate import Evaluator
from decaf.declared.template.naming import Named, generated_name, name_property
from decaf.declared.template.node import BadTemplate, Node
from decaf.declared.template.parameters import NO_VALUE, Stack
from decaf.declared.template.types import TYPES, BadProperty, Given

_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Globals",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_ATTRIBUTES = frozenset(
    {
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    }
)
_TRANSFORMS = ("AWS::Serverless-2016-10-31", "AWS::LanguageExtensions")  # they change no resource of SQS or SNS
_INERT = "AWS::CDK::Metadata"  # the CDK's statistics of its own use


class Template:
    """A template in a stack. `source` names it for people; with `skip_others`, other types of resources are left out.

    Raises BadDeclaration for a text that is not a template.
    """

    def __init__(self, text: str, source: str, stack: Stack, skip_others: bool) -> None:
        self._source = source
        self._stack = stack
        self._skip_others = skip_others
        self._naming: list[str] = []  # resources whose names are being evaluated
        try:
            sections = _sections(text)
            self._resources = sections["Resources"].mapping("Resources")
            self._outputs = sections["Outputs"].mapping("Outputs") if "Outputs" in sections else {}
            self._evaluator = Evaluator(sections, stack, self)
            self.parameters = frozenset(
                sections["Parameters"].mapping("Parameters") if "Parameters" in sections else ()
            )
        except BadTemplate as bad:
            raise BadDeclaration(f"{source}:{bad.line}: {bad.reason}") from None

    def declaration(self) -> Declaration:
        """Return its resources. Raises BadDeclaration for those that cannot be created."""
        resources: list[Resource] = []
        notes: list[str] = []
        for logical_id, declared in self._resources.items():
            try:
                facts = self._facts(logical_id)
                if not self._is_there(facts):
                    continue
                kind = facts["Type"].text("Type")
                if kind in TYPES:
                    resources += self._calls(logical_id, kind, facts, declared.line)
                elif kind != _INERT:
                    notes.append(self._skipped(logical_id, kind, facts["Type"].line))
            except BadTemplate as bad:
                raise BadDeclaration(f"{self._source}:{bad.line}: {logical_id}: {bad.reason}") from None
        return Declaration(tuple(resources), tuple(notes))

    def exports(self) -> dict[str, Callable[[], Any]]:
        """Return its exports by name: functions that evaluate them when they are imported. Raises BadDeclaration."""
        found: dict[str, Callable[[], Any]] = {}
        try:
            for output in self._outputs.values():
                facts = output.mapping("an output")
                if "Export" in facts and "Value" in facts and self._is_there(facts):
                    name = facts["Export"].mapping("Export").get("Name", facts["Export"])
                    found[str(self._evaluator.value(name))] = partial(self._evaluator.value, facts["Value"])
        except BadTemplate as bad:
            raise BadDeclaration(f"{self._source}:{bad.line}: {bad.reason}") from None
        return found

    def ref(self, logical_id: str, line: int) -> str | None:
        """Return the Ref of a resource, None if there is no such resource. Raises BadTemplate if it is unknown yet."""
        if logical_id not in self._resources:
            return None
        found = self._named(logical_id, line).ref()
        if found is None:
            raise BadTemplate(line, f"the ARN of {logical_id} is not known before it is created")
        return found

    def attribute(self, logical_id: str, name: str, line: int) -> str:
        """Return the Fn::GetAtt of a resource. Raises BadTemplate if it is unknown yet."""
        if logical_id not in self._resources:
            raise BadTemplate(line, f"there is no resource {logical_id}")
        named = self._named(logical_id, line)
        found = named.attributes().get(name)
        if found is None:
            raise BadTemplate(line, f"{name} of {logical_id}, a {named.kind}, is not known here")
        return found

    def _named(self, logical_id: str, line: int) -> Named:
        """Return a resource with its name, which may depend on the names of others."""
        facts = self._facts(logical_id)
        kind = facts["Type"].text("Type")
        if logical_id in self._naming:
            raise BadTemplate(line, f"the name of {logical_id} depends on itself")
        if not self._is_there(facts):
            raise BadTemplate(line, f"{logical_id} is not created, as its condition is false")
        if kind not in TYPES and not self._skip_others:
            raise _other_type(kind, facts["Type"].line)
        properties = _properties(facts)
        self._naming.append(logical_id)
        try:
            name, fifo = (
                self._evaluator.value(properties[key]) if key in properties else NO_VALUE
                for key in (name_property(kind), f"Fifo{kind.rpartition('::')[2]}")
            )
        finally:
            self._naming.pop()
        if name is NO_VALUE:
            name = generated_name(self._stack, logical_id, kind, str(fifo).lower() == "true")
        return Named(kind, str(name), self._stack)

    def _facts(self, logical_id: str) -> Mapping[str, Node]:
        declared = self._resources[logical_id]
        facts = declared.mapping(f"the resource {logical_id}")
        if "Type" not in facts:
            raise BadTemplate(declared.line, "there is no Type")
        return facts

    def _is_there(self, facts: Mapping[str, Node]) -> bool:
        condition = facts.get("Condition")
        return condition is None or self._evaluator.condition(condition.text("Condition"), condition.line)

    def _calls(self, logical_id: str, kind: str, facts: Mapping[str, Node], line: int) -> Iterator[Resource]:
        for name, fact in facts.items():
            if name not in _ATTRIBUTES:
                raise BadTemplate(fact.line, f"a resource has no {name}")
        self._check_order(facts.get("DependsOn"))
        properties = self._evaluated(kind, facts, line)
        call = Caller(Origin(self._source, line, logical_id), self._stack.place)
        try:
            yield from TYPES[kind].calls(Given(properties, self._named(logical_id, line), call))
        except BadProperty as bad:
            raise BadTemplate(line, str(bad)) from None

    def _evaluated(self, kind: str, facts: Mapping[str, Node], line: int) -> dict[str, Any]:
        given, known = _properties(facts), TYPES[kind]
        for name, value in given.items():
            if name not in known.required | known.optional:
                raise BadTemplate(value.line, f"{kind} has no property {name}")
        found = {name: self._evaluator.value(value) for name, value in given.items()}
        properties = {name: value for name, value in found.items() if value is not NO_VALUE}
        for name in sorted(known.required - properties.keys()):
            raise BadTemplate(line, f"{kind} needs the property {name}")
        return properties

    def _check_order(self, depends_on: Node | None) -> None:
        """Check that the resources in DependsOn exist; the order of creation does not follow it."""
        if depends_on is None:
            return
        for one in depends_on.value if isinstance(depends_on.value, list) else [depends_on]:
            if one.text("DependsOn") not in self._resources:
                raise BadTemplate(one.line, f"there is no resource {one.value}, which it depends on")

    def _skipped(self, logical_id: str, kind: str, line: int) -> str:
        if not self._skip_others:
            raise _other_type(kind, line)
        return f"{self._source}:{line}: {logical_id} is skipped: {kind} is not a resource type of SQS or SNS"


def _sections(text: str) -> Mapping[str, Node]:
    root = node.read(text)
    sections = root.mapping("the template")
    for name, section in sections.items():
        if name not in _SECTIONS:
            raise BadTemplate(section.line, f"a template has no section {name}")
    if "Resources" not in sections:
        raise BadTemplate(root.line, "a template needs Resources")
    transform = sections.get("Transform", Node([], 1))
    for one in transform.value if isinstance(transform.value, list) else [transform]:
        if one.value not in _TRANSFORMS:
            raise BadTemplate(
                one.line,
                "a macro cannot be run here: only the transforms that AWS calls "
                f"{' and '.join(_TRANSFORMS)} may be named",
            )
    return sections


def _properties(facts: Mapping[str, Node]) -> Mapping[str, Node]:
    return facts["Properties"].mapping("Properties") if "Properties" in facts else {}


def _other_type(kind: str, line: int) -> BadTemplate:
    return BadTemplate(
        line, f"{kind} is not a resource type of SQS or SNS; set other_resources to skip to leave these out"
    )
