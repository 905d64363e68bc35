"""The code of functions that came as a zip file: unpacked in a folder of its own.

Rule: a folder is named after what is in it, and never changed. Folders are in the data directory, or, without one, in a
temporary directory that ends with the server; nobody but the owner can read them. A data directory may have been moved
or copied, or be reached by another path, since a function was recorded: only the name of a folder counts.

Source: AWS Lambda Developer Guide, "Lambda quotas", for the limits.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
import tempfile
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Collection
from pathlib import Path

import msgspec

MOST_ZIPPED = 50 * 1_048_576  # bytes
MOST_UNZIPPED = 250 * 1_048_576
_FOLDER = "functions"  # in the data directory
_DIGEST = re.compile("[0-9a-f]{64}")  # SHA-256 of the zip file: the name of a folder
_PRIVATE = 0o700
_OF_THE_DISK = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
)


class BadCode(Exception):
    """A file that is no zip file, or too large; the text is the reason."""


class CodeTooLarge(BadCode):
    """A zip file that is too large, or what is in it."""


class Code(msgspec.Struct, frozen=True):
    """Unpacked code: its folder, and the zip file's digest (SHA-256 in base64) and size in bytes."""

    path: str
    sha256: str
    size: int

    @property
    def digest(self) -> bytes:
        return b64decode(self.sha256)


class FunctionCode:
    """The folders, in `data_dir` unless that is empty."""

    def __init__(self, data_dir: str) -> None:
        self._kept = Path(data_dir, _FOLDER).absolute() if data_dir else None
        self._temporary: Path | None = None

    def keep(self, zipped: bytes) -> Code:
        """Unpack a zip file. Raises BadCode, and OSError when it cannot be written."""
        digest = hashlib.sha256(zipped)
        folder = self._root() / digest.hexdigest()
        if not folder.exists():
            self._unpack(zipped, folder)
        return Code(str(folder), b64encode(digest.digest()).decode(), len(zipped))

    def keep_text(self, name: str, text: str) -> Code:
        """Keep a file with a text, as code that stands in a template."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), text)
        return self.keep(packed.getvalue())

    def find(self, path: str) -> str:
        """Returns the folder here that has the code of the folder `path`; `path` itself where none has."""
        name = Path(path).name
        if self._kept is not None and _DIGEST.fullmatch(name) and (self._kept / name).is_dir():
            return str(self._kept / name)
        return path

    def prune(self, used: Collection[str]) -> None:
        """Delete the folders that no function has, by their paths."""
        names = {Path(path).name for path in used}
        if self._kept is not None and self._kept.is_dir():
            for folder in self._kept.iterdir():
                if folder.name not in names:
                    shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Delete what was kept for this run alone."""
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def _root(self) -> Path:
        if self._kept is not None:
            self._kept.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            return self._kept
        if self._temporary is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="decaf-functions-"))
        return self._temporary

    def _unpack(self, zipped: bytes, folder: Path) -> None:
        """Unpack beside the folder first, so that it is either there with all its files or not at all."""
        if len(zipped) > MOST_ZIPPED:
            raise CodeTooLarge(f"the zip file has more than {MOST_ZIPPED} bytes")
        beside = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            _extract(zipped, beside)
            for place, _, names in os.walk(beside):
                os.chmod(place, _PRIVATE)
                for name in names:
                    os.chmod(os.path.join(place, name), _PRIVATE)  # a program in it may be run
            _put(beside, folder)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def _extract(zipped: bytes, folder: Path) -> None:
    """Raises BadCode, and OSError when the disk takes no files."""
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_UNZIPPED:
                raise CodeTooLarge(f"the unzipped files have more than {MOST_UNZIPPED} bytes")
            archive.extractall(folder)  # which lets no name lead out of the folder
    except BadCode:
        raise
    except (
        Exception
    ) as error:  # each kind of compression has errors of its own, and names may be too long or contradict
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            raise
        raise BadCode("it is no zip file that can be read") from error


def _put(beside: Path, folder: Path) -> None:
    """Give unpacked code its name, unless the same code has it already: another thread may have been faster."""
    try:
        beside.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        shutil.rmtree(beside, ignore_errors=True)
