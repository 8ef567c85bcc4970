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

from benchmarks.data import BUCKETS, REFERENCE, Columns


def outputs(columns: Columns) -> list[str]:
    kinds = ("z", "bucket", "01") if columns.unit else ("z", "bucket")
    scaled = [f"{name}_{kind}" for kind in kinds for name in columns.numeric]
    return scaled + [f"{name}_id" for name in columns.strings]


def transformer(columns: Columns = REFERENCE) -> ColumnTransformer:
    numeric, strings = list(columns.numeric), list(columns.strings)
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
    imputed = make_pipeline(SimpleImputer(strategy="median"), buckets)
    bucket = imputed if columns.missing else buckets
    steps = [
        ("z", StandardScaler(), numeric),
        ("bucket", bucket, numeric),
    ]
    if columns.unit:
        steps.append(("01", MinMaxScaler(), numeric))
    if strings:
        steps.append(("id", ids, strings))
    return ColumnTransformer(steps)


def native(table: pa.Table) -> pd.DataFrame:
    """The data as scikit-learn likes them; not part of the time."""
    return table.to_pandas()


def in_memory(frame: pd.DataFrame, columns: Columns = REFERENCE) -> npt.NDArray[np.float64]:
    return transformer(columns).fit_transform(frame)


def answer(table: pa.Table, columns: Columns = REFERENCE) -> pa.Table:
    """Under the names of the other peers."""
    return pa.table(list(in_memory(native(table), columns).T), names=outputs(columns))


def parquet(source: Path, folder: Path) -> None:
    matrix = in_memory(pd.read_parquet(source))
    pd.DataFrame(matrix, columns=outputs(REFERENCE)).to_parquet(folder / "transformed.parquet")


def row_function(table: pa.Table) -> Callable[[dict[str, Any]], npt.NDArray[np.float64]]:
    """One row through the fitted transformer, wrapped in the data frame that it takes."""
    fitted = transformer().fit(native(table))

    def row(values: dict[str, Any]) -> npt.NDArray[np.float64]:
        return fitted.transform(pd.DataFrame([values]))

    return row
