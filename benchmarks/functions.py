"""The reference work, and the like of other columns, as a preprocessing function."""

from __future__ import annotations

from collections.abc import Callable

import taurus_beam as tb
from benchmarks.data import BUCKETS, REFERENCE, Columns


def of(columns: Columns) -> Callable[[tb.Inputs], dict[str, tb.Column]]:
    """What is to be done with some columns."""

    def preprocessing_fn(inputs: tb.Inputs) -> dict[str, tb.Column]:
        outputs = {}
        for name in columns.numeric:
            outputs[f"{name}_z"] = tb.scale_to_z_score(inputs[name])
            if columns.unit:
                outputs[f"{name}_01"] = tb.scale_to_0_1(inputs[name])
            outputs[f"{name}_bucket"] = tb.bucketize(inputs[name], BUCKETS)
        for name in columns.strings:
            outputs[f"{name}_id"] = tb.compute_and_apply_vocabulary(inputs[name])
        return outputs

    return preprocessing_fn


preprocessing_fn = of(REFERENCE)
