"""Settings: a flag wins over a variable, a variable over the file; what cannot be is said in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decaf.base.settings import BadSetting, Settings, load


def test_without_any_word_the_defaults_hold() -> None:
    assert load({}, {}) == Settings()


def test_flag_beats_variable_beats_file(tmp_path: Path) -> None:
    file = tmp_path / "decaf.toml"
    file.write_text('port = 1\nregion = "eu-west-1"\nhost = "::1"\n')
    settings = load({"port": "3", "region": None}, {"DECAF_PORT": "2", "DECAF_REGION": "eu-west-2"}, file)
    assert (settings.port, settings.region, settings.host) == (3, "eu-west-2", "::1")


def test_a_whole_number_does_for_a_time(tmp_path: Path) -> None:
    file = tmp_path / "decaf.toml"
    file.write_text("purge_cooldown = 0\n")
    assert load({}, {}, file).purge_cooldown == 0.0


def test_tables_are_json_as_a_flag_or_variable(tmp_path: Path) -> None:
    number = {"PhoneNumber": "+12065550100"}
    file = tmp_path / "decaf.toml"
    file.write_text('[[origination_numbers]]\nPhoneNumber = "+12065550100"\n')
    assert load({}, {}, file).origination_numbers == (number,)
    assert load({"origination_numbers": json.dumps([number])}, {}).origination_numbers == (number,)


@pytest.mark.parametrize(
    ("variable", "texts"),
    [("a.toml,b.yaml", ("a.toml", "b.yaml")), ('["a,b.toml"]', ("a,b.toml",)), ("", ())],
)
def test_texts_have_commas_between_them_in_a_variable(tmp_path: Path, variable: str, texts: tuple[str, ...]) -> None:
    assert load({}, {"DECAF_INIT": variable}).init == texts
    file = tmp_path / "decaf.toml"
    file.write_text(f"init = {json.dumps(texts)}\n")
    assert load({}, {}, file).init == texts
    assert load({"init": texts}, {}, file).init == texts


@pytest.mark.parametrize(
    ("flags", "environment", "toml", "text"),
    [
        ({"port": "tcp"}, {}, "", "--port: 'tcp' is not a whole number"),
        ({"port": "70000"}, {}, "", "--port: must be at most 65535, not 70000"),
        ({}, {"DECAF_MAX_IN_FLIGHT": "0"}, "", "DECAF_MAX_IN_FLIGHT: must be at least 1, not 0"),
        (
            {},
            {"DECAF_LOG_LEVEL": "loud"},
            "",
            "DECAF_LOG_LEVEL: must be one of debug, info, warning, error, not 'loud'",
        ),
        ({}, {}, "colour = 1", "there is no setting 'colour'"),
        ({}, {}, "port = true", "port: True is not a whole number"),
        ({}, {}, "port = 1.5", "port: 1.5 is not a whole number"),
        ({}, {}, "host = 5", "host: 5 is not text"),
        ({}, {}, "port =", "decaf.toml: "),
        ({"origination_numbers": "+1"}, {}, "", "--origination-numbers: '+1' is not a list of tables"),
        ({}, {"DECAF_ORIGINATION_NUMBERS": "[1]"}, "", "DECAF_ORIGINATION_NUMBERS: '[1]' is not a list of tables"),
        ({}, {"DECAF_INIT": "[1"}, "", "DECAF_INIT: '[1' is not a list of texts"),
        ({}, {}, "init = [1]", "init: [1] is not a list of texts"),
        ({}, {}, "queues = 5", "queues: 5 is not a list of tables"),
        ({}, {}, "origination_numbers = 5", "origination_numbers: 5 is not a list of tables"),
    ],
)
def test_what_cannot_be_is_named(
    tmp_path: Path, flags: dict[str, Any], environment: dict[str, str], toml: str, text: str
) -> None:
    file = tmp_path / "decaf.toml"
    file.write_text(toml)
    with pytest.raises(BadSetting) as raised:
        load(flags, environment, file)
    assert text in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"nowhere\.toml: No such file"):
        load({}, {}, tmp_path / "nowhere.toml")
