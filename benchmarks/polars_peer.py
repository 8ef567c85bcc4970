"""The reference work in Polars, written for these columns: what its expressions do fastest.

Quantiles are exact (inverted CDF) and terms are numbered by frequency, as in `by_hand`. A column
is an enumeration of its own terms before it is numbers, which is faster than a join.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa

from benchmarks.data import BUCKETS, REFERENCE, Columns

RANKS = [rank / BUCKETS for rank in range(1, BUCKETS)]


def native(table: pa.Table) -> pl.DataFrame:
    """The data as Polars likes them; not part of the time."""
    frame = pl.from_arrow(table, rechunk=True)
    assert isinstance(frame, pl.DataFrame)
    return frame


def in_memory(frame: pl.DataFrame, columns: Columns = REFERENCE) -> pl.DataFrame:
    return transform(frame.lazy(), columns, analyze(frame.lazy(), columns)).collect()


def parquet(source: Path, folder: Path) -> None:
    """In batches, so that neither the input nor the output is ever whole in memory."""
    frame = pl.scan_parquet(source)
    found = analyze(frame, REFERENCE, engine="streaming")
    transform(frame, REFERENCE, found).sink_parquet(folder / "transformed.parquet")


def answer(table: pa.Table, columns: Columns = REFERENCE) -> pa.Table:
    return in_memory(native(table), columns).to_arrow()


def analyze(
    frame: pl.LazyFrame, columns: Columns, engine: pl._typing.EngineType = "auto"
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Facts of the numeric columns, and the terms of the others, by frequency."""
    facts = []
    for name in columns.numeric:
        column = pl.col(name)
        facts += [
            column.mean().alias(f"{name} mean"),
            column.std(ddof=0).alias(f"{name} deviation"),
            column.min().alias(f"{name} low"),
            column.max().alias(f"{name} high"),
            column.quantile(RANKS, "equiprobable").alias(f"{name} boundaries"),
        ]
    counts = [frame.select(name).drop_nulls().group_by(name).len() for name in columns.strings]
    scales, *tables = pl.collect_all([frame.select(facts), *counts], engine=engine)
    terms = {
        name: table.sort("len", name, descending=True)[name]
        for name, table in zip(columns.strings, tables, strict=True)
    }
    return scales, terms


def transform(
    frame: pl.LazyFrame, columns: Columns, found: tuple[pl.DataFrame, dict[str, pl.Series]]
) -> pl.LazyFrame:
    scales, vocabularies = found
    outputs = []
    for name in columns.numeric:
        column = pl.col(name)
        facts = (scales[f"{name} {fact}"][0] for fact in ("mean", "deviation", "low", "high"))
        mean, deviation, low, high = facts
        boundaries = pl.lit(pl.Series(scales[f"{name} boundaries"][0]))
        bucket = boundaries.search_sorted(column, side="right")
        if columns.unit:
            outputs.append(((column - low) / (high - low)).alias(f"{name}_01"))
        outputs += [
            ((column - mean) / deviation).alias(f"{name}_z"),
            pl.when(column.is_not_null()).then(bucket).cast(pl.Int64).alias(f"{name}_bucket"),
        ]
    for name, terms in vocabularies.items():
        ids = pl.col(name).cast(pl.Enum(terms)).to_physical()
        outputs.append(ids.cast(pl.Int64).alias(f"{name}_id"))
    return frame.select(outputs)
