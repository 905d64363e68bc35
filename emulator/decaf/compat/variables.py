"""The variables of LocalStack's container, translated to those of Decaf's settings.

Rule: each variable is translated, asks for what Decaf does anyway, or is named in a warning. A DECAF_... variable wins.
Source: LocalStack's documentation, "Configuration".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

SERVICES = frozenset({"lambda", "sqs", "sns", "sts"})
DATA_DIR = "/var/lib/localstack/decaf"  # below the directory that compose files mount for LocalStack's data

_LOG_LEVELS = {"trace": "debug", "trace-internal": "debug", "warn": "warning"}
_UNLIMITED = "1000000"  # messages of one ReceiveMessage

# Variables of LocalStack that nothing here corresponds to, by name and by how their names begin.
# fmt: off
_OTHERS = {
    "ACTIVATE_PRO", "ALLOW_NONSTANDARD_REGIONS", "AUTO_LOAD_POD", "BUCKET_MARKER_LOCAL", "CONFIG_DIR",
    "CONFIG_PROFILE", "CUSTOM_SSL_CERT_PATH", "DATA_DIR", "DEFAULT_REGION", "DEVELOP", "DEVELOP_PORT",
    "DISABLE_EVENTS", "DISABLE_TRANSPARENT_ENDPOINT_INJECTION", "EDGE_BIND_HOST", "EDGE_PORT", "EDGE_PORT_HTTP",
    "ENABLE_CONFIG_UPDATES", "ENFORCE_IAM", "EVENT_RULE_ENGINE", "EXTERNAL_SERVICE_PORTS_END",
    "EXTERNAL_SERVICE_PORTS_START", "FORCE_NONINTERACTIVE", "GRAPHQL_ENDPOINT_STRATEGY", "HOSTNAME_EXTERNAL",
    "HOSTNAME_FROM_LAMBDA", "HOST_TMP_FOLDER", "IAM_SOFT_MODE", "IMAGE_NAME", "INIT_SCRIPTS_PATH",
    "LEGACY_DOCKER_CLIENT", "LOG_LICENSE_ISSUES", "MAIN_CONTAINER_NAME", "OUTBOUND_HTTPS_PROXY",
    "OUTBOUND_HTTP_PROXY", "OVERRIDE_IN_DOCKER", "PARITY_AWS_ACCESS_KEY_ID", "PERSIST_ALL", "PORT_WEB_UI",
    "SKIP_INFRA_DOWNLOADS", "SKIP_SSL_CERT_DOWNLOAD", "USE_LIGHT_IMAGE", "USE_SINGLE_REGION", "USE_SSL",
    "WAIT_FOR_DEBUGGER",
}
# fmt: on
_OTHER_STARTS = (
    *("BATCH_", "BIGDATA_", "CFN_", "DISABLE_CORS_", "DISABLE_CUSTOM_CORS_", "DNS_", "DOCDB_", "DOCKER_", "DYNAMODB_"),
    *("EC2_", "ECR_", "ECS_", "EKS_", "ES_", "EXTRA_CORS_", "KINESIS_", "KMS_", "LAMBDA_", "LOCALSTACK_", "MWAA_"),
    *("NEPTUNE_", "OPENSEARCH_", "PROVIDER_OVERRIDE_", "RDS_", "REDIS_", "S3_", "SMTP_", "SNAPSHOT_", "SNS_", "SQS_"),
    *("STEPFUNCTIONS_", "SYNCHRONOUS_"),
)


@dataclass(slots=True)
class Translation:
    """The variables that Decaf reads instead, lines for people about the rest, and whether services run at once."""

    variables: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    eager: bool = False


def translate(environment: Mapping[str, str]) -> Translation:
    """Returns the translation of the variables of LocalStack in an environment."""
    given = dict(_without_prefix(environment))
    translation = Translation()
    for name, read in TRANSLATED.items():
        read(given.get(name, ""), translation)
    if none := sorted(name for name in given if _is_other(name)):
        translation.warnings.append(f"these variables of LocalStack have no effect here: {', '.join(none)}")
    hosts = [environment.get("DECAF_ALLOWED_HOST", ""), translation.variables.pop("DECAF_ALLOWED_HOST", "")]
    translation.variables |= environment
    translation.variables["DECAF_ALLOWED_HOST"] = ",".join(filter(None, hosts))
    return translation


def _without_prefix(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yields the variables; LOCALSTACK_DEBUG is another name of DEBUG, and so are others with that prefix."""
    for name, value in environment.items():
        bare = name.removeprefix("LOCALSTACK_")
        yield (bare if bare in TRANSLATED or _is_other(bare) else name), value


