"""Variables of LocalStack: each has the effect of a setting, or a warning names it."""

from __future__ import annotations

from typing import Any

import pytest

from decaf.base.settings import load
from decaf.compat.variables import DATA_DIR, TRANSLATED, translate

OFF = {"purge_cooldown": 0.0, "recreate_cooldown": 0.0}  # in LocalStack, unless variables turn them on


def changed(environment: dict[str, str]) -> dict[str, Any]:
    """Returns the settings of an environment that are not the default ones, without those that LocalStack turns off."""
    read, usual = load({}, translate(environment).variables), load({}, {})
    names = [name for name in usual.__struct_fields__ if getattr(read, name) != getattr(usual, name)]
    return {name: getattr(read, name) for name in names if OFF.get(name) != getattr(read, name)}


@pytest.mark.parametrize(
    ("name", "value", "settings"),
    [
        ("DEBUG", "1", {"log_level": "debug"}),
        ("DEBUG", "true", {"log_level": "debug"}),
        ("DEBUG", "0", {}),
        ("LOCALSTACK_DEBUG", "1", {"log_level": "debug"}),
        ("LS_LOG", "trace", {"log_level": "debug"}),
        ("LS_LOG", "warn", {"log_level": "warning"}),
        ("LS_LOG", "ERROR", {"log_level": "error"}),
        ("PERSISTENCE", "1", {"data_dir": DATA_DIR}),
        ("LOCALSTACK_PERSISTENCE", "1", {"data_dir": DATA_DIR}),
        ("PERSISTENCE", "0", {}),
        ("GATEWAY_LISTEN", "0.0.0.0:4567", {"host": "0.0.0.0", "port": 4567}),
        ("GATEWAY_LISTEN", "[::]:4567", {"host": "::", "port": 4567}),
        ("GATEWAY_LISTEN", "0.0.0.0", {"host": "0.0.0.0"}),
        ("GATEWAY_LISTEN", ":4567", {"port": 4567}),
        ("LOCALSTACK_HOST", "localstack", {"allowed_host": ("localstack", ".localstack")}),
        ("LOCALSTACK_HOST", "aws.test:4566", {"allowed_host": ("aws.test", ".aws.test")}),
        (
            "EXTRA_CORS_ALLOWED_ORIGINS",
            "http://a.test,http://b.test",
            {"cors_origin": ("http://a.test", "http://b.test")},
        ),
        ("SQS_DISABLE_MAX_NUMBER_OF_MESSAGE_LIMIT", "1", {"max_received": 1_000_000}),
        ("SERVICES", "sqs,sns,sts", {}),
        ("SQS_ENDPOINT_STRATEGY", "dynamic", {}),
        ("SQS_ENABLE_MESSAGE_RETENTION_PERIOD", "1", {}),
    ],
)
def test_a_variable_has_the_effect_of_settings(name: str, value: str, settings: dict[str, Any]) -> None:
    assert changed({name: value}) == settings
    assert translate({name: value}).warnings == []


def test_cool_downs_are_off_unless_variables_turn_them_on() -> None:
    settings = load({}, translate({}).variables)
    assert (settings.purge_cooldown, settings.recreate_cooldown) == (0, 0)
    on = translate({"SQS_DELAY_PURGE_RETRY": "1", "SQS_DELAY_RECENTLY_DELETED": "true"})
    settings = load({}, on.variables)
    assert (settings.purge_cooldown, settings.recreate_cooldown) == (60, 60)


@pytest.mark.parametrize(
    ("name", "value", "warning"),
    [
        ("SERVICES", "sqs,s3,dynamodb:4570", "SERVICES: Decaf has SQS, SNS, STS and Lambda, and not dynamodb, s3"),
        (
            "GATEWAY_LISTEN",
            "0.0.0.0:4566,0.0.0.0:443",
            "GATEWAY_LISTEN: Decaf listens on 0.0.0.0:4566 only, and not on 0.0.0.0:443",
        ),
        (
            "SQS_ENDPOINT_STRATEGY",
            "path",
            "SQS_ENDPOINT_STRATEGY=path: queue URLs have the host that the client used; those of every strategy are "
            "understood",
        ),
        (
            "SQS_ENABLE_MESSAGE_RETENTION_PERIOD",
            "0",
            "SQS_ENABLE_MESSAGE_RETENTION_PERIOD: messages always expire, as on AWS",
        ),
    ],
)
def test_what_a_variable_cannot_have_is_a_warning(name: str, value: str, warning: str) -> None:
    assert translate({name: value}).warnings == [warning]


def test_variables_without_an_effect_are_named_in_one_warning() -> None:
    names = ["LAMBDA_EXECUTOR", "DOCKER_HOST", "LOCALSTACK_AUTH_TOKEN", "LOCALSTACK_S3_DIR", "HOSTNAME_EXTERNAL"]
    (warning,) = translate(dict.fromkeys([*names, "PATH", "AWS_REGION", "DECAF_PORT", "HOME"], "1")).warnings
    named = warning.removeprefix("these variables of LocalStack have no effect here: ").split(", ")
    assert named == ["DOCKER_HOST", "HOSTNAME_EXTERNAL", "LAMBDA_EXECUTOR", "LOCALSTACK_AUTH_TOKEN", "S3_DIR"]


def test_every_variable_of_sqs_and_sns_has_an_effect_or_a_warning() -> None:
    for name in ("SQS_CLOUDWATCH_METRICS_REPORT_INTERVAL", "SQS_DISABLE_CLOUDWATCH_METRICS", "SNS_CERT_URL_HOST"):
        assert name not in TRANSLATED
        assert name in translate({name: "1"}).warnings[0]


def test_decafs_own_variables_win_and_host_names_add_up() -> None:
    environment = {
        "DEBUG": "1",
        "DECAF_LOG_LEVEL": "error",
        "DECAF_PURGE_COOLDOWN": "5",
        "LOCALSTACK_HOST": "localstack",
        "DECAF_ALLOWED_HOST": "queues",
    }
    settings = load({}, translate(environment).variables)
    assert (settings.log_level, settings.purge_cooldown) == ("error", 5)
    assert settings.allowed_host == ("queues", "localstack", ".localstack")


def test_services_can_run_at_once() -> None:
    assert translate({"EAGER_SERVICE_LOADING": "1"}).eager
    assert not translate({"EAGER_SERVICE_LOADING": "0"}).eager
    assert not translate({}).eager
