"""The wheel: with the leaves in C for one platform, or without for all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.guest.conftest import ROOT, build_wheel

LEAVES = {"decaf/http/_head.abi3.so", "decaf_protocol/_query.abi3.so"}


def files(wheel: Path) -> set[str]:
    """The names of the files in a wheel."""
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("without", ["DECAF_PURE=1", "CC=false"])
def test_without_a_compiler_the_wheel_is_the_same_but_for_the_leaves(
    without: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("cc") is None or os.name != "posix":
        pytest.skip("there is no C compiler")
    monkeypatch.delenv("DECAF_PURE", raising=False)
    native = build_wheel(ROOT, tmp_path / "native")
    assert "-cp311-abi3-" in native.name
    monkeypatch.setenv(*without.split("="))
    pure = build_wheel(ROOT, tmp_path / "pure")
    assert pure.name.endswith("-py3-none-any.whl")
    assert files(native) - files(pure) == LEAVES
    assert files(pure) < files(native)
    assert not [name for name in files(native) if name.endswith(".c")]
