"""Facts of the strings of one feature, and the string and bytes statistics they make.

Only what needs no distinct values in the end: lengths in bytes, and what is not UTF-8. Top values
and counts of distinct ones are another generator's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.stats.feature_column import FeatureColumn
from taurus_beam.stats.utf8 import invalid_utf8

__all__ = ["TEXT_SCHEMA", "TextFacts"]

_Type = statistics_pb2.FeatureNameStatistics
_LONGEST = np.iinfo(np.int64).max


@dataclass
class TextFacts:
    """Lengths of strings in bytes.

    Attributes:
        present: How many values are not null.
        total: Bytes of all of them.
        shortest: Of the shortest value.
        longest: Of the longest value.
        invalid: How many values are not UTF-8; not counted for images.
    """

    present: int = 0
    total: int = 0
    shortest: int = _LONGEST
    longest: int = 0
    invalid: int = 0

    def add(self, feature: FeatureColumn) -> None:
        """Add a batch of a STRING, BYTES or categorical feature."""
        self.present += len(feature.present_values)
        if not len(feature.present_values):
            return
        if feature.type == _Type.BYTES:  # images hardly repeat, and are no text
            self._add_lengths(pc.binary_length(_plain(feature.present_values)), None)
            return
        terms, counts = feature.term_counts
        if feature.type == _Type.FLOAT:
            self._add_lengths(*_decimal_lengths(feature))
        else:
            self._add_lengths(pc.binary_length(terms), counts)
        invalid = invalid_utf8(terms)
        if invalid is not None:
            self.invalid += int(counts[invalid].sum())

    def plus(self, other: TextFacts) -> None:
        """Add what another one found."""
        self.present += other.present
        self.total += other.total
        self.shortest = min(self.shortest, other.shortest)
        self.longest = max(self.longest, other.longest)
        self.invalid += other.invalid

    def to_row(self) -> dict[str, int]:
        """The state as a row of `TEXT_SCHEMA`."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @staticmethod
    def from_row(row: Mapping[str, int]) -> TextFacts:
        """The state that `to_row` wrote."""
        return TextFacts(**row)

    def string_statistics(self, values: int) -> statistics_pb2.StringStatistics:
        """The string statistics of some number of values, null ones counted."""
        return statistics_pb2.StringStatistics(
            avg_length=self.total / values if values else 0.0, invalid_utf8_count=self.invalid
        )

    def bytes_statistics(self, values: int) -> statistics_pb2.BytesStatistics:
        """The bytes statistics of some number of values, null ones counted as empty."""
        if not values:
            return statistics_pb2.BytesStatistics()
        return statistics_pb2.BytesStatistics(
            avg_num_bytes=self.total / values,
            min_num_bytes=self.shortest if self.present == values else 0,
            max_num_bytes=self.longest,
            max_num_bytes_int=self.longest,
        )

    def _add_lengths(self, lengths: Any, counts: Any) -> None:
        sizes = np.asarray(lengths, np.int64)
        self.total += int(sizes.sum() if counts is None else sizes @ counts)
        self.shortest = min(self.shortest, int(sizes.min()))
        self.longest = max(self.longest, int(sizes.max()))


TEXT_SCHEMA = pa.schema({one.name: pa.int64() for one in fields(TextFacts)})


def _plain(values: Any) -> Any:
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _decimal_lengths(feature: FeatureColumn) -> tuple[Any, Any]:
    """Lengths of distinct floats as Python writes them, which is what TFDV averages."""
    distinct, counts = np.unique(feature.numbers.astype(np.float64), return_counts=True)
    return np.array([len(str(number)) for number in distinct.tolist()]), counts
