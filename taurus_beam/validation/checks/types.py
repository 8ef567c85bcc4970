"""Types: data of another type than the schema's, and of raw bytes where values are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import clear, deprecate
from taurus_beam.validation.findings import Finding

__all__ = ["bytes_domain", "data_type"]

Kind = anomalies_pb2.AnomalyInfo
_Stats = statistics_pb2.FeatureNameStatistics
_WHOLE = re.compile(r"(: -?[0-9]+)\.0$", re.MULTILINE)
_OF_BYTES = {None, "natural_language_domain", "image_domain", "url_domain"}


def data_type(case: Case) -> Iterator[Finding]:
    """The data have another type than the schema says."""
    if case.stats.schema_type != case.feature.type:
        expected = _name(schema_pb2.FeatureType, case.feature.type)
        found = _name(_Stats.Type, case.stats.proto.type)
        yield Finding(
            Kind.UNEXPECTED_DATA_TYPE,
            "Unexpected data type",
            f"Expected data of type: {expected} but got {found}",
            deprecate(case.feature),
        )


def bytes_domain(case: Case) -> Iterator[Finding]:
    """Statistics of bytes know sizes only, but the schema's domain is about values."""
    kind = case.draft.domain_kind
    if case.stats.proto.type == _Stats.BYTES and kind not in _OF_BYTES:
        yield Finding(
            Kind.DOMAIN_INVALID_FOR_TYPE,
            "Invalid domain type",
            "Data is marked as BYTES with incompatible domain_info: "
            + _shown_without_domain(case.feature),
            clear(case.feature, "domain_info"),
        )


def _shown_without_domain(feature: schema_pb2.Feature) -> str:
    shown = schema_pb2.Feature()
    shown.CopyFrom(feature)
    shown.ClearField("domain_info")
    # C++ writes whole floats without their ".0".
    return _WHOLE.sub(r"\1", text_format.MessageToString(shown))


def _name(enum: Any, value: int) -> str:
    known = enum.DESCRIPTOR.values_by_number
    return str(known[value].name) if value in known else f"unknown({value})"
