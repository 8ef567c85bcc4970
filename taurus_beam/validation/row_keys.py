"""Rows known by the values of some columns: one binary key a row, and which rows of two tables
share one.

Keys are equal exactly when all identifiers are, so that a join by them needs no second look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.errors import DataError
from taurus_beam.stats.feature_column import Array, Mask
from taurus_beam.validation.cell_equality import as_cells, has_value

__all__ = ["Match", "match_rows", "row_keys", "row_texts"]


def row_keys(table: Any, identifiers: Sequence[str]) -> tuple[Any, Mask]:
    """The key of each row, and which rows have one: those with a value in every identifier.

    Args:
        table: A table or record batch.
        identifiers: Columns of integers, floats, strings, or lists of them, in any order.

    Returns:
        Arrow large_binary of all rows (empty without a key), and a mask.

    Raises:
        DataError: A column is missing, or of a type that cannot identify a row.
    """
    known = np.ones(table.num_rows, np.bool_)
    parts = []
    for name in sorted(identifiers):
        if name not in table.schema.names:
            raise DataError(
                f"Identifier {name!r} is not a column.",
                expected=f"one of {', '.join(map(repr, table.schema.names)) or 'no columns'}",
                fix="Correct identifier_features.",
            )
        cells = as_cells(table.column(name))
        known &= has_value(cells)
        parts.append(_prefixed(_texts(name, cells)))
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
    return joined, known


def row_texts(table: Any) -> Any:
    """A text for each row of what can be written of it: equal rows have equal ones."""
    texts = [pa.repeat(pa.scalar(b"", pa.large_binary()), table.num_rows)]
    for name in sorted(table.schema.names):
        cells = as_cells(table.column(name))
        if _is_writable(cells.type):
            texts.append(_prefixed(_texts(name, cells)))
    return pc.binary_join_element_wise(*texts, pa.scalar(b"", pa.large_binary()))


@dataclass(frozen=True, eq=False)
class Match:
    """Which rows of a base and a test table share a key.

    Attributes:
        base_rows: Row of the base of each matched pair; all pairs of rows of one key.
        test_rows: Row of the test of each matched pair.
        unique: Which pairs have a key that is once in the base and once in the test.
        base_keys: How many different keys the base has.
        test_keys: How many the test has.
        shared_keys: How many are in both.
        repeated_keys: How many are more than once in the base or in the test.
    """

    base_rows: Array
    test_rows: Array
    unique: Mask
    base_keys: int
    test_keys: int
    shared_keys: int
    repeated_keys: int


def match_rows(base: Any, base_known: Mask, test: Any, test_known: Mask) -> Match:
    """Joins two arrays of keys, of which only the known ones take part."""
    rows = [np.flatnonzero(known) for known in (base_known, test_known)]
    known_keys = [
        keys if len(some) == len(keys) else keys.take(pa.array(some))
        for keys, some in zip((base, test), rows, strict=True)
    ]
    encoded = pa.chunked_array(known_keys, pa.large_binary()).combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    of_base, of_test = codes[: len(rows[0])], codes[len(rows[0]) :]
    distinct = len(encoded.dictionary)
    base_counts, test_counts = (
        np.bincount(side, minlength=distinct) for side in (of_base, of_test)
    )
    # Every base row meets each test row of its key: the first of them, the second, ...
    repeats = test_counts[of_base]
    base_of_pair = np.repeat(np.arange(len(of_base)), repeats)
    key_of_pair = of_base[base_of_pair]
    if test_counts.max(initial=0) > 1:
        test_order = np.argsort(of_test, kind="stable")
        first_test = np.cumsum(test_counts) - test_counts
        nth = np.arange(len(base_of_pair)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        test_of_pair = test_order[first_test[key_of_pair] + nth]
    else:
        row_of_key = np.zeros(distinct, np.int64)
        row_of_key[of_test] = np.arange(len(of_test))
        test_of_pair = row_of_key[key_of_pair]
    return Match(
        base_rows=rows[0][base_of_pair],
        test_rows=rows[1][test_of_pair],
        unique=(base_counts[key_of_pair] == 1) & (test_counts[key_of_pair] == 1),
        base_keys=int((base_counts > 0).sum()),
        test_keys=int((test_counts > 0).sum()),
        shared_keys=int(((base_counts > 0) & (test_counts > 0)).sum()),
        repeated_keys=int(((base_counts > 1) | (test_counts > 1)).sum()),
    )


def _is_writable(dtype: Any) -> bool:
    kinds = pa.types
    if kinds.is_list(dtype) or kinds.is_large_list(dtype):
        return _is_writable(dtype.value_type)
    return not (kinds.is_struct(dtype) or kinds.is_fixed_size_list(dtype))


def _texts(name: str, cells: Any) -> Any:
    """One text for each cell, different for different values, empty where there is none."""
    dtype = cells.type
    kinds = pa.types
    if kinds.is_list(dtype) or kinds.is_large_list(dtype):
        items = _prefixed(_texts(name, as_cells(cells.flatten())))
        lengths = pc.fill_null(pc.list_value_length(cells), 0).to_numpy(zero_copy_only=False)
        ends = pa.array(np.append(0, np.cumsum(lengths)), pa.int64())
        lists = pa.LargeListArray.from_arrays(ends, items)
        return pc.binary_join(lists, pa.scalar(b"", pa.large_binary()))
    if kinds.is_null(dtype):
        return pa.array([b""] * len(cells), pa.large_binary())
    if kinds.is_integer(dtype):
        texts, tag = cells.cast(pa.large_string()).cast(pa.large_binary()), b"i"
    elif kinds.is_floating(dtype):
        texts, tag = cells.cast(pa.large_string()).cast(pa.large_binary()), b"f"
    elif kinds.is_large_binary(dtype):
        texts, tag = cells, b"s"
    else:
        raise DataError(
            f"Identifier {name!r} is {dtype}, which cannot identify a row.",
            expected="integers, floats, strings, or lists of them",
            fix="Choose other identifier_features.",
        )
    nothing = pa.scalar(b"", pa.large_binary())
    tagged = pc.binary_join_element_wise(pa.scalar(tag, pa.large_binary()), texts, nothing)
    return pc.fill_null(tagged, b"")


def _prefixed(texts: Any) -> Any:
    """Each text after its length, so that a row of texts can be read in one way only."""
    lengths = pc.binary_length(texts).cast(pa.large_string()).cast(pa.large_binary())
    return pc.binary_join_element_wise(lengths, texts, pa.scalar(b":", pa.large_binary()))
