"""Databases by URL: opened, made ready for the store, and their errors turned into ours.

SQLite runs in WAL mode and waits for other writers; PostgreSQL is spoken to by psycopg. It knows
the tables' version, and nothing of what is in them.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from taurus_beam.errors import EngineError
from taurus_beam.lineage import tables

__all__ = ["Database"]

_WAIT_SECONDS = 60
# Any number does, as long as nobody else locks by it.
_CREATION_LOCK = 0x7461757275730001
_READS = "lineage_reads"
_KNOWN = "a path or sqlite:///PATH, or postgresql://USER@HOST/DATABASE"


class Database:
    """A database with the store's tables, which are created where there are none.

    A connection is kept from one transaction to the next: to make one to PostgreSQL takes longer
    than what it is for, and whoever closes the last one to SQLite copies its whole log.

    Args:
        url: A URL as of SQLAlchemy, or the path of a SQLite file.

    Attributes:
        shown: The URL without a password.

    Raises:
        EngineError: If it cannot be reached, or its tables are of another version.
    """

    def __init__(self, url: str) -> None:
        parsed = _parsed(url)
        self.shown = parsed.render_as_string(hide_password=True)
        try:
            self._engine = _engine(parsed)
        except ModuleNotFoundError as problem:
            raise EngineError(
                f"The lineage store needs {problem.name}, which is not installed.",
                where=self.shown,
                fix="pip install 'taurus-beam[postgres]'",
            ) from problem
        with self._told():
            self._prepare()

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self._engine.dialect.name

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end of the block.

        Raises:
            EngineError: If the database fails.
        """
        with self._told(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of everything and writes nothing.

        Raises:
            EngineError: If the database fails.
        """
        with self._told(), self._reader() as connection:
            yield connection

    def close(self) -> None:
        """Give back what the system holds for it; nothing can be asked of it then."""
        self._engine.dispose()

    def _reader(self) -> Connection:
        return self._engine.connect().execution_options(**{_READS: True})

    def _prepare(self) -> None:
        with self._reader() as connection:
            exists = inspect(connection).has_table(tables.version.name)
        if not exists:
            with self._engine.begin() as connection:
                # Two that find nothing at the same time must not both create.
                if self.dialect == "postgresql":
                    connection.execute(select(func.pg_advisory_xact_lock(_CREATION_LOCK)))
                if not inspect(connection).has_table(tables.version.name):
                    tables.metadata.create_all(connection)
                    connection.execute(tables.version.insert(), {"version": tables.VERSION})
        with self._reader() as connection:
            found = connection.execute(select(tables.version.c.version)).scalars().all()
        if found != [tables.VERSION]:
            raise EngineError(
                f"The lineage store has version {', '.join(map(str, found)) or 'none'}.",
                where=self.shown,
                expected=f"version {tables.VERSION}, which is what this taurus_beam writes",
                fix="Use the taurus_beam that wrote it, or another store: --lineage URL.",
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as problem:
            cause = problem.orig if isinstance(problem, DBAPIError) else problem
            first = str(cause).strip().split("\n", 1)[0]
            raise EngineError(
                f"The lineage store cannot be used: {first}",
                where=self.shown,
                expected=f"a database that can be read and written: {_KNOWN}",
                fix="Check that it is there and its permissions, name another one with --lineage "
                "or TAURUS_BEAM_LINEAGE, or record nothing with TAURUS_BEAM_LINEAGE=off.",
            ) from problem


def _parsed(url: str) -> URL:
    if not re.match(r"\w[\w+]*://", url):
        return URL.create("sqlite", database=os.path.abspath(os.path.expanduser(url)))
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    kind = parsed.get_backend_name() if parsed is not None else ""
    if parsed is None or kind not in ("sqlite", "postgresql", "postgres"):
        raise EngineError(
            f"{kind or 'This'} is no database that lineage can be kept in.",
            where=parsed.render_as_string() if parsed is not None else "--lineage",
            expected=_KNOWN,
        )
    # SQLAlchemy's own choice of a driver depends on its version.
    return parsed if kind == "sqlite" else parsed.set(drivername="postgresql+psycopg")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        # A run may take days: the server may have been started anew since it was last asked.
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    if url.database:
        _make_folder(url)
    engine = create_engine(url, connect_args={"timeout": _WAIT_SECONDS})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_folder(url: URL) -> None:
    try:
        os.makedirs(os.path.dirname(os.path.abspath(url.database or "")), exist_ok=True)
    except OSError as problem:
        raise EngineError(
            f"The folder of the lineage store cannot be made: {problem.strerror}.",
            where=url.database,
            fix="Name another store with --lineage or TAURUS_BEAM_LINEAGE.",
        ) from problem


def _set_up_sqlite(connection: Any, record: object) -> None:
    # Python's sqlite3 would begin transactions late, and as readers.
    connection.isolation_level = None
    deadline = time.monotonic() + _WAIT_SECONDS
    while _is_refused_wal(connection) and time.monotonic() < deadline:
        time.sleep(0.01)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _is_refused_wal(connection: Any) -> bool:
    """Whether WAL mode must be asked for again.

    While another process makes the same change, SQLite refuses instead of waiting. What is
    read-only stays as it is, and whoever writes to it is told.
    """
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return False
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as problem:
        return "locked" in str(problem)
    return False


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads before it writes would fail, not wait, where another has written.
    reads = connection.get_execution_options().get(_READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
