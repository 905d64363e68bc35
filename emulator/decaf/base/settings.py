"""Every setting, in one table: its name, its default, its limits and what it is for.

Rule: a setting is a flag (`--max-body`), a variable (`DECAF_MAX_BODY`) and a key of `decaf.toml` (`max_body`),
all made from this table; the flag wins over the variable, the variable over the file. Defaults are AWS's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


class BadSetting(Exception):
    """A setting has a value that it cannot have; the text says which, in one line for people."""


def _setting(default: Any, about: str, least: float | None = None, most: float | None = None) -> Any:
    return field(default=default, metadata={"about": about, "least": least, "most": most})


def _limit(service: str, default: Any, about: str, least: float) -> Any:
    """A setting that is one of AWS's own limits or cool-downs; by default it is as AWS has it."""
    return field(default=default, metadata={"about": about, "least": least, "most": None, "limit_of": service})


def _texts(about: str) -> Any:
    """A setting that is several texts: a flag given several times, a variable with commas between, or a list."""
    return field(default=(), metadata={"about": about, "least": None, "most": None, "texts": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a server can be told. Times are seconds, sizes bytes."""

    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(4566, "port to listen on; 0 takes a free one", 0, 65_535)
    log_level: str = _setting("info", "debug, info, warning or error")
    base_url: str = _setting("", "start of queue URLs; by default the host that the client used")
    region: str = _setting("us-east-1", "region of calls that name none")
    seed: int = _setting(-1, "makes ids repeat from run to run; -1 takes a random one", -1)
    data_dir: str = _setting("", "directory to keep everything in; by default nothing outlives the process")
    durability: str = _setting(
        "commit",
        "what data_dir promises: commit, what is answered is on the disk; second, a second later; none, at the end",
    )
    edge: str = _setting("fast", "fast, or plain: aiohttp alone reads what clients send")
    max_body: int = _setting(4 * 1024 * 1024, "longest request body", 1024)
    max_connections: int = _setting(10_000, "connections open at once; the one that idles longest makes room", 1)
    idle_timeout: float = _setting(75.0, "time that a connection stays open with nothing to do", 0.001)
    request_timeout: float = _setting(30.0, "time that a client gets to send a request, head and body", 0.001)
    memory_limit: int = _setting(0, "bytes that the messages of all queues may hold together; 0 is any number", 0)
    max_inbox: int = _setting(10_000, "deliveries to phones, mail boxes and apps that the inbox keeps", 1)
    clock_patience: float = _setting(
        5.0, "real time that moving the clock waits for a subscriber that falls due on the way to answer", 0
    )
    control_from: str = _setting("loopback", "who may make Decaf's own calls (/_decaf): loopback, or anywhere")
    control_hosts: str = _setting("", "more names that Decaf's own calls may reach us by, separated by commas")
    snapshot: str = _setting("", "snapshot file to start from, unless the data directory has something to go on with")
    max_snapshots: int = _setting(100, "snapshots that are kept by name", 0)
    max_snapshot_file: int = _setting(256 * 1024 * 1024, "longest snapshot file that can be loaded", 1024)
    max_history: int = _setting(10_000, "happenings that the history keeps; 0 keeps none", 0)
    shutdown_grace: float = _setting(5.0, "time that running calls get to finish when the server stops", 0)

    # Resources that are there from the start
    init: tuple[str, ...] = _texts("file of resources to create at the start: TOML, or a CloudFormation template")
    parameter: tuple[str, ...] = _texts("NAME=VALUE, a parameter of a template")
    stack_name: str = _setting("", "name of the stack that a template makes; by default its file's")
    other_resources: str = _setting("refuse", "resources of other services in a template: refuse, or skip")
    init_account: str = _setting("000000000000", "account of declared resources that name none")
    queues: tuple[Mapping[str, Any], ...] = _setting((), "queues to create at the start: tables, see docs/declared.md")
    topics: tuple[Mapping[str, Any], ...] = _setting((), "topics to create at the start: tables")
    subscriptions: tuple[Mapping[str, Any], ...] = _setting((), "subscriptions to create at the start: tables")
    platform_applications: tuple[Mapping[str, Any], ...] = _setting(
        (), "platform applications to create at the start: tables"
    )

    # SNS: deliveries that take time
    max_deliveries: int = _setting(256, "deliveries under way at once", 1)
    max_deliveries_each: int = _setting(16, "deliveries under way at once to one subscription", 1)
    http_timeout: float = _limit("SNS", 15.0, "time that an HTTP endpoint gets to answer", 0.001)
    https_trust: str = _setting(
        "system", "certificates of HTTPS endpoints and mail servers to trust: system, any, or a file of them"
    )
    retry_jitter: float = _setting(0.1, "part of the delay before a retry that chance can take off", 0, 1)
    # SNS: mail
    smtp_url: str = _setting("", "mail server to send mails by, smtp://user:password@host:port or smtps://")

    # SNS: delivery streams
    firehose_dir: str = _setting("", "directory for what is delivered to Firehose streams, a file for each")

    # SNS: text messages
    sms_sandbox: str = _setting("off", "on: accounts are in the SMS sandbox, and only verified numbers are sent to")
    sms_price: float = _setting(0.0, "price of one part of a text message in US dollars, for MonthlySpendLimit", 0)
    functions: tuple[Mapping[str, Any], ...] = _setting(
        (), "functions that lambda subscriptions invoke: tables with name, and handler and path, or url; and timeout"
    )
    origination_numbers: tuple[Mapping[str, Any], ...] = _setting(
        (), "numbers that ListOriginationNumbers lists: tables, or a JSON list of objects, with the API's members"
    )

    # SQS: messages
    max_message_size: int = _limit("SQS", 1_048_576, "longest message, attributes included", 1024)
    max_message_attributes: int = _limit("SQS", 10, "attributes of a message", 0)
    max_batch_entries: int = _limit("SQS", 10, "entries of a batch", 1)
    max_batch_size: int = _limit("SQS", 1_048_576, "longest sum of the messages of a batch", 1024)
    max_received: int = _limit("SQS", 10, "messages of one ReceiveMessage", 1)
    max_in_flight: int = _limit("SQS", 120_000, "messages of a queue that can be in flight at once", 1)
    max_visibility: int = _limit("SQS", 43_200, "time that a message can be in flight from its receive on", 1)
    max_wait: int = _limit("SQS", 20, "longest wait of a long poll", 0)
    max_delay: int = _limit("SQS", 900, "longest delay of a message", 0)

    # SQS: queues
    purge_cooldown: float = _limit("SQS", 60.0, "time between two PurgeQueue calls on a queue", 0)
    recreate_cooldown: float = _limit("SQS", 60.0, "time after DeleteQueue until the name can be used again", 0)
    min_retention: int = _limit("SQS", 60, "shortest retention period", 0)
    max_retention: int = _limit("SQS", 1_209_600, "longest retention period", 60)
    max_receive_count: int = _limit("SQS", 1_000, "largest maxReceiveCount of a redrive policy", 1)
    max_redrive_sources: int = _limit("SQS", 10, "queues that a redrive allow policy can name", 1)
    max_tags: int = _limit("SQS", 50, "tags of a queue", 0)
    max_page: int = _limit("SQS", 1_000, "queues in a list", 1)

    # SQS: policies
    max_policy_size: int = _limit("SQS", 8_192, "longest policy", 1)
    max_policy_statements: int = _limit("SQS", 20, "statements of a policy", 1)
    max_policy_principals: int = _limit("SQS", 50, "principals of a policy", 1)
    max_policy_conditions: int = _limit("SQS", 10, "conditions of a policy", 0)
    max_policy_actions: int = _limit("SQS", 7, "actions of one AddPermission", 1)

    # SQS: message move tasks
    max_move_tasks: int = _limit("SQS", 100, "tasks of an account that can run at once", 1)
    max_move_rate: int = _limit("SQS", 500, "messages that a task can move in a second", 1)
    max_move_time: float = _limit("SQS", 129_600.0, "time that a task can run", 1)

    # SNS
    max_topic_filter_policies: int = _limit("SNS", 200, "subscriptions of a topic that have a filter policy", 0)
    max_filter_policies: int = _limit("SNS", 10_000, "filter policies of an account in a region", 0)
    max_fifo_subscriptions: int = _limit("SNS", 100, "subscriptions of a FIFO topic", 0)
    max_replays: int = _setting(100, "replays of an account in a region that can run at once", 0)
    replay_rate: int = _setting(1_000, "archived messages that a replay delivers in a second", 1)


_WORDS = {
    "log_level": ("debug", "info", "warning", "error"),
    "durability": ("commit", "second", "none"),
    "edge": ("fast", "plain"),
    "control_from": ("loopback", "anywhere"),
    "other_resources": ("refuse", "skip"),
    "sms_sandbox": ("on", "off"),
}


def load(flags: Mapping[str, Any], environment: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
    """The settings that `flags` (name -> value), `DECAF_*` variables and a TOML file give together.

    Raises BadSetting for an unknown key, a value of the wrong type or out of range, or an unreadable file.
    """
    known = {f.name: f for f in fields(Settings)}
    values: dict[str, Any] = {}
    for name, value in (_read_file(file) if file else {}).items():
        if name not in known:
            raise BadSetting(f"{file}: there is no setting {name!r}")
        values[name] = _checked(known[name], value, f"{file}: {name}")
    for name, f in known.items():
        variable = f"DECAF_{name.upper()}"
        if variable in environment:
            values[name] = _checked(f, environment[variable], variable)
        if flags.get(name) is not None:
            values[name] = _checked(f, flags[name], f"--{name.replace('_', '-')}")
    return Settings(**values)


def _read_file(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"{file}: {getattr(error, 'strerror', None) or error}") from error


def _checked(setting: Any, value: Any, source: str) -> Any:
    kind = type(setting.default)
    if kind is tuple:
        return _list_of_texts(value, source) if "texts" in setting.metadata else _tables(value, source)
    try:
        if type(value) not in (str, kind) and not (kind is float and type(value) is int):
            raise ValueError
        value = kind(value)
    except ValueError:
        raise BadSetting(f"{source}: {value!r} is not {_NOUNS[kind]}") from None
    least, most = setting.metadata["least"], setting.metadata["most"]
    if least is not None and value < least:
        raise BadSetting(f"{source}: must be at least {least}, not {value}")
    if most is not None and value > most:
        raise BadSetting(f"{source}: must be at most {most}, not {value}")
    words = _WORDS.get(setting.name)
    if words is not None and value not in words:
        raise BadSetting(f"{source}: must be one of {', '.join(words)}, not {value!r}")
    return value


def _tables(value: Any, source: str) -> tuple[Mapping[str, Any], ...]:
    """An array of tables; as a flag or variable it is JSON."""
    try:
        given = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        given = None
    if not isinstance(given, list) or not all(isinstance(table, dict) for table in given):
        raise BadSetting(f"{source}: {value!r} is not a list of tables")
    return tuple(given)


def _list_of_texts(value: Any, source: str) -> tuple[str, ...]:
    """Several texts. In a variable they have commas between; a text with a comma of its own needs a JSON list."""
    try:
        given = value
        if isinstance(value, str):
            given = json.loads(value) if value.startswith("[") else [part for part in value.split(",") if part]
    except ValueError:
        given = None
    if not isinstance(given, list | tuple) or not all(isinstance(text, str) for text in given):
        raise BadSetting(f"{source}: {value!r} is not a list of texts")
    return tuple(given)


_NOUNS = {str: "text", int: "a whole number", float: "a number"}
