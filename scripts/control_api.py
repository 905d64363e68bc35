"""Writes docs/control-api.md: each of Decaf's own calls, with what it takes and gives, its command, its method.

Rule: what is said of a call is read from the OpenAPI document that a server serves, and its answer is what that
server answered. By hand are only the examples.

    python -m scripts.control_api
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from decaf.base.clock import Clock
from decaf.control.backup import MEDIA as BINARY
from decaf.observe.history import KINDS
from decaf.testing import Decaf, Settings

PAGE = Path(__file__).parent.parent / "docs" / "control-api.md"

ACCOUNT = "000000000000"
OTHER_ACCOUNT = "111122223333"
FILE = "prepared.json"  # has the snapshot of a scene
PHONE = "+15555550142"
_START = 1_767_225_600.0  # 2026-01-01
_BASE_URL = "http://127.0.0.1:4566"
_REF = "#/components/schemas/"
_WIDEST = 120  # characters of a text that an example shows
_WIDEST_LINE = 300  # characters of a line that an example shows whole
_LONGEST = 6  # items of a list or lines of a text that an example shows


@dataclass(frozen=True, slots=True)
class Shown:
    """One call: an example of what it takes, the words of the command that makes it, and the same in Python."""

    method: str
    path: str
    command: str
    python: str
    takes: dict[str, Any] = field(default_factory=dict)
    file: bytes = b""  # the body of a PUT


@dataclass(frozen=True, slots=True)
class Scene:
    """A server with something to show; in every run the same, ids and times included."""

    decaf: Decaf
    message_id: str
    endpoint_arn: str
    snapshot: bytes


@contextmanager
def scene() -> Iterator[Scene]:
    """A scene, with a server of its own."""
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
        yield Scene(decaf, sent, device, decaf.control.of(ACCOUNT).download_snapshot())


def _settings(directory: str) -> Settings:
    return Settings(port=0, seed=7, base_url=_BASE_URL, data_dir=directory)


def calls(of: Scene) -> list[Shown]:
    """Every call, in the order of the page; each finds what those before it left."""
    return [
        Shown("GET", "/health", "health", "control.health()"),
        Shown("GET", "/clock", "clock", "control.clock()"),
        Shown("POST", "/clock/advance", "advance 10", "control.advance(10)", {"seconds": 10}),
        Shown("POST", "/clock/next", "advance --next", "control.next()"),
        Shown("POST", "/clock/freeze", "clock freeze", "control.freeze()"),
        Shown("POST", "/clock/thaw", "clock thaw", "control.thaw()"),
        Shown(
            "GET",
            "/events",
            "events MessageReceived --queue orders",
            'control.events("MessageReceived", queue="orders")',
            {"kind": "MessageReceived", "queue": "orders"},
        ),
        Shown("GET", "/mark", "mark", "control.mark()"),
        Shown(
            "GET",
            "/events/stream",
            "tail MessageReceived --since 0 --count 1",
            'next(control.follow("MessageReceived", since=0))',
            {"kind": "MessageReceived", "since": 0},
        ),
        Shown(
            "POST",
            "/wait",
            "wait MessageReturned --queue orders --since 0 --timeout 5",
            'control.wait_for("MessageReturned", queue="orders", since=0, timeout=5)',
            {"kind": "MessageReturned", "queue": "orders", "since": 0, "timeout": 5},
        ),
        Shown(
            "POST",
            "/never",
            "never MessageDeadLettered --since 0",
            'control.never("MessageDeadLettered", since=0)',
            {"kind": "MessageDeadLettered", "since": 0},
        ),
        Shown("GET", "/queues", "queues ord", 'control.queues("ord")', {"prefix": "ord"}),
        Shown("GET", "/groups", "groups orders", 'control.groups("orders")', {"queue": "orders"}),
        Shown(
            "GET",
            "/messages",
            "peek orders --state visible",
            'control.messages("orders", "visible")',
            {"queue": "orders", "state": "visible"},
        ),
        Shown("GET", "/topics", "topics ne", 'control.topics("ne")', {"prefix": "ne"}),
        Shown("GET", "/subscriptions", "subscriptions news", 'control.subscriptions("news")', {"topic": "news"}),
        Shown(
            "GET",
            "/explain",
            f"explain {of.message_id}",
            f'control.explain("{of.message_id}")',
            {"id": of.message_id},
        ),
        Shown("GET", "/inbox", "inbox --protocol sms", 'control.inbox("sms")', {"protocol": "sms"}),
        Shown("DELETE", "/inbox", "inbox --clear", "control.clear_inbox()"),
        Shown(
            "POST",
            "/faults",
            "fault add error --code ServiceUnavailable --queue orders --nth 1 --nth 3",
            'control.set_fault(Error(code="ServiceUnavailable"), Match(queue="orders"), When(nth=[1, 3]))',
            {
                "effect": {"type": "error", "code": "ServiceUnavailable"},
                "match": {"queue": "orders"},
                "when": {"nth": [1, 3]},
            },
        ),
        Shown("GET", "/faults", "fault list", "control.faults()"),
        Shown("DELETE", "/faults", "fault remove fault-1", 'control.clear_faults("fault-1")', {"id": "fault-1"}),
        Shown(
            "POST",
            "/functions",
            "function add brew --handler coffee:brew --path /functions",
            'control.add_function("brew", "coffee:brew", path="/functions")',
            {"name": "brew", "handler": "coffee:brew", "path": "/functions"},
        ),
        Shown("GET", "/functions", "function list", "control.functions()"),
        Shown("DELETE", "/functions", "function remove brew", 'control.remove_function("brew")', {"name": "brew"}),
        Shown(
            "POST",
            "/push/expire",
            f"push expire {of.endpoint_arn}",
            f'control.expire_token("{of.endpoint_arn}")',
            {"endpoint_arn": of.endpoint_arn},
        ),
        Shown(
            "POST",
            "/sms/opt-out",
            f"sms opt-out {PHONE}",
            f'control.opt_out("{PHONE}")',
            {"account": ACCOUNT, "phone_number": PHONE},
        ),
        Shown(
            "POST",
            "/snapshots",
            f"snapshot save prepared --account {ACCOUNT}",
            f'control.of("{ACCOUNT}").save_snapshot("prepared")',
            {"name": "prepared", "account": ACCOUNT},
        ),
        Shown("GET", "/snapshots", "snapshot list", "control.snapshots()"),
        Shown(
            "POST",
            "/snapshots/restore",
            f"snapshot restore prepared --into {OTHER_ACCOUNT}",
            f'control.restore_snapshot("prepared", into="{OTHER_ACCOUNT}")',
            {"name": "prepared", "into": OTHER_ACCOUNT},
        ),
        Shown(
            "GET",
            "/snapshots/file",
            "snapshot download prepared",
            'control.download_snapshot("prepared")',
            {"name": "prepared"},
        ),
        Shown(
            "DELETE",
            "/snapshots",
            "snapshot remove prepared",
            'control.remove_snapshot("prepared")',
            {"name": "prepared"},
        ),
        Shown(
            "PUT",
            "/snapshots/file",
            f"snapshot load {FILE}",
            f'control.load_snapshot(Path("{FILE}").read_bytes())',
            file=of.snapshot,
        ),
        Shown("GET", "/backup", "backup copy.sqlite", 'control.backup("copy.sqlite")'),
        Shown("GET", "/metrics", "metrics", "control.metrics()"),
        Shown("POST", "/seed", "seed 7", "control.seed(7)", {"seed": 7}),
        Shown("POST", "/reset", f"reset --account {ACCOUNT}", f'control.reset("{ACCOUNT}")', {"account": ACCOUNT}),
        Shown(
            "POST",
            "/declare",
            "declare orders.toml",
            'control.declare(\'[[queues]]\\nname = "refunds"\', "toml")',
            {"text": '[[queues]]\nname = "refunds"', "format": "toml"},
        ),
        Shown("GET", "/export", "export", "control.export()"),
        Shown("GET", "/openapi.json", "openapi", "control.openapi()"),
    ]


def render() -> str:
    """The page, in Markdown."""
    with scene() as shown:
        document = json.loads(ask(shown.decaf.url, calls(shown)[-1]))
        parts = [_HEAD]
        prefix = len("/_decaf")
        by_path = {(m.upper(), path[prefix:]): op for path, ops in document["paths"].items() for m, op in ops.items()}
        for call in calls(shown):
            answer = ask(shown.decaf.url, call)
            parts.append(_call(call, by_path[call.method, call.path], document, answer))
        parts.append("## Kinds")
        parts.append("\n".join(["| Kind | Means |", "|---|---|", *_kinds()]))
        parts.append("## Types")
        parts.extend(_types(document))
    return "\n\n".join(parts) + "\n"


_HEAD = """# Decaf's own calls

