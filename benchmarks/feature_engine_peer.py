"""The reference work in feature-engine, its transformers on a pandas data frame.

It has no z-score and no 0–1 of its own; scikit-learn's are wrapped as its documentation does. Two
definitions differ and stay different: its discretiser takes no missing values, so the median stands
in for them there, and interpolates quantiles; and its encoder numbers the terms by when they come.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from feature_engine.discretisation import EqualFrequencyDiscretiser
from feature_engine.encoding import OrdinalEncoder
from feature_engine.imputation import MeanMedianImputer
from feature_engine.wrappers import SklearnTransformerWrapper
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from benchmarks.data import BUCKETS, REFERENCE, Columns

# A missing value has no type of its own.
TYPES = dict.fromkeys(REFERENCE.numeric, "float64") | dict.fromkeys(REFERENCE.strings, "str")


def transformer(columns: Columns) -> Pipeline:
    z, unit, bucket = (
        [f"{name}_{kind}" for name in columns.numeric] for kind in ("z", "01", "bucket")
    )
    steps = [
        SklearnTransformerWrapper(StandardScaler(), variables=z),
        *([MeanMedianImputer("median", variables=bucket)] if columns.missing else []),
        EqualFrequencyDiscretiser(variables=bucket, q=BUCKETS),
    ]
    if columns.unit:
        steps.append(SklearnTransformerWrapper(MinMaxScaler(), variables=unit))
    if columns.strings:
        terms = list(columns.strings)
        steps.append(OrdinalEncoder("arbitrary", variables=terms, missing_values="ignore"))
    return make_pipeline(*steps)


def native(table: pa.Table) -> pd.DataFrame:
    """The data as feature-engine likes them; not part of the time."""
    return table.to_pandas()


def in_memory(frame: pd.DataFrame, columns: Columns = REFERENCE) -> pd.DataFrame:
    return transformer(columns).fit_transform(copied(frame, columns))


def copied(frame: pd.DataFrame, columns: Columns = REFERENCE) -> pd.DataFrame:
    """Its transformers change columns in place, so each is given a copy."""
    kinds = ("z", "01", "bucket") if columns.unit else ("z", "bucket")
    copies = {f"{name}_{kind}": frame[name] for kind in kinds for name in columns.numeric}
    return pd.DataFrame(copies | {name: frame[name] for name in columns.strings})


def parquet(source: Path, folder: Path) -> None:
    in_memory(pd.read_parquet(source)).to_parquet(folder / "transformed.parquet")


def answer(table: pa.Table, columns: Columns = REFERENCE) -> pa.Table:
    """Under the names of the other peers."""
    renamed = {name: f"{name}_id" for name in columns.strings}
    outputs = in_memory(native(table), columns).rename(columns=renamed)
    return pa.Table.from_pandas(outputs, preserve_index=False)


def row_function(table: pa.Table) -> Callable[[dict[str, Any]], pd.DataFrame]:
    """One row through the fitted transformers, wrapped in the data frame that they take."""
    fitted = transformer(REFERENCE).fit(copied(native(table)))

    def row(values: dict[str, Any]) -> pd.DataFrame:
        return fitted.transform(copied(pd.DataFrame([values]).astype(TYPES)))

    return row
