"""The Beam transforms, under tf.Transform's names.

The function is traced when a transform is made and never shipped: workers get the graph, which
is data. Values that analysis finds travel as JSON, vocabularies and artifacts as paths.
"""

from taurus_beam.pipeline.analyze import AnalyzeDataset
from taurus_beam.pipeline.artifacts import ReadTransformFn, WriteTransformFn
from taurus_beam.pipeline.cache import AnalyzeDatasetWithCache
from taurus_beam.pipeline.datasets import ToDicts
from taurus_beam.pipeline.tally import cache_report
from taurus_beam.pipeline.transform import AnalyzeAndTransformDataset, TransformDataset

__all__ = [
    "AnalyzeAndTransformDataset",
    "AnalyzeDataset",
    "AnalyzeDatasetWithCache",
    "ReadTransformFn",
    "ToDicts",
    "TransformDataset",
    "WriteTransformFn",
    "cache_report",
]
