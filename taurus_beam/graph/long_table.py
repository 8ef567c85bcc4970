"""A table of so many elements that its Python values are made one by one, when they are asked for.

Row kernels take such a table for the list that a shorter one is. What it looks at may be mapped
from a file, which processes share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from taurus_beam.graph.values import Mask

__all__ = ["LISTED_UP_TO", "LongTable"]

LISTED_UP_TO = 1 << 17
"""Tables of no more elements are lists."""


class LongTable(Sequence[Any]):
    """Python values of a flat array, or lists of them for its rows.

    Args:
        numbers: Shape ``(n,)``.
        missing: Which of them are None, or None where none is.
        width: How many make a row; None for single values.

    Example:
        >>> table = LongTable(np.arange(6.0), np.arange(6) == 1, 2)
        >>> len(table), table[0], table[-1]
        (3, [0.0, None], [4.0, 5.0])
    """

    def __init__(
        self, numbers: np.ndarray[Any, Any], missing: Mask | None, width: int | None
    ) -> None:
        self._numbers, self._missing, self._width = numbers, missing, width
        # A memoryview gives Python numbers, several times as fast as NumPy gives its own.
        self._values = numbers.data
        self._size = len(numbers) // width if width else len(numbers)

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._size))]
        if not -self._size <= index < self._size:
            raise IndexError(f"there are {self._size} elements, none at {index}")
        place = index % self._size
        if self._width is None:
            return self._element(place)
        return [self._element(i) for i in range(place * self._width, (place + 1) * self._width)]

    def _element(self, place: int) -> Any:
        if self._missing is not None and self._missing[place]:
            return None
        return self._values[place]
