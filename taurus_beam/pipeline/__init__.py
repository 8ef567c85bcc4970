"""The Beam transforms, under the names of tf.Transform and TFDV.

The function is traced when a transform is made and never shipped: workers get the graph, which
is data. Values that analysis finds travel as JSON, vocabularies and artifacts as paths.
"""

from taurus_beam.pipeline.analyze import AnalyzeDataset
from taurus_beam.pipeline.artifacts import ReadTransformFn, WriteTransformFn
from taurus_beam.pipeline.cache import AnalyzeDatasetWithCache
from taurus_beam.pipeline.datasets import ToDicts
from taurus_beam.pipeline.feature_skew import DetectFeatureSkew
from taurus_beam.pipeline.filter_examples import FilterExamples
from taurus_beam.pipeline.gate import DivertOnAnomalies, StopOnAnomalies
from taurus_beam.pipeline.leakage import CheckLeakage
from taurus_beam.pipeline.split_examples import AssignSplits, SampleExamples, SplitExamples
from taurus_beam.pipeline.statistics import (
    GenerateStatistics,
    MergeDatasetFeatureStatisticsList,
)
from taurus_beam.pipeline.statistics_files import (
    WriteStatistics,
    WriteStatisticsToBinaryFile,
    WriteStatisticsToRecordsAndBinaryFile,
    WriteStatisticsToText,
    WriteStatisticsToTFRecord,
)
from taurus_beam.pipeline.tally import cache_report
from taurus_beam.pipeline.transform import AnalyzeAndTransformDataset, TransformDataset
from taurus_beam.pipeline.validate_rows import IdentifyAnomalousExamples, ValidateRows
from taurus_beam.pipeline.windows import DetectDrift, GenerateStatisticsPerWindow

__all__ = [
    "AnalyzeAndTransformDataset",
    "AnalyzeDataset",
    "AnalyzeDatasetWithCache",
    "AssignSplits",
    "CheckLeakage",
    "DetectDrift",
    "DetectFeatureSkew",
    "DivertOnAnomalies",
    "FilterExamples",
    "GenerateStatistics",
    "GenerateStatisticsPerWindow",
    "IdentifyAnomalousExamples",
    "MergeDatasetFeatureStatisticsList",
    "ReadTransformFn",
    "SampleExamples",
    "SplitExamples",
    "StopOnAnomalies",
    "ToDicts",
    "TransformDataset",
    "ValidateRows",
    "WriteStatistics",
    "WriteStatisticsToBinaryFile",
    "WriteStatisticsToRecordsAndBinaryFile",
    "WriteStatisticsToTFRecord",
    "WriteStatisticsToText",
    "WriteTransformFn",
    "cache_report",
]
