"""The distinct strings of a whole column, by which all of its batches are encoded.

Where strings hardly repeat, the distinct ones of all batches together are not many more than those
of each: found once for the column, nothing need be merged, and what is looked up for them serves
every batch. A dictionary that nobody holds as `SharedTerms` is taken for the batch's own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeAlias, TypeVar, cast
from weakref import WeakValueDictionary

__all__ = ["SharedTerms"]

T = TypeVar("T")
_Place: TypeAlias = tuple[int, int, int, int, int]


class SharedTerms:
    """A dictionary of strings or binary, each once and none missing; known while it is held.

    Args:
        dictionary: Its Arrow array.

    Example:
        >>> import pyarrow as pa
        >>> column = pa.chunked_array([["a", "b"], ["b"]]).dictionary_encode()
        >>> held = SharedTerms(column.chunk(0).dictionary)
        >>> SharedTerms.of(column.chunk(1).dictionary) is held
        True
        >>> SharedTerms.of(pa.array(["a", "b"])) is None
        True
    """

    def __init__(self, dictionary: Any) -> None:
        self.dictionary = dictionary
        self._remembered: dict[Hashable, Any] = {}
        self._making = threading.Lock()
        _HELD[_place(dictionary)] = self

    @staticmethod
    def of(dictionary: Any) -> SharedTerms | None:
        """What holds this very dictionary, not one of equal values; None if nothing does."""
        return _HELD.get(_place(dictionary)) if _HELD else None

    def remember(self, key: Hashable, value: object) -> None:
        """Keep what `remembered` is to give for a key."""
        with self._making:
            self._remembered[key] = value

    def remembered(self, key: Hashable, made: Callable[[], T]) -> T:
        """What was made for a key, made now if nobody has; one thread makes, others wait."""
        with self._making:
            if key not in self._remembered:
                self._remembered[key] = made()
            return cast(T, self._remembered[key])


def _place(dictionary: Any) -> _Place:
    """Where it is in memory, which no other array of its type is as long as this one is held."""
    _, offsets, body = dictionary.buffers()  # either may be another array's as well
    return (
        dictionary.type.id,
        offsets.address if offsets else 0,
        body.address if body else 0,
        dictionary.offset,
        len(dictionary),
    )


_HELD: WeakValueDictionary[_Place, SharedTerms] = WeakValueDictionary()
