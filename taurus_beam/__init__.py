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
    "TransformFn": "serving.transform_fn",
    "load": "serving.transform_fn",
    # Beam
    "AnalyzeAndTransformDataset": "pipeline",
    "AnalyzeDataset": "pipeline",
    "ReadTransformFn": "pipeline",
    "ToDicts": "pipeline",
    "TransformDataset": "pipeline",
    "WriteTransformFn": "pipeline",
    # analyzers
    "count": "analyzers.moments",
    "max": "analyzers.extrema",
    "mean": "analyzers.moments",
    "min": "analyzers.extrema",
    "quantiles": "analyzers.quantiles",
    "size": "analyzers.moments",
    "std": "analyzers.moments",
    "sum": "analyzers.moments",
    "var": "analyzers.moments",
    "vocabulary": "analyzers.vocabulary",
    # transforms
    "apply_buckets": "transforms.buckets",
    "apply_vocabulary": "transforms.vocabulary",
    "bucketize": "transforms.buckets",
    "cast": "transforms.cast",
    "clip": "transforms.selection",
    "compute_and_apply_vocabulary": "transforms.vocabulary",
    "fill_null": "transforms.selection",
    "hash_strings": "transforms.hashing",
    "is_null": "transforms.selection",
    "one_hot": "transforms.vocabulary",
    "scale_by_min_max": "transforms.scaling",
    "scale_to_0_1": "transforms.scaling",
    "scale_to_z_score": "transforms.scaling",
    "where": "transforms.selection",
    # errors
    "ArtifactError": "errors",
    "DataError": "errors",
    "EngineError": "errors",
    "TaurusError": "errors",
    "TraceError": "errors",
}
_ROOMS = ("io",)

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
    from taurus_beam import io as io
    from taurus_beam.analyzers.extrema import max as max
    from taurus_beam.analyzers.extrema import min as min
    from taurus_beam.analyzers.moments import count as count
    from taurus_beam.analyzers.moments import mean as mean
    from taurus_beam.analyzers.moments import size as size
    from taurus_beam.analyzers.moments import std as std
    from taurus_beam.analyzers.moments import sum as sum
    from taurus_beam.analyzers.moments import var as var
    from taurus_beam.analyzers.quantiles import quantiles as quantiles
    from taurus_beam.analyzers.vocabulary import vocabulary as vocabulary
    from taurus_beam.errors import ArtifactError as ArtifactError
    from taurus_beam.errors import DataError as DataError
    from taurus_beam.errors import EngineError as EngineError
    from taurus_beam.errors import TaurusError as TaurusError
    from taurus_beam.errors import TraceError as TraceError
    from taurus_beam.local import fit as fit
    from taurus_beam.local import fit_batches as fit_batches
    from taurus_beam.local import fit_transform as fit_transform
    from taurus_beam.pipeline import AnalyzeAndTransformDataset as AnalyzeAndTransformDataset
    from taurus_beam.pipeline import AnalyzeDataset as AnalyzeDataset
    from taurus_beam.pipeline import ReadTransformFn as ReadTransformFn
    from taurus_beam.pipeline import ToDicts as ToDicts
    from taurus_beam.pipeline import TransformDataset as TransformDataset
    from taurus_beam.pipeline import WriteTransformFn as WriteTransformFn
    from taurus_beam.serving.transform_fn import TransformFn as TransformFn
    from taurus_beam.serving.transform_fn import load as load
    from taurus_beam.transforms.buckets import apply_buckets as apply_buckets
    from taurus_beam.transforms.buckets import bucketize as bucketize
    from taurus_beam.transforms.cast import cast as cast
    from taurus_beam.transforms.hashing import hash_strings as hash_strings
    from taurus_beam.transforms.scaling import scale_by_min_max as scale_by_min_max
    from taurus_beam.transforms.scaling import scale_to_0_1 as scale_to_0_1
    from taurus_beam.transforms.scaling import scale_to_z_score as scale_to_z_score
    from taurus_beam.transforms.selection import clip as clip
    from taurus_beam.transforms.selection import fill_null as fill_null
    from taurus_beam.transforms.selection import is_null as is_null
    from taurus_beam.transforms.selection import where as where
    from taurus_beam.transforms.vocabulary import apply_vocabulary as apply_vocabulary
    from taurus_beam.transforms.vocabulary import (
        compute_and_apply_vocabulary as compute_and_apply_vocabulary,
    )
    from taurus_beam.transforms.vocabulary import one_hot as one_hot
