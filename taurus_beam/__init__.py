"""Feature engineering and data validation on Apache Beam and Arrow, without TensorFlow.

The public names, loaded when first used; ``import taurus_beam as tb`` alone imports neither
Beam nor pandas. No logic lives here.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    # fitting and applying
    "fit": "local",
    "fit_batches": "local",
    "fit_transform": "local",
    "get_analyze_input_columns": "local",
    "get_transform_input_columns": "local",
    "TransformFn": "serving.transform_fn",
    "load": "serving.transform_fn",
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
    "bucketize": "transforms.buckets",
    "bucketize_per_key": "transforms.per_key",
    "cast": "transforms.cast",
    "clip": "transforms.selection",
    "compute_and_apply_approximate_vocabulary": "transforms.vocabulary",
    "compute_and_apply_vocabulary": "transforms.vocabulary",
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
    # errors
    "ArtifactError": "errors",
    "DataError": "errors",
    "EngineError": "errors",
    "TaurusError": "errors",
    "TraceError": "errors",
}
_ROOMS = ("extend", "io")

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


if TYPE_CHECKING:
    from taurus_beam import extend as extend
    from taurus_beam import io as io
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
    from taurus_beam.pipeline import AnalyzeAndTransformDataset as AnalyzeAndTransformDataset
    from taurus_beam.pipeline import AnalyzeDataset as AnalyzeDataset
    from taurus_beam.pipeline import AnalyzeDatasetWithCache as AnalyzeDatasetWithCache
    from taurus_beam.pipeline import ReadTransformFn as ReadTransformFn
    from taurus_beam.pipeline import ToDicts as ToDicts
    from taurus_beam.pipeline import TransformDataset as TransformDataset
    from taurus_beam.pipeline import WriteTransformFn as WriteTransformFn
    from taurus_beam.pipeline import cache_report as cache_report
    from taurus_beam.serving.transform_fn import TransformFn as TransformFn
    from taurus_beam.serving.transform_fn import load as load
    from taurus_beam.transforms.buckets import apply_buckets as apply_buckets
    from taurus_beam.transforms.buckets import bucketize as bucketize
    from taurus_beam.transforms.cast import cast as cast
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
    from taurus_beam.transforms.vocabulary import (
        compute_and_apply_approximate_vocabulary as compute_and_apply_approximate_vocabulary,
    )
    from taurus_beam.transforms.vocabulary import (
        compute_and_apply_vocabulary as compute_and_apply_vocabulary,
    )
    from taurus_beam.transforms.vocabulary import one_hot as one_hot
