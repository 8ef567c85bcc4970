"""Slices of a batch: the rows that have a certain value of a feature, or of several.

A slice function gives pairs of a slice's key and the record batch of its rows. Values are matched
by their text, so ``"us"`` and ``b"us"`` are one value whichever type the column has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Array
from taurus_beam.stats.options import SliceFunction, StatsOptions

__all__ = [
    "ALL_EXAMPLES",
    "FeatureValueSlicer",
    "get_feature_value_slicer",
    "slice_functions",
    "slices",
]

ALL_EXAMPLES = "All Examples"
"""The key of the slice that every sliced data set has: all rows."""

_Type = statistics_pb2.FeatureNameStatistics


def get_feature_value_slicer(
    features: Mapping[str, Iterable[str | bytes | int] | None],
) -> FeatureValueSlicer:
    """A slice function that slices by the values of some features, crossed.

    A row lies in the slice of each of its values once, and of several features in the slice of
    each combination; a row that lacks one of the features is in none. The key is made of names
    and values, by name: ``"country_us_year_2024"``.

    Args:
        features: For each column the values to slice by, or None for all that there are.

    Raises:
        TraceError: A value is neither text nor an integer.

    Example:
        >>> batch = pa.record_batch({"zone": ["n", "s", "n"], "fare": [1.0, 2.0, 3.0]})
        >>> for key, rows in get_feature_value_slicer({"zone": None})(batch):
        ...     print(key, rows["fare"].to_pylist())
        zone_n [1.0, 3.0]
        zone_s [2.0]
    """
    return FeatureValueSlicer(
        tuple(
            (name, None if values is None else frozenset(_text_of(name, v) for v in values))
            for name, values in sorted(features.items())
        )
    )


def slice_functions(options: StatsOptions) -> list[SliceFunction]:
    """The slice functions that some options mean; none where they mean no slices.

    Raises:
        TraceError: The slicing configuration is not understood.
    """
    if options.slicing_config is None:
        return list(options.experimental_slice_functions or ())
    specs = options.slicing_config.get("slicing_specs", ())
    if options.slicing_config.get("slicing_sqls") or any("slice_keys_sql" in s for s in specs):
        raise TraceError(
            "Slicing by SQL is not supported.",
            where="slicing_config",
            expected='{"slicing_specs": [{"feature_keys": [...], "feature_values": {...}}]}',
            fix="Write a slice function and give it as experimental_slice_functions.",
        )
    configured = [_configured(spec) for spec in specs]
    # A specification of no features means all examples, which are a slice anyway.
    return [slicer for slicer in configured if slicer.features]


def slices(functions: Sequence[SliceFunction], batch: Any) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Keys and rows: all of the batch, and what the functions give of it.

    Raises:
        DataError: A function gives something else than pairs of a key and a record batch.
    """
    if not functions:
        yield "", batch
        return
    yield ALL_EXAMPLES, batch
    for function in functions:
        for pair in function(batch):
            if not _is_slice(pair):
                raise DataError(
                    f"Slice function {_name(function)!r} gave {type(pair).__name__}: {pair!r:.80}",
                    expected="pairs (key as str, pa.RecordBatch)",
                )
            yield pair


@dataclass(frozen=True)
class FeatureValueSlicer:
    """Slices by the values of features; made by `get_feature_value_slicer`.

    Attributes:
        features: Names, sorted, and the values' texts, or None for all.
    """

    features: tuple[tuple[str, frozenset[str] | None], ...]

    def __call__(self, batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Keys and rows of the slices, by key."""
        if not self.features or any(name not in batch.schema.names for name, _ in self.features):
            return
        rows, keys = np.arange(batch.num_rows), np.zeros(batch.num_rows, np.int64)
        texts = [""]
        for name, wanted in self.features:
            owners, codes, labels = _distinct_in_rows(batch, name, wanted)
            rows, keys, codes = _crossed(rows, keys, owners, codes)
            if not len(rows):
                return
            pairs, keys = np.unique(keys * len(labels) + codes, return_inverse=True)
            texts = [
                f"{texts[pair // len(labels)]}_{name}_{labels[pair % len(labels)]}"
                for pair in pairs.tolist()
            ]
        order = np.argsort(keys, kind="stable")
        ends = np.cumsum(np.bincount(keys, minlength=len(texts)))
        parts = zip(texts, np.split(order, ends[:-1]), strict=True)
        for text, part in sorted(parts, key=lambda pair: pair[0]):
            yield text.removeprefix("_"), batch.take(pa.array(rows[part]))


def _distinct_in_rows(
    batch: pa.RecordBatch, name: str, wanted: frozenset[str] | None
) -> tuple[Array, Array, list[str]]:
    """Rows and the values they have, each value once a row; and the values' texts."""
    feature = Examples(batch.select([name])).features[(name,)]
    if feature.type == _Type.STRUCT:
        raise DataError(
            f"Column {name!r} holds structs, by which rows cannot be sliced.",
            expected="a column of strings or numbers",
        )
    if feature.type == _Type.STRING:
        codes, labels = (
            feature.text.codes,
            [_decoded(name, value) for value in feature.text.distinct.to_pylist()],
        )
    else:
        encoded = pa.array(feature.numbers).dictionary_encode()
        codes = encoded.indices.to_numpy()
        labels = [str(value) for value in encoded.dictionary.to_pylist()]
    pairs = feature.row_of_value * max(len(labels), 1) + codes
    if wanted is not None:
        is_wanted = np.array([label in wanted for label in labels], np.bool_)
        pairs = pairs[is_wanted[codes]]
    rows, codes = np.divmod(np.unique(pairs), max(len(labels), 1))
    return rows, codes, labels


def _crossed(rows: Array, keys: Array, owners: Array, codes: Array) -> tuple[Array, Array, Array]:
    """Every key of a row with every code of it."""
    starts = np.searchsorted(owners, rows, side="left")
    lengths = np.searchsorted(owners, rows, side="right") - starts
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    at = np.repeat(starts, lengths) + within
    return np.repeat(rows, lengths), np.repeat(keys, lengths), codes[at]


def _text_of(name: str, value: Any) -> str:
    if isinstance(value, bytes):
        return _decoded(name, value)
    if isinstance(value, str | int | np.integer):
        return str(int(value)) if isinstance(value, bool) else str(value)
    raise TraceError(
        f"{value!r} is no value to slice {name!r} by.",
        expected="str, bytes or int",
        fix="Slice by None to take all values, or put numbers in buckets first.",
    )


def _decoded(name: str, value: str | bytes) -> str:
    try:
        return value if isinstance(value, str) else value.decode()
    except UnicodeDecodeError:
        raise DataError(
            f"Column {name!r} has a value that is not valid UTF-8: {value!r:.60}",
            expected="text in UTF-8: the values become the names of slices",
            fix="Slice by certain values only in another column, or clean this one.",
        ) from None


def _configured(spec: Mapping[str, Any]) -> FeatureValueSlicer:
    unknown = sorted(set(spec) - {"feature_keys", "feature_values"})
    if unknown:
        raise TraceError(
            f"A slicing specification has no {', '.join(map(repr, unknown))}.",
            where="slicing_config",
            expected="feature_keys and feature_values",
        )
    features: dict[str, Any] = dict.fromkeys(spec.get("feature_keys", ()))
    for name, value in spec.get("feature_values", {}).items():
        features[name] = [value]
    return get_feature_value_slicer(features)


def _is_slice(pair: Any) -> bool:
    return (
        isinstance(pair, tuple)
        and len(pair) == 2
        and isinstance(pair[0], str)
        and isinstance(pair[1], pa.RecordBatch)
    )


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)
