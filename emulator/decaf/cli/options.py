"""The flags of commands that start a server or look for one: one for each setting, listed in the help by subject."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from decaf.base.settings import COMMON_SUBJECTS, SETTINGS, Setting, Tables, Texts

_METAVARS = {str: "TEXT", int: "INT", float: "FLOAT", Texts: "TEXT", Tables: "JSON"}
_ALL = "decaf.help_all"
_OTHERS = "Other options"


class RareOption(click.Option):
    """An option that is no setting, and that only `--help-all` shows."""


class SettingsCommand(click.Command):
    """A command with a flag for each setting, and `--config`.

    Its help has the common subjects, with `--help-all` every subject.
    """

    def __init__(self, name: str | None, **attributes: Any) -> None:
        super().__init__(name, **attributes)
        config = click.Path(path_type=Path)
        self.params += [
            *map(_option, SETTINGS.values()),
            click.Option(["--config"], type=config, help="settings file [decaf.toml, if it exists]"),
            click.Option(
                ["--help-all"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_help_all,
                help="Show every setting.",
            ),
        ]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        subjects: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            setting = SETTINGS.get(option.name or "")
            subject = _OTHERS if setting is None else setting.subject
            record = option.get_help_record(ctx)  # None of an argument
            is_common = subject in COMMON_SUBJECTS if setting else not isinstance(option, RareOption)
            if record and (is_common or ctx.meta.get(_ALL)):
                subjects.setdefault(subject, []).append(record)
        subjects[_OTHERS] = subjects.pop(_OTHERS)  # the last
        for subject, rows in subjects.items():
            with formatter.section(subject):
                formatter.write_dl(rows)


def words_of(flags: Mapping[str, Any]) -> Iterator[str]:
    """Yields the words of a command line that has these flags, by the names of their settings; None is absent."""
    for name, value in flags.items():
        setting = SETTINGS[name]
        for each in () if value is None else value if setting.type == Texts else (value,):
            yield from (setting.flag, json.dumps(each) if setting.type == Tables else str(each))


class _Value(click.ParamType[Any]):
    """The values of a setting that has no fixed choices."""

    def __init__(self, setting: Setting) -> None:
        self.name = _METAVARS[setting.type]
        self._setting = setting

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if self._setting.type == Texts:  # `value` is one of the texts
            return value
        try:
            return self._setting.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _option(setting: Setting) -> click.Option:
    """The flag of `setting`. A value that the setting does not allow is a usage error."""
    default = "" if setting.default in ("", ()) else f" [{setting.default}]"
    return click.Option(
        [setting.flag, setting.name],
        type=click.Choice(setting.choices) if setting.choices else _Value(setting),
        help=f"{setting.about}{default}",
        multiple=setting.type == Texts,
        callback=_none_if_absent,
    )


def _none_if_absent(ctx: click.Context, option: click.Parameter, value: Any) -> Any:
    """None for a flag that can be given several times and is absent, as for any other flag."""
    return None if value == () and option.multiple else value


def _help_all(ctx: click.Context, option: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.meta[_ALL] = True
        click.echo(ctx.get_help())
        ctx.exit()
