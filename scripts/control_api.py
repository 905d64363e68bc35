"""Writes docs/control-api.md: each call of the control API with its request, command, Python method and response.

Rule: the page is made from the routes, from the OpenAPI document of a server, and from that server's responses to the
examples of the routes.

    python -m scripts.control_api
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from msgspec.structs import replace

from decaf.base.clock import Clock
from decaf.control.backup import MEDIA as BINARY
from decaf.control.explain.route import EXPLAIN
from decaf.control.mappings import DELETE_MAPPING
from decaf.control.push import EXPIRE_TOKEN
from decaf.control.route import EmptyResponse, Route
from decaf.control.routes import ROUTES
from decaf.functions.function import Function
from decaf.observe.history import KINDS
from decaf.testing import Decaf, Settings

PAGE = Path(__file__).parent.parent / "docs" / "control-api.md"

ACCOUNT = "000000000000"
FILE = "prepared.json"  # has the snapshot of a scene
PHONE = "+15555550142"
_START = 1_767_225_600.0  # 2026-01-01
_BASE_URL = "http://127.0.0.1:4566"
_REF = "#/components/schemas/"
_MAX_TEXT = 120  # characters of a text that an example shows
_MAX_LINE = 300  # characters of a line that an example shows whole
_MAX_ITEMS = 6  # items of a list or lines of a text that an example shows

_PORT = re.compile(r"127\.0\.0\.1:\d+")
# Of a call: what differs in each run, and what stands for it.
_REAL = {"real_at": _START, "real": _START, "seconds": 0.00025, "form": "native"}
_OWN_HEADERS = frozenset(
    {
        *("accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "content-length", "user-agent"),
        *("x-amz-date", "x-amzn-RequestId"),
    }
)

AnyRoute = Route[Any, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """A server with some resources and events; ids and times are the same in every run.

    `own` maps the ids in the examples of the routes to those of the scene; `snapshot` is a file with its state.
    """

    decaf: Decaf
    own: Mapping[str, str]
    snapshot: bytes

    def routes(self) -> list[AnyRoute]:
        """Returns all routes in the order of the page, with ids of the scene. Each finds the state that those before it
        left.
        """
        return [self._with_own_ids(route) for route in ROUTES]

    def _with_own_ids(self, route: AnyRoute) -> AnyRoute:
        example = {
            name: self.own.get(value, value) if isinstance(value, str) else value
            for name, value in route.example.items()
        }
        return replace(
            route, example=example, command=self._with_own(route.command), python=self._with_own(route.python)
        )

    def _with_own(self, text: str) -> str:
        for general, own in self.own.items():
            text = text.replace(general, own)
        return text


@contextmanager
def scene() -> Iterator[Scene]:
    """Yields a scene with a server of its own."""
    with TemporaryDirectory() as directory, Decaf(_settings(directory), Clock(lambda: _START)) as decaf:
        sqs, sns = decaf.client("sqs"), decaf.client("sns")
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        sent = sqs.send_message(QueueUrl=url, MessageBody="one latte", MessageGroupId="ada")["MessageId"]
        sqs.receive_message(QueueUrl=url)
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ada@example.com")
        sns.publish(PhoneNumber=PHONE, Message="Your latte is ready")
        application = sns.create_platform_application(
            Name="shop", Platform="GCM", Attributes={"PlatformCredential": "any"}
        )["PlatformApplicationArn"]
        device = sns.create_platform_endpoint(PlatformApplicationArn=application, Token="t" * 32)["EndpointArn"]
        for client in (sqs, sns):
            client.close()
        decaf.control.add_function("brew", "coffee.brew", path="/functions")
        decaf.call(decaf.world.functions.register, Function("grind", in_process=lambda event, _: f"{event['beans']} g"))
        mapping = decaf.control.map_queue("orders", "grind", enabled=False)
        own = {
            EXPLAIN.example["id"]: sent,
            EXPIRE_TOKEN.example["endpoint_arn"]: device,
            DELETE_MAPPING.example["uuid"]: mapping,
        }
        yield Scene(decaf, own, decaf.control.of(ACCOUNT).download_snapshot())


def _settings(directory: str) -> Settings:
    return Settings(port=0, seed=7, base_url=_BASE_URL, data_dir=directory)


def render() -> str:
    """Returns the page as Markdown."""
    with scene() as shown:
        document = json.loads(fetch(shown, ROUTES[-1]))
        parts = [_HEAD]
        for route in shown.routes():
            operation = document["paths"][f"/_decaf{route.path}"][route.method.lower()]
            parts.append(_call(route, operation, document, fetch(shown, route)))
        parts.append("## Kinds of events")
        parts.append("\n".join(["| Kind | Meaning |", "|---|---|", *_kinds()]))
        parts.append("## Types")
        parts.extend(_types(document))
    return "\n\n".join(parts) + "\n"


_HEAD = """# Control API

