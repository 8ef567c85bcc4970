"""The domain that the values of a feature suggest, by TFDV's rules; the first that fits wins.

A domain only ever holds all values of a feature: where the statistics keep only the most
frequent ones, none is given. Nothing here touches a schema.
"""

from __future__ import annotations

import logging
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.validation.feature_view import FeatureView
from taurus_beam.validation.numbers_in_text import as_int
from taurus_beam.validation.paths import serialize
from taurus_beam.validation.semantic_domain import suggested_domain

__all__ = ["infer_domain"]

_LOG = logging.getLogger(__name__)
_TRUE = frozenset(("TRUE", "true", "SET", "set", "1", ""))
_FALSE = frozenset(("FALSE", "false", "CLEAR", "clear", "0"))
_TYPES = statistics_pb2.FeatureNameStatistics


def infer_domain(view: FeatureView, max_string_domain_size: int) -> Any | None:
    """The domain of a feature.

    Returns:
        A `BoolDomain`, `IntDomain`, `FloatDomain`, `StringDomain` without a name, a semantic
        domain that the statistics carry, or None.
    """
    told = suggested_domain(view)
    if told is not None:
        return getattr(told, told.WhichOneof("domain_info"))
    if view.proto.type == _TYPES.BYTES or view.proto.string_stats.invalid_utf8_count > 0:
        return None
    if view.proto.type == _TYPES.STRING:
        return _domain_of_strings(view, max_string_domain_size)
    if view.proto.HasField("string_stats"):
        return _domain_of_categories(view)
    if view.proto.type == _TYPES.INT and view.proto.HasField("num_stats"):
        numbers = view.proto.num_stats
        return schema_pb2.BoolDomain() if numbers.min >= 0 and numbers.max == 1 else None
    return None


def _domain_of_strings(view: FeatureView, max_string_domain_size: int) -> Any | None:
    labels = tuple(view.string_counts)
    if not labels:
        return None
    known_in_full = view.proto.string_stats.unique <= len(labels)
    if known_in_full:
        boolean = _boolean(labels)
        if boolean is not None:
            return boolean
    if all(as_int(label) is not None for label in labels):
        return schema_pb2.IntDomain()
    size = max(len(labels), view.proto.string_stats.unique)
    if 0 <= max_string_domain_size < size:
        return None
    if not known_in_full:
        _LOG.warning(
            "%s has %d values and the statistics hold %d of them: no domain is inferred. Compute "
            "the statistics with more num_rank_histogram_buckets to have one.",
            serialize(view.path),
            size,
            len(labels),
        )
        return None
    return schema_pb2.StringDomain(value=labels)


def _boolean(labels: tuple[str, ...]) -> Any | None:
    true = [label for label in labels if label in _TRUE]
    false = [label for label in labels if label in _FALSE]
    if len(true) + len(false) != len(labels) or len(true) > 1 or len(false) > 1:
        return None
    domain = schema_pb2.BoolDomain()
    if true:
        domain.true_value = true[0]
    if false:
        domain.false_value = false[0]
    return domain


def _domain_of_categories(view: FeatureView) -> Any:
    """Numbers that the schema of the statistics declares categorical stay so.

    TFDV gives them a string domain, which its own validation then refuses for their type.
    """
    if view.proto.type == _TYPES.FLOAT:
        return schema_pb2.FloatDomain(is_categorical=True)
    if "1" in view.string_counts and set(view.string_counts) <= {"0", "1"}:
        return schema_pb2.BoolDomain()
    return schema_pb2.IntDomain(is_categorical=True)
