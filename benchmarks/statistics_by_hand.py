"""The limit for statistics: the same facts of the same columns in NumPy, pandas and Arrow.

It knows what a library cannot: that a column holds one kind of value, that no value is infinite, no
string empty, that all fits in memory. Medians and quantiles are exact. It makes no protos.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Facts = dict[str, Any]
BUCKETS = 10
TOP = 20
RANKED = 1_000


def of_frame(frame: Any, workers: int = 1) -> dict[str, Facts]:
    """The facts of every column of a pandas DataFrame, ``workers`` columns at a time."""
    return each(frame.items(), of_series, workers)


def of_csv(path: Path, workers: int = 1) -> dict[str, Facts]:
    import pyarrow.csv

    options = pyarrow.csv.ConvertOptions(
        # Else Arrow reads times where the others read text.
        column_types={"time_hour": pa.string()},
        strings_can_be_null=True,
    )
    return of_table(pyarrow.csv.read_csv(path, convert_options=options), workers)


def of_parquet(path: Path, workers: int = 1) -> dict[str, Facts]:
    import pyarrow.parquet

    return of_table(pyarrow.parquet.read_table(path), workers)


def of_table(table: pa.Table, workers: int = 1) -> dict[str, Facts]:
    return each(zip(table.column_names, table.columns, strict=True), of_column, workers)


def each(
    columns: Iterable[tuple[str, Any]], described: Callable[[Any], Facts], workers: int
) -> dict[str, Facts]:
    names, values = zip(*columns, strict=True)
    with ThreadPoolExecutor(workers) as pool:
        return dict(zip(names, pool.map(described, values), strict=True))


def of_series(column: Any) -> Facts:
    if column.dtype.kind in "if":
        values = column.to_numpy()
        present = values[~np.isnan(values)] if values.dtype.kind == "f" else values
        return numeric(present, len(column) - len(present))
    counts = column.value_counts()
    return text(counts.index.tolist(), counts.to_numpy(), len(column))


def of_column(column: pa.ChunkedArray) -> Facts:
    present = column.drop_null() if column.null_count else column
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return numeric(present.to_numpy(), column.null_count)
    counts = present.value_counts()
    counts = counts.take(pc.array_sort_indices(counts.field("counts"), "descending"))
    terms, times = counts.field("values").to_pylist(), counts.field("counts").to_numpy()
    return text(terms, times, len(column))


def numeric(present: Any, missing: int) -> Facts:
    ordered = np.sort(present)
    ranks = [len(ordered) * k // BUCKETS for k in range(1, BUCKETS)]
    return {
        "missing": missing,
        "mean": float(present.mean()),
        "std_dev": float(present.std()),
        "zeros": int(np.count_nonzero(present == 0)),
        "min": float(ordered[0]),
        "median": float(ordered[len(ordered) // 2]),
        "max": float(ordered[-1]),
        "histogram": np.histogram(present, BUCKETS)[0],
        "quantiles": ordered[ranks],
    }


def text(terms: list[str], times: Any, rows: int) -> Facts:
    """The facts of a column from its terms, most frequent first, and how often each is there."""
    lengths = np.array([len(term.encode()) for term in terms])
    present = int(times.sum())
    return {
        "missing": rows - present,
        "unique": len(terms),
        "avg_length": float(lengths @ times / present),
        "top": list(zip(terms[:TOP], times[:TOP].tolist(), strict=True)),
        "ranks": list(zip(terms[:RANKED], times[:RANKED].tolist(), strict=True)),
    }
