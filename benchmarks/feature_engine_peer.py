"""The reference work in feature-engine, its transformers on a pandas data frame.

It has no z-score and no 0–1 of its own; scikit-learn's are wrapped as its documentation does. Two
definitions differ and stay different: its discretiser takes no missing values, so the median stands
in for them there, and interpolates quantiles; and its encoder numbers the terms by when they come.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
from feature_engine.discretisation import EqualFrequencyDiscretiser
from feature_engine.encoding import OrdinalEncoder
from feature_engine.imputation import MeanMedianImputer
from feature_engine.wrappers import SklearnTransformerWrapper
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from benchmarks.data import BUCKETS, NUMERIC, STRINGS


def transformer() -> Pipeline:
    z, unit, bucket = ([f"{name}_{kind}" for name in NUMERIC] for kind in ("z", "01", "bucket"))
    return make_pipeline(
        SklearnTransformerWrapper(StandardScaler(), variables=z),
        SklearnTransformerWrapper(MinMaxScaler(), variables=unit),
        MeanMedianImputer("median", variables=bucket),
        EqualFrequencyDiscretiser(variables=bucket, q=BUCKETS),
        OrdinalEncoder("arbitrary", variables=list(STRINGS), missing_values="ignore"),
    )


def native(table: pa.Table) -> pd.DataFrame:
    """The data as feature-engine likes them; not part of the time."""
    return table.to_pandas()


def in_memory(frame: pd.DataFrame) -> pd.DataFrame:
    """Its transformers change columns in place, so each is given a copy."""
    copies = {f"{name}_{kind}": frame[name] for kind in ("z", "01", "bucket") for name in NUMERIC}
    given = pd.DataFrame(copies | {name: frame[name] for name in STRINGS})
    return transformer().fit_transform(given)


def parquet(source: Path, folder: Path) -> None:
    in_memory(pd.read_parquet(source)).to_parquet(folder / "transformed.parquet")


def answer(table: pa.Table) -> pa.Table:
    """Under the names of the other peers."""
    outputs = in_memory(native(table)).rename(columns={name: f"{name}_id" for name in STRINGS})
    return pa.Table.from_pandas(outputs, preserve_index=False)
