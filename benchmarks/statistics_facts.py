"""Statistics of columns as one table, whoever found them, and whether two such tables agree.

A peer need not tell all facts: what it does not tell is missing. This file runs in the environments
of all peers, so it imports none of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

FACTS = ("missing", "mean", "std_dev", "zeros", "min", "max", "unique", "avg_length")
# Counts of distinct values by a sketch, the deviation of a sample rather than of all.
ESTIMATED = {"unique": 0.05, "std_dev": 1e-5}
EXACT = 1e-9
# Protos hold the average length of strings in 32 bits.
SINGLE = {"avg_length": 1e-6}


def table(described: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    """Facts by name of column and of fact, as a row for each column, in order of names."""
    names = sorted(described)
    columns = {fact: pa.array([told(described[name], fact) for name in names]) for fact in FACTS}
    return pa.table({"column": names, **columns})


def told(facts: Mapping[str, Any], fact: str) -> float | None:
    value = facts.get(fact)
    return None if value is None or math.isnan(value) else float(value)


def of_protos(statistics: Any) -> pa.Table:
    """The facts in TFDV's protos, which are ours too."""
    return table(dict(map(described, statistics.datasets[0].features)))


def described(feature: Any) -> tuple[str, dict[str, Any]]:
    name = feature.path.step[0]
    if feature.WhichOneof("stats") == "num_stats":
        stats = feature.num_stats
        facts = {fact: getattr(stats, fact) for fact in ("mean", "std_dev", "min", "max")}
        facts["zeros"] = stats.num_zeros
    else:
        stats = feature.string_stats
        facts = {"unique": stats.unique, "avg_length": stats.avg_length}
    return name, {"missing": stats.common_stats.num_missing, **facts}


def compare(expected: pa.Table, actual: pa.Table, contender: str) -> None:
    """Raises AssertionError naming the column and the fact of which a contender tells otherwise."""
    tolerances = ESTIMATED if contender == "whylogs" else SINGLE
    for ours, theirs in zip(rows(expected), rows(actual), strict=True):
        assert ours["column"] == theirs["column"], theirs["column"]
        for fact in FACTS:
            if ours[fact] is None or theirs[fact] is None:
                continue
            close = math.isclose(ours[fact], theirs[fact], rel_tol=tolerances.get(fact, EXACT))
            assert close, f"{fact} of {ours['column']}: {theirs[fact]}, not {ours[fact]}"


def rows(facts: pa.Table) -> Iterable[dict[str, Any]]:
    found: list[dict[str, Any]] = facts.to_pylist()
    return found
