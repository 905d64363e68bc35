"""What a server imitates of LocalStack's container, for the endpoints that report it."""

from __future__ import annotations

from dataclasses import dataclass, field

from decaf.compat.init_scripts import STAGES, InitScripts


def _none_to_run() -> InitScripts:
    scripts = InitScripts()
    scripts.completed.update(stage for stage in STAGES if stage != "SHUTDOWN")
    return scripts


@dataclass(slots=True)
class LocalStack:
    """The init scripts, and whether services are "running" before their first call. Without scripts all stages up to
    READY are over.
    """

    scripts: InitScripts = field(default_factory=_none_to_run)
    eager: bool = False
