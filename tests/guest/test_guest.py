"""Decaf is a good guest: it takes no common name in an environment, and loads nothing before it is used."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

from decaf import __version__
from tests.guest.guest import Guest


def test_site_packages_have_two_packages_more_and_their_metadata(guest: Guest) -> None:
    assert guest.added == {"decaf", "decaf_protocol", f"decaf_aws-{__version__}.dist-info"}


def test_the_wheel_installs_one_command_besides(guest: Guest) -> None:
    listed = guest.run("-c", "from importlib.metadata import files; print(*files('decaf-aws'))").split()
    assert {path for path in listed if path.split("/")[0] not in guest.added} == {"../../../bin/decaf"}


def test_pytest_runs_the_suite(guest: Guest) -> None:
    assert "4 passed" in guest.run(guest.pytest_command(), "-q")


def test_python_m_pytest_runs_the_suite(guest: Guest) -> None:
    assert "4 passed" in guest.run("-m", "pytest", "-q")


def test_the_command_runs_in_the_project(guest: Guest) -> None:
    assert __version__ in guest.run("-m", "decaf", "version")
    assert __version__ in guest.run(guest.python.parent / "decaf", "version")


def test_the_plugin_loads_itself_and_nothing_more_until_a_fixture_is_used(guest: Guest) -> None:
    added = guest.modules() - guest.modules("-p", "no:decaf")
    assert added == {"decaf", "decaf.testing", "decaf.testing.plugin"}


def test_the_source_distribution_builds_the_same_wheel(wheel: Path, wheel_of_sdist: Path) -> None:
    assert contents(wheel) == contents(wheel_of_sdist)


def contents(wheel: Path) -> dict[str, bytes]:
    """The files in a wheel by name."""
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
