"""The parameters of a call out of its form: the reader for each service's own spelling, compiled once.

Rule: here the two spellings of forms meet; neither knows of the operations.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from decaf_protocol.constraints import raise_complaints
from decaf_protocol.models import service
from decaf_protocol.query import FormWire, Node
from decaf_protocol.shapes import Reader, compile_reader
from decaf_protocol.sqs_query import FlatFormWire, names, refuse_foreign_lists


def read_form(service_name: str, operation: str, form: Node, queue_path: str) -> dict[str, Any]:
    """The parameters of an operation.

    `queue_path` is the path of the request, "" for the root; it names the queue when no parameter does.
    Raises AWSError for what the model forbids.
    """
    if queue_path and form.get("QueueUrl") is None:
        form.parts["QueueUrl"] = Node(queue_path)
    if service_name == "sqs":
        refuse_foreign_lists(form, _sqs_names(operation))
    complaints: list[str] = []
    params: dict[str, Any] = _reader(service_name, operation)(form, "", complaints)
    raise_complaints(complaints)
    return params


@cache
def _sqs_names(operation: str) -> frozenset[str]:
    return names(service("sqs").operations[operation].input)


@cache
def _reader(service_name: str, operation: str) -> Reader:
    wire = FlatFormWire() if service_name == "sqs" else FormWire()
    return compile_reader(service(service_name).operations[operation].input, wire)
