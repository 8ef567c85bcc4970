"""scikit-learn's ColumnTransformer on the reference work.

Two definitions differ and stay different. KBinsDiscretizer takes no missing values, so the median
stands in for them there, which moves the boundaries of the four columns that miss some; and
OrdinalEncoder numbers the terms by value instead of by frequency.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, MinMaxScaler, OrdinalEncoder, StandardScaler

from benchmarks.data import BUCKETS, NUMERIC, STRINGS

OUTPUTS = (
    *(f"{name}_z" for name in NUMERIC),
    *(f"{name}_01" for name in NUMERIC),
    *(f"{name}_bucket" for name in NUMERIC),
    *(f"{name}_id" for name in STRINGS),
)


def transformer() -> ColumnTransformer:
    numeric, strings = list(NUMERIC), list(STRINGS)
    buckets = KBinsDiscretizer(
        BUCKETS,
        encode="ordinal",
        strategy="quantile",
        quantile_method="inverted_cdf",
        subsample=None,
    )
    ids = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
    )
    return ColumnTransformer(
        [
            ("z", StandardScaler(), numeric),
            ("01", MinMaxScaler(), numeric),
            ("bucket", make_pipeline(SimpleImputer(strategy="median"), buckets), numeric),
            ("id", ids, strings),
        ]
    )


def native(table: pa.Table) -> pd.DataFrame:
    """The data as scikit-learn likes them; not part of the time."""
    return table.to_pandas()


def in_memory(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    return transformer().fit_transform(frame)


def answer(table: pa.Table) -> pa.Table:
    """Under the names of the other peers."""
    return pa.table(list(in_memory(native(table)).T), names=list(OUTPUTS))


def parquet(source: Path, folder: Path) -> None:
    outputs = pd.DataFrame(in_memory(pd.read_parquet(source)), columns=list(OUTPUTS))
    outputs.to_parquet(folder / "transformed.parquet")


def row_function(table: pa.Table) -> Callable[[dict[str, Any]], npt.NDArray[np.float64]]:
    """One row through the fitted transformer, wrapped in the data frame that it takes."""
    fitted = transformer().fit(native(table))

    def row(values: dict[str, Any]) -> npt.NDArray[np.float64]:
        return fitted.transform(pd.DataFrame([values]))

    return row
