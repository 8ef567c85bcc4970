"""Whether strings are images, by the bytes that they start with.

Sizes are read by pillow, which is loaded only where they are asked for.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import EngineError
from taurus_beam.stats.custom import custom_stat, rank_histogram
from taurus_beam.stats.semantic import (
    UNFIT,
    CountedValues,
    DomainStatsGenerator,
    check_thresholds,
)

__all__ = ["MAX_HEIGHT", "MAX_WIDTH", "ImageStatsGenerator"]

MAX_WIDTH, MAX_HEIGHT = "image_max_width", "image_max_height"
_UNKNOWN = "UNKNOWN"

# https://en.wikipedia.org/wiki/List_of_file_signatures; the fourth byte of a JPEG varies.
_SIGNATURES = {
    "bmp": b"BM",
    "gif": b"GIF8",
    "jpeg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
}


@dataclass(frozen=True)
class ImageStatsGenerator(DomainStatsGenerator):
    """Recognises BMP, GIF, JPEG and PNG.

    Tells ``domain_info`` (``image_domain {}``) and ``image_format_histogram``: how many values
    are of each format, those of none as ``UNKNOWN``, first.

    Args:
        is_image_ratio_threshold: The share of values that must be images, above 0.
        values_threshold: How many values there must be.
        enable_size_stats: Whether to tell ``image_max_width`` and ``image_max_height`` too, in
            pixels. Pillow reads the headers of all images, one by one; one that it cannot read
            has no size. Needs ``pip install 'taurus-beam[images]'``.
    """

    domain: ClassVar[str] = "image"
    largest: ClassVar[frozenset[str]] = frozenset({UNFIT, MAX_WIDTH, MAX_HEIGHT})

    is_image_ratio_threshold: float = 0.8
    values_threshold: int = 100
    enable_size_stats: bool = False

    def __post_init__(self) -> None:
        check_thresholds(
            "ImageStatsGenerator", self.is_image_ratio_threshold, self.values_threshold
        )

    def count_values(self, values: CountedValues) -> Mapping[str, int]:
        """How many values are of each format, and the largest sizes."""
        if values.type != statistics_pb2.FeatureNameStatistics.STRING:
            return {UNFIT: 1} if values.total else {}
        array = values.array.cast(pa.binary())
        masks = {name: pc.starts_with(array, head) for name, head in _SIGNATURES.items()}
        facts = {name: values.count(mask) for name, mask in masks.items()}
        facts[_UNKNOWN] = values.total - sum(facts.values())
        if self.enable_size_stats and facts[_UNKNOWN] < values.total:
            images = np.logical_or.reduce(
                [m.to_numpy(zero_copy_only=False) for m in masks.values()]
            )
            sizes = list(_sizes(array.filter(pa.array(images))))
            if sizes:
                facts[MAX_WIDTH] = max(width for width, _ in sizes)
                facts[MAX_HEIGHT] = max(height for _, height in sizes)
        return facts

    def custom_stats(self, facts: Mapping[str, int]) -> Iterator[Any]:
        """The domain, the formats and the largest sizes."""
        formats = {name: facts[name] for name in (_UNKNOWN, *_SIGNATURES)}
        total = sum(formats.values())
        images = total - formats[_UNKNOWN]
        if (
            facts[UNFIT]
            or total < self.values_threshold
            or images / total < self.is_image_ratio_threshold
        ):
            return
        yield custom_stat("domain_info", "image_domain {}")
        occurring = [(name, float(number)) for name, number in formats.items() if number]
        yield custom_stat("image_format_histogram", rank_histogram(occurring, ranked=False))
        if self.enable_size_stats:
            for name in (MAX_WIDTH, MAX_HEIGHT):
                yield custom_stat(name, facts[name])


def _sizes(images: Any) -> Iterator[tuple[int, int]]:
    """Width and height of the images whose headers can be read."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise EngineError(
            "Image sizes need pillow, which is not installed.",
            fix="pip install 'taurus-beam[images]'",
        ) from None
    unreadable = (
        *(UnidentifiedImageError, Image.DecompressionBombError),
        *(OSError, ValueError, SyntaxError),
    )
    for image in images:
        with contextlib.suppress(*unreadable):
            opened = Image.open(io.BytesIO(image.as_py()))
            yield opened.size
