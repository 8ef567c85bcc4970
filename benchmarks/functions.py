"""The reference work as a preprocessing function."""

from __future__ import annotations

import taurus_beam as tb
from benchmarks.data import BUCKETS, NUMERIC, STRINGS


def preprocessing_fn(inputs: tb.Inputs) -> dict[str, tb.Column]:
    outputs = {}
    for name in NUMERIC:
        outputs[f"{name}_z"] = tb.scale_to_z_score(inputs[name])
        outputs[f"{name}_01"] = tb.scale_to_0_1(inputs[name])
        outputs[f"{name}_bucket"] = tb.bucketize(inputs[name], BUCKETS)
    for name in STRINGS:
        outputs[f"{name}_id"] = tb.compute_and_apply_vocabulary(inputs[name])
    return outputs
