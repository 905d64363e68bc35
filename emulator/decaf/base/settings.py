"""Every setting, in one table: its name, its type and limits, its default and its purpose.

Rule: a setting is a flag (`--max-body`), a variable (`DECAF_MAX_BODY`) and a key of `decaf.toml` (`max_body`),
all made from this table; the flag wins over the variable, the variable over the file. Defaults are AWS's.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from decaf.base.profile import ProfileName


class BadSetting(Exception):
    """A setting has a value that is not allowed; the text is one line for people, and names the setting."""


def bad_entry(setting: str, table: Mapping[str, Any], reason: str, key: str = "") -> BadSetting:
    """Return the error of one table of a setting that is a list of tables; in a file at its line, or that of `key`."""
    from decaf.base.toml import Table

    where = f"{table.source}:{table.lines.get(key, table.line)}: " if isinstance(table, Table) else ""
    return BadSetting(f"{where}{setting}: {reason}")


def _about(subject: str, text: str, ge: float | None = None, le: float | None = None) -> Meta:
    """The help text of a setting, the subject that the help lists it under, and the bounds of a number."""
    return Meta(description=text, ge=ge, le=le, extra={"subject": subject})


COMMON_SUBJECTS = _SERVER, _STATE, _START, _DELIVERY = (  # of the settings that most people look for
    "Server",
    "State",
    "Resources created at the start",
    "Deliveries of SNS",
)
_SQS_LIMITS, _SNS_LIMITS = "Limits and cool-downs of SQS", "Limits of SNS"

_server = partial(_about, _SERVER)
_state = partial(_about, _STATE)
_start = partial(_about, _START)
_nodes = partial(_about, "Several nodes over one database, see docs/cluster.md")
_delivery = partial(_about, _DELIVERY)
_access = partial(_about, "Access")
_tls = partial(_about, "TLS")
_tables = partial(_about, "Tables (in decaf.toml; as a flag or variable a JSON list of objects)")
_request = partial(_about, "Connections and requests")
_record = partial(_about, "History, inbox and snapshots")
_profile = partial(_about, "The realistic profile")
_tuning = partial(_about, "Fine tuning of deliveries")
_sqs = partial(_about, _SQS_LIMITS)
_sns = partial(_about, _SNS_LIMITS)

Texts = tuple[str, ...]  # a flag given several times; a variable with commas between the texts, or a JSON list
Tables = tuple[Mapping[str, Any], ...]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a server. Times are seconds, sizes bytes."""

    host: Annotated[str, _server("address to listen on")] = "127.0.0.1"
    port: Annotated[int, _server("port to listen on (0: any free port)", 0, 65_535)] = 4566
    region: Annotated[str, _server("region of requests without one")] = "us-east-1"
    base_url: Annotated[str, _server("start of queue URLs [the client's host]")] = ""
    log_level: Annotated[
        Literal["auto", "debug", "info", "warning", "error"],
        _server("what to log at least; auto: info on a terminal, else warning"),
    ] = "auto"
    log_format: Annotated[Literal["text", "json"], _server("form of the log's lines")] = "text"
    seed: Annotated[int, _server("makes ids repeat (-1: random)", -1)] = -1
    profile: Annotated[ProfileName, _server("how exact queues are")] = "strict"
    allowed_host: Annotated[Texts, _server("one more host name of this server")] = ()
    cors_origin: Annotated[Texts, _server("web origin allowed to make AWS calls")] = ()
    control_from: Annotated[
        Literal["loopback", "anywhere", "nowhere"],
        _server("clients that need no token for the control API (/_decaf)"),
    ] = "loopback"
    control_token: Annotated[str, _server("token of the control API")] = ""

    data_dir: Annotated[str, _state("data directory [none: in memory]")] = ""
    durability: Annotated[
        Literal["commit", "second", "none"],
        _state("changes reach the disk before the response, within a second, or later"),
    ] = "commit"
    snapshot: Annotated[str, _state("snapshot file to start from, if the data directory is empty")] = ""
    memory_limit: Annotated[int, _state("bytes of messages in all queues (0: no limit)", 0)] = 0

    init: Annotated[Texts, _start("TOML file or template to create")] = ()
    parameter: Annotated[Texts, _start("NAME=VALUE, a parameter of a template")] = ()
    stack_name: Annotated[str, _start("stack name of a template [its file name]")] = ""
    ssm_parameter: Annotated[Texts, _start("NAME=VALUE, a parameter of the SSM Parameter Store, for templates")] = ()
    other_resources: Annotated[Literal["skip", "refuse"], _start("other resources of a template")] = "skip"
    init_account: Annotated[str, _start("account of resources that name none")] = "000000000000"

    store: Annotated[str, _nodes("PostgreSQL database that several nodes share, postgresql://... [none]")] = ""
    node_address: Annotated[str, _nodes("host:port for other nodes [127.0.0.1 and any free port]")] = ""
    lease: Annotated[float, _nodes("time after which another node takes over from one that is silent", 1, 60)] = 4.0
    shards: Annotated[
        int, _nodes("parts of the state, each with one active node: settled with a new database", 1, 256)
    ] = 1

    smtp_url: Annotated[str, _delivery("mail server, smtp[s]://user:password@host:port")] = ""
    https_trust: Annotated[str, _delivery("trusted certificates: system, any, or a PEM file")] = "system"
    delivery_host: Annotated[Texts, _delivery("host that deliveries over HTTP can go to [any]")] = ()
    firehose_dir: Annotated[str, _delivery("directory of Firehose streams, one file each")] = ""
    sms_sandbox: Annotated[Literal["on", "off"], _delivery("on: SMS to verified numbers only")] = "off"
    sms_price: Annotated[float, _tuning("US dollars per SMS part, for MonthlySpendLimit", 0)] = 0.0

    access: Annotated[
        Literal["off", "warn", "enforce"],
        _access("signatures and policies: not looked at, or report what AWS would refuse, or refuse it"),
    ] = "warn"
    access_account: Annotated[Texts, _access("ACCOUNT=MODE, the access mode of one account")] = ()
    unknown_keys: Annotated[
        Literal["refuse", "default"],
        _access("once identities are declared, other access keys are unknown, or stand for their account's user"),
    ] = "refuse"
    secure_transport: Annotated[
        Literal["assumed", "real"], _access("aws:SecureTransport: true for all requests, or for those over TLS")
    ] = "assumed"

    tls: Annotated[Literal["off", "on"], _tls("HTTPS, with a certificate of Decaf's own authority or tls_cert")] = "off"
    tls_cert: Annotated[str, _tls("certificate of the server, a PEM file; TLS is on then")] = ""
    tls_key: Annotated[str, _tls("its private key, a PEM file; if empty, it is in tls_cert")] = ""
    tls_port: Annotated[
        int, _tls("port for HTTPS beside HTTP (0: any free port; -1: HTTPS alone, on port)", -1, 65_535)
    ] = -1
    tls_dir: Annotated[str, _tls("directory of Decaf's own authority; if empty, ~/.local/share/decaf/tls")] = ""

    queues: Annotated[Tables, _tables("queues to create at the start, see docs/declared.md")] = ()
    topics: Annotated[Tables, _tables("topics to create at the start")] = ()
    subscriptions: Annotated[Tables, _tables("subscriptions to create at the start")] = ()
    platform_applications: Annotated[Tables, _tables("platform applications to create at the start")] = ()
    event_source_mappings: Annotated[
        Tables, _tables("mappings of queues to functions to create at the start: queue, function and AWS's parameters")
    ] = ()
    functions: Annotated[
        Tables, _tables("functions: name, and handler and path, command, or url; see docs/functions.md")
    ] = ()
    identities: Annotated[
        Tables, _tables("users and roles by access key: access_key, secret, account, user or role, policies")
    ] = ()
    kms_keys: Annotated[Tables, _tables("KMS keys of encrypted queues: key (an ARN), alias and policy")] = ()
    origination_numbers: Annotated[Tables, _tables("numbers of ListOriginationNumbers, with the API's members")] = ()

    edge: Annotated[Literal["fast", "plain"], _request("reader of HTTP requests: Decaf's own, or aiohttp alone")] = (
        "fast"
    )
    max_body: Annotated[int, _request("longest request body", 1024)] = 4 * 1024 * 1024
    max_connections: Annotated[int, _request("open connections; one more closes the one idle for longest", 1)] = 10_000
    idle_timeout: Annotated[float, _request("time until an idle connection is closed", 0.001)] = 75.0
    request_timeout: Annotated[float, _request("time to send a request, head and body", 0.001)] = 30.0
    shutdown_grace: Annotated[float, _request("time for running requests to finish when the server stops", 0)] = 5.0
    clock_patience: Annotated[
        float, _request("real time to wait for a subscriber's response while the clock is moved", 0)
    ] = 5.0

    max_history: Annotated[int, _record("events in the history (0: none)", 0)] = 10_000
    max_calls: Annotated[int, _record("calls of AWS clients in the record of calls (0: none)", 0)] = 1_000
    max_inbox: Annotated[int, _record("deliveries to phones, mail addresses and apps in the inbox", 1)] = 10_000
    max_snapshots: Annotated[int, _record("snapshots stored by name", 0)] = 100
    max_snapshot_file: Annotated[int, _record("longest snapshot file to load", 1024)] = 256 * 1024 * 1024

    max_deliveries: Annotated[int, _tuning("deliveries at the same time", 1)] = 2_000
    max_extra_deliveries: Annotated[
        int, _tuning("deliveries at the same time to subscriptions that have another one under way", 0)
    ] = 256
    max_deliveries_each: Annotated[int, _tuning("deliveries at the same time to one subscription", 1)] = 16
    max_function_processes: Annotated[
        int, _tuning("processes of functions that run at the same time (0: no function starts)", 0)
    ] = 64
    retry_jitter: Annotated[float, _tuning("largest share of a retry's delay taken off at random", 0, 1)] = 0.1

    duplicates: Annotated[float, _profile("share of a standard queue's messages that come twice", 0, 1)] = 0.3

    # SQS: messages
    max_message_size: Annotated[int, _sqs("longest message, attributes included", 1024)] = 1_048_576
    max_message_attributes: Annotated[int, _sqs("attributes of a message", 0)] = 10
    max_batch_entries: Annotated[int, _sqs("entries of a batch", 1)] = 10
    max_batch_size: Annotated[int, _sqs("bytes of all messages of a batch together", 1024)] = 1_048_576
    max_received: Annotated[int, _sqs("messages of one ReceiveMessage", 1)] = 10
    max_in_flight: Annotated[int, _sqs("messages of a queue that can be in flight at once", 1)] = 120_000
    max_visibility: Annotated[int, _sqs("time that a message can be in flight after its receive", 1)] = 43_200
    max_wait: Annotated[int, _sqs("longest wait of a long poll", 0)] = 20
    max_delay: Annotated[int, _sqs("longest delay of a message", 0)] = 900

    # SQS: queues
    purge_cooldown: Annotated[float, _sqs("time between two PurgeQueue requests for a queue", 0)] = 60.0
    recreate_cooldown: Annotated[float, _sqs("time after DeleteQueue until the name can be used again", 0)] = 60.0
    min_retention: Annotated[int, _sqs("shortest retention period", 0)] = 60
    max_retention: Annotated[int, _sqs("longest retention period", 60)] = 1_209_600
    max_receive_count: Annotated[int, _sqs("largest maxReceiveCount of a redrive policy", 1)] = 1_000
    max_redrive_sources: Annotated[int, _sqs("queues that a redrive allow policy can name", 1)] = 10
    max_tags: Annotated[int, _sqs("tags of a queue", 0)] = 50
    max_page: Annotated[int, _sqs("queues in a list", 1)] = 1_000

    # SQS: policies
    max_policy_size: Annotated[int, _sqs("longest policy", 1)] = 8_192
    max_policy_statements: Annotated[int, _sqs("statements of a policy", 1)] = 20
    max_policy_principals: Annotated[int, _sqs("principals of a policy", 1)] = 50
    max_policy_conditions: Annotated[int, _sqs("conditions of a policy", 0)] = 10
    max_policy_actions: Annotated[int, _sqs("actions of one statement of a policy", 1)] = 7

    # SQS: message move tasks
    max_move_tasks: Annotated[int, _sqs("move tasks of an account that can run at once", 1)] = 100
    max_move_rate: Annotated[int, _sqs("messages that a move task can move in a second", 1)] = 500
    max_move_time: Annotated[float, _sqs("time that a move task can run", 1)] = 129_600.0

    # SNS
    http_timeout: Annotated[float, _sns("time that an HTTP endpoint gets to respond", 0.001)] = 15.0
    max_topic_filter_policies: Annotated[int, _sns("subscriptions of a topic that have a filter policy", 0)] = 200
    max_filter_policies: Annotated[int, _sns("filter policies of an account in a region", 0)] = 10_000
    max_fifo_subscriptions: Annotated[int, _sns("subscriptions of a FIFO topic", 0)] = 100
    max_replays: Annotated[int, _tuning("replays of an account in a region that can run at once", 0)] = 100
    replay_rate: Annotated[int, _tuning("archived messages that a replay delivers in a second", 1)] = 1_000

    def __post_init__(self) -> None:
        if self.store and self.data_dir:
            raise BadSetting("store: the state is in a database or in data_dir, not in both")


