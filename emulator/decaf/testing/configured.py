"""The settings of a test session's server, as its project configures them.

Rule: a project's files are for its server too, so where they let that listen and what they let it keep is not for a
session: it has a free port of this machine, and its state ends with it, unless its own lines say otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from decaf.base.settings import SETTINGS, BadSetting, Settings, check_name, load

_SESSIONS_OWN: Mapping[str, Any] = {
    "host": "127.0.0.1",
    "port": 0,
    "base_url": "",
    "data_dir": "",
    "store": "",
    "snapshot": "",
}


def settings_for_tests(root: Path, lines: Iterable[str] = (), environment: Mapping[str, str] = os.environ) -> Settings:
    """Returns the settings of `lines` (`name = value`), of `DECAF_*` variables, and of a file in `root`: its
    decaf.toml, else `[tool.decaf]` in its pyproject.toml. The first of these wins. Files are named from `root` on.

    Raises BadSetting.
    """
    given: dict[str, Any] = {}
    for line in lines:
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals:
            raise BadSetting(f"decaf_settings: {line!r} is not of the form name = value")
        check_name(name, "decaf_settings")
        try:
            given[name] = SETTINGS[name].read(value)
        except ValueError as error:
            raise BadSetting(f"decaf_settings: {name}: {error}") from None
    loaded = load(given, environment, _file(root))
    own = {name: value for name, value in _SESSIONS_OWN.items() if name not in given}
    return replace(loaded, **own, init=tuple(str(root / file) for file in loaded.init))


def _file(root: Path) -> Path | None:
    files = (root / "decaf.toml", root / "pyproject.toml")
    return next((file for file in files if file.is_file()), None)
