"""The limit for statistics: what NumPy and pandas take for the same facts of the same data frame.

It knows what a library cannot: that a column holds one kind of value, that no value is infinite, no
string empty. Medians and quantiles are exact. It makes no protos.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks import data

Facts = dict[str, Any]
BUCKETS = 10
TOP = 20
RANKED = 1_000


def described(frame: Any) -> dict[str, Facts]:
    """The facts of every column of a pandas DataFrame."""
    return {
        name: numeric(column.to_numpy()) if column.dtype.kind in "if" else text(column)
        for name, column in frame.items()
    }


def numeric(values: Any) -> Facts:
    present = values[~np.isnan(values)] if values.dtype.kind == "f" else values
    ordered = np.sort(present)
    ranks = [len(ordered) * k // BUCKETS for k in range(1, BUCKETS)]
    return {
        "missing": len(values) - len(present),
        "mean": float(present.mean()),
        "std_dev": float(present.std()),
        "zeros": int(np.count_nonzero(present == 0)),
        "min": float(ordered[0]),
        "median": float(ordered[len(ordered) // 2]),
        "max": float(ordered[-1]),
        "histogram": np.histogram(present, BUCKETS)[0],
        "quantiles": ordered[ranks],
    }


def text(column: Any) -> Facts:
    counts = column.value_counts()
    terms = counts.index.tolist()
    lengths = np.array([len(term.encode()) for term in terms])
    present = int(counts.sum())
    return {
        "missing": len(column) - present,
        "unique": len(terms),
        "avg_length": float(lengths @ counts.to_numpy() / present),
        "top": list(zip(terms[:TOP], counts.iloc[:TOP], strict=True)),
        "ranks": list(zip(terms[:RANKED], counts.iloc[:RANKED], strict=True)),
    }


def check() -> None:
    """Raises AssertionError naming the first column of which taurus_beam tells other facts."""
    import taurus_beam as tb

    frame = data.frame(1)
    features = {f.path.step[0]: f for f in tb.statistics(frame).datasets[0].features}
    for name, facts in described(frame).items():
        told = features[name].num_stats if "mean" in facts else features[name].string_stats
        assert told.common_stats.num_missing == facts["missing"], name
        if "mean" in facts:
            for fact in ("mean", "std_dev", "min", "max"):
                assert math.isclose(getattr(told, fact), facts[fact], rel_tol=1e-12), name
            assert told.num_zeros == facts["zeros"], name
        else:
            assert told.unique == facts["unique"], name
            counts = sorted(count for _, count in facts["top"])
            assert sorted(top.frequency for top in told.top_values) == counts, name
