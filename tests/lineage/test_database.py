from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from taurus_beam.errors import EngineError
from taurus_beam.lineage import Execution, LineageStore


def test_sqlite_is_in_wal_mode(tmp_path: Path) -> None:
    LineageStore(str(tmp_path / "new" / "l.sqlite")).begin(Execution("fit", "a"))
    with sqlite3.connect(tmp_path / "new" / "l.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("version", [0, 2])
def test_another_version_is_refused(tmp_path: Path, version: int) -> None:
    path = str(tmp_path / "l.sqlite")
    LineageStore(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE lineage_version SET version = ?", (version,))
    with pytest.raises(EngineError, match=rf"has version {version}\.(?s:.)*version 1"):
        LineageStore(path)


def test_tables_of_others_are_left_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "l.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE events (mine)")
    LineageStore(path).begin(Execution("fit", "a"))
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT * FROM events").fetchall() == []


@pytest.mark.parametrize(
    "url", ["sqlite:////proc/no/l.sqlite", "mysql://host/db", "postgresql://127.0.0.1:1/none"]
)
def test_what_cannot_be_reached_is_told(url: str) -> None:
    with pytest.raises(EngineError):
        LineageStore(url)


def test_a_file_of_something_else_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("x\n" * 1000)
    with pytest.raises(EngineError, match="not a database") as raised:
        LineageStore(str(path))
    assert raised.value.where == f"sqlite:///{path}"
    assert path.read_text() == "x\n" * 1000


def test_no_password_is_told() -> None:
    with pytest.raises(EngineError) as raised:
        LineageStore("postgresql://ada:secret@127.0.0.1:1/none")
    assert "ada:***@" in str(raised.value)
    assert "secret" not in str(raised.value)
