"""One feature of one batch: how its values are nested in rows, and the values themselves.

Views are found when a generator first asks for them and kept for the next one. This room knows
Arrow's types and TFDV's four feature types; it derives no statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.graph.text import Text
from taurus_beam.graph.types import canonical, numpy_dtype
from taurus_beam.graph.values import missing_mask
from taurus_beam.stats.short_terms import counted

__all__ = ["FeatureColumn", "FeaturePath", "Level", "Mask"]

FeaturePath: TypeAlias = tuple[str, ...]
"""The steps from a column's name to a field of a field of it."""

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

_Type = statistics_pb2.FeatureNameStatistics


@dataclass(frozen=True, eq=False)
class Level:
    """One level of lists around the values: each slot holds a list, or is missing.

    Attributes:
        slots: How many lists there could be: the rows, or the values of the level above.
        missing: Shape ``(slots,)``, True where there is none, or None where all are present.
        ragged: Shape ``(slots,)``, int64, the length of each list, 0 where it is missing; or None
            where each list that is present holds one value.
    """

    slots: int
    missing: Mask | None
    ragged: Array | None

    @cached_property
    def present(self) -> int:
        """How many lists are not missing; an empty one is present."""
        return self.slots - (0 if self.missing is None else int(np.count_nonzero(self.missing)))

    @cached_property
    def lengths(self) -> Array:
        """Shape ``(slots,)``, int64: the length of each list, 0 where it is missing."""
        if self.ragged is not None:
            return self.ragged
        if self.missing is None:
            return np.ones(self.slots, np.int64)
        return (~self.missing).astype(np.int64)

    @cached_property
    def total(self) -> int:
        """How many values the lists hold, null ones counted."""
        return self.present if self.ragged is None else int(self.ragged.sum())


@dataclass(frozen=True, eq=False)
class FeatureColumn:
    """A feature of a batch: a column, or a field of a struct inside one.

    A scalar is a list of one, a missing scalar a missing list.

    Attributes:
        path: Where it is.
        type: INT, FLOAT, STRING, BYTES (images by the schema) or STRUCT; None where Arrow does not
            know, as all is null.
        levels: The levels of lists from the outermost; the slots of the first are the batch's rows
            or, of a field, the values of the struct that it is a field of.
        values: Arrow array of the flat values of the innermost level, null ones inside lists
            included: integers, float32 or float64, strings or binary (or a dictionary of such),
            structs, or nulls.
        categorical: Whether numbers are names of categories by the schema; they then have string
            statistics.
        slot_rows: The row of the batch that each outermost slot belongs to; None where slots are
            the rows.
        row_weights: The weights of the batch's rows for this feature, float64; None without.
    """

    path: FeaturePath
    type: int | None
    levels: tuple[Level, ...]
    values: Any
    categorical: bool = False
    slot_rows: Array | None = None
    row_weights: Array | None = None

    @property
    def name(self) -> str:
        """The path as one text, for messages."""
        return ".".join(self.path)

    @property
    def has_terms(self) -> bool:
        """Whether the values are counted one by one: strings and categories."""
        return self.type == _Type.STRING or self.categorical

    @property
    def slots(self) -> int:
        """How many rows could have the feature; of a field, how many structs."""
        return self.levels[0].slots

    @cached_property
    def value_counts(self) -> Array:
        """Shape ``(slots,)``: how many innermost values each slot holds, 0 where it is missing."""
        counts = self.levels[-1].lengths
        for outer in reversed(self.levels[:-1]):
            ends = np.append(0, np.cumsum(counts))
            edges = np.append(0, np.cumsum(outer.lengths))
            counts = np.diff(ends[edges])
        return counts

    @cached_property
    def null_values(self) -> int:
        """How many values inside lists that are present are null."""
        return 0 if self._null_mask is None else int(np.count_nonzero(self._null_mask))

    @cached_property
    def slot_of_value(self) -> Array:
        """Shape ``(values,)``, int64: the outermost slot of each value that is not null."""
        if self.levels[-1].ragged is None and len(self.levels) == 1:
            missing = self.levels[0].missing
            slots = np.arange(self.slots) if missing is None else np.flatnonzero(~missing)
        else:
            slots = np.repeat(np.arange(self.slots), self.value_counts)
        return slots if self._null_mask is None else slots[~self._null_mask]

    @cached_property
    def row_of_value(self) -> Array:
        """Shape ``(values,)``, int64: the row of the batch of each value that is not null."""
        slots = self.slot_of_value
        return slots if self.slot_rows is None else self.slot_rows[slots]

    @cached_property
    def numbers(self) -> Array:
        """The values of INT and FLOAT that are not null, as NumPy array in their own type.

        NaN and infinities are among them.
        """
        values = self.present_values
        dtype = numpy_dtype(values.type)
        if len(values) == 0:
            return np.zeros(0, dtype)
        return np.frombuffer(
            values.buffers()[1], dtype, len(values), values.offset * dtype.itemsize
        )

    @cached_property
    def present_values(self) -> Any:
        """The values that are not null, as an Arrow array."""
        return self.values if self._null_mask is None else self.values.drop_null()

    @cached_property
    def text(self) -> Text:
        """The values of STRING, BYTES and categorical numbers that are not null.

        Encoded by a dictionary at most once: ``text.codes`` stand beside `row_of_value`. Numbers
        are in decimal, as TFDV writes them: ``1``, ``0.1``, ``1e+20``, ``nan``.
        """
        values = self.present_values
        if not self.categorical:
            if pa.types.is_dictionary(values.type):
                return Text(values)
            # Encoding before `Text` makes large strings small leaves fewer to change.
            return Text(values.dictionary_encode(), unique=True)
        encoded = values.dictionary_encode()
        names = encoded.dictionary.cast(pa.string())
        # Two numbers may have one name: NaN in different bits, and 0 in different signs.
        return Text(pa.DictionaryArray.from_arrays(encoded.indices, names))

    @cached_property
    def term_counts(self) -> tuple[Any, Array]:
        """The distinct values of `text`, in no order, and how often each occurs.

        They are not encoded for it where that can be avoided.
        """
        plain = not self.categorical and not pa.types.is_dictionary(self.present_values.type)
        # With weights, codes are asked for anyway.
        found = counted(self.present_values) if plain and self.row_weights is None else None
        if found is None:
            return self.text.counts()
        terms, counts = found
        return terms.cast(canonical(terms.type)), counts

    @cached_property
    def slot_weights(self) -> Array | None:
        """Shape ``(slots,)``, float64: the weight of each slot's row; None without weights."""
        if self.row_weights is None or self.slot_rows is None:
            return self.row_weights
        return self.row_weights[self.slot_rows]

    @cached_property
    def value_weights(self) -> Array | None:
        """Shape ``(values,)``: the weight of each value that is not null; None without weights."""
        return None if self.row_weights is None else self.row_weights[self.row_of_value]

    @cached_property
    def _null_mask(self) -> Mask | None:
        if pa.types.is_null(self.values.type):
            return np.ones(len(self.values), np.bool_) if len(self.values) else None
        if pa.types.is_dictionary(self.values.type) and self.values.dictionary.null_count:
            nulls = pc.is_null(self.values).to_numpy(zero_copy_only=False)
            return nulls if nulls.any() else None
        return missing_mask(self.values)
