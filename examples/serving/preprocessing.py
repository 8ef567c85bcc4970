"""What the models see of a flight that leaves the gate: one vector of numbers.

The features are those of the flights example. There is no label among them, so that a client need
not send what is known only when the flight has arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

import taurus_beam as tb
from examples.flights.preprocessing import categories, numbers, times

UNKNOWN = -1.0
"""What a model sees of what is missing, such as the delay of a flight that never departed."""


def preprocessing_fn(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Raw columns of a flight → the vector ``X`` that the models take by this name."""
    delay = inputs["dep_delay"]
    # A later flight may leave earlier than any that was seen; its logarithm would be NaN.
    known = {"distance": inputs["distance"], "dep_delay": np.maximum(delay, tb.min(delay))}
    features = {**times(inputs), **numbers(known), **categories(inputs)}
    for name in ("time_sin", "time_cos"):
        # Near their zeros the last bits differ between NumPy and ONNX Runtime, and a tree would
        # split there.
        features[name] = np.rint(features[name] * 1e6) / 1e6
    columns = [tb.fill_null(tb.cast(each, pa.float32()), UNKNOWN) for each in features.values()]
    return {"X": tb.stack(columns)}
