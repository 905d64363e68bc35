"""The build hook of the wheel: compiles the leaves in C, where there is a compiler and DECAF_PURE=1 is not set.

Rule: it never fails. A wheel without the compiled leaves is complete, and is one for every platform.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LEAVES = (Path("emulator/decaf/http/_head.c"), Path("protocol/decaf_protocol/_query.c"))


class NativeLeaves(BuildHookInterface[Any]):
    """Adds the compiled leaves to the wheel; for an editable installation, each is put beside its source."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            _remove_built(Path(self.root))
        if os.environ.get("DECAF_PURE", "0") not in ("", "0"):
            return
        self._made = TemporaryDirectory()
        try:
            built = _compile(Path(self.root), Path(self._made.name))
        except Exception as reason:  # there are many; none of them is worth more than the package
            self.app.display_warning(f"The leaves in C are not compiled, and this build is pure Python: {reason}")
            return
        if version == "editable":
            for leaf, source in built.items():
                shutil.copy(leaf, Path(self.root) / source.parent)
            return
        *_, platform = self.build_config.builder.get_best_matching_tag().split("-")
        build_data["pure_python"] = False
        build_data["tag"] = f"cp311-abi3-{platform}"
        for leaf, source in built.items():
            build_data["force_include"][str(leaf)] = str(Path(*source.parts[1:]).with_name(leaf.name))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "_made"):
            self._made.cleanup()


def _remove_built(root: Path) -> None:
    """Remove what an earlier build put there. It is never written over, since a server may run it."""
    for source in _LEAVES:
        for built in (root / source.parent).glob(f"{source.stem}*"):
            if built.suffix in (".so", ".pyd"):
                built.unlink()


def _compile(root: Path, folder: Path) -> dict[Path, Path]:
    """Returns the files of the compiled leaves, which are in `folder`, with the source of each.

    Raises whatever is missing or goes wrong.
    """
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise NotImplementedError("one build for all versions is there for CPython with its lock")
    options = ["-O3", "-g0"] if os.name == "posix" else []  # -g0: without the names of this machine's folders
    leaves = [
        Extension(source.stem, [str(source)], py_limited_api=True, extra_compile_args=options) for source in _LEAVES
    ]
    command = build_ext(Distribution({"ext_modules": leaves}))
    command.build_lib, command.build_temp = str(folder), str(folder / "objects")
    before = Path.cwd()
    os.chdir(root)
    try:
        command.ensure_finalized()
        command.run()
    finally:
        os.chdir(before)
    return {Path(command.get_ext_fullpath(source.stem)): source for source in _LEAVES}