def _is_other(name: str) -> bool:
    return name not in TRANSLATED and (name in _OTHERS or name.startswith(_OTHER_STARTS))


def _is_on(value: str) -> bool:
    return value.strip().lower() in ("1", "true")


def _services(value: str, translation: Translation) -> None:
    named = {name.strip().partition(":")[0].lower() for name in value.split(",")} - {""}
    if missing := sorted(named - SERVICES):
        translation.warnings.append(f"SERVICES: Decaf has SQS, SNS, STS and Lambda, and not {', '.join(missing)}")


def _eager(value: str, translation: Translation) -> None:
    translation.eager = _is_on(value)


def _debug(value: str, translation: Translation) -> None:
    if _is_on(value):
        translation.variables["DECAF_LOG_LEVEL"] = "debug"


def _log_level(value: str, translation: Translation) -> None:
    if value:
        translation.variables["DECAF_LOG_LEVEL"] = _LOG_LEVELS.get(value.lower(), value.lower())


def _persistence(value: str, translation: Translation) -> None:
    if _is_on(value):
        translation.variables["DECAF_DATA_DIR"] = DATA_DIR


def _gateway_listen(value: str, translation: Translation) -> None:
    first, *more = [address.strip() for address in value.split(",")]
    host, _, port = first.rpartition(":") if first.rpartition(":")[2].isdigit() else (first, "", "")
    if host:
        translation.variables["DECAF_HOST"] = host.strip("[]")
    if port:
        translation.variables["DECAF_PORT"] = port
    if more:
        translation.warnings.append(f"GATEWAY_LISTEN: Decaf listens on {first} only, and not on {', '.join(more)}")


def _host(value: str, translation: Translation) -> None:
    name = value.partition(":")[0]
    if name:
        translation.variables["DECAF_ALLOWED_HOST"] = f"{name},.{name}"


def _origins(value: str, translation: Translation) -> None:
    if value:
        translation.variables["DECAF_CORS_ORIGIN"] = value


def _queue_urls(value: str, translation: Translation) -> None:
    if value not in ("", "dynamic"):
        translation.warnings.append(
            f"SQS_ENDPOINT_STRATEGY={value}: queue URLs have the host that the client used; those of every strategy "
            "are understood"
        )


def _cool_down(setting: str) -> Callable[[str, Translation], None]:
    """Returns the reader of a variable that turns a cool-down of AWS on, which in LocalStack is off unless set."""

    def read(value: str, translation: Translation) -> None:
        if not _is_on(value):
            translation.variables[setting] = "0"

    return read


def _retention(value: str, translation: Translation) -> None:
    if value and not _is_on(value):
        translation.warnings.append("SQS_ENABLE_MESSAGE_RETENTION_PERIOD: messages always expire, as on AWS")


def _received(value: str, translation: Translation) -> None:
    if _is_on(value):
        translation.variables["DECAF_MAX_RECEIVED"] = _UNLIMITED


TRANSLATED: Mapping[str, Callable[[str, Translation], None]] = {
    "SERVICES": _services,
    "EAGER_SERVICE_LOADING": _eager,
    "DEBUG": _debug,
    "LS_LOG": _log_level,
    "PERSISTENCE": _persistence,
    "GATEWAY_LISTEN": _gateway_listen,
    "LOCALSTACK_HOST": _host,
    "EXTRA_CORS_ALLOWED_ORIGINS": _origins,
    "SQS_ENDPOINT_STRATEGY": _queue_urls,
    "SQS_DELAY_PURGE_RETRY": _cool_down("DECAF_PURGE_COOLDOWN"),
    "SQS_DELAY_RECENTLY_DELETED": _cool_down("DECAF_RECREATE_COOLDOWN"),
    "SQS_ENABLE_MESSAGE_RETENTION_PERIOD": _retention,
    "SQS_DISABLE_MAX_NUMBER_OF_MESSAGE_LIMIT": _received,
}
