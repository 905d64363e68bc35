"""The scenarios, by family: plain functions of boto3 clients that return a Trace.

Every public function of a file here is a scenario; its parameters, `sqs` and `sns`, say which clients it
wants. It finds its account empty and may leave anything behind.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable

from ..trace import Trace

Scenario = Callable[..., Trace]


def all_scenarios() -> dict[str, Scenario]:
    """Every scenario by its name, `<file>.<function>`."""
    files = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: function for file in files for name, function in _in_file(file).items()}


def _in_file(file: str) -> dict[str, Scenario]:
    module = importlib.import_module(f".{file}", __name__)
    return {
        f"{file}.{name}": function
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }
