"""The reference work in DuckDB, as SQL written for these columns.

Quantiles are exact (``quantile_disc``) and terms are numbered by frequency, as in `by_hand`. A
column is cast to an enumeration of its own terms, which keeps the order of the rows; a join is no
faster and loses it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks import cores
from benchmarks.data import BUCKETS, REFERENCE, Columns

RANKS = [rank / BUCKETS for rank in range(1, BUCKETS)]


def connection() -> duckdb.DuckDBPyConnection:
    """A database in memory, with a thread for each core that this process may use."""
    made = duckdb.connect()
    made.execute(f"SET threads = {cores.available()}")
    return made


def native(table: pa.Table) -> pa.Table:
    """DuckDB reads Arrow where it is."""
    return table


def in_memory(table: pa.Table, columns: Columns = REFERENCE) -> pa.Table:
    with connection() as database:
        database.register("flights", table)
        return database.sql(query(database, "flights", columns)).to_arrow_table()


def parquet(source: Path, folder: Path) -> None:
    with connection() as database:
        made = query(database, f"'{source}'", REFERENCE)
        database.execute(f"COPY ({made}) TO '{folder / 'transformed.parquet'}' (FORMAT parquet)")


def answer(table: pa.Table, columns: Columns = REFERENCE) -> pa.Table:
    return in_memory(table, columns)


def query(database: duckdb.DuckDBPyConnection, source: str, columns: Columns) -> str:
    """Analyzes; the query that transforms."""
    facts = [
        f"avg({n}), stddev_pop({n}), min({n}), max({n}), quantile_disc({n}, {RANKS})"
        for n in columns.numeric
    ]
    (found,) = database.execute(f"SELECT {', '.join(facts)} FROM {source}").fetchall()
    outputs = []
    for at, name in enumerate(columns.numeric):
        mean, deviation, low, high, boundaries = found[5 * at : 5 * at + 5]
        if columns.unit:
            outputs.append(f"({name} - {low!r}) / {high - low!r} AS {name}_01")
        outputs += [
            f"({name} - {mean!r}) / {deviation!r} AS {name}_z",
            f"{bucket(name, boundaries)} AS {name}_bucket",
        ]
    for name in columns.strings:
        database.execute(
            f"CREATE TYPE {name}_terms AS ENUM (SELECT {name} FROM {source} "
            f"WHERE {name} IS NOT NULL GROUP BY {name} ORDER BY count(*) DESC, {name} DESC)"
        )
        outputs.append(f"enum_code({name}::{name}_terms)::BIGINT AS {name}_id")
    return f"SELECT {', '.join(outputs)} FROM {source}"


def bucket(name: str, boundaries: list[float]) -> str:
    """How many boundaries are not above a value: faster than a list's functions."""
    cases = [f"WHEN {name} >= {b!r} THEN {n}" for n, b in enumerate(boundaries, 1)]
    return f"CASE WHEN {name} IS NULL THEN NULL {' '.join(reversed(cases))} ELSE 0 END::BIGINT"
