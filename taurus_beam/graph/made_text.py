"""Strings that an operation makes when somebody looks at them, in the form that is looked at.

An output wants each string where it stands; a vocabulary or a bag of words wants the distinct ones
and a code for each place. Where both can be made from something smaller, to make the one that is
not asked for would cost as much again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.graph.text import Text

__all__ = ["MadeText"]

Codes: TypeAlias = np.ndarray[Any, np.dtype[np.int32]]


class MadeText(Text):
    """Strings, none missing, of which neither form is made yet.

    Args:
        size: How many there are.
        nbytes: What `plain` takes, known before it is made.
        plain: Makes the Arrow array of all of them.
        encoded: Makes the distinct ones and the place of each string among them.

    Example:
        >>> text = MadeText(2, 14, lambda: pa.array(["b", "b"]), lambda: (pa.array(["b"]), [0, 0]))
        >>> text.plain.to_pylist(), text.distinct.to_pylist()
        (['b', 'b'], ['b'])
    """

    __slots__ = ("_make_encoded", "_make_plain", "_nbytes", "_size")

    def __init__(
        self,
        size: int,
        nbytes: int,
        plain: Callable[[], Any],
        encoded: Callable[[], tuple[Any, Any]],
    ) -> None:
        super().__init__(pa.array([], pa.string()))
        self._array = None
        self._size, self._nbytes = size, nbytes
        self._make_plain, self._make_encoded = plain, encoded

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        """What `plain` takes, made or not."""
        return self._nbytes

    @property
    def dtype(self) -> Any:
        """``string``."""
        return pa.string()

    @property
    def plain(self) -> Any:
        """The values as an Arrow array; made now if nobody has asked."""
        if self._array is None:
            self._array = self._make_plain()
        return self._array

    @property
    def missing(self) -> None:
        """None: no value is."""
        return None

    def take(self, positions: np.ndarray[Any, Any]) -> Text:
        """The values at some positions."""
        places = pa.array(positions)
        if self._codes is None:
            return Text(self.plain.take(places))
        codes = pa.array(self._codes).take(places)
        return Text(pa.DictionaryArray.from_arrays(codes, self._distinct), unique=True)

    def _encode(self) -> None:
        if self._codes is None:
            self._distinct, codes = self._make_encoded()
            self._codes = np.asarray(codes, np.int32)
