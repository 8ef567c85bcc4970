"""Tables that lie in many small pieces, joined: each piece would be a batch of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

__all__ = ["joined", "joins_cheaply"]

_MOST_BYTES = 1 << 30
"""Of a table that is copied; a larger one stays in its pieces."""


def joined(table: pa.Table, rows: int, read: Iterable[str]) -> pa.Table:
    """What is read of a table in one piece, if its pieces are small and copying that is cheap.

    Args:
        table: The table.
        rows: How many rows make a batch that is worth being worked on by itself.
        read: The columns that are looked at, by path: where pieces are joined, no others are kept.

    Returns:
        The table as it is where a piece has at least so many rows, where what is read is more than
        1 GiB or of types that are not just copied, and where nothing is read.

    Example:
        >>> table = pa.concat_tables([pa.table({"x": [1, 2], "y": [3, 4]})] * 3)
        >>> joined(table, 4, ["x"])["x"].num_chunks, joined(table, 2, ["x"])["x"].num_chunks
        (1, 3)
    """
    pieces = max((column.num_chunks for column in table.columns), default=0)
    if pieces < 2 or len(table) >= pieces * rows:
        return table
    names = {name for path in read for name in (path, path.partition(".")[0])}
    part = table.select([at for at, name in enumerate(table.column_names) if name in names])
    is_cheap = part.nbytes <= _MOST_BYTES and all(map(joins_cheaply, part.schema.types))
    return part.combine_chunks() if part.num_columns and is_cheap else table


def joins_cheaply(dtype: Any) -> bool:
    """Whether the pieces of a column of this type are joined as fast as memory is copied."""
    kinds = pa.types
    plain = kinds.is_primitive(dtype) or kinds.is_string(dtype) or kinds.is_large_string(dtype)
    return bool(plain or kinds.is_binary(dtype) or kinds.is_large_binary(dtype))
