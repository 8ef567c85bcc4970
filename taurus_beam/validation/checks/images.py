"""Image domains: too few values in a known image format, and images of too many bytes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import assign
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.numbers_in_text import float32

__all__ = ["image_bytes", "image_formats"]

Kind = anomalies_pb2.AnomalyInfo


def image_formats(case: Case) -> Iterator[Finding]:
    """A smaller share of the values is in a known format than the schema asks for.

    Formats are counted with semantic domain statistics only; without the count, nothing is found.
    """
    domain, counts = case.feature.image_domain, case.stats.custom("image_format_histogram")
    if counts is None or not domain.HasField("minimum_supported_image_fraction"):
        return
    known, total = 0.0, 0.0
    for bucket in counts.rank_histogram.buckets:
        total += bucket.sample_count
        known += bucket.sample_count if bucket.label != "UNKNOWN" else 0.0
    fraction = float32(known / total) if total else math.nan
    asked = domain.minimum_supported_image_fraction
    if fraction < asked:
        yield Finding(
            Kind.LOW_SUPPORTED_IMAGE_FRACTION,
            "Low supported image fraction",
            f"Fraction of values containing TensorFlow supported images: {fraction:f} is lower "
            f"than the threshold set in the Schema: {asked:f}.",
            assign(domain, minimum_supported_image_fraction=fraction),
        )


def image_bytes(case: Case) -> Iterator[Finding]:
    """An image has more bytes than the schema allows."""
    domain = case.feature.image_domain
    largest = case.stats.proto.bytes_stats.max_num_bytes_int
    if domain.HasField("max_image_byte_size") and largest > domain.max_image_byte_size:
        yield Finding(
            Kind.MAX_IMAGE_BYTE_SIZE_EXCEEDED,
            "Num bytes exceeds the max byte size.",
            f"The largest image has bytes: {largest}. The max allowed byte size is: "
            f"{domain.max_image_byte_size}.",
            assign(domain, max_image_byte_size=largest),
        )
