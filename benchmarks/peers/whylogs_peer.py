"""whylogs on statistics of a data frame; imported by the Python that has it, and by no other.

It estimates: quantiles, distinct values and frequent terms come from sketches.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import whylogs

# Its names of our facts.
NUMERIC = {
    "distribution/mean": "mean",
    "distribution/stddev": "std_dev",
    "distribution/min": "min",
    "distribution/max": "max",
}
TEXT = {"cardinality/est": "unique"}


def profiled(frame: pd.DataFrame) -> Any:
    return whylogs.log(pandas=frame).view()


def described(view: Any) -> dict[str, dict[str, Any]]:
    """The facts of every column."""
    return {name: facts(row) for name, row in view.to_pandas().iterrows()}


def facts(row: Any) -> dict[str, Any]:
    names = TEXT if row["types/string"] else NUMERIC
    # A missing number of pandas is NaN, which it counts apart from missing strings.
    missing = max(row["counts/null"], row["counts/nan"])
    return {"missing": missing, **{fact: row[theirs] for theirs, fact in names.items()}}
