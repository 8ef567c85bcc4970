"""The limit of the frozen work in Polars: expressions written for it, what was found as constants.

The constants are those that `by_hand` finds.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pyarrow as pa

from benchmarks.by_hand import Scale, encode_column, scale_column
from benchmarks.data import NUMERIC, STRINGS


def fitted(table: pa.Table) -> Callable[[pl.DataFrame], pl.DataFrame]:
    outputs = [
        expression
        for name in NUMERIC
        for expression in scaled(name, scale_column(name, table[name])[1])
    ]
    outputs += [found(name, encode_column(name, table[name])[1]) for name in STRINGS]
    return lambda frame: frame.select(outputs)


def scaled(name: str, scale: Scale) -> list[pl.Expr]:
    value = pl.col(name)
    above = [value >= boundary for boundary in scale.boundaries]
    return [
        ((value - scale.mean) / scale.deviation).alias(f"{name}_z"),
        ((value - scale.low) / (scale.high - scale.low)).alias(f"{name}_01"),
        pl.sum_horizontal(above, ignore_nulls=False).cast(pl.Int64).alias(f"{name}_bucket"),
    ]


def found(name: str, terms: list[str]) -> pl.Expr:
    ids = pl.Series(range(len(terms)), dtype=pl.Int64)
    known = pl.col(name).replace_strict(pl.Series(terms), ids, default=-1)
    return pl.when(pl.col(name).is_not_null()).then(known).alias(f"{name}_id")