What AWS has no call for, under `/_decaf` of the server's address. Made by `python -m scripts.control_api` from the
OpenAPI document that a server serves at `/_decaf/openapi.json`; do not edit.

A `GET` takes its fields from the query, as does a `PUT`, whose body is a file; every other call from a JSON object. The
answer is JSON. A call that cannot be done as asked is answered with a 4xx status and `{"error": "why"}`. Fields that
are not known are refused.

A command is given `--url` or `DECAF_URL`, else it asks the server that `decaf serve` would be; with `--json` it prints
JSON. It ends with 0 when all is well, 1 when something is refused, not found or not so, 2 when it is misused, 3 when no
server answers. In Python, `control` is `Decaf.attach(url).control` of `decaf.testing`, or the fixture
`decaf_control`; it raises `Refused`, `ExpectationFailed` or `NoServer`."""


def _call(call: Shown, operation: dict[str, Any], document: dict[str, Any], answer: str) -> str:
    """What is said of one call."""
    return "\n\n".join(
        [
            f"## {call.method} {call.path}",
            _paragraph(f"{operation['summary']}. {operation.get('description', '')}"),
            *_takes(operation, document),
            f"```sh\n{_curl(call)}\ndecaf {call.command}\n```",
            f"In Python: `{call.python}`",
            *_gives(operation, document, answer),
        ]
    )


def _kinds() -> Iterator[str]:
    """The kinds of what happens, each with what is said of it where it is defined."""
    for name in sorted(KINDS):
        yield f"| `{name}` | {_paragraph((KINDS[name].__doc__ or '').partition('The subject')[0])} |"


def _takes(operation: dict[str, Any], document: dict[str, Any]) -> list[str]:
    if "parameters" in operation:
        fields = {p["name"]: p["schema"] for p in operation["parameters"]}
        required = {p["name"] for p in operation["parameters"] if p["required"]}
    elif "requestBody" in operation:
        taken = _resolved(operation["requestBody"]["content"]["application/json"]["schema"], document)
        fields, required = taken["properties"], set(taken["required"])
    else:
        return []
    if not fields:
        return []
    lines = [
        f"| `{name}` | {_kind(_without_null(schema))} | {'required' if name in required else _default(schema)} |"
        for name, schema in fields.items()
    ]
    return ["\n".join(["| Takes | Type | Unless given |", "|---|---|---|", *lines])]


def _gives(operation: dict[str, Any], document: dict[str, Any], answer: str) -> list[str]:
    ((media, content),) = operation["responses"]["200"]["content"].items()
    if media != "application/json":
        if media == BINARY:
            return [f"Gives `{media}`."]
        return [f"Gives `{media}`:", f"```\n{_beginning(answer)}\n```"]
    schema = content["schema"]
    name = schema["$ref"].removeprefix(_REF)
    if not _resolved(schema, document)["properties"]:
        return ["Gives `{}`."]
    shown = json.dumps(_short(json.loads(answer)), indent=2)
    return [f"Gives {_link(name)}:", f"```json\n{shown}\n```"]


def _types(document: dict[str, Any]) -> Iterator[str]:
    """All types that answers have, and those that are within what calls take."""
    taken = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].removeprefix(_REF)
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if "requestBody" in operation and method != "put"
    }
    asked = {
        name for name in document["components"]["schemas"] if name.startswith(("Find", "Follow", "Download", "Load"))
    }
    for name, schema in sorted(document["components"]["schemas"].items()):
        fields = schema.get("properties", {})
        if fields and name not in taken | asked:
            lines = [f"| `{field}` | {_kind(kind)} | {_default(kind)} |" for field, kind in fields.items()]
            table = "\n".join(["| Field | Type | Unless given |", "|---|---|---|", *lines])
            yield f"### {name}\n\n{_paragraph(schema.get('description', ''))}\n\n{table}"


def _kind(schema: dict[str, Any]) -> str:
    """A type, in words."""
    if "description" in schema and "anyOf" not in schema:
        return f"{_kind({k: v for k, v in schema.items() if k != 'description'})}: {schema['description']}"
    if "$ref" in schema:
        return _link(schema["$ref"].removeprefix(_REF))
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema and len(schema["enum"]) == len(KINDS):
        return "one of the [kinds](#kinds)"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind: str = schema.get("type", "anything")
    if kind == "array":
        return f"list of {_kind(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'])}"
    return kind + _bounds(schema)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What an optional field is where it is given."""
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