For those who test from any language, write a tool, or look up a command.

Operations that AWS does not have, under `/_decaf` of the server's address. This page is made by
`python -m scripts.control_api` from the OpenAPI document at `/_decaf/openapi.json`; do not edit it.

The fields of a request are those of the query for `GET` and `PUT` (the body of a `PUT` is a file), and those of a JSON
object in the body for `POST` and `DELETE`. Unknown fields are an error. The response is JSON. A refused request gets a
4xx status, or 503 when the data directory cannot be written, and `{"error": "the reason"}`. So does an internal
error of Decaf, with status 500; the log has its traceback.

The examples are of a server with a queue `orders`, one message of which is in flight, a topic `news`, the functions
`brew` and `grind`, and a platform application `shop`. Ids and times are that server's: yours has others.

The `decaf` command uses the server of `--url` or `DECAF_URL`, else the address that `decaf serve` listens on; with
`--json` it prints JSON. Its exit code is 0 on success; 1 when the server refused the request, found nothing, or an
expected event did not happen; 2 for wrong arguments; 3 when no server answers. In Python, `control` is
`Decaf.attach(url).control` of `decaf.testing`, or the fixture `decaf_control`; its methods raise `Refused`,
`ExpectationFailed` or `NoServer`."""


def _call(route: AnyRoute, operation: dict[str, Any], document: dict[str, Any], response: str) -> str:
    """Returns the section of one call."""
    return "\n\n".join(
        [
            f"## {route.method} {route.path}",
            _paragraph(f"{operation['summary']}. {operation.get('description', '')}"),
            *_request(operation, document),
            f"```sh\n{_curl(route)}\ndecaf {route.command}\n```",
            f"In Python: `{route.python}`",
            *_response(route, operation, response),
        ]
    )


def _kinds() -> Iterator[str]:
    """Yields the kinds of events, each with the docstring of its definition."""
    for name in sorted(KINDS):
        yield f"| `{name}` | {_paragraph((KINDS[name].__doc__ or '').partition('The subject')[0])} |"


def _request(operation: dict[str, Any], document: dict[str, Any]) -> list[str]:
    if "parameters" in operation:
        fields = {p["name"]: p["schema"] for p in operation["parameters"]}
        required = {p["name"] for p in operation["parameters"] if p["required"]}
    elif "requestBody" in operation:
        request = _resolved(operation["requestBody"]["content"]["application/json"]["schema"], document)
        fields, required = request["properties"], set(request.get("required", ()))
    else:
        return []
    if not fields:
        return []
    lines = [
        f"| `{name}` | {_kind(_without_null(schema))} | {'required' if name in required else _default(schema)} |"
        for name, schema in fields.items()
    ]
    return ["\n".join(["| Request | Type | Default |", "|---|---|---|", *lines])]


def _response(route: AnyRoute, operation: dict[str, Any], response: str) -> list[str]:
    if route.media == BINARY:
        return [f"Returns `{BINARY}`."]
    if route.media.startswith("text/") or (route.response is EmptyResponse and route.media != "application/json"):
        return [f"Returns `{route.media}`:", f"```\n{_beginning(response)}\n```"]
    if route.response is EmptyResponse:
        return ["Returns `{}`."]
    shown = json.dumps(_short(json.loads(response)), indent=2)
    return [f"Returns {_link(route.response.__name__)}:", f"```json\n{shown}\n```"]


def _types(document: dict[str, Any]) -> Iterator[str]:
    """Yields the types of responses, and those within requests."""
    requests = {route.request.__name__ for route in ROUTES}
    for name, schema in sorted(document["components"]["schemas"].items()):
        fields = schema.get("properties", {})
        if fields and name not in requests:
            lines = [f"| `{field}` | {_kind(kind)} | {_default(kind)} |" for field, kind in fields.items()]
            table = "\n".join(["| Field | Type | Default |", "|---|---|---|", *lines])
            yield f"### {name}\n\n{_paragraph(schema.get('description', ''))}\n\n{table}"


def _kind(schema: dict[str, Any]) -> str:
    """Returns a type in words."""
    if "description" in schema and "anyOf" not in schema:
        return f"{_kind({k: v for k, v in schema.items() if k != 'description'})}: {schema['description']}"
    if "$ref" in schema:
        return _link(schema["$ref"].removeprefix(_REF))
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema and len(schema["enum"]) == len(KINDS):
        return "one of the [kinds of events](#kinds-of-events)"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind: str = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'])}"
    return kind + _bounds(schema)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns the type of an optional field without null."""
    parts = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return schema if not parts else rest | ({"anyOf": parts} if len(parts) > 1 else parts[0])


