"""The settings of flags, variables and `decaf.toml`, and the address of a server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from decaf.base.settings import Settings


def settings_of(config: Path | None, flags: Mapping[str, Any], variables: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings, with those of `decaf.toml` if it exists. Raises ClickException for a bad one."""
    from decaf.base.settings import BadSetting, load  # not where the address is in a flag: half the time

    if config is None and Path("decaf.toml").is_file():
        config = Path("decaf.toml")
    try:
        return load(flags, variables, config)
    except BadSetting as error:
        raise click.ClickException(str(error)) from error


def url_of(settings: Settings) -> str:
    """Return the URL by which clients on this machine reach a server with these settings."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    secure = (settings.tls != "off" or settings.tls_cert) and settings.tls_port < 0
    return settings.base_url or f"{'https' if secure else 'http'}://{host}:{settings.port}"


class Url(click.ParamType[str]):
    """The URL of a server; `http://` can be left out."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        scheme, _, rest = value.rpartition("://")
        if scheme not in ("", "http", "https") or not rest.partition(":")[0].strip("/"):
            self.fail(f"{value!r} is not an address such as http://127.0.0.1:4566", param, ctx)
        return f"{scheme or 'http'}://{rest.rstrip('/')}"


url_option = click.option(
    "--url",
    type=Url(),
    envvar="DECAF_URL",
    help="the server's address [DECAF_URL, else the address of `decaf serve`]",
)
