"""Values that are the same for all rows: what the user wrote, and what analysis found.

A constant carries its value as an Arrow array, so that it is written, compared and handed to
kernels in one form. Vocabularies are constants too.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph import long_table
from taurus_beam.graph.operation import Operation, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType, canonical, is_text
from taurus_beam.graph.values import Values, from_arrow
from taurus_beam.graph.vocabulary import Vocabulary

__all__ = ["Constant", "Vocabulary"]


@operation
@dataclass(frozen=True, eq=False)
class Constant(Operation):
    """One value for all rows.

    Attributes:
        value_type: Its type.
        value: A vocabulary, or the flat elements as an Arrow array, perhaps mapped from a file.
        stored: The file that the elements were read from, if any: written again as it is.
    """

    name = "constant"
    value_type: ValueType
    value: Any
    stored: Any = field(default=None, repr=False)

    @staticmethod
    def from_arrow(elements: Any, column_type: ColumnType) -> Constant:
        """A constant from its flat elements as an Arrow array (one, n, or n × m of them)."""
        return Constant(column_type, elements)

    @staticmethod
    def of_vocabulary(vocabulary: Vocabulary) -> Constant:
        """A vocabulary as a constant."""
        return Constant(VocabularyType(canonical(vocabulary.terms.type)), vocabulary)

    def __str__(self) -> str:
        if isinstance(self.value, Vocabulary):
            return f"vocabulary {self.value.name!r} of {len(self.value)}"
        shown = self.value.to_pylist()
        if self.value_type == ColumnType(self.value_type.dtype):
            return repr(shown[0])
        return repr(shown[:6])[:-1] + (", ...]" if len(shown) > 6 else "]")

    def key(self) -> Hashable:
        """Equal for equal values."""
        if isinstance(self.value, Vocabulary):
            return (self.name, self.value.name, self.value.digest)
        buffers = tuple(b.to_pybytes() if b else None for b in self.value.buffers())
        return (self.name, self.value_type, len(self.value), buffers)

    def infer(self, *types: ValueType) -> ValueType:
        """The type of its value."""
        return self.value_type

    @property
    def is_present(self) -> bool:
        """Whether no part of it is missing."""
        return isinstance(self.value, Vocabulary) or self.value.null_count == 0

    @cached_property
    def values(self) -> Values | Vocabulary:
        """What batch kernels take."""
        if isinstance(self.value, Vocabulary):
            return self.value
        assert isinstance(self.value_type, ColumnType)
        flat = from_arrow(self.value, ColumnType(self.value_type.dtype))
        offsets = np.array([0, len(flat.data)]) if self.value_type.is_ragged else None
        return Values(self.value_type, flat.data, 1, flat.missing, offsets, constant=True)

    @cached_property
    def python_value(self) -> Any:
        """What row kernels take: a Python value, a list for vectors, a `Vocabulary`.

        Of a vector or table with very many numbers it is a `LongTable` instead of a list.
        """
        if isinstance(self.value, Vocabulary):
            return self.value
        assert isinstance(self.value_type, ColumnType)
        if is_text(self.value_type.dtype):
            elements = self.value.to_pylist()
        else:
            values, shape = self.values, self.value_type.shape
            assert isinstance(values, Values)
            if shape and len(values.data) > long_table.LISTED_UP_TO:
                width = shape[1] if len(shape) == 2 else None
                return long_table.LongTable(values.array, values.missing, width)
            elements = values.array.tolist()
            if values.missing is not None:
                elements = [None if m else e for e, m in zip(elements, values.missing, strict=True)]
        if self.value_type.is_scalar:
            return elements[0]
        if len(self.value_type.shape) == 1:
            return elements
        rows, width = self.value_type.shape
        assert rows is not None
        assert width is not None
        return [elements[i * width : (i + 1) * width] for i in range(rows)]

    @staticmethod
    def of_values(values: Values) -> Constant:
        """The constant that some constant values are (the result of folding)."""
        if isinstance(values.data, Text):
            return Constant(values.type, values.data.plain)
        array = pa.array(np.ascontiguousarray(values.data).reshape(-1), mask=values.missing)
        return Constant(values.type, array.cast(values.type.dtype))

    def attributes(self) -> dict[str, Any]:
        """Type and value."""
        return {"value_type": self.value_type, "value": self.value}

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> Constant:
        """The constant of a type and a value."""
        return cls(attributes["value_type"], attributes["value"])
