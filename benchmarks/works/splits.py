"""Four fifths of the flights for training and one for test, each plane in one of the two.

A hash of the plane decides, where a contender has one, so that next year it is in the same part.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import data
from benchmarks.environments import DUCKDB, IBIS_ML, POLARS, SKLEARN
from benchmarks.works import scaled
from benchmarks.works.work import Contender, Prepare, Task, Work, timed

KEY, TRAIN, OF = "tailnum", 8, 10
SHARE, TOLERANCE = TRAIN / OF, 0.1

Parts = tuple[Any, Any]


def prepared(native: Callable[[pa.Table], Any], split: Callable[[Any], Parts]) -> Prepare:
    """A contender, from the form of the table that it likes best."""

    def prepare(size: int, _: Path) -> Task:
        given = native(data.table(size))
        return timed(lambda: split(given), as_table)

    return prepare


def as_table(parts: Parts) -> pa.Table:
    """The planes of both parts, and which part each row is of."""
    tables = [part if isinstance(part, pa.Table) else arrow(part) for part in parts]
    numbered = [
        pa.table({"key": part[KEY].cast(pa.string()), "part": np.full(len(part), number)})
        for number, part in enumerate(tables)
    ]
    return pa.concat_tables(numbered)


def arrow(frame: Any) -> pa.Table:
    """A data frame of Polars or pandas as a table."""
    if hasattr(frame, "to_arrow"):
        return frame.to_arrow()
    return pa.Table.from_pandas(frame, preserve_index=False)


def itself(table: pa.Table) -> pa.Table:
    return table


def by_hand(table: pa.Table) -> Parts:
    """A draw for each plane of this table: NumPy and Arrow hash no strings."""
    planes = table[KEY].combine_chunks().dictionary_encode(null_encoding="encode")
    drawn = np.random.default_rng(0).random(len(planes.dictionary)) < SHARE
    trained = drawn[planes.indices.to_numpy()]
    return table.filter(pa.array(trained)), table.filter(pa.array(~trained))


def taurus(table: pa.Table) -> Parts:
    import taurus_beam as tb

    splitter = tb.SplitByHash({"train": SHARE, "test": 1 - SHARE}, key=KEY)
    parts = tb.split_table(table, splitter)
    return parts["train"], parts["test"]


def to_polars(table: pa.Table) -> Any:
    import polars

    return polars.from_arrow(table)


def polars(frame: Any) -> Parts:
    import polars as pl

    trained = pl.col(KEY).hash() % OF < TRAIN
    found = pl.collect_all([frame.lazy().filter(trained), frame.lazy().filter(~trained)])
    return found[0], found[1]


def duckdb(table: pa.Table) -> Parts:
    from benchmarks import duckdb_peer

    with duckdb_peer.connection() as database:
        database.register("flights", table)
        rule = f"hash({KEY}) % {OF} < {TRAIN}"
        train, test = (
            database.sql(f"SELECT * FROM flights WHERE {told}").to_arrow_table()
            for told in (rule, f"NOT {rule}")
        )
        return train, test


def to_pandas(table: pa.Table) -> Any:
    return table.to_pandas()


def sklearn(frame: Any) -> Parts:
    """By a draw for each plane, as `by_hand`."""
    from sklearn.model_selection import GroupShuffleSplit

    splitter = GroupShuffleSplit(1, train_size=SHARE, random_state=0)
    train, test = next(splitter.split(frame, groups=frame[KEY].fillna("")))
    return frame.iloc[train], frame.iloc[test]


def to_ibis(table: pa.Table) -> Any:
    from benchmarks import ibis_ml_peer

    return ibis_ml_peer.connection().create_table("flights", table)


def ibis_ml(flights: Any) -> Parts:
    import ibis_ml as ml

    train, test = ml.train_test_split(flights, unique_key=KEY, test_size=1 - SHARE, random_seed=0)
    return train.to_pyarrow(), test.to_pyarrow()


def compare(expected: pa.Table, actual: pa.Table, contender: str) -> None:
    """Raises AssertionError for a plane in both parts, rows that are lost, or another share.

    Each contender has a hash or a draw of its own, so that the parts are not the same.
    """
    if not contender.startswith("ibis-ml"):
        assert len(actual) == len(expected), "rows"
    keys = actual.filter(pc.is_valid(actual["key"]))
    pairs = keys.group_by(["key", "part"]).aggregate([])
    assert len(pairs) == len(pc.unique(keys["key"])), "a plane in both parts"
    trained = 1 - pc.mean(actual["part"]).as_py()
    assert abs(trained - SHARE) < TOLERANCE, f"{trained} of the rows"


WORK = Work(
    "Splitting a table in two by a key",
    {
        **dict(
            scaled.on_one_and_all(
                {
                    "by hand": Contender(prepared(itself, by_hand)),
                    "taurus": Contender(prepared(itself, taurus)),
                    "Polars": Contender(prepared(to_polars, polars), POLARS),
                    "DuckDB": Contender(prepared(itself, duckdb), DUCKDB),
                }
            )
        ),
        "scikit-learn": Contender(prepared(to_pandas, sklearn), SKLEARN),
        "ibis-ml": Contender(prepared(to_ibis, ibis_ml), IBIS_ML),
    },
    sizes=data.SIZES,
    rows=data.ROWS,
    prepare=data.path,
    compare=compare,
    cannot={
        "TFT": "splits no data: its users write a partition function for Beam.",
        "feature-engine": "splits no data.",
    },
    note=(
        "Ten columns of the flights, four fifths of their planes (4,043, some missing) for "
        "training. taurus, Polars, DuckDB and ibis-ml decide by a hash of the plane; by hand "
        "and scikit-learn draw for each plane of this very table. Flights without a plane are "
        "in one part, but in none of ibis-ml's. taurus also counts the rows of each part and "
        "those without a plane."
    ),
)
