"""Strings of a batch, dictionary-encoded at most once and shared by everything that looks at them.

A vocabulary, a lookup, a hash and a comparison all need the distinct values of a batch rather
than its rows; `Text` finds them the first time one of them asks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph import compute as pc
from taurus_beam.graph.bitmaps import missing_mask
from taurus_beam.graph.plain_arrays import plain
from taurus_beam.graph.shared_numbers import array_of, numbers_of
from taurus_beam.graph.shared_terms import SharedTerms
from taurus_beam.graph.types import canonical, numpy_dtype

__all__ = ["Text"]


class Text:
    """Flat strings (or binary) backed by an Arrow array, plain or dictionary-encoded.

    Args:
        array: The Arrow array.
        unique: Whether its dictionary is known to hold each value once. Not every writer's does.

    Example:
        >>> text = Text(pa.array(["b", None, "b", "a"]))
        >>> text.distinct.to_pylist(), text.codes.tolist()
        (['b', 'a'], [0, 0, 0, 1])
        >>> text.missing.tolist()
        [False, True, False, False]
    """

    __slots__ = (
        "_array",
        "_codes",
        "_counted",
        "_distinct",
        "_is_dictionary",
        "_missing",
        "_missing_known",
        "_unique",
    )

    def __init__(self, array: Any, unique: bool = False) -> None:
        self._is_dictionary = bool(pa.types.is_dictionary(array.type))
        if self._is_dictionary:
            array = plain(array)
        elif array.type != canonical(array.type):
            array = array.cast(canonical(array.type))
        self._array = array
        self._unique = unique
        self._distinct: Any = None
        self._counted: tuple[Any, np.ndarray[Any, np.dtype[np.int64]]] | None = None
        self._codes: np.ndarray[Any, np.dtype[np.int32]] | None = None
        self._missing: np.ndarray[Any, np.dtype[np.bool_]] | None = None
        self._missing_known = False

    def __len__(self) -> int:
        return len(self._array)

    @property
    def nbytes(self) -> int:
        """The bytes of its buffers."""
        size: int = self._array.nbytes
        return size

    @property
    def most_bytes(self) -> int:
        """At least `nbytes`, and faster: its buffers, with what other slices see of them."""
        size: int = self._array.get_total_buffer_size()
        return size

    @property
    def dtype(self) -> Any:
        """``string`` or ``binary``."""
        return canonical(self._array.type)

    @property
    def is_encoded(self) -> bool:
        """Whether `codes` are known already, or came with the data."""
        return self._codes is not None or self._is_dictionary

    @property
    def shared(self) -> tuple[SharedTerms, np.ndarray[Any, np.dtype[np.int32]]] | None:
        """The distinct values of the whole column, and where among them each value stands.

        None where only the batch's own are known. The place is 0 where a value is missing.
        """
        if not self._is_dictionary:
            return None
        terms = SharedTerms.of(self._array.dictionary)
        return None if terms is None else (terms, _places(self._array.indices))

    @property
    def plain(self) -> Any:
        """The values as an Arrow string or binary array, nulls where missing."""
        if self._is_dictionary:
            return self._array.dictionary_decode().cast(self.dtype)
        return self._array

    @property
    def missing(self) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
        """True where a value is missing, or None where none is."""
        if not self._missing_known:
            array = self._array
            nulls = array.null_count or (self._is_dictionary and array.dictionary.null_count)
            if nulls:
                self._missing = missing_mask(_null_where_missing(array))
            self._missing_known = True
        return self._missing

    @property
    def distinct(self) -> Any:
        """The values that occur (and, of a dictionary, perhaps more), each once, none null."""
        self._encode()
        return self._distinct

    @property
    def codes(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        """The position in `distinct` of each value; 0 where missing."""
        self._encode()
        assert self._codes is not None
        return self._codes

    def counts(self) -> tuple[Any, np.ndarray[Any, np.dtype[np.int64]]]:
        """The values that occur, each once, and how often; not to be changed."""
        if self._counted is None:
            codes = self.codes
            if self.missing is not None:
                codes = codes[~self.missing]
            terms, counts = self.distinct, np.bincount(codes, minlength=len(self.distinct))
            present = counts > 0
            if not present.all():
                terms, counts = terms.filter(pa.array(present)), counts[present]
            self._counted = terms, counts
        return self._counted

    def without(self, missing: np.ndarray[Any, np.dtype[np.bool_]] | None) -> Text:
        """The same values, those at some positions missing too.

        Example:
            >>> Text(pa.array(["a", "b"])).without(np.array([True, False])).plain.to_pylist()
            [None, 'b']
        """
        if missing is None or (self.missing is not None and (self.missing >= missing).all()):
            return self
        nothing = pa.scalar(None, self.dtype)
        return Text(pc.if_else(pa.array(missing), nothing, self.plain))

    def take(self, positions: np.ndarray[Any, Any]) -> Text:
        """The values at some positions."""
        return Text(self._array.take(array_of(positions)), self._unique)

    def _encode(self) -> None:
        if self._codes is not None:
            return
        array = self._array
        if not self._is_dictionary or array.dictionary.null_count:
            array = self.plain.dictionary_encode()
        elif not self._unique:
            # A dictionary may be that of a whole file, and the batch a few rows of it.
            larger = len(array.dictionary) > len(array)
            array = self.plain.dictionary_encode() if larger else _each_once(array)
        self._codes = _places(array.indices)
        terms = array.dictionary
        self._distinct = terms if terms.type == self.dtype else terms.cast(self.dtype)


def _places(indices: Any) -> np.ndarray[Any, np.dtype[np.int32]]:
    """The indices of a dictionary array, 0 where there is none."""
    places = numbers_of(indices, numpy_dtype(indices.type)).astype(np.int32, copy=False)
    missing = missing_mask(indices)
    return places if missing is None else np.where(missing, np.int32(0), places)


def _null_where_missing(array: Any) -> Any:
    """An array of the same length, null where a value is missing; no strings are copied for it."""
    if pa.types.is_dictionary(array.type) and not array.dictionary.null_count:
        return array.indices
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _each_once(array: Any) -> Any:
    """A dictionary array whose dictionary holds each value once."""
    once = array.dictionary.dictionary_encode()
    if len(once.dictionary) == len(array.dictionary):
        return array
    return pa.DictionaryArray.from_arrays(once.indices.take(array.indices), once.dictionary)
