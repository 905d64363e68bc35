"""Which server a command means: the settings as flags, variables and `decaf.toml` have them, and their address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from decaf.base.settings import BadSetting, Settings, load


def settings_of(config: Path | None, flags: Mapping[str, Any]) -> Settings:
    """The settings; those of `decaf.toml` too, where there is one. Raises ClickException for a bad one."""
    if config is None and Path("decaf.toml").is_file():
        config = Path("decaf.toml")
    try:
        return load(flags, os.environ, config)
    except BadSetting as error:
        raise click.ClickException(str(error)) from error


def url_of(settings: Settings) -> str:
    """Where clients on this machine find a server with these settings."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return settings.base_url or f"http://{host}:{settings.port}"