def _bounds(schema: dict[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f", more than {schema['exclusiveMinimum']:,}, at most {most:,}"
    if least is None:
        return ", not empty" if schema.get("minLength") else ""
    return f", at least {least:,}" if most is None else f", {least:,} to {most:,}"


def _default(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return "" if default is None else f"`{json.dumps(default)}`"


def _link(name: str) -> str:
    return f"[{name}](#{name.lower().replace('.', '')})"


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].removeprefix(_REF)]
    return found


def _paragraph(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _curl(route: AnyRoute) -> str:
    url = f"{_BASE_URL}/_decaf{_target(route)}"
    if route.method == "GET":
        return f"curl '{url}'"
    if route.method == "PUT":
        return f"curl -X PUT '{url}' --data-binary @{FILE}"
    body = f" -d '{json.dumps(route.example)}'" if route.example else ""
    return f"curl -X {route.method} {url}{body}"


def _target(route: AnyRoute) -> str:
    """Returns the path of the example request, with its query."""
    in_query = route.example and route.method in ("GET", "PUT")
    return f"{route.path}?{urlencode(route.example)}" if in_query else route.path


def _short(value: Any) -> Any:
    """Returns the value with long lists and texts cut."""
    if isinstance(value, str):
        value = _PORT.sub(_BASE_URL.rpartition("/")[2], value)
        return value if len(value) <= _MAX_TEXT else f"{value[:_MAX_TEXT]}..."
    if isinstance(value, list):
        return [_short(item) for item in value[:_MAX_ITEMS]]
    if isinstance(value, dict):
        if "openapi" in value:
            return {"openapi": value["openapi"], "info": value["info"], "paths": {}, "components": {}}
        return {name: _short(_REAL.get(name, item)) for name, item in value.items() if name not in _OWN_HEADERS}
    return value


def _beginning(text: str) -> str:
    """Returns the first lines of a text; of metrics, those that are the same in every run."""
    lines = [line for line in text.splitlines() if "duration" not in line]
    return "\n".join(line if len(line) <= _MAX_LINE else f"{line[:_MAX_TEXT]}..." for line in lines[:_MAX_ITEMS])


def fetch(shown: Scene, route: AnyRoute) -> str:
    """Returns the response to the example request; of a stream, its first event."""
    body = {"GET": None, "PUT": shown.snapshot}.get(route.method, json.dumps(route.example).encode())
    request = Request(f"{shown.decaf.url}/_decaf{_target(route)}", body, method=route.method)
    try:
        with urlopen(request, timeout=30) as response:
            if response.headers["Content-Type"] != "text/event-stream":
                return str(response.read().decode(errors="replace"))
            return "".join([str(response.readline(), "utf-8") for _ in range(5)])
    except HTTPError as error:
        with error:
            raise RuntimeError(f"{route.method} {route.path}: {error.read().decode()}") from error


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
