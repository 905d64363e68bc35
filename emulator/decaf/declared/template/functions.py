"""The functions of a template that can be run here: those with Python code beside the template, or in it.

Rule: what cannot be known, such as an environment variable that refers to a table of DynamoDB, is left out; a template
that cannot be run as a whole is still of use. A function whose code is elsewhere is none of these, unless the settings
say what runs it.

Source: AWS SAM Developer Guide, "AWS::Serverless::Function" and "Globals section"; CloudFormation Template Reference,
"AWS::Lambda::Function" and "AWS::Lambda::EventInvokeConfig".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import Any

import msgspec

from decaf.declared.template.node import BadTemplate, Node, check_properties
from decaf.declared.template.sam import members, members_of

SERVERLESS = "AWS::Serverless::Function"
_FUNCTION = "AWS::Lambda::Function"
FUNCTIONS = (_FUNCTION, SERVERLESS)
INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"

_PROPERTIES = frozenset(  # of AWS::Lambda::Function
    {
        "AcceleratorConfig",
        "Architectures",
        "CapacityProviderConfig",
        "Code",
        "CodeSigningConfigArn",
        "DeadLetterConfig",
        "Description",
        "DurableConfig",
        "Environment",
        "EphemeralStorage",
        "FileSystemConfigs",
        "FunctionName",
        "FunctionScalingConfig",
        "Handler",
        "ImageConfig",
        "KmsKeyArn",
        "Layers",
        "LoggingConfig",
        "MemorySize",
        "PackageType",
        "PublishToLatestPublished",
        "RecursiveLoop",
        "ReservedConcurrentExecutions",
        "Role",
        "Runtime",
        "RuntimeConfig",
        "RuntimeManagementConfig",
        "SnapStart",
        "Tags",
        "TenancyConfig",
        "Timeout",
        "TracingConfig",
        "VpcConfig",
    }
)
_SAME = ("Description", "MemorySize", "ReservedConcurrentExecutions", "Role", "Timeout")
_INLINE = "index.py"  # the file that Lambda makes of code in a template


class NotRunHere(Exception):
    """A function that nothing here can run; the text is the reason."""


class FunctionReader(msgspec.Struct, frozen=True):
    """Reads functions. `evaluate` returns the value of a node, and raises BadTemplate; paths of code start from
    `folder`. `globals` are the default properties of functions of SAM, `registered` the names of functions that are
    registered already.
    """

    evaluate: Callable[[Node], Any]
    folder: Path | None
    globals: Mapping[str, Node]
    registered: Set[str]

    def read(
        self, kind: str, logical_id: str, name: str, facts: Mapping[str, Node], destinations: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the parameters of CreateFunction. Raises NotRunHere, and BadTemplate for a property that is none.

        `Code` has a Path, or a file by Name and Text, or names a function that is `Registered`.
        `destinations` are the ARNs of those that SAM makes, by outcome.
        """
        own = members(facts, "Properties")
        if kind == _FUNCTION:
            check_properties(kind, own, _PROPERTIES)
        properties = {**self.globals, **own} if kind == SERVERLESS else own
        code = self._code(kind, logical_id, name, properties, facts)
        found = {each: self._value(properties.get(each)) for each in (*_SAME, "Handler", "Runtime")}
        return {
            **{each: value for each, value in found.items() if value is not None},
            "FunctionName": name,
            "Code": code,
            "Environment": self._variables(kind, own),
            "DeadLetterConfig": self._target(properties),
            **self.invoke_config(members(properties, "EventInvokeConfig"), destinations),
        }

    def invoke_config(self, config: Mapping[str, Node], made: Mapping[str, str]) -> dict[str, Any]:
        """Return the parameters of PutFunctionEventInvokeConfig; `made` has destinations that SAM makes."""
        named = ("MaximumEventAgeInSeconds", "MaximumRetryAttempts")
        found = {each: value for each in named if (value := self._value(config.get(each))) is not None}
        outcomes = members(config, "DestinationConfig")
        targets = {
            outcome: self._value(members(outcomes, outcome).get("Destination")) or made.get(outcome)
            for outcome in ("OnSuccess", "OnFailure")
            if outcome in outcomes
        }
        return {**found, **{outcome: target for outcome, target in targets.items() if isinstance(target, str)}}

    def _code(
        self, kind: str, logical_id: str, name: str, properties: Mapping[str, Node], facts: Mapping[str, Node]
    ) -> dict[str, str]:
        for known in (name, logical_id):
            if known in self.registered:
                return {"Registered": known}
        runtime = self._value(properties.get("Runtime"))
        if not (isinstance(runtime, str) and runtime.startswith("python")):
            raise NotRunHere("no runtime of Python" if runtime is None else f"the runtime {runtime} is not Python")
        if "Handler" not in properties:
            raise NotRunHere("no handler")
        text = self._value(properties.get("InlineCode") or members_of(properties.get("Code")).get("ZipFile"))
        if isinstance(text, str):
            return {"Name": _INLINE, "Text": text}
        asset = members(facts, "Metadata").get("aws:asset:path")  # where the CDK has put it
        return {"Path": self._folder(self._value(asset or properties.get("CodeUri" if kind == SERVERLESS else "Code")))}

    def _folder(self, at: Any) -> str:
        if not isinstance(at, str) or "://" in at:
            raise NotRunHere(f"the code is at {at}" if isinstance(at, str) else "the code is not in a folder")
        if self.folder is None:
            raise NotRunHere("the folder of the template is not known")
        folder = (self.folder / at).resolve()
        if not folder.is_dir():
            raise NotRunHere(f"{folder} is not a folder" if folder.exists() else f"the folder {folder} does not exist")
        return str(folder)

    def _variables(self, kind: str, own: Mapping[str, Node]) -> dict[str, Any]:
        variables = members(members(own, "Environment"), "Variables")
        if kind == SERVERLESS:
            variables = {**members(members(self.globals, "Environment"), "Variables"), **variables}
        found = {name: self._value(node) for name, node in variables.items()}
        return {"Variables": {name: value for name, value in found.items() if value is not None}}

    def _target(self, properties: Mapping[str, Node]) -> dict[str, str]:
        named = members(properties, "DeadLetterQueue" if "DeadLetterQueue" in properties else "DeadLetterConfig")
        target = self._value(named.get("TargetArn"))
        return {"TargetArn": target} if isinstance(target, str) else {}

    def _value(self, node: Node | None) -> Any:
        """Return the value of a node, None where it is not known here."""
        try:
            return None if node is None else self.evaluate(node)
        except BadTemplate:
            return None
