"""A Beam transform for `tb.ptransform_analyzer`, in a module that worker processes can import."""

from __future__ import annotations

import apache_beam as beam
import numpy as np


class MeanPerKey(beam.PTransform):
    """Keys in order and the mean of each: the example in TFT's documentation."""

    def expand(self, batches):
        means = (
            batches
            | beam.FlatMap(_pairs)
            | beam.CombinePerKey(beam.combiners.MeanCombineFn())
            | beam.combiners.ToList()
            | beam.Map(sorted)
        )
        keys = means | "Keys" >> beam.Map(lambda pairs: [key for key, _ in pairs])
        return keys, means | "Means" >> beam.Map(lambda pairs: np.array([m for _, m in pairs]))


def _pairs(arrays):
    for key, value in zip(*arrays, strict=True):
        if key is not None and value is not np.ma.masked:
            yield key, int(value)
