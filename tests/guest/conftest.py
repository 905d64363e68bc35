"""A wheel of this tree, and a clean environment that has it installed as a project's users would."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.guest.guest import Guest

ROOT = Path(__file__).parent.parent.parent

collect_ignore = ["project"]  # its tests run in the guest's environment


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def wheel_of_sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution."""
    directory = tmp_path_factory.mktemp("sdist")
    _run("-m", "hatchling", "build", "-t", "sdist", "-d", str(directory))
    (sdist,) = directory.glob("*.tar.gz")
    return build_wheel(sdist, directory)


def build_wheel(source: Path, directory: Path) -> Path:
    """Build the wheel of a tree or of a source distribution, without a network."""
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(directory), str(source))
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def guest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Guest:
    """An environment with the wheel, what it requires and pytest, and a project that has its own common names."""
    home = tmp_path_factory.mktemp("guest")
    venv.create(home / "venv", with_pip=False, symlinks=True)
    python = home / "venv" / "bin" / "python"
    site_packages = next((home / "venv" / "lib").glob("python*/site-packages"))
    before = _names(site_packages)
    _pip("--python", str(python), "install", "--no-deps", str(wheel))
    added = _names(site_packages) - before
    libraries = home / "libraries"
    libraries.mkdir()
    for name in _required("decaf-aws") | _required("pytest"):
        _link(name, libraries)
    (site_packages / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    shutil.copytree(Path(__file__).parent / "project", home / "project")
    return Guest(python, home / "project", frozenset(added))


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def _required(distribution: str) -> set[str]:
    """Returns the names of all that `distribution` requires, directly or not, and its own unless it is Decaf."""
    found: set[str] = set()
    waiting = [distribution]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            requirements = map(Requirement, metadata.requires(name) or ())
            waiting += [one.name for one in requirements if one.marker is None or one.marker.evaluate({"extra": ""})]
    return found - {"decaf-aws"}


def _link(name: str, directory: Path) -> None:
    """Let `directory` have the packages, modules and metadata of an installed distribution."""
    distribution = metadata.distribution(name)
    for entry in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        link = directory / entry
        if not link.exists():
            link.symlink_to(Path(str(distribution.locate_file(entry))))


def _pip(*arguments: str) -> None:
    _run("-m", "pip", "-q", "--disable-pip-version-check", "--no-input", *arguments)


def _run(*arguments: str) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
