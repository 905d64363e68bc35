"""The file of a data directory: how one version becomes the next."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from decaf.persistence import disk
from decaf.persistence.batch import Batch, Document
from decaf.persistence.disk import Disk
from decaf.persistence.errors import Unusable
from decaf.persistence.records import RegionRecord


def _open(directory: Path) -> Disk:
    return Disk(directory, "commit")


def _columns(directory: Path) -> list[str]:
    with closing(sqlite3.connect(directory / disk.FILE)) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(documents)")]


def _fill(directory: Path) -> None:
    opened = _open(directory)
    record = RegionRecord(account="000000000000", name="us-east-1", spent="3")
    opened.apply(Batch(documents=[Document("region", "000000000000/us-east-1", "000000000000", record)]))
    opened.close()


def test_a_file_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path)
    later = "ALTER TABLE documents ADD COLUMN colour TEXT;"
    monkeypatch.setattr(disk, "_MIGRATIONS", disk._MIGRATIONS | {disk.VERSION: later})
    monkeypatch.setattr(disk, "VERSION", disk.VERSION + 1)
    opened = _open(tmp_path)
    assert [region.spent for region in opened.load().snapshot.regions] == ["3"]
    assert disk.version_of(tmp_path / disk.FILE) == disk.VERSION  # in the file itself, not in its log alone
    opened.close()
    assert _columns(tmp_path)[-1] == "colour"
    _open(tmp_path).close()


def test_a_step_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(tmp_path)
    with monkeypatch.context() as later:
        step = "ALTER TABLE documents ADD COLUMN colour TEXT; DROP TABLE missing;"
        later.setattr(disk, "_MIGRATIONS", disk._MIGRATIONS | {disk.VERSION: step})
        later.setattr(disk, "VERSION", disk.VERSION + 1)
        with pytest.raises(Unusable, match="no such table"):
            _open(tmp_path)
    opened = _open(tmp_path)
    assert [region.spent for region in opened.load().snapshot.regions] == ["3"]
    opened.close()
    assert "colour" not in _columns(tmp_path)


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    _fill(tmp_path)
    opened = _open(tmp_path)
    record = RegionRecord(account="000000000000", name="us-east-1", spent="4")
    region = Document("region", "000000000000/us-east-1", "000000000000", record)
    with pytest.raises(sqlite3.Error):
        opened.apply(Batch(documents=[region], deleted=[(object(),)]))  # type: ignore[list-item]
    assert [region.spent for region in opened.load().snapshot.regions] == ["3"]
    opened.close()
