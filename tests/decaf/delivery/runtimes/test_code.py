"""The code of functions that came as a zip file."""

from __future__ import annotations

import base64
import errno
import hashlib
import io
import shutil
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from decaf.base.settings import Settings
from decaf.delivery.runtimes import code
from decaf.delivery.runtimes.code import BadCode, FunctionCode
from decaf.functions.function import Function
from tests.live import Live


def _zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return packed.getvalue()


def test_it_is_unpacked_into_a_folder_that_only_the_owner_can_read(tmp_path: Path) -> None:
    zipped = _zipped(app="one", lib__menu="two")
    kept = FunctionCode(str(tmp_path / "data")).keep(zipped)
    folder = Path(kept.path)
    assert (folder / "app").read_text() == "one"
    assert (folder / "lib" / "menu").read_text() == "two"
    assert folder.parent == tmp_path / "data" / "functions"
    places = [folder.parent, folder, *folder.rglob("*")]
    assert {stat.S_IMODE(place.stat().st_mode) for place in places} == {0o700}
    assert (kept.sha256, kept.size) == (base64.b64encode(hashlib.sha256(zipped).digest()).decode(), len(zipped))


def test_the_same_code_has_the_same_folder(tmp_path: Path) -> None:
    kept = FunctionCode(str(tmp_path))
    assert kept.keep(_zipped(app="one")) == kept.keep(_zipped(app="one"))
    assert kept.keep(_zipped(app="one")).path != kept.keep(_zipped(app="two")).path
    assert kept.keep_text("index.py", "x = 1") == kept.keep_text("index.py", "x = 1")


def test_without_a_data_directory_it_ends_with_the_server() -> None:
    kept = FunctionCode("")
    folder = Path(kept.keep_text("index.py", "x = 1").path)
    assert (folder / "index.py").read_text() == "x = 1"
    kept.close()
    assert not folder.exists()


def test_folders_that_no_function_has_are_deleted(tmp_path: Path) -> None:
    kept = FunctionCode(str(tmp_path))
    used, other = (Path(kept.keep(_zipped(app=text)).path) for text in ("one", "two"))
    kept.prune([str(used)])
    assert (used.exists(), other.exists()) == (True, False)


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../outside", "x")
        archive.writestr("/absolute", "x")
    folder = Path(FunctionCode(str(tmp_path / "data")).keep(packed.getvalue()).path)
    assert sorted(path.name for path in folder.iterdir()) == ["absolute", "outside"]
    assert not (tmp_path / "outside").exists()


def _damaged(compression: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        archive.writestr("app", "x" * 1_000)
    whole = bytearray(packed.getvalue())
    whole[33:43] = b"\xff" * 10  # the compressed text begins there
    return bytes(whole)


BROKEN = {
    "empty": b"",
    "other": b"no zip file",
    "cut": _zipped(app="one")[:-10],
    "deflate": _damaged(zipfile.ZIP_DEFLATED),
    "bzip2": _damaged(zipfile.ZIP_BZIP2),
    "lzma": _damaged(zipfile.ZIP_LZMA),
    "long name": _zipped(**{"x" * 300: "one"}),
    "file and folder": _zipped(a="one", a__b="two"),
    "folder and file": _zipped(a__b="two", a="one"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=list(BROKEN))
def test_what_is_no_zip_file_is_refused_and_leaves_nothing(tmp_path: Path, broken: bytes) -> None:
    with pytest.raises(BadCode, match="no zip file"):
        FunctionCode(str(tmp_path)).keep(broken)
    assert list((tmp_path / "functions").iterdir()) == []


def test_a_disk_that_takes_no_files_is_no_fault_of_the_zip_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(archive: zipfile.ZipFile, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "extractall", fill)
    with pytest.raises(OSError, match="No space left"):
        FunctionCode(str(tmp_path)).keep(_zipped(app="one"))
    assert list((tmp_path / "functions").iterdir()) == []


def test_code_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "MOST_UNZIPPED", 10)
    with pytest.raises(BadCode, match="the unzipped files have more than 10 bytes"):
        FunctionCode(str(tmp_path)).keep(_zipped(app="x" * 11))
    monkeypatch.setattr(code, "MOST_ZIPPED", 10)
    with pytest.raises(BadCode, match="the zip file has more than 10 bytes"):
        FunctionCode(str(tmp_path)).keep(_zipped(app="x"))
    assert list((tmp_path / "functions").iterdir()) == []


def test_a_function_keeps_its_code_through_a_restart_and_other_code_is_deleted(tmp_path: Path) -> None:
    settings = Settings(port=0, data_dir=str(tmp_path / "data"))
    arn = "arn:aws:lambda:us-east-1:000000000000:function:brew"
    with Live(settings) as first:
        used = first.world.function_code.keep_text("app.py", "def brew(event, context): return 'served'")
        first.world.function_code.keep_text("app.py", "nobody has this")
        first.call(first.world.functions.register, Function(arn, "app.brew", used.path, timeout=20))
    with Live(settings) as second:
        assert second.control.invoke_function(arn).result == "served"
        assert [str(folder) for folder in (tmp_path / "data" / "functions").iterdir()] == [used.path]


@pytest.mark.parametrize("by", ["symlink", "move", "copy"])
def test_a_function_keeps_its_code_when_the_data_directory_has_another_path(tmp_path: Path, by: str) -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:brew"
    before, after = tmp_path / "before", tmp_path / "after"
    with Live(Settings(port=0, data_dir=str(before))) as first:
        used = first.world.function_code.keep_text("app.py", "def brew(event, context): return __file__")
        first.call(first.world.functions.register, Function(arn, "app.brew", used.path, timeout=20))
    if by == "symlink":
        after.symlink_to(before)
    elif by == "move":
        before.rename(after)
    else:
        shutil.copytree(before, after)
    for _ in range(2):
        with Live(Settings(port=0, data_dir=str(after))) as second:
            file = second.control.invoke_function(arn).result
            assert Path(file).resolve() == (after / "functions" / Path(used.path).name / "app.py").resolve()


def test_code_that_is_missing_is_warned_of_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:brew"
    settings = Settings(port=0, data_dir=str(tmp_path / "data"))
    with Live(settings) as first:
        used = first.world.function_code.keep_text("app.py", "def brew(event, context): pass")
        first.call(first.world.functions.register, Function(arn, "app.brew", used.path))
    shutil.rmtree(tmp_path / "data" / "functions")
    with Live(settings):
        assert caplog.messages == [f"the folder of the function {arn} is not there: {used.path}"]


def test_a_folder_that_only_looks_like_kept_code_is_left_alone(tmp_path: Path) -> None:
    kept = FunctionCode(str(tmp_path))
    kept.keep_text("index.py", "x = 1")
    assert [kept.find(path) for path in (".", "..", "/", "shop", "0" * 64)] == [".", "..", "/", "shop", "0" * 64]


def test_the_same_code_can_be_kept_by_several_threads_at_once(tmp_path: Path) -> None:
    zipped = _zipped(**{f"part{number}": "x = 1" for number in range(500)})
    kept_code = FunctionCode(str(tmp_path))
    with ThreadPoolExecutor(4) as pool:
        kept = set(pool.map(kept_code.keep, [zipped] * 4))
    assert len(kept) == 1
    assert len(list((tmp_path / "functions").iterdir())) == 1