_SECRET = frozenset({"control_token", "identities", "smtp_url", "store"})  # settings whose values no error shows


class Setting(msgspec.Struct, frozen=True):
    """One row of the table. `type` is str, int, float, Texts, Tables or a Literal; `annotated` has the bounds too."""

    name: str
    type: Any
    annotated: Any
    meta: Meta
    default: Any

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        return f"DECAF_{self.name.upper()}"

    @property
    def about(self) -> str:
        return self.meta.description or ""

    @property
    def subject(self) -> str:
        subject: str = (self.meta.extra or {})["subject"]
        return subject

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that it can have; none where any text or number will do."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()

    def read(self, value: Any) -> Any:
        """Return `value`, as a flag, a variable or a TOML file has it, in the setting's own type.

        Raises ValueError with the reason.
        """
        try:
            parsed = _parse(value, self.type) if self.type in (Texts, Tables) else value
            read = msgspec.convert(parsed, self.annotated, strict=False)
        except ValueError as error:  # of msgspec too
            shown = "the value" if self.name in _SECRET else repr(value)
            raise ValueError(f"{shown} is not {self._expected()}") from error
        return tuple(parsed) if self.type == Tables else read  # as they are, not copied

    def _expected(self) -> str:
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        noun = _NOUNS[self.type]
        least, most = self.meta.ge, self.meta.le
        if least is None:
            return noun
        return f"{noun} of at least {least:g}" if most is None else f"{noun} from {least:g} to {most:g}"


