"""ONNX Runtime on the reference work, as taurus_beam has fitted and exported it.

Runs in ONNX Runtime's environment, which does not have taurus_beam.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa

from benchmarks.data import NUMERIC, STRINGS

Feeds = dict[str, Any]


def session(model: str | Path, threads: int = 0) -> onnxruntime.InferenceSession:
    """The model; ``threads`` 0 means all cores."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(model), options)


def native(batch: pa.RecordBatch) -> Feeds:
    """A batch as ONNX Runtime takes it; not part of the time."""
    feeds: Feeds = {}
    for name in (*NUMERIC, *STRINGS):
        column = batch.column(name)
        filled = column.fill_null(0.0 if name in NUMERIC else "")
        feeds[name] = filled.to_numpy(zero_copy_only=False)
        feeds[f"{name}_missing"] = column.is_null().to_numpy(zero_copy_only=False)
    return feeds


def table(session: onnxruntime.InferenceSession, outputs: list[Any]) -> pa.Table:
    """Its outputs as a table, missing where its tensors say so."""
    found = dict(zip([one.name for one in session.get_outputs()], outputs, strict=True))
    return pa.table(
        {
            name: pa.array(values, mask=found.get(f"{name}_missing"))
            for name, values in found.items()
            if not name.endswith("_missing")
        }
    )


def row_function(session: onnxruntime.InferenceSession) -> Callable[[dict[str, Any]], list[Any]]:
    """One row as its tensors: of each value one, and one that says whether it is missing."""
    missing, present = np.array([True]), np.array([False])
    nothing = {name: np.array([0.0]) for name in NUMERIC}
    nothing |= {name: np.array([""], object) for name in STRINGS}

    def row(values: dict[str, Any]) -> list[Any]:
        feeds: Feeds = {}
        for name, empty in nothing.items():
            value = values[name]
            if value is None:
                feeds[name], feeds[f"{name}_missing"] = empty, missing
            else:
                feeds[name] = np.array([value], empty.dtype)
                feeds[f"{name}_missing"] = present
        outputs: list[Any] = session.run(None, feeds)
        return outputs

    return row
