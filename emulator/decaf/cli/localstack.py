"""The options of `decaf serve` for those who come from LocalStack's container: its init hooks and its variables."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from decaf.cli.options import RareOption
from decaf.compat.init_scripts import InitScripts, Stage
from decaf.compat.localstack import LocalStack

_GRACE = 30.0  # seconds; the usual scripts export what they made, or call one service


def localstack_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, as `init_hooks` and `localstack_variables`. They are no settings: a file does not
    turn them on.
    """
    hooks = click.option(
        "--init-hooks",
        cls=RareOption,
        envvar="DECAF_INIT_HOOKS",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help="run the scripts in DIR/{boot,start,ready,shutdown}.d, as LocalStack does",
    )
    variables = click.option(
        "--localstack-variables",
        cls=RareOption,
        envvar="DECAF_LOCALSTACK_VARIABLES",
        is_flag=True,
        help="read LocalStack's variables, such as PERSISTENCE",
    )
    return hooks(variables(command))


@dataclass(slots=True)
class Container:
    """What is asked for of LocalStack's container, the variables that settings are read from, and lines for people."""

    localstack: LocalStack = field(default_factory=LocalStack)
    variables: Mapping[str, str] = field(default_factory=lambda: os.environ)
    warnings: tuple[str, ...] = ()
    ready_lines: tuple[str, ...] = ()

    @property
    def grace(self) -> float:
        """Seconds that scripts have when the server stops."""
        return _GRACE if self.localstack.scripts.of("SHUTDOWN") else 0.0

    async def before_start(self) -> None:
        """Run the scripts that come before the server listens."""
        for stage in ("BOOT", "START"):
            await self.localstack.scripts.run(stage, self.variables)

    async def when_ready(self, url: str, region: str, stopped: asyncio.Event) -> None:
        """Run the scripts that call the server at `url`. Returns when they have ended, or `stopped` is set."""
        both = asyncio.ensure_future(self._run("READY", url, region)), asyncio.ensure_future(stopped.wait())
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.wait(both)

    async def before_stop(self, url: str, region: str) -> None:
        """Run the scripts that come before the server stops."""
        await self._run("SHUTDOWN", url, region)

    async def _run(self, stage: Stage, url: str, region: str) -> None:
        await self.localstack.scripts.run(stage, _script_variables(self.variables, url, region))


def container_of(init_hooks: Path | None, localstack_variables: bool) -> Container:
    """Returns what the options ask for; without them, a container that does nothing."""
    container = Container()
    if localstack_variables:
        from decaf.compat.variables import translate

        translation = translate(os.environ)
        container.localstack.eager = translation.eager
        container.variables = translation.variables
        container.warnings = tuple(translation.warnings)
    if init_hooks is not None:
        container.localstack.scripts = InitScripts(init_hooks)
        container.ready_lines = ("Ready.",)  # what programs that start LocalStack wait for in its log
    return container


def _script_variables(variables: Mapping[str, str], url: str, region: str) -> dict[str, str]:
    """Returns the variables of a script: clients in it call the server at `url`, as the account and in the region of
    the variables, if these have them.
    """
    from decaf.testing.environment import MISLEADING, environment

    reached = url.replace("//0.0.0.0", "//127.0.0.1").replace("//[::]", "//[::1]")
    kept = {name: value for name, value in variables.items() if name not in MISLEADING}
    wanted = kept.get("AWS_DEFAULT_REGION") or kept.get("AWS_REGION") or region
    return environment(reached, region=wanted) | kept | {"AWS_ENDPOINT_URL": reached}