def _curl(call: Shown) -> str:
    if call.method == "GET":
        query = f"?{urlencode(call.takes)}" if call.takes else ""
        return f"curl '{_BASE_URL}/_decaf{call.path}{query}'"
    if call.method == "PUT":
        return f"curl -X PUT {_BASE_URL}/_decaf{call.path} --data-binary @{FILE}"
    body = f" -d '{json.dumps(call.takes)}'" if call.takes else ""
    return f"curl -X {call.method} {_BASE_URL}/_decaf{call.path}{body}"


def _short(value: Any) -> Any:
    """The value with long lists and texts cut."""
    if isinstance(value, str):
        return value if len(value) <= _WIDEST else f"{value[:_WIDEST]}..."
    if isinstance(value, list):
        return [_short(item) for item in value[:_LONGEST]]
    if isinstance(value, dict):
        if "openapi" in value:
            return {"openapi": value["openapi"], "info": value["info"], "paths": {}, "components": {}}
        return {name: _short(item) for name, item in value.items()}
    return value


def _beginning(answer: str) -> str:
    """The first lines of a text; of metrics those that are the same in every run."""
    lines = [line for line in answer.splitlines() if "duration" not in line]
    return "\n".join(line if len(line) <= _WIDEST_LINE else f"{line[:_WIDEST]}..." for line in lines[:_LONGEST])


def ask(url: str, call: Shown) -> str:
    """The answer of a call; of one that goes on, its first event."""
    query = f"?{urlencode(call.takes)}" if call.takes and call.method == "GET" else ""
    body = {"GET": None, "PUT": call.file}.get(call.method, json.dumps(call.takes).encode())
    request = Request(f"{url}/_decaf{call.path}{query}", body, method=call.method)
    try:
        with urlopen(request, timeout=30) as answer:
            if answer.headers["Content-Type"] != "text/event-stream":
                return str(answer.read().decode(errors="replace"))
            return "".join([str(answer.readline(), "utf-8") for _ in range(5)])
    except HTTPError as error:
        with error:
            raise RuntimeError(f"{call.method} {call.path}: {error.read().decode()}") from error


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
