"""Two small models of whether a flight arrives over 15 minutes late, each written as ONNX.

They learn from the flights of ten months and are judged by those of the two months after. Nothing
of the later flights is known before: not to the models, and not to the vocabularies, means and
quantiles of the transform, which is fitted on the same ten months.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import onnx
import onnxmltools
import pyarrow as pa
import pyarrow.compute as pc
import skl2onnx
from onnxmltools.convert.common import data_types as lightgbm_types
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import taurus_beam as tb

LAST_SEEN_MONTH = 10
LATE_MINUTES = 15

Matrix = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Split:
    """Flights that arrived, apart by when they left."""

    seen: pa.Table
    later: pa.Table


@dataclass(frozen=True)
class Trained:
    """A model of one library.

    Attributes:
        probabilities: How likely a flight is to be late, by the library itself.
        onnx: The same model as ONNX.
        auc: How well it ranks the later flights.
    """

    probabilities: Callable[[Matrix], Any]
    onnx: Any
    auc: float


def split(flights: pa.Table) -> Split:
    """Of flights that never arrived nobody knows whether they were late."""
    arrived = flights.filter(pc.is_valid(flights["arr_delay"]))
    is_seen = pc.less_equal(arrived["month"], LAST_SEEN_MONTH)
    return Split(arrived.filter(is_seen), arrived.filter(pc.invert(is_seen)))


def late(flights: pa.Table) -> Any:
    """The label."""
    return pc.greater(flights["arr_delay"], LATE_MINUTES).to_numpy()


def features(transform_fn: tb.TransformFn, flights: pa.Table) -> Matrix:
    """A row of numbers for each flight."""
    vectors = transform_fn.transform(flights)["X"].combine_chunks()
    matrix: Matrix = vectors.flatten().to_numpy().reshape(len(flights), -1)
    return matrix


def train(transform_fn: tb.TransformFn, flights: Split) -> dict[str, Trained]:
    """The models by the names that they are served under."""
    seen, later = features(transform_fn, flights.seen), features(transform_fn, flights.later)
    known, truth = late(flights.seen), late(flights.later)
    width = seen.shape[1]
    linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(seen, known)
    trees = lightgbm.train(
        # One thread: the same trees everywhere, and no waiting where cores are shared.
        {"objective": "binary", "learning_rate": 0.1, "num_threads": 1, "verbose": -1},
        lightgbm.Dataset(seen, known),
        num_boost_round=80,
    )
    written = {
        "late_sklearn": skl2onnx.to_onnx(
            linear,
            initial_types=[("X", FloatTensorType([None, width]))],
            options={"zipmap": False},
        ),
        "late_lightgbm": onnxmltools.convert_lightgbm(
            trees,
            initial_types=[("X", lightgbm_types.FloatTensorType([None, width]))],
            zipmap=False,
        ),
    }
    predicts: dict[str, Callable[[Matrix], Any]] = {
        "late_sklearn": lambda matrix: linear.predict_proba(matrix)[:, 1],
        "late_lightgbm": trees.predict,
    }
    for model in written.values():
        # Behind any other transform its numbers would mean other things, so it is refused there.
        onnx.helper.set_model_props(model, {"taurus_beam.artifact": transform_fn.digest})
    return {
        name: Trained(predict, written[name], float(roc_auc_score(truth, predict(later))))
        for name, predict in predicts.items()
    }
