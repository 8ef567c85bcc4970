"""Predictions from the one file of features and model, by ONNX Runtime alone.

An application in any language that ONNX Runtime knows does the same: no server, no taurus_beam.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa

_MISSING = "_missing"


def predict(path: Path, flights: pa.Table) -> Any:
    """How likely each flight is to be late."""
    options = onnxruntime.SessionOptions()
    # As in the server: several threads add up trees in another order, which rounds otherwise.
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options)
    feeds = {given.name: tensor(flights, given.name) for given in session.get_inputs()}
    (probabilities,) = session.run(["probabilities"], feeds)
    return probabilities[:, 1]


def tensor(flights: pa.Table, name: str) -> np.ndarray[Any, Any]:
    """A column's values, or which of them are missing; what stands there has no meaning."""
    if name.endswith(_MISSING):
        return np.array(flights[name.removesuffix(_MISSING)].is_null())
    column = flights[name]
    text = pa.types.is_string(column.type)
    filled = column.fill_null("" if text else 0)
    return np.array(filled.to_pylist(), object) if text else filled.to_numpy()
