from __future__ import annotations

from pathlib import Path

from lineage_writer import assert_nothing_lost, written_by_two

from taurus_beam.lineage import LineageStore


def test_two_processes_lose_nothing_in_one_sqlite_file(tmp_path: Path) -> None:
    path = str(tmp_path / "lineage.sqlite")
    written_by_two(path, 500, tmp_path)
    assert_nothing_lost(LineageStore(path), 500)
