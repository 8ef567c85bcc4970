"""Feature engineering and data validation on Apache Beam and Arrow, without TensorFlow.

The public names, loaded when first used; ``import taurus_beam as tb`` alone imports neither
Beam nor pandas. No logic lives here.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    # fitting and applying
    "fit": "local",
    "fit_batches": "local",
    "fit_transform": "local",
    "Profile": "profiling.profile",
    "get_analyze_input_columns": "local",
    "get_transform_input_columns": "local",
    "TransformFn": "serving.transform_fn",
    "load": "serving.transform_fn",
    "profile": "profiling.profile",
    "to_onnx": "onnx.export",
    "verify": "runners.verification",
    # Beam
    "AnalyzeAndTransformDataset": "pipeline",
    "AnalyzeDataset": "pipeline",
    "AnalyzeDatasetWithCache": "pipeline",
    "ReadTransformFn": "pipeline",
    "ToDicts": "pipeline",
    "TransformDataset": "pipeline",
    "WriteTransformFn": "pipeline",
    "cache_report": "pipeline",
    # analyzers
    "approximate_vocabulary": "analyzers.approximate_vocabulary",
    "chi2": "analyzers.contingency",
    "correlation": "analyzers.correlation",
    "count": "analyzers.size",
    "count_per_key": "analyzers.count_per_key",
    "covariance": "analyzers.covariance",
    "f_classif": "analyzers.anova",
    "histogram": "analyzers.histogram",
    "max": "analyzers.extrema",
    "mean": "analyzers.moments",
    "min": "analyzers.extrema",
    "mode": "analyzers.mode",
    "mutual_information": "analyzers.contingency",
    "pca": "analyzers.covariance",
    "percentile": "analyzers.percentiles",
    "ptransform_analyzer": "analyzers.external",
    "quantiles": "analyzers.quantiles",
    "size": "analyzers.size",
    "std": "analyzers.moments",
    "sum": "analyzers.moments",
    "tukey_h_params": "analyzers.tukey",
    "tukey_location": "analyzers.tukey",
    "tukey_scale": "analyzers.tukey",
    "var": "analyzers.moments",
    "vocabulary": "analyzers.vocabulary",
    # transforms
    "apply_buckets": "transforms.buckets",
    "apply_buckets_with_interpolation": "transforms.interpolation",
    "apply_vocabulary": "transforms.vocabulary",
    "bag_of_words": "transforms.ngrams",
    "bucketize": "transforms.bucketize",
    "bucketize_per_key": "transforms.per_key",
    "cast": "transforms.cast",
    "clip": "transforms.selection",
    "compute_and_apply_approximate_vocabulary": "transforms.computed_vocabulary",
    "compute_and_apply_vocabulary": "transforms.computed_vocabulary",
    "concat": "transforms.vectors",
    "cross": "transforms.cross",
    "cyclic": "transforms.dates",
    "date_part": "transforms.dates",
    "deduplicate_per_row": "transforms.ragged",
    "dense_to_sparse": "transforms.sparse",
    "document_frequency": "transforms.tfidf",
    "dot": "transforms.dot_product",
    "elapsed": "transforms.dates",
    "estimated_probability_density": "transforms.density",
    "fill_null": "transforms.selection",
    "hash_strings": "transforms.hashing",
    "idf": "transforms.tfidf",
    "impute": "transforms.impute",
    "is_in": "transforms.is_in",
    "is_null": "transforms.selection",
    "lower": "transforms.text",
    "monitor": "transforms.monitors",
    "monitor_in_set": "transforms.monitors",
    "monitor_not_null": "transforms.monitors",
    "monitor_range": "transforms.monitors",
    "monitor_zscore": "transforms.monitors",
    "multi_hot": "transforms.multi_hot",
    "ngrams": "transforms.ngrams",
    "normalize_unicode": "transforms.text",
    "num_buckets": "transforms.num_buckets",
    "one_hot": "transforms.vocabulary",
    "parse_timestamp": "transforms.timestamps",
    "power_transform": "transforms.power",
    "quantile_transform": "transforms.quantile_transform",
    "rare_to_other": "transforms.rare_to_other",
    "regex_replace": "transforms.text",
    "scale_by_min_max": "transforms.scaling",
    "scale_by_min_max_per_key": "transforms.per_key",
    "scale_robust": "transforms.robust",
    "scale_to_0_1": "transforms.scaling",
    "scale_to_0_1_per_key": "transforms.per_key",
    "scale_to_gaussian": "transforms.gaussian",
    "scale_to_z_score": "transforms.scaling",
    "scale_to_z_score_per_key": "transforms.per_key",
    "segment_indices": "transforms.ragged",
    "select_k_best": "transforms.feature_selection",
    "select_percentile": "transforms.feature_selection",
    "select_positions": "transforms.vectors",
    "sparse_to_dense": "transforms.sparse",
    "split": "transforms.tokens",
    "stack": "transforms.vectors",
    "string_length": "transforms.text",
    "strip": "transforms.text",
    "take": "transforms.lookup",
    "target_encode": "transforms.target_encoding",
    "tfidf": "transforms.tfidf",
    "to_dense": "transforms.dense",
    "to_ragged": "transforms.dense",
    "tokenize": "transforms.tokens",
    "truncate": "transforms.ragged",
    "upper": "transforms.text",
    "variance_threshold": "transforms.feature_selection",
    "where": "transforms.selection",
    "winsorize": "transforms.robust",
    "word_count": "transforms.ngrams",
    # statistics generators
    "CrossFeatureStatsGenerator": "stats.cross",
    "EmptyValueCounterGenerator": "stats.empty_values",
    "FeatureTallyGenerator": "stats.tally",
    "ImageStatsGenerator": "stats.semantic_images",
    "LiftStatsGenerator": "stats.lift",
    "MutualInformation": "stats.mutual_information",
    "NonStreamingCustomStatsGenerator": "stats.partitioned",
    "PartitionedStatsFn": "stats.partitioned",
    "StatsGenerator": "stats.generator",
    "custom_stat": "stats.custom",
    # statistics
    "CrossFeatureView": "stats.views",
    "DatasetListView": "stats.views",
    "DatasetView": "stats.views",
    "FeatureView": "stats.views",
    "GenerateStatistics": "pipeline",
    "GenerateStatisticsPerWindow": "pipeline",
    "MergeDatasetFeatureStatisticsList": "pipeline",
    "StatsOptions": "stats.options",
    "WriteStatistics": "pipeline",
    "WriteStatisticsToBinaryFile": "pipeline",
    "WriteStatisticsToRecordsAndBinaryFile": "pipeline",
    "WriteStatisticsToTFRecord": "pipeline",
    "WriteStatisticsToText": "pipeline",
    "generate_statistics_from_csv": "survey",
    "generate_statistics_from_dataframe": "survey",
    "generate_statistics_from_tfrecord": "survey",
    "statistics": "survey",
    "get_custom_stats": "stats.views",
    "get_feature_stats": "stats.views",
    "get_feature_value_slicer": "stats.slicing",
    "get_slice_stats": "stats.views",
    "load_sharded_statistics": "stats.files",
    "load_statistics": "stats.files",
    "load_stats_binary": "stats.files",
    "load_stats_text": "stats.files",
    "load_stats_tfrecord": "stats.files",
    "merge_statistics": "stats.merge",
    "write_statistics": "stats.files",
    "write_stats_binary": "stats.files",
    "write_stats_text": "stats.files",
    "write_stats_tfrecord": "stats.files",
    # rows, distances and skew
    "DetectFeatureSkew": "pipeline",
    "DivertOnAnomalies": "pipeline",
    "DetectDrift": "pipeline",
    "StopOnAnomalies": "pipeline",
    "IdentifyAnomalousExamples": "pipeline",
    "RowValidator": "validation.rows",
    "ValidateRows": "pipeline",
    "chi_squared": "validation.distances_binned",
    "distances": "validation.distance_table",
    "feature_skew": "validation.feature_skew",
    "jensen_shannon_divergence": "validation.distances",
    "kolmogorov_smirnov": "validation.distances_numeric",
    "l_infinity": "validation.distances",
    "normalized_absolute_difference": "validation.distances",
    "population_stability_index": "validation.distances_binned",
    "schema_skew": "validation.schema_skew",
    "transform_skew": "validation.transform_skew",
    "validate_instance": "validation.instance",
    "validate_rows": "validation.rows",
    "wasserstein": "validation.distances_numeric",
    "DistanceThresholds": "validation.options",
    "ValidationOptions": "validation.options",
    "update_schema": "validation.update",
    "validate_corresponding_slices": "validation.slices",
    "validate_statistics": "validation.validate",
    # schemas
    "SchemaProblem": "validation.schema_check",
    "check_schema": "validation.schema_check",
    "custom_validate_statistics": "validation.custom_validations",
    "generate_dummy_schema_with_paths": "validation.schema_edit",
    "get_anomalies_dataframe": "validation.tables",
    "get_domain": "validation.schema_edit",
    "get_drift_skew_dataframe": "validation.tables",
    "get_feature": "validation.schema_edit",
    "get_schema_dataframe": "validation.tables",
    "infer_schema": "validation.infer",
    "load_anomalies_text": "validation.anomalies_text",
    "load_custom_validation_config": "validation.custom_validation_config",
    "load_schema_json": "validation.schema_json",
    "load_schema_text": "validation.schema_text",
    "schema_from_arrow": "validation.from_arrow",
    "schema_to_arrow": "validation.from_arrow",
    "set_domain": "validation.schema_edit",
    "set_environments": "validation.schema_edit",
    "write_anomalies_text": "validation.anomalies_text",
    "write_schema_json": "validation.schema_json",
    "write_schema_text": "validation.schema_text",
    # splits
    "AssignSplits": "pipeline",
    "CheckLeakage": "pipeline",
    "FilterExamples": "pipeline",
    "SampleExamples": "pipeline",
    "SplitExamples": "pipeline",
    "GroupKFold": "splits.by_group",
    "KFold": "splits.by_hash",
    "SampleRate": "splits.sampling",
    "SampleSize": "splits.sampling",
    "SplitByGroup": "splits.by_group",
    "SplitByHash": "splits.by_hash",
    "SplitByStratum": "splits.by_stratum",
    "SplitByTime": "splits.by_time",
    "StratifiedKFold": "splits.by_stratum",
    "filter_table": "splits.predicate",
    "find_leaks": "splits.leaks",
    "split_table": "splits.tables",
    "splitter_from_json": "splits.configuration",
    "splitter_to_json": "splits.configuration",
    # the life cycle
    "Controller": "controller.controller",
    "PipelineModule": "controller.module",
    # reports
    "compare_slices": "report.notebook",
    "display_anomalies": "report.notebook",
    "display_schema": "report.notebook",
    "get_statistics_html": "report.notebook",
    "report_html": "report.write",
    "visualize_statistics": "report.notebook",
    "write_report": "report.write",
    # errors
    "ArtifactError": "errors",
    "DataError": "errors",
    "EngineError": "errors",
    "TaurusError": "errors",
    "TraceError": "errors",
}
_ROOMS = ("controller", "extend", "io", "sklearn")

__all__ = [*_HOME, *_ROOMS, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


# A notebook shows the protos as HTML; see `taurus_beam.report.formatters`.
if "IPython" in sys.modules:
    importlib.import_module(f"{__name__}.report.formatters").register()


if TYPE_CHECKING:
    from taurus_beam import controller as controller
    from taurus_beam import extend as extend
    from taurus_beam import io as io
    from taurus_beam import sklearn as sklearn
    from taurus_beam.analyzers.anova import f_classif as f_classif
    from taurus_beam.analyzers.approximate_vocabulary import (
        approximate_vocabulary as approximate_vocabulary,
    )
    from taurus_beam.analyzers.contingency import chi2 as chi2
    from taurus_beam.analyzers.contingency import mutual_information as mutual_information
    from taurus_beam.analyzers.correlation import correlation as correlation
    from taurus_beam.analyzers.count_per_key import count_per_key as count_per_key
    from taurus_beam.analyzers.covariance import covariance as covariance
    from taurus_beam.analyzers.covariance import pca as pca
    from taurus_beam.analyzers.external import ptransform_analyzer as ptransform_analyzer
    from taurus_beam.analyzers.extrema import max as max
    from taurus_beam.analyzers.extrema import min as min
    from taurus_beam.analyzers.histogram import histogram as histogram
    from taurus_beam.analyzers.mode import mode as mode
    from taurus_beam.analyzers.moments import mean as mean
    from taurus_beam.analyzers.moments import std as std
    from taurus_beam.analyzers.moments import sum as sum
    from taurus_beam.analyzers.moments import var as var
    from taurus_beam.analyzers.percentiles import percentile as percentile
    from taurus_beam.analyzers.quantiles import quantiles as quantiles
    from taurus_beam.analyzers.size import count as count
    from taurus_beam.analyzers.size import size as size
    from taurus_beam.analyzers.tukey import tukey_h_params as tukey_h_params
    from taurus_beam.analyzers.tukey import tukey_location as tukey_location
    from taurus_beam.analyzers.tukey import tukey_scale as tukey_scale
    from taurus_beam.analyzers.vocabulary import vocabulary as vocabulary
    from taurus_beam.controller.controller import Controller as Controller
    from taurus_beam.controller.module import PipelineModule as PipelineModule
    from taurus_beam.errors import ArtifactError as ArtifactError
    from taurus_beam.errors import DataError as DataError
    from taurus_beam.errors import EngineError as EngineError
    from taurus_beam.errors import TaurusError as TaurusError
    from taurus_beam.errors import TraceError as TraceError
    from taurus_beam.local import fit as fit
    from taurus_beam.local import fit_batches as fit_batches
    from taurus_beam.local import fit_transform as fit_transform
    from taurus_beam.local import get_analyze_input_columns as get_analyze_input_columns
    from taurus_beam.local import get_transform_input_columns as get_transform_input_columns
    from taurus_beam.onnx.export import to_onnx as to_onnx
    from taurus_beam.pipeline import AnalyzeAndTransformDataset as AnalyzeAndTransformDataset
    from taurus_beam.pipeline import AnalyzeDataset as AnalyzeDataset
    from taurus_beam.pipeline import AnalyzeDatasetWithCache as AnalyzeDatasetWithCache
    from taurus_beam.pipeline import AssignSplits as AssignSplits
    from taurus_beam.pipeline import CheckLeakage as CheckLeakage
    from taurus_beam.pipeline import DetectDrift as DetectDrift
    from taurus_beam.pipeline import DetectFeatureSkew as DetectFeatureSkew
    from taurus_beam.pipeline import DivertOnAnomalies as DivertOnAnomalies
    from taurus_beam.pipeline import FilterExamples as FilterExamples
    from taurus_beam.pipeline import GenerateStatistics as GenerateStatistics
    from taurus_beam.pipeline import GenerateStatisticsPerWindow as GenerateStatisticsPerWindow
    from taurus_beam.pipeline import IdentifyAnomalousExamples as IdentifyAnomalousExamples
    from taurus_beam.pipeline import (
        MergeDatasetFeatureStatisticsList as MergeDatasetFeatureStatisticsList,
    )
    from taurus_beam.pipeline import ReadTransformFn as ReadTransformFn
    from taurus_beam.pipeline import SampleExamples as SampleExamples
    from taurus_beam.pipeline import SplitExamples as SplitExamples
    from taurus_beam.pipeline import StopOnAnomalies as StopOnAnomalies
    from taurus_beam.pipeline import ToDicts as ToDicts
    from taurus_beam.pipeline import TransformDataset as TransformDataset
    from taurus_beam.pipeline import ValidateRows as ValidateRows
    from taurus_beam.pipeline import WriteStatistics as WriteStatistics
    from taurus_beam.pipeline import WriteStatisticsToBinaryFile as WriteStatisticsToBinaryFile
    from taurus_beam.pipeline import (
        WriteStatisticsToRecordsAndBinaryFile as WriteStatisticsToRecordsAndBinaryFile,
    )
    from taurus_beam.pipeline import WriteStatisticsToText as WriteStatisticsToText
    from taurus_beam.pipeline import WriteStatisticsToTFRecord as WriteStatisticsToTFRecord
    from taurus_beam.pipeline import WriteTransformFn as WriteTransformFn
    from taurus_beam.pipeline import cache_report as cache_report
    from taurus_beam.profiling.profile import Profile as Profile
    from taurus_beam.profiling.profile import profile as profile
    from taurus_beam.report.notebook import compare_slices as compare_slices
    from taurus_beam.report.notebook import display_anomalies as display_anomalies
    from taurus_beam.report.notebook import display_schema as display_schema
    from taurus_beam.report.notebook import get_statistics_html as get_statistics_html
    from taurus_beam.report.notebook import visualize_statistics as visualize_statistics
    from taurus_beam.report.write import report_html as report_html
    from taurus_beam.report.write import write_report as write_report
    from taurus_beam.runners.verification import verify as verify
    from taurus_beam.serving.transform_fn import TransformFn as TransformFn
    from taurus_beam.serving.transform_fn import load as load
    from taurus_beam.splits.by_group import GroupKFold as GroupKFold
    from taurus_beam.splits.by_group import SplitByGroup as SplitByGroup
    from taurus_beam.splits.by_hash import KFold as KFold
    from taurus_beam.splits.by_hash import SplitByHash as SplitByHash
    from taurus_beam.splits.by_stratum import SplitByStratum as SplitByStratum
    from taurus_beam.splits.by_stratum import StratifiedKFold as StratifiedKFold
    from taurus_beam.splits.by_time import SplitByTime as SplitByTime
    from taurus_beam.splits.configuration import splitter_from_json as splitter_from_json
    from taurus_beam.splits.configuration import splitter_to_json as splitter_to_json
    from taurus_beam.splits.leaks import find_leaks as find_leaks
    from taurus_beam.splits.predicate import filter_table as filter_table
    from taurus_beam.splits.sampling import SampleRate as SampleRate
    from taurus_beam.splits.sampling import SampleSize as SampleSize
    from taurus_beam.splits.tables import split_table as split_table
    from taurus_beam.stats.cross import (
        CrossFeatureStatsGenerator as CrossFeatureStatsGenerator,
    )
    from taurus_beam.stats.custom import custom_stat as custom_stat
    from taurus_beam.stats.empty_values import (
        EmptyValueCounterGenerator as EmptyValueCounterGenerator,
    )
    from taurus_beam.stats.files import load_sharded_statistics as load_sharded_statistics
    from taurus_beam.stats.files import load_statistics as load_statistics
    from taurus_beam.stats.files import load_stats_binary as load_stats_binary
    from taurus_beam.stats.files import load_stats_text as load_stats_text
    from taurus_beam.stats.files import load_stats_tfrecord as load_stats_tfrecord
    from taurus_beam.stats.files import write_statistics as write_statistics
    from taurus_beam.stats.files import write_stats_binary as write_stats_binary
    from taurus_beam.stats.files import write_stats_text as write_stats_text
    from taurus_beam.stats.files import write_stats_tfrecord as write_stats_tfrecord
    from taurus_beam.stats.generator import StatsGenerator as StatsGenerator
    from taurus_beam.stats.lift import LiftStatsGenerator as LiftStatsGenerator
    from taurus_beam.stats.merge import merge_statistics as merge_statistics
    from taurus_beam.stats.mutual_information import MutualInformation as MutualInformation
    from taurus_beam.stats.options import StatsOptions as StatsOptions
    from taurus_beam.stats.partitioned import (
        NonStreamingCustomStatsGenerator as NonStreamingCustomStatsGenerator,
    )
    from taurus_beam.stats.partitioned import PartitionedStatsFn as PartitionedStatsFn
    from taurus_beam.stats.semantic_images import ImageStatsGenerator as ImageStatsGenerator
    from taurus_beam.stats.slicing import get_feature_value_slicer as get_feature_value_slicer
    from taurus_beam.stats.tally import FeatureTallyGenerator as FeatureTallyGenerator
    from taurus_beam.stats.views import CrossFeatureView as CrossFeatureView
    from taurus_beam.stats.views import DatasetListView as DatasetListView
    from taurus_beam.stats.views import DatasetView as DatasetView
    from taurus_beam.stats.views import FeatureView as FeatureView
    from taurus_beam.stats.views import get_custom_stats as get_custom_stats
    from taurus_beam.stats.views import get_feature_stats as get_feature_stats
    from taurus_beam.stats.views import get_slice_stats as get_slice_stats
    from taurus_beam.survey import generate_statistics_from_csv as generate_statistics_from_csv
    from taurus_beam.survey import (
        generate_statistics_from_dataframe as generate_statistics_from_dataframe,
    )
    from taurus_beam.survey import (
        generate_statistics_from_tfrecord as generate_statistics_from_tfrecord,
    )
    from taurus_beam.survey import statistics as statistics
    from taurus_beam.transforms.bucketize import bucketize as bucketize
    from taurus_beam.transforms.buckets import apply_buckets as apply_buckets
    from taurus_beam.transforms.cast import cast as cast
    from taurus_beam.transforms.computed_vocabulary import (
        compute_and_apply_approximate_vocabulary as compute_and_apply_approximate_vocabulary,
    )
    from taurus_beam.transforms.computed_vocabulary import (
        compute_and_apply_vocabulary as compute_and_apply_vocabulary,
    )
    from taurus_beam.transforms.cross import cross as cross
    from taurus_beam.transforms.dates import cyclic as cyclic
    from taurus_beam.transforms.dates import date_part as date_part
    from taurus_beam.transforms.dates import elapsed as elapsed
    from taurus_beam.transforms.dense import to_dense as to_dense
    from taurus_beam.transforms.dense import to_ragged as to_ragged
    from taurus_beam.transforms.density import (
        estimated_probability_density as estimated_probability_density,
    )
    from taurus_beam.transforms.dot_product import dot as dot
    from taurus_beam.transforms.feature_selection import select_k_best as select_k_best
    from taurus_beam.transforms.feature_selection import select_percentile as select_percentile
    from taurus_beam.transforms.feature_selection import variance_threshold as variance_threshold
    from taurus_beam.transforms.gaussian import scale_to_gaussian as scale_to_gaussian
    from taurus_beam.transforms.hashing import hash_strings as hash_strings
    from taurus_beam.transforms.impute import impute as impute
    from taurus_beam.transforms.interpolation import (
        apply_buckets_with_interpolation as apply_buckets_with_interpolation,
    )
    from taurus_beam.transforms.is_in import is_in as is_in
    from taurus_beam.transforms.lookup import take as take
    from taurus_beam.transforms.monitors import monitor as monitor
    from taurus_beam.transforms.monitors import monitor_in_set as monitor_in_set
    from taurus_beam.transforms.monitors import monitor_not_null as monitor_not_null
    from taurus_beam.transforms.monitors import monitor_range as monitor_range
    from taurus_beam.transforms.monitors import monitor_zscore as monitor_zscore
    from taurus_beam.transforms.multi_hot import multi_hot as multi_hot
    from taurus_beam.transforms.ngrams import bag_of_words as bag_of_words
    from taurus_beam.transforms.ngrams import ngrams as ngrams
    from taurus_beam.transforms.ngrams import word_count as word_count
    from taurus_beam.transforms.num_buckets import num_buckets as num_buckets
    from taurus_beam.transforms.per_key import bucketize_per_key as bucketize_per_key
    from taurus_beam.transforms.per_key import scale_by_min_max_per_key as scale_by_min_max_per_key
    from taurus_beam.transforms.per_key import scale_to_0_1_per_key as scale_to_0_1_per_key
    from taurus_beam.transforms.per_key import scale_to_z_score_per_key as scale_to_z_score_per_key
    from taurus_beam.transforms.power import power_transform as power_transform
    from taurus_beam.transforms.quantile_transform import quantile_transform as quantile_transform
    from taurus_beam.transforms.ragged import deduplicate_per_row as deduplicate_per_row
    from taurus_beam.transforms.ragged import segment_indices as segment_indices
    from taurus_beam.transforms.ragged import truncate as truncate
    from taurus_beam.transforms.rare_to_other import rare_to_other as rare_to_other
    from taurus_beam.transforms.robust import scale_robust as scale_robust
    from taurus_beam.transforms.robust import winsorize as winsorize
    from taurus_beam.transforms.scaling import scale_by_min_max as scale_by_min_max
    from taurus_beam.transforms.scaling import scale_to_0_1 as scale_to_0_1
    from taurus_beam.transforms.scaling import scale_to_z_score as scale_to_z_score
    from taurus_beam.transforms.selection import clip as clip
    from taurus_beam.transforms.selection import fill_null as fill_null
    from taurus_beam.transforms.selection import is_null as is_null
    from taurus_beam.transforms.selection import where as where
    from taurus_beam.transforms.sparse import dense_to_sparse as dense_to_sparse
    from taurus_beam.transforms.sparse import sparse_to_dense as sparse_to_dense
    from taurus_beam.transforms.target_encoding import target_encode as target_encode
    from taurus_beam.transforms.text import lower as lower
    from taurus_beam.transforms.text import normalize_unicode as normalize_unicode
    from taurus_beam.transforms.text import regex_replace as regex_replace
    from taurus_beam.transforms.text import string_length as string_length
    from taurus_beam.transforms.text import strip as strip
    from taurus_beam.transforms.text import upper as upper
    from taurus_beam.transforms.tfidf import document_frequency as document_frequency
    from taurus_beam.transforms.tfidf import idf as idf
    from taurus_beam.transforms.tfidf import tfidf as tfidf
    from taurus_beam.transforms.timestamps import parse_timestamp as parse_timestamp
    from taurus_beam.transforms.tokens import split as split
    from taurus_beam.transforms.tokens import tokenize as tokenize
    from taurus_beam.transforms.vectors import concat as concat
    from taurus_beam.transforms.vectors import select_positions as select_positions
    from taurus_beam.transforms.vectors import stack as stack
    from taurus_beam.transforms.vocabulary import apply_vocabulary as apply_vocabulary
    from taurus_beam.transforms.vocabulary import one_hot as one_hot
    from taurus_beam.validation.anomalies_text import load_anomalies_text as load_anomalies_text
    from taurus_beam.validation.anomalies_text import write_anomalies_text as write_anomalies_text
    from taurus_beam.validation.custom_validation_config import (
        load_custom_validation_config as load_custom_validation_config,
    )
    from taurus_beam.validation.custom_validations import (
        custom_validate_statistics as custom_validate_statistics,
    )
    from taurus_beam.validation.distance_table import distances as distances
    from taurus_beam.validation.distances import (
        jensen_shannon_divergence as jensen_shannon_divergence,
    )
    from taurus_beam.validation.distances import l_infinity as l_infinity
    from taurus_beam.validation.distances import (
        normalized_absolute_difference as normalized_absolute_difference,
    )
    from taurus_beam.validation.distances_binned import chi_squared as chi_squared
    from taurus_beam.validation.distances_binned import (
        population_stability_index as population_stability_index,
    )
    from taurus_beam.validation.distances_numeric import kolmogorov_smirnov as kolmogorov_smirnov
    from taurus_beam.validation.distances_numeric import wasserstein as wasserstein
    from taurus_beam.validation.feature_skew import feature_skew as feature_skew
    from taurus_beam.validation.from_arrow import schema_from_arrow as schema_from_arrow
    from taurus_beam.validation.from_arrow import schema_to_arrow as schema_to_arrow
    from taurus_beam.validation.infer import infer_schema as infer_schema
    from taurus_beam.validation.instance import validate_instance as validate_instance
    from taurus_beam.validation.options import DistanceThresholds as DistanceThresholds
    from taurus_beam.validation.options import ValidationOptions as ValidationOptions
    from taurus_beam.validation.rows import RowValidator as RowValidator
    from taurus_beam.validation.rows import validate_rows as validate_rows
    from taurus_beam.validation.schema_check import SchemaProblem as SchemaProblem
    from taurus_beam.validation.schema_check import check_schema as check_schema
    from taurus_beam.validation.schema_edit import (
        generate_dummy_schema_with_paths as generate_dummy_schema_with_paths,
    )
    from taurus_beam.validation.schema_edit import get_domain as get_domain
    from taurus_beam.validation.schema_edit import get_feature as get_feature
    from taurus_beam.validation.schema_edit import set_domain as set_domain
    from taurus_beam.validation.schema_edit import set_environments as set_environments
    from taurus_beam.validation.schema_json import load_schema_json as load_schema_json
    from taurus_beam.validation.schema_json import write_schema_json as write_schema_json
    from taurus_beam.validation.schema_skew import schema_skew as schema_skew
    from taurus_beam.validation.schema_text import load_schema_text as load_schema_text
    from taurus_beam.validation.schema_text import write_schema_text as write_schema_text
    from taurus_beam.validation.slices import (
        validate_corresponding_slices as validate_corresponding_slices,
    )
    from taurus_beam.validation.tables import get_anomalies_dataframe as get_anomalies_dataframe
    from taurus_beam.validation.tables import get_drift_skew_dataframe as get_drift_skew_dataframe
    from taurus_beam.validation.tables import get_schema_dataframe as get_schema_dataframe
    from taurus_beam.validation.transform_skew import transform_skew as transform_skew
    from taurus_beam.validation.update import update_schema as update_schema
    from taurus_beam.validation.validate import validate_statistics as validate_statistics