def _row(name: str, annotated: Any, default: Any) -> Setting:
    kind, meta = get_args(annotated)
    return Setting(name, kind, annotated, meta, default)


SETTINGS: Mapping[str, Setting] = {f.name: _row(f.name, f.type, f.default) for f in msgspec.structs.fields(Settings)}
_NOUNS = {str: "text", int: "a whole number", float: "a number", Texts: "a list of texts", Tables: "a list of tables"}
_OTHER_VARIABLES = (  # of the commands and the pytest plugin; of Decaf's own tests; the form; of `decaf serve` alone
    *("DECAF_URL", "DECAF_LONG", "DECAF_PURE"),
    *("DECAF_INIT_HOOKS", "DECAF_LOCALSTACK_VARIABLES"),
)


def limits_of(service: str) -> tuple[Setting, ...]:
    """Return the settings that are limits or cool-downs of SQS or SNS; their defaults are AWS's values."""
    subject = {"SQS": _SQS_LIMITS, "SNS": _SNS_LIMITS}.get(service)
    return tuple(setting for setting in SETTINGS.values() if setting.subject == subject)


def load(flags: Mapping[str, Any], environment: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
    """Return the settings of `flags` (by name), `DECAF_*` variables and a TOML file (or a pyproject.toml) together.

    Raises BadSetting for an unknown key, a value of the wrong type or out of range, or an unreadable file.
    """
    values = {} if file is None else _read_file(file)
    for name, setting in SETTINGS.items():
        if setting.variable in environment:
            values[name] = _read(setting, environment[setting.variable], setting.variable)
        if flags.get(name) is not None:
            values[name] = _read(setting, flags[name], setting.flag)
    return Settings(**values)


def check_name(name: str, source: str) -> None:
    """Raise BadSetting, naming the `source`, for a setting that does not exist."""
    if name not in SETTINGS:
        raise BadSetting(f"{source}: there is no setting {name!r}{_did_you_mean(name, SETTINGS)}")


def unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for people about each `DECAF_...` variable that nothing reads."""
    known = (*(setting.variable for setting in SETTINGS.values()), *_OTHER_VARIABLES)
    for name in sorted(environment):
        if name.startswith("DECAF_") and name not in known:
            yield f"there is no setting {name}{_did_you_mean(name, known)}"


def _read(setting: Setting, value: Any, source: str) -> Any:
    try:
        return setting.read(value)
    except ValueError as error:
        raise BadSetting(f"{source}: {error}") from None


def _read_file(file: Path) -> dict[str, Any]:
    """The values of a TOML file: all of it, or the table `[tool.decaf]` of a pyproject.toml. Its tables are of
    `decaf.base.toml`, and know their lines.
    """
    from decaf.base.toml import Table, parse

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{file}: {getattr(error, 'strerror', None) or error}") from error
    try:
        document = parse(text, str(file))
    except ValueError as error:
        raise BadSetting(str(error)) from None
    if file.name == "pyproject.toml":
        document = document.get("tool", {}).get("decaf") or Table({}, str(file), 1, {})
    for name, line in document.lines.items():
        check_name(name, f"{file}:{line}")
    return {
        name: _read(SETTINGS[name], value, f"{file}:{document.lines[name]}: {name}") for name, value in document.items()
    }


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1, cutoff=0.7)
    return f". Did you mean {near[0]}?" if near else ""


def _parse(value: Any, kind: Any) -> Any:
    """The list in a text: JSON, or for texts a list with commas between them. Raises ValueError."""
    if not isinstance(value, str):
        return value
    if kind == Texts and not value.startswith("["):
        return [part for part in value.split(",") if part]
    return json.loads(value)
