"""Tables that lie in many small pieces, joined: each piece would be a batch of its own."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

__all__ = ["joined", "joins_cheaply"]

_MOST_BYTES = 1 << 30
"""Of a table that is copied; a larger one stays in its pieces."""


def joined(table: pa.Table, rows: int) -> pa.Table:
    """A table in one piece, if its pieces have fewer rows than these, and copying them is cheap.

    Args:
        table: The table.
        rows: How many rows make a batch that is worth being worked on by itself.

    Example:
        >>> table = pa.concat_tables([pa.table({"x": [1, 2]})] * 3)
        >>> joined(table, 4)["x"].num_chunks, joined(table, 2)["x"].num_chunks
        (1, 3)
    """
    pieces = max((column.num_chunks for column in table.columns), default=0)
    if pieces < 2 or len(table) >= pieces * rows or table.nbytes > _MOST_BYTES:
        return table
    return table.combine_chunks() if all(map(joins_cheaply, table.schema.types)) else table


def joins_cheaply(dtype: Any) -> bool:
    """Whether the pieces of a column of this type are joined as fast as memory is copied."""
    kinds = pa.types
    plain = kinds.is_primitive(dtype) or kinds.is_string(dtype) or kinds.is_large_string(dtype)
    return bool(plain or kinds.is_binary(dtype) or kinds.is_large_binary(dtype))
