"""What a sample is: a function of columns that uses an operation, and the types it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from arrow_columns import FLOATS, STRING

import taurus_beam as tb

I8, I16, I32, I64 = pa.int8(), pa.int16(), pa.int32(), pa.int64()
U8, U64 = pa.uint8(), pa.uint64()
F16, F32, F64 = FLOATS
VECTOR, VECTOR32, PAIR = pa.list_(F64, 3), pa.list_(F32, 3), pa.list_(F64, 2)
RAGGED, RAGGED_INTS, RAGGED_LONGS = pa.list_(F64), pa.list_(I32), pa.list_(I64)
STRINGS, STRING_PAIR, STRING_TRIPLE = pa.list_(STRING), pa.list_(STRING, 2), pa.list_(STRING, 3)
THREE_INTS = pa.list_(I64, 3)
SHAPES = [VECTOR, VECTOR32, RAGGED, RAGGED_INTS]

# A function, and the types that it is applied to: one, or one for each of its arguments.
Sample = tuple[Callable[..., Any], Sequence[Any]]


@dataclass(frozen=True)
class Application:
    """A function of columns that uses an operation, on arguments of some types."""

    operation: str
    apply: Callable[..., Any]
    types: tuple[Any, ...]
    number: int

    def __str__(self) -> str:
        return f"{self.operation}-{self.number}-{','.join(map(str, self.types))}"

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(f"c{i}", t) for i, t in enumerate(self.types)])

    def preprocess(self, inputs: Any) -> dict[str, Any]:
        result = self.apply(*(inputs[name] for name in self.schema.names))
        results = result if isinstance(result, tuple) else (result,)
        return {f"out{i}": column for i, column in enumerate(results)}


def applications(samples: dict[str, list[Sample]]) -> list[Application]:
    """Each sample with each of its types."""
    return [
        Application(name, function, types if isinstance(types, tuple) else (types,), number)
        for name, some in samples.items()
        for number, (function, signatures) in enumerate(some)
        for types in signatures
    ]


def tame(x: Any) -> Any:
    """Numbers from 0 to 100, for what refuses other weights or overflows."""
    x = abs(tb.cast(x, F64))
    return tb.where(np.isfinite(x), np.minimum(x, 100.0), 1.0)
