"""A sample of the rows of a batch, decided by what is in them and by nothing random.

A row is in the sample if a hash of its values is low enough. So a data set has the same sample in
whatever order it comes, and a row that is in a sample is in every larger one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.graph.term_hash import Hashes, hash_term, hash_terms
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import FeatureColumn

__all__ = ["number_among_equal", "row_hashes", "sampled"]

_STEP = np.uint64(0x9E3779B97F4A7C15)


def sampled(examples: Examples, rate: float) -> Any:
    """The rows of a batch that are in the sample, as a record batch.

    Each row is taken with about the probability `rate`. Equal rows of a batch are told apart by
    their number (the first, the second, ...), so that data of few distinct rows are sampled too;
    which of those are taken may then depend on how the data are split in batches, but for data
    without equal rows the split does not show.

    Args:
        examples: The batch; what is hashed are the features that its options allow.
        rate: The share of rows to take, above 0 and up to 1.

    Example:
        >>> batch = pa.record_batch({"x": range(1000)})
        >>> len(sampled(Examples(batch), 0.1))
        92
    """
    if rate == 1:
        return examples.batch
    hashes = row_hashes(examples)
    hashes = _mixed(hashes + number_among_equal(hashes) * _STEP)
    return examples.batch.filter(pa.array(hashes < np.uint64(rate * 2.0**64)))


def row_hashes(examples: Examples) -> Hashes:
    """A hash of the values of each row's features; their order among one another is no part of it.

    Example:
        >>> one, other, third = row_hashes(Examples(pa.record_batch({"x": [1, 1, None]})))
        >>> bool(one == other), bool(one == third)
        (True, False)
    """
    hashes = np.zeros(examples.num_rows, np.uint64)
    for feature in examples.features.values():
        if feature.type is None:
            continue
        salt = np.uint64(hash_term("\x00".join(feature.path)))
        rows = np.arange(feature.slots) if feature.slot_rows is None else feature.slot_rows
        # Where lists begin and end, and what is missing, tells rows apart as values do.
        shape = feature.value_counts.astype(np.uint64)
        if feature.levels[0].missing is not None:
            shape += feature.levels[0].missing.astype(np.uint64) << np.uint64(63)
        _add(hashes, rows, _mixed(shape + salt))
        if feature.type != statistics_pb2.FeatureNameStatistics.STRUCT:
            values = _mixed(_value_hashes(feature) + salt)
            owners = feature.row_of_value
            _add(hashes, owners, _mixed(values + _number_in_row(owners) * _STEP))
    return _mixed(hashes)


def _add(hashes: Hashes, rows: Any, more: Hashes) -> None:
    np.add.at(hashes, rows, more)


def _value_hashes(feature: FeatureColumn) -> Hashes:
    if feature.type == statistics_pb2.FeatureNameStatistics.STRING:
        distinct = hash_terms(feature.text.distinct)
        codes = feature.text.codes
        return distinct[codes] if len(distinct) else np.zeros(len(codes), np.uint64)
    numbers = feature.numbers
    if numbers.dtype.kind == "f":
        # Zeros of both signs are equal, and so are all NaN.
        numbers = numbers.astype(np.float64) + 0.0
        numbers[np.isnan(numbers)] = np.nan
        bits: Hashes = numbers.view(np.uint64)
        return bits
    return numbers.astype(np.int64).view(np.uint64)


def _number_in_row(rows: Any) -> Hashes:
    """0, 1, 2 … for the values of each row, which stand together."""
    if not len(rows):
        return np.zeros(0, np.uint64)
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    lengths = np.diff(np.append(firsts, len(rows)))
    return (np.arange(len(rows)) - np.repeat(firsts, lengths)).astype(np.uint64)


def number_among_equal(hashes: Hashes) -> Hashes:
    """0, 1, 2 … for the rows of each hash, in their order."""
    order = np.argsort(hashes, kind="stable")
    _, lengths = np.unique(hashes, return_counts=True)
    number = np.arange(len(hashes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    result = np.empty(len(hashes), np.uint64)
    result[order] = number.astype(np.uint64)
    return result


def _mixed(hashes: Hashes) -> Hashes:
    """The finaliser of splitmix64."""
    return hash_terms(pa.array(hashes))
