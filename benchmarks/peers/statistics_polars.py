"""The facts of `statistics_by_hand` in Polars, written for these columns, on all cores.

Medians and quantiles are exact, each column sorted once: a lazy query of the same facts takes
several times as long. It makes no protos.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.statistics_by_hand import BUCKETS, RANKED, Facts

# Polars reads these as times, the others as text.
TEXT = {"time_hour": pl.String}


def of_csv(path: Path) -> dict[str, Facts]:
    return described(pl.read_csv(path, schema_overrides=TEXT))


def of_parquet(path: Path) -> dict[str, Facts]:
    return described(pl.read_parquet(path))


def described(frame: pl.DataFrame) -> dict[str, Facts]:
    """The facts of every column."""
    return {
        column.name: numeric(column) if column.dtype.is_numeric() else text(column)
        for column in frame
    }


def numeric(column: pl.Series) -> Facts:
    ordered = column.drop_nulls().sort()
    rows = len(ordered)
    return {
        "missing": column.null_count(),
        "mean": ordered.mean(),
        "std_dev": ordered.std(ddof=0),
        "zeros": (ordered == 0).sum(),
        "min": ordered[0],
        "median": ordered[rows // 2],
        "max": ordered[-1],
        "histogram": ordered.hist(bin_count=BUCKETS)["count"],
        "quantiles": ordered.gather([rows * k // BUCKETS for k in range(1, BUCKETS)]),
    }


def text(column: pl.Series) -> Facts:
    counts = column.drop_nulls().value_counts(sort=True, parallel=True)
    terms, times = counts.get_columns()
    return {
        "missing": column.null_count(),
        "unique": len(terms),
        "avg_length": (terms.str.len_bytes() * times).sum() / times.sum(),
        "ranks": counts.head(RANKED).rows(),
    }
