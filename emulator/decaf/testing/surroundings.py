"""The environment of a command that calls a server and cannot reach AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping

from decaf.testing.environment import MISLEADING


def surroundings(pointing: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment of this process with the variables of `pointing`, and without all that would lead
    elsewhere: the files with profiles and credentials are empty for it.
    """
    removed = misleading() if "AWS_ENDPOINT_URL" in pointing else MISLEADING
    kept = {name: value for name, value in os.environ.items() if name not in removed}
    return kept | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull} | dict(pointing)


def misleading() -> tuple[str, ...]:
    """Returns the variables that would lead elsewhere, with the endpoints of all services in this environment."""
    others = (name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_") and name not in MISLEADING)
    return (*MISLEADING, *sorted(others))
