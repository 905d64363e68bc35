"""Settings: a flag wins over a variable, a variable over the file; a bad value is named in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from decaf.base.settings import SETTINGS, BadSetting, Settings, load, unknown_variables
from decaf.world import World


def test_without_flags_variables_and_file_the_defaults_apply() -> None:
    assert load({}, {}) == Settings()


def test_flag_beats_variable_beats_file(tmp_path: Path) -> None:
    file = tmp_path / "decaf.toml"
    file.write_text('port = 1\nregion = "eu-west-1"\nhost = "::1"\n')
    settings = load({"port": "3", "region": None}, {"DECAF_PORT": "2", "DECAF_REGION": "eu-west-2"}, file)
    assert (settings.port, settings.region, settings.host) == (3, "eu-west-2", "::1")


def test_a_time_may_be_a_whole_number(tmp_path: Path) -> None:
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
    ("toml", "text"),
    [
        ('[[functions]]\nname = "brew"\nhandler = "a:b"\npaht = "."', "{file}:4: functions: unknown member paht"),
        ('[[functions]]\nhandler = "a:b"', "{file}:1: functions: each needs a name"),
        ("[[functions]]\n\nname = 5", "{file}:3: functions: each needs a name"),
        (
            'port = 1\n[[functions]]\nname = "brew"',
            "{file}:2: functions: brew needs either a handler, a command or a url",
        ),
        (
            '[[functions]]\nname = "brew"\ncommand = "cat -u"',
            "{file}:3: functions: brew: command is a list of the program and its arguments, not 'cat -u'",
        ),
        (
            '[[functions]]\nname = "brew"\nhandler = "a:b"\ntimeout = "x"',
            "{file}:4: functions: brew: timeout is a number, not 'x'",
        ),
        (
            '[[functions]]\nname = "brew"\nhandler = "a:b"\nmemory_size = true',
            "{file}:4: functions: brew: memory_size is a whole number, not True",
        ),
        (
            '[[functions]]\nname = "brew"\nhandler = "a:b"\n[[functions]]\nname = "brew"\nhandler = "a:c"',
            "{file}:5: functions: brew is there twice",
        ),
        (
            '[[origination_numbers]]\nRouteType = "Premium"\nPhoneNumber = "home"',
            "{file}:3: origination_numbers: PhoneNumber is 'home', which is not a phone number",
        ),
        (
            'port = 1\n[[origination_numbers]]\nRouteType = "Premium"',
            "{file}:2: origination_numbers: PhoneNumber is None, which is not a phone number",
        ),
        (
            'origination_numbers = [\n{PhoneNumber = "+12065550101"},\n{PhoneNumber = "+12065550100", Hue = "red"},\n]',
            "{file}:3: origination_numbers: +12065550100 has an unknown member Hue",
        ),
        (
            '[[origination_numbers]]\nPhoneNumber = "+12065550100"\nCreatedAt = "noon"',
            "{file}:3: origination_numbers: +12065550100 has CreatedAt 'noon', which is not a time",
        ),
        (
            '[[origination_numbers]]\nPhoneNumber = "+12065550100"\nRouteType = "Fast"',
            "{file}:3: origination_numbers: RouteType of +12065550100 is 'Fast'; it must be one of "
            "Premium, Promotional, Transactional",
        ),
    ],
)
def test_a_bad_entry_of_a_table_is_named_with_its_line(tmp_path: Path, toml: str, text: str) -> None:
    file = tmp_path / "decaf.toml"
    file.write_text(toml)
    with pytest.raises(BadSetting) as raised:
        World(load({}, {}, file))
    assert str(raised.value) == text.format(file=file)


@pytest.mark.parametrize(
    ("flags", "environment", "toml", "text"),
    [
        ({"port": "tcp"}, {}, "", "--port: 'tcp' is not a whole number from 0 to 65535"),
        ({"port": "70000"}, {}, "", "--port: '70000' is not a whole number from 0 to 65535"),
        ({}, {"DECAF_MAX_IN_FLIGHT": "0"}, "", "DECAF_MAX_IN_FLIGHT: '0' is not a whole number of at least 1"),
        (
            {},
            {"DECAF_LOG_LEVEL": "loud"},
            "",
            "DECAF_LOG_LEVEL: 'loud' is not one of auto, debug, info, warning, error",
        ),
        ({}, {}, "colour = 1", "decaf.toml:1: there is no setting 'colour'"),
        ({}, {}, "data-dir = 'data'", "there is no setting 'data-dir'. Did you mean data_dir?"),
        ({}, {}, 'durability = "always"', "durability: 'always' is not one of commit, second, none"),
        ({}, {"DECAF_RETRY_JITTER": "1.5"}, "", "DECAF_RETRY_JITTER: '1.5' is not a number from 0 to 1"),
        ({}, {"DECAF_IDLE_TIMEOUT": "nan"}, "", "DECAF_IDLE_TIMEOUT: 'nan' is not a number of at least 0.001"),
        ({}, {}, "\nport = true", "decaf.toml:2: port: True is not a whole number"),
        ({}, {}, "port = 1.5", "port: 1.5 is not a whole number"),
        ({}, {}, "host = 5", "host: 5 is not text"),
        ({}, {}, "port =", "decaf.toml:1: Invalid value"),
        ({"origination_numbers": "+1"}, {}, "", "--origination-numbers: '+1' is not a list of tables"),
        ({}, {"DECAF_ORIGINATION_NUMBERS": "[1]"}, "", "DECAF_ORIGINATION_NUMBERS: '[1]' is not a list of tables"),
        ({}, {"DECAF_INIT": "[1"}, "", "DECAF_INIT: '[1' is not a list of texts"),
        ({}, {}, "init = [1]", "init: [1] is not a list of texts"),
        ({}, {}, "queues = 5", "queues: 5 is not a list of tables"),
        ({}, {}, "origination_numbers = 5", "origination_numbers: 5 is not a list of tables"),
    ],
)
def test_a_value_that_is_not_allowed_is_named(
    tmp_path: Path, flags: dict[str, Any], environment: dict[str, str], toml: str, text: str
) -> None:
    file = tmp_path / "decaf.toml"
    file.write_text(toml)
    with pytest.raises(BadSetting) as raised:
        load(flags, environment, file)
    assert text in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"nowhere\.toml: No such file"):
        load({}, {}, tmp_path / "nowhere.toml")


def test_an_unknown_variable_is_reported_with_the_likely_one() -> None:
    environment = {"DECAF_PROT": "1", "DECAF_MAX_BODDY": "2", "DECAF_TEAPOT_LID": "x", "PORT": "3"}
    assert list(unknown_variables(environment)) == [
        "there is no setting DECAF_MAX_BODDY. Did you mean DECAF_MAX_BODY?",
        "there is no setting DECAF_PROT. Did you mean DECAF_PORT?",
        "there is no setting DECAF_TEAPOT_LID",
    ]


def test_variables_of_settings_commands_and_tests_are_known() -> None:
    variables = [setting.variable for setting in SETTINGS.values()]
    assert list(unknown_variables(dict.fromkeys([*variables, "DECAF_URL", "DECAF_LONG", "DECAF_INIT_HOOKS"], ""))) == []


def test_every_setting_allows_its_default() -> None:
    for setting in SETTINGS.values():
        assert setting.read(setting.default) == setting.default


def test_an_error_does_not_show_identities_which_have_secrets() -> None:
    with pytest.raises(BadSetting) as refused:
        load({}, {"DECAF_IDENTITIES": '[{"secret": "wonderland", '})
    assert str(refused.value) == "DECAF_IDENTITIES: the value is not a list of tables"
