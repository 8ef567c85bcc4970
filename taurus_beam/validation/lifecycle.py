"""Lifecycle stages: which features of a schema are held to it, and how one is retired."""

from __future__ import annotations

from typing import TypeAlias

from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["AnyFeature", "is_retired"]

AnyFeature: TypeAlias = schema_pb2.Feature | schema_pb2.SparseFeature | schema_pb2.WeightedFeature

_RETIRED = {
    schema_pb2.PLANNED,
    schema_pb2.ALPHA,
    schema_pb2.DEPRECATED,
    schema_pb2.DEBUG_ONLY,
    schema_pb2.DISABLED,
}


def is_retired(feature: AnyFeature) -> bool:
    """Whether a feature is planned, deprecated or switched off, so that nothing is asked of it."""
    return bool(getattr(feature, "deprecated", False)) or feature.lifecycle_stage in _RETIRED
