"""How much memory the values of a batch or of a row may take while a graph is applied.

A graph of a few nodes can describe values of any size: vectors of a million elements for a
million rows, or a string that each node doubles. What goes beyond its budget is refused with a
`DataError` before the machine runs out of memory, as far as the size is known before.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from taurus_beam.errors import DataError, EngineError
from taurus_beam.graph.types import ColumnType, is_text, numpy_dtype

__all__ = [
    "BATCH_VARIABLE",
    "MOST_ELEMENTS",
    "MOST_TEXT",
    "ROW_BUDGET",
    "batch_bytes",
    "check_batch",
    "check_column",
    "check_elements",
    "check_text",
    "check_vectors",
    "least_bytes",
    "spend",
]

BATCH_VARIABLE = "TAURUS_BEAM_BATCH_BYTES"

_BATCH_BYTES = 1 << 33
MOST_TEXT = 1 << 26
"""The most characters that one operation may make for one row."""

ROW_BUDGET = 1 << 28
"""The most characters and elements that all operations may make for one row."""

MOST_ELEMENTS = 1 << 24
"""The most elements that one operation may make for one row."""

_MOST_IN_BATCH = 1 << 27


def batch_bytes() -> int:
    """The most bytes that the columns of a batch may take together; 8 GiB if nothing is said.

    Raises:
        EngineError: If ``TAURUS_BEAM_BATCH_BYTES`` is no positive number.
    """
    said = os.environ.get(BATCH_VARIABLE)
    if said is None:
        return _BATCH_BYTES
    if not said.isdecimal() or not int(said):
        raise EngineError(f"{BATCH_VARIABLE} is {said!r}.", expected="a number of bytes, above 0")
    return int(said)


def check_batch(needed: int, most: int) -> None:
    """Refuse columns that would take too much memory.

    Args:
        needed: The bytes of all columns that a batch has at one time.
        most: What `batch_bytes` gives.

    Raises:
        DataError: If they are more.
    """
    if needed > most:
        raise DataError(
            f"the columns of the batch take {needed:,} bytes",
            expected=f"at most {most:,}",
            fix=f"Give fewer rows at a time, or set {BATCH_VARIABLE}.",
        )


def least_bytes(column: ColumnType, rows: int) -> int:
    """What a column of vectors takes at least, before it is made; 0 for others."""
    width = column.shape[0] if len(column.shape) == 1 else None
    if width is None:
        return 0
    size = 4 if is_text(column.dtype) else numpy_dtype(column.dtype).itemsize
    return rows * width * size


def check_vectors(columns: Iterable[ColumnType], rows: int) -> None:
    """Refuse columns of vectors that would take too much memory, before they are made.

    A missing vector takes as much as any other, so a few bytes of nulls can ask for any size.

    Raises:
        DataError: If they are more than `batch_bytes` allows together.
    """
    needed = sum(least_bytes(column, rows) for column in columns)
    if needed:
        check_batch(needed, batch_bytes())


def check_text(characters: int) -> None:
    """Refuse text that one operation would make for one row.

    Raises:
        DataError: If it is more than `MOST_TEXT`.
    """
    if characters > MOST_TEXT:
        raise DataError(
            "the text of one row would be too long",
            expected=f"at most {MOST_TEXT:,} characters",
            fix="Give shorter strings and lists.",
        )


def check_elements(elements: float, rows: int = 1) -> None:
    """Refuse a list that one operation would make for one row, or its lists for a batch.

    Args:
        elements: How many it would have.
        rows: For so many rows; from two on, eight times as many are taken.

    Raises:
        DataError: If they have more than `MOST_ELEMENTS`.
    """
    most = MOST_ELEMENTS if rows == 1 else _MOST_IN_BATCH
    if elements > most:
        raise DataError(
            "the lists would be too long",
            expected=f"at most {most:,} elements",
            fix="Give fewer rows at a time, or shorter lists.",
        )


def check_column(size: int) -> None:
    """Refuse text that no Arrow array of a batch can hold.

    Raises:
        DataError: If it is 2 GiB or more.
    """
    if size >= 1 << 31:
        raise DataError(
            "the text of the batch would be too long",
            expected="less than 2 GiB",
            fix="Give fewer rows at a time.",
        )


def spend(value: Any, left: int) -> int:
    """What is left of a row's budget after a value was made: its characters or its elements.

    Raises:
        DataError: If nothing is.

    Example:
        >>> spend("north", 100), spend(["a", None], 100), spend(1.5, 100)
        (95, 97, 100)
    """
    kind = value.__class__
    if kind is str or kind is bytes:
        left -= len(value)
    elif kind is list:
        left -= len(value) + sum(
            len(v) for v in value if v.__class__ is str or v.__class__ is bytes
        )
    if left < 0:
        raise DataError(
            f"the values of the row take more than {ROW_BUDGET:,} characters and elements",
            fix="Give shorter strings and lists.",
        )
    return left
