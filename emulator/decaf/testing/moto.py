"""moto beside Decaf: it answers for the services that Decaf does not have, and for those only.

moto answers from botocore's event `before-send`, by a handler that is in every session made after moto's import.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

_MODULE = "moto.core.models"  # where its handler is made

_set_aside: list[tuple[Any, Any]] = []  # the class of the handler, and its method


def set_aside(is_ours: Callable[[str, str], bool]) -> None:
    """Let moto, once it is imported, leave those operations alone whose service and name `is_ours` accepts."""
    if _set_aside or _MODULE not in sys.modules:
        return
    kind: Any = type(sys.modules[_MODULE].botocore_stubber)
    answer = kind.__call__

    def answer_others(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        _, service, operation = event_name.split(".")
        return None if is_ours(service, operation) else answer(stubber, event_name, request, **more)

    _set_aside.append((kind, answer))
    kind.__call__ = answer_others


def take_back() -> None:
    """Let moto answer everything again."""
    for kind, answer in _set_aside:
        kind.__call__ = answer
    _set_aside.clear()


def respond(prepared: Any) -> Any:
    """Returns moto's response to a request of a client that was made before moto was imported; None if it has none."""
    module = sys.modules.get(_MODULE)
    if module is None or not module.botocore_stubber.enabled:
        return None
    return module.botocore_stubber("before-send.other.Call", request=prepared)
