"""A record batch seen as features: what statistics generators are given.

Columns may be TFDV's lists of primitives or plain Arrow columns; both become `FeatureColumn`s,
structs with their fields beside them. Found once per batch and shared by all generators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.analyzers import exact_sum
from taurus_beam.analyzers.weights import LARGEST_WEIGHT
from taurus_beam.errors import DataError
from taurus_beam.graph.plain_arrays import is_plain, plain
from taurus_beam.graph.values import missing_mask
from taurus_beam.stats.feature_column import Array, FeatureColumn, FeaturePath, Level
from taurus_beam.stats.options import StatsOptions

__all__ = ["Examples"]

_Type = statistics_pb2.FeatureNameStatistics


@dataclass(frozen=True, eq=False)
class Examples:
    """One record batch as features by path.

    What a column is: integers, booleans (0 and 1), dates, times, timestamps and durations (their
    integers) are INT; floats and decimals FLOAT; strings and binary STRING; structs and the entries
    of maps STRUCT; a column of nulls alone has no type yet. Lists may be nested to any depth. A
    flat column is one of lists of one value; its nulls are missing. NaN is a value, counted apart
    (pandas' NaN becomes null where a DataFrame becomes Arrow). A dictionary is its values.

    Args:
        batch: An Arrow record batch.
        options: Which features and weights are meant.

    Raises:
        DataError: By its properties: a column of a type that has no statistics, two columns of one
            name, a weight that is not one number a row.

    Example:
        >>> batch = pa.record_batch({"x": [[1, 2], None], "s": ["a", None]})
        >>> examples = Examples(batch)
        >>> for path, feature in examples.features.items():
        ...     print(path, feature.levels[0].present, feature.present_values.to_pylist())
        ('x',) 1 [1, 2]
        ('s',) 1 ['a']
    """

    batch: Any
    options: StatsOptions = field(default_factory=StatsOptions)
    _weights: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    @property
    def num_rows(self) -> int:
        """How many examples the batch holds."""
        return int(self.batch.num_rows)

    @cached_property
    def features(self) -> Mapping[FeaturePath, FeatureColumn]:
        """The features that the options allow, in the order of the columns, structs first."""
        found: dict[FeaturePath, FeatureColumn] = {}
        for name, column in zip(self.batch.schema.names, self.batch.columns, strict=True):
            for feature in self._features((name,), column, None):
                if feature.path in found:
                    raise DataError(
                        f"Two columns are called {feature.name!r}.", fix="Rename one of them."
                    )
                found[feature.path] = feature
        return found

    @cached_property
    def weights(self) -> Array | None:
        """The weight of each row by ``weight_feature``, float64; None without it."""
        name = self.options.weight_feature
        return None if name is None else self._weight(name)

    @cached_property
    def weight_totals(self) -> Mapping[str, int]:
        """By weight column, the exact sum of the weights of all rows (`exact_sum`)."""
        names = {
            self.options.weight_feature,
            *(self.options.per_feature_weight_override or {}).values(),
        }
        return {
            name: exact_sum.sum_exactly(self._weight(name)) for name in names if name is not None
        }

    def _features(
        self, path: FeaturePath, array: Any, slot_rows: Array | None
    ) -> Iterator[FeatureColumn]:
        if not self.options.allows(path):
            return
        levels, values = _unnested(path, array)
        weight = self.options.weight_of(path)
        facts = self.options.facts
        kind = _feature_type(values.type)
        if path in facts.images and kind == _Type.STRING:
            kind = int(_Type.BYTES)
        feature = FeatureColumn(
            path,
            kind,
            levels,
            values,
            facts.is_categorical(path, kind),
            slot_rows,
            None if weight is None else self._weight(weight),
        )
        yield feature
        if feature.type == _Type.STRUCT:
            rows = np.repeat(np.arange(feature.slots), feature.value_counts)
            rows = rows if slot_rows is None else slot_rows[rows]
            # Unlike `field`, this makes the fields of a null struct null.
            for child, column in zip(values.type, values.flatten(), strict=True):
                yield from self._features((*path, child.name), column, rows)

    def _weight(self, name: str) -> Array:
        if name not in self._weights:
            self._weights[name] = _weight_column(self.batch, name)
        return self._weights[name]


def _unnested(path: FeaturePath, array: Any) -> tuple[tuple[Level, ...], Any]:
    """The levels of lists of a column, and its flat values."""
    array = _canonical(path, array)
    levels = []
    while _is_list(array.type):
        lengths = pc.fill_null(pc.list_value_length(array), 0)
        lengths = lengths.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
        levels.append(Level(len(array), missing_mask(array), lengths))
        array = _canonical(path, array.flatten())
    if levels:
        return tuple(levels), array
    rows = len(array)
    if pa.types.is_null(array.type):
        return (Level(rows, np.ones(rows, np.bool_) if rows else None, None),), array[:0]
    missing = missing_mask(array)
    return (Level(rows, missing, None),), array if missing is None else array.drop_null()


def _is_list(dtype: Any) -> bool:
    kinds = pa.types
    return bool(
        kinds.is_list(dtype) or kinds.is_large_list(dtype) or kinds.is_fixed_size_list(dtype)
    )


def _is_text(dtype: Any) -> bool:
    kinds = pa.types
    return bool(
        kinds.is_string(dtype)
        or kinds.is_large_string(dtype)
        or kinds.is_binary(dtype)
        or kinds.is_large_binary(dtype)
    )


_CONVERSIONS: Sequence[tuple[Callable[[Any], bool], Callable[[Any], Any]]] = (
    (lambda t: isinstance(t, pa.BaseExtensionType), lambda a: a.storage),
    (pa.types.is_boolean, lambda a: a.cast(pa.uint8())),
    (pa.types.is_float16, lambda a: a.cast(pa.float32())),
    (pa.types.is_decimal, lambda a: a.cast(pa.float64())),
    (lambda t: pa.types.is_date32(t) or pa.types.is_time32(t), lambda a: a.view(pa.int32())),
    (pa.types.is_temporal, lambda a: a.view(pa.int64())),
    (pa.types.is_fixed_size_binary, lambda a: a.cast(pa.binary())),
    (pa.types.is_map, lambda a: a.cast(_entries(a.type))),
)


def _entries(dtype: Any) -> Any:
    """A map's type as that of a list of its entries."""
    return pa.list_(pa.struct([dtype.key_field, dtype.item_field]))


def _canonical(path: FeaturePath, array: Any) -> Any:
    """The column in a form that a feature can have; DataError where there is none."""
    if not is_plain(array.type):
        array = plain(array)
    dtype = array.type
    if pa.types.is_dictionary(dtype):
        if not _is_text(dtype.value_type):
            return _canonical(path, array.dictionary_decode())
        if not array.dictionary.null_count:
            return array
        return array.dictionary_decode()
    for applies, converted in _CONVERSIONS:
        # An interval of months, days and nanoseconds is temporal to Arrow, but no one integer.
        if applies(dtype) and not pa.types.is_interval(dtype):
            return _canonical(path, converted(array))
    known = (
        _is_list(dtype)
        or _is_text(dtype)
        or pa.types.is_null(dtype)
        or pa.types.is_integer(dtype)
        or pa.types.is_floating(dtype)
        or pa.types.is_struct(dtype)
    )
    if not known:
        raise DataError(
            f"Column {'.'.join(path)!r} is {dtype}, which has no statistics.",
            expected="numbers, strings, binary, times, structs, or lists of them",
            fix=f"Leave it out: feature_allowlist without {path[0]!r}.",
        )
    return array


def _feature_type(dtype: Any) -> int | None:
    if pa.types.is_null(dtype):
        return None
    if pa.types.is_struct(dtype):
        return int(_Type.STRUCT)
    if pa.types.is_integer(dtype):
        return int(_Type.INT)
    return int(_Type.FLOAT if pa.types.is_floating(dtype) else _Type.STRING)


def _weight_column(batch: Any, name: str) -> Array:
    """The weights of the rows; DataError unless each row has one number."""
    if name not in batch.schema.names:
        raise DataError(
            f"Weight column {name!r} is missing.",
            expected=f"one of {', '.join(map(repr, batch.schema.names)) or 'no columns'}",
            fix="Correct weight_feature or per_feature_weight_override.",
        )
    levels, values = _unnested((name,), batch.column(name))
    numeric = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
    single = len(levels) == 1 and bool((levels[0].lengths == 1).all()) and not values.null_count
    if not (numeric and single) and batch.num_rows:
        raise DataError(
            f"Weight column {name!r} must have exactly one value in each example.",
            where=f"column {name!r} ({batch.schema.field(name).type})",
            expected="one number in each row, none missing",
            fix="Fill the missing weights or leave out the rows that have none.",
        )
    weights = np.asarray(values.to_numpy(zero_copy_only=False), np.float64)
    usable = np.abs(weights) < LARGEST_WEIGHT
    if not usable.all():
        raise DataError(
            f"Weight column {name!r} has a weight of {weights[~usable][0]:g}.",
            expected=f"finite weights below {LARGEST_WEIGHT:g}",
            fix="Replace it where the data are read.",
        )
    return weights
