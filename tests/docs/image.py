"""The images as the Dockerfile describes them, and a service of a compose file, run without a container.

An engine is not needed: the server is a process with the variables of the image and of the service, directories stand
for volumes, and commands of the service run in a shell beside it.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
HOOKS = "/etc/localstack/init"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the Dockerfile, with the instructions of the stages that it begins with."""

    instructions: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Returns the arguments of each instruction of a kind."""
        return [argument for instruction, argument in self.instructions if instruction == name]

    def last(self, name: str) -> str:
        return self.all(name)[-1]

    @property
    def variables(self) -> dict[str, str]:
        """Returns the variables that the image sets, without PATH."""
        pairs = [pair.partition("=") for line in self.all("ENV") for pair in shlex.split(line)]
        return {name: value for name, _, value in pairs if name != "PATH"}


def stages() -> dict[str, Stage]:
    """Returns the stages of the Dockerfile by name."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    found: dict[str, Stage] = {}
    name = ""
    for line in filter(None, lines):
        instruction, _, argument = line.partition(" ")
        if instruction == "FROM":
            parent, _, name = argument.partition(" AS ")
            found[name] = found.get(parent, Stage((("FROM", parent),)))
        found[name] = Stage((*found[name].instructions, (instruction, argument)))
    return found


STAGES = stages()


@dataclass(frozen=True, slots=True)
class Running:
    """A running service. `port` is the one that stands for 4566."""

    port: int
    folder: Path
    log: Path
    variables: Mapping[str, str]

    def until_healthy(self, command: str) -> None:
        """Return once a health check succeeds."""
        deadline = time.monotonic() + 60
        while self.shell(command).returncode != 0:
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")

    def printed(self, text: str) -> str:
        """Returns the log once it has a text."""
        while text not in (log := self.log.read_text(encoding="utf-8")):
            self.shell("true")
        return log

    def shell(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command as `docker compose exec` does, with the port in the place of 4566."""
        return subprocess.run(
            ["sh", "-c", command.replace("4566", str(self.port))],
            env={**self.variables, **variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@contextmanager
def service(described: Mapping[str, Any], project: Path, folder: Path) -> Iterator[Running]:
    """Run a service of a compose file in `project` that has the compat image; `folder` stands for the container.

    It is up, as compose would start it: not yet ready. Scripts of the project get its port in the place of 4566.
    """
    port = _free_port()
    for script in (*project.rglob("*.py"), *project.rglob("*.sh")):
        script.write_text(script.read_text(encoding="utf-8").replace("4566", str(port)), encoding="utf-8")
    hooks = _hooks(described.get("volumes", ()), project, folder)
    image = STAGES["compat"].variables | {"DECAF_HOST": "127.0.0.1", "DECAF_INIT_HOOKS": str(hooks)}
    variables = _own() | image | _environment(described) | {"DECAF_PORT": str(port), "HOME": str(folder)}
    if variables.get("PERSISTENCE") == "1":
        variables["DECAF_DATA_DIR"] = str(folder / "data")
    log = folder / "log"
    with log.open("a", encoding="utf-8") as output:
        command = [sys.executable, "-m", "decaf", "serve"]
        with subprocess.Popen(command, env=variables, cwd=folder, stdout=output, stderr=output) as server:
            try:
                yield Running(port, folder, log, variables)
            finally:
                server.terminate()


def health_command(described: Mapping[str, Any]) -> str:
    """Returns the health check of a service as a command for a shell, else that of its image."""
    test = described.get("healthcheck", {}).get("test")
    if test is None:
        return STAGES["compat"].last("HEALTHCHECK").partition("CMD ")[2]
    if isinstance(test, str):
        return test
    return test[1] if test[0] == "CMD-SHELL" else shlex.join(test[1:])


def _own() -> dict[str, str]:
    """Returns the variables of this process without settings; commands of the image are found first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DECAF_", "AWS_"))}
    places = [ROOT / "container", Path(sys.executable).parent, ROOT / ".venv-legacy" / "bin"]
    return kept | {"PATH": ":".join([*map(str, places), kept["PATH"]]), "PYTHONPATH": str(ROOT)}


def _environment(described: Mapping[str, Any]) -> dict[str, str]:
    """Returns the variables of a service, which are a mapping or a list."""
    given = described.get("environment", {})
    pairs = given.items() if isinstance(given, Mapping) else (line.split("=", 1) for line in given)
    return {name: str(value) for name, value in pairs}


def _hooks(volumes: Iterable[str], project: Path, folder: Path) -> Path:
    """Returns a directory in the place of that of init scripts, with what the volumes put there."""
    hooks = folder / "init"
    hooks.mkdir(exist_ok=True)
    for volume in volumes:
        source, target = volume.removesuffix(":ro").rsplit(":", 1)
        if target == HOOKS:
            return project / source
        if target.startswith(f"{HOOKS}/"):
            place = hooks / target.removeprefix(HOOKS).strip("/")
            place.parent.mkdir(exist_ok=True)
            if not place.exists():
                place.symlink_to(project / source)
    return hooks


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
