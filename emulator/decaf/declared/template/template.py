"""A CloudFormation template, and the resources that it declares.

Rule: anything that cannot be created is an error with line and reason. So are resources of other types, unless they are
to be skipped: then there is a note about them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from decaf.declared.calls import Caller
from decaf.declared.resource import BadDeclaration, Declaration, Origin, Resource, StackName
from decaf.declared.template import node
from decaf.declared.template.evaluate import LANGUAGE_EXTENSIONS, Evaluator, transforms
from decaf.declared.template.functions import FUNCTIONS, INVOKE_CONFIG, FunctionReader, NotRunHere
from decaf.declared.template.left_out import LeftOut
from decaf.declared.template.loops import Loops
from decaf.declared.template.mappings import MAPPING, PROPERTIES, mapping_params
from decaf.declared.template.naming import QUALIFIED, Named, generated_name, name_property, qualified_name
from decaf.declared.template.node import BadTemplate, Node, check_properties
from decaf.declared.template.parameters import NO_VALUE, Stack
from decaf.declared.template.sam import Serverless, members
from decaf.declared.template.types import TYPES, BadProperty, Given
from decaf.functions.function import function_arn, short_name

_SERVERLESS = "AWS::Serverless-2016-10-31"
_LOOPING = ("Conditions", "Resources", "Outputs")  # the sections that may have loops
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
        "Connectors",
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
_TRANSFORMS = (_SERVERLESS, LANGUAGE_EXTENSIONS)
_INERT = "AWS::CDK::Metadata"  # the CDK's statistics of its own use


class Template:
    """A template in a stack. `source` names it for people; with `skip_others`, other types of resources are left out.
    `functions` are the names of those that are registered, and `folder` is where the paths of code start.

    Raises BadDeclaration for a text that is not a template.
    """

    def __init__(
        self, text: str, source: str, stack: Stack, skip_others: bool, functions: frozenset[str], folder: Path | None
    ) -> None:
        self._source = source
        self._stack = stack
        self._skip_others = skip_others
        self._naming: list[str] = []  # resources whose names are being evaluated
        self._resources: Mapping[str, Node] = {}
        self._names: Mapping[str, str] = {}  # logical ids by other names for them
        try:
            sections = self._without_loops(_sections(text))
            self._evaluator = Evaluator(sections, stack, self)
            self._written = sections["Resources"].mapping("Resources")
            self._add_serverless(sections)
            defaults = members(members(sections, "Globals"), "Function")
            self._functions = FunctionReader(self._evaluator.value, folder, defaults, functions)
            self._outputs = sections["Outputs"].mapping("Outputs") if "Outputs" in sections else {}
            self.parameters = frozenset(
                sections["Parameters"].mapping("Parameters") if "Parameters" in sections else ()
            )
        except BadTemplate as bad:
            raise BadDeclaration(f"{source}:{bad.line}: {bad.reason}") from None

    def _without_loops(self, sections: Mapping[str, Node]) -> Mapping[str, Node]:
        evaluator = Evaluator(sections, self._stack, self)  # of collections, which cannot refer to resources
        loops = Loops(evaluator.value, LANGUAGE_EXTENSIONS in transforms(sections))
        return {name: loops.run(section) if name in _LOOPING else section for name, section in sections.items()}

    def _add_serverless(self, sections: Mapping[str, Node]) -> None:
        defaults = members(members(sections, "Globals"), "Function")
        serverless = Serverless(dict(self._written), defaults, self._evaluator.value)
        serverless.expand()
        made = {name: node for name, node in serverless.resources.items() if name not in self._written}
        self._resources = {**self._written, **made}
        self._names = serverless.names

    def declaration(self) -> Declaration:
        """Return its resources. Raises BadDeclaration for those that cannot be created."""
        resources: list[Resource] = []
        left_out = LeftOut(self._evaluator.value)
        for logical_id, declared in self._resources.items():
            try:
                resources += self._made(logical_id, declared, left_out)
            except BadTemplate as bad:
                raise BadDeclaration(f"{self._source}:{bad.line}: {logical_id}: {bad.reason}") from None
        return Declaration(tuple(resources), left_out.notes(self._source), (self._stack_name,))

    @property
    def _stack_name(self) -> StackName:
        return StackName(self._stack.place.account, self._stack.place.region, self._stack.name)

    def _retained(self, facts: Mapping[str, Node]) -> tuple[str, ...]:
        """Return when the resource stays: Deleted after it left the template, Replaced after a replacement."""
        policies = {"Deleted": "DeletionPolicy", "Replaced": "UpdateReplacePolicy"}
        return tuple(
            when
            for when, policy in policies.items()
            if policy in facts and str(self._evaluator.value(facts[policy])).startswith("Retain")
        )

    def _made(self, logical_id: str, declared: Node, left_out: LeftOut) -> Iterable[Resource]:
        facts = self._facts(logical_id)
        kind = facts["Type"].text("Type")
        if not self._is_there(facts) or kind == _INERT:
            return ()
        if kind in TYPES:
            return self._calls(logical_id, kind, facts, declared.line)
        reason = ""
        if kind in FUNCTIONS:
            try:
                return [self._function(logical_id, kind, facts, declared.line)]
            except NotRunHere as not_run:
                reason = str(not_run)
        mapping = self._mapping(logical_id, facts, declared.line) if kind == MAPPING else None
        if mapping is not None:
            return [mapping]
        if kind == INVOKE_CONFIG and self._is_made(self._configures(facts)):
            return ()
        if not self._skip_others:
            raise _other_type(kind, facts["Type"].line)
        if reason:
            left_out.add_function(logical_id, reason)
        elif logical_id in self._written:
            left_out.add(logical_id, kind)
        left_out.listen(kind, facts.get("Properties"))
        return ()

    def _function(self, logical_id: str, kind: str, facts: Mapping[str, Node], line: int) -> Resource:
        """Return the call for a function. Raises NotRunHere."""
        name = self._named(logical_id, line).name
        params = self._functions.read(kind, logical_id, name, facts, self._destinations(logical_id, line))
        origin = Origin(self._source, line, logical_id, stack=self._stack_name, retained=self._retained(facts))
        place = self._stack.place
        params |= self._configured(name)
        return Resource(origin, place.account, place.region, "lambda", "CreateFunction", params)

    def _mapping(self, logical_id: str, facts: Mapping[str, Node], line: int) -> Resource | None:
        """Return the call for an event source mapping, None for one whose function or source is not here."""
        name = self._configures(facts)
        if not self._is_made(name) and name not in self._functions.registered:
            return None
        check_properties(MAPPING, _properties(facts), PROPERTIES)
        place = self._stack.place
        properties = {key: self._evaluator.value(value) for key, value in _properties(facts).items()}
        function = function_arn(str(properties["FunctionName"]), place.account, place.region)
        given = {key: value for key, value in properties.items() if value is not NO_VALUE}
        params = mapping_params(given, function)
        if params is None:
            return None
        origin = Origin(self._source, line, logical_id, stack=self._stack_name, retained=self._retained(facts))
        return Resource(origin, place.account, place.region, "lambda", "CreateEventSourceMapping", params)

    def _destinations(self, logical_id: str, line: int) -> dict[str, str]:
        """Return the ARNs of the destinations that SAM makes for a function, by outcome."""
        found = {}
        for outcome in ("OnSuccess", "OnFailure"):
            for word, attribute in (("Queue", "Arn"), ("Topic", "TopicArn")):
                made = f"{logical_id}EventInvokeConfig{outcome}{word}"
                if made in self._resources:
                    found[outcome] = self.attribute(made, attribute, line)
        return found

    def _configured(self, name: str) -> dict[str, Any]:
        """Return what resources of their own say of asynchronous invocations of the function with that name."""
        found: dict[str, Any] = {}
        for declared in self._resources.values():
            facts = declared.value if isinstance(declared.value, dict) else {}
            if "Type" in facts and facts["Type"].value == INVOKE_CONFIG and self._configures(facts) == name:
                found |= self._functions.invoke_config(_properties(facts), {})
        return found

    def _configures(self, facts: Mapping[str, Node]) -> str:
        """Return the name of the function that a resource configures, empty if it is not known."""
        try:
            return short_name(str(self._evaluator.value(_properties(facts)["FunctionName"])))
        except (BadTemplate, KeyError, IndexError):
            return ""

    def _is_made(self, name: str) -> bool:
        """Return whether the function with that name is one of the template that can be run here."""
        for logical_id, declared in self._resources.items():
            facts = declared.value if isinstance(declared.value, dict) else {}
            kind = facts["Type"].value if "Type" in facts else None
            if kind in FUNCTIONS and self._is_there(facts) and self._named(logical_id, declared.line).name == name:
                return self._is_run(logical_id, kind, facts, declared.line)
        return False

    def _is_run(self, logical_id: str, kind: str, facts: Mapping[str, Node], line: int) -> bool:
        try:
            self._function(logical_id, kind, facts, line)
        except NotRunHere:
            return False
        return True

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
        logical_id = self._names.get(logical_id, logical_id)
        if logical_id not in self._resources:
            return None
        found = self._named(logical_id, line).ref()
        if found is None:
            raise BadTemplate(line, f"the ARN of {logical_id} is not known before it is created")
        return found

    def attribute(self, logical_id: str, name: str, line: int) -> str:
        """Return the Fn::GetAtt of a resource. Raises BadTemplate if it is unknown yet."""
        part, dot, rest = name.partition(".")
        known_as = self._names.get(f"{logical_id}.{part}")  # of SAM: the Ref of it, or an attribute of that
        if known_as is not None and not dot:
            return self.ref(known_as, line) or ""
        if known_as is not None:
            logical_id, name = known_as, rest
        if logical_id not in self._resources:
            raise BadTemplate(line, f"there is no resource {logical_id}")
        named = self._named(logical_id, line)
        found = named.attribute(name)
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
        self._naming.append(logical_id)
        try:
            return Named(kind, self._name(logical_id, kind, _properties(facts)), self._stack)
        finally:
            self._naming.pop()

    def _name(self, logical_id: str, kind: str, properties: Mapping[str, Node]) -> str:
        given = {key: self._evaluator.value(properties[key]) for key in _naming_properties(kind) if key in properties}
        if kind in QUALIFIED and "FunctionName" in given:
            return qualified_name(str(given["FunctionName"]), given.get(QUALIFIED[kind] or ""))
        name = given.get(name_property(kind), NO_VALUE)
        if name is not NO_VALUE:
            return str(name)
        fifo = given.get(_fifo_property(kind), False)
        return generated_name(self._stack, logical_id, kind, str(fifo).lower() == "true")

    def _facts(self, logical_id: str) -> Mapping[str, Node]:
        declared = self._resources[logical_id]
        facts = declared.mapping(f"the resource {logical_id}")
        if "Type" not in facts:
            raise BadTemplate(declared.line, "there is no Type")
        return facts

    def _is_there(self, facts: Mapping[str, Node]) -> bool:
        condition = facts.get("Condition")
        return condition is None or self._evaluator.holds(condition)

    def _calls(self, logical_id: str, kind: str, facts: Mapping[str, Node], line: int) -> Iterator[Resource]:
        for name, fact in facts.items():
            if name not in _ATTRIBUTES:
                raise BadTemplate(fact.line, f"a resource has no {name}")
        self._check_order(facts.get("DependsOn"))
        properties = self._evaluated(kind, facts, line)
        origin = Origin(self._source, line, logical_id, stack=self._stack_name, retained=self._retained(facts))
        call = Caller(origin, self._stack.place)
        try:
            yield from TYPES[kind].calls(Given(properties, self._named(logical_id, line), call))
        except BadProperty as bad:
            raise BadTemplate(line, str(bad)) from None

    def _evaluated(self, kind: str, facts: Mapping[str, Node], line: int) -> dict[str, Any]:
        given, known = _properties(facts), TYPES[kind]
        check_properties(kind, given, known.required | known.optional)
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
            if self._names.get(one.text("DependsOn"), one.value) not in self._resources:
                raise BadTemplate(one.line, f"there is no resource {one.value}, which it depends on")


def _sections(text: str) -> Mapping[str, Node]:
    root = node.read(text)
    sections = root.mapping("the template")
    for name, section in sections.items():
        if name not in _SECTIONS:
            raise BadTemplate(section.line, f"a template has no section {name}")
    if "Resources" not in sections:
        raise BadTemplate(root.line, "a template needs Resources")
    for named in transforms(sections):
        if named not in _TRANSFORMS:
            raise BadTemplate(
                sections["Transform"].line,
                "a macro cannot be run here: only the transforms that AWS calls "
                f"{' and '.join(_TRANSFORMS)} may be named",
            )
    return sections


def _properties(facts: Mapping[str, Node]) -> Mapping[str, Node]:
    return facts["Properties"].mapping("Properties") if "Properties" in facts else {}


def _fifo_property(kind: str) -> str:
    return f"Fifo{kind.rpartition('::')[2]}"


def _naming_properties(kind: str) -> tuple[str, ...]:
    """Return the properties that the name of a resource depends on."""
    if kind in QUALIFIED:
        return ("FunctionName", QUALIFIED[kind] or "")
    return (name_property(kind), _fifo_property(kind))


def _other_type(kind: str, line: int) -> BadTemplate:
    return BadTemplate(
        line, f"{kind} is not a resource type of SQS or SNS; set other_resources to skip to leave these out"
    )
