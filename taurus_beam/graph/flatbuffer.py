"""Where the fields of a flatbuffer's tables stand, in which Arrow writes the heads of its messages.

The layout is that of FlatBuffers' "internals" page. What the fields mean is not this room's matter.
"""

from __future__ import annotations

import struct

__all__ = ["field_at", "root_at", "table_at"]


def root_at(data: bytes, start: int = 0) -> int:
    """Where the root table of a flatbuffer stands that begins at ``start``."""
    return int(start + struct.unpack_from("<I", data, start)[0])


def field_at(data: bytes, table: int, number: int) -> int:
    """Where a table's field stands; 0 where it has its default."""
    vtable = table - struct.unpack_from("<i", data, table)[0]
    size = struct.unpack_from("<H", data, vtable)[0]
    at = 4 + 2 * number
    offset = struct.unpack_from("<H", data, vtable + at)[0] if at < size else 0
    return table + offset if offset else 0


def table_at(data: bytes, table: int, number: int) -> int:
    """Where the table or vector stands that a field refers to.

    Raises:
        ValueError: If the field is not there.
    """
    at = field_at(data, table, number)
    if not at:
        raise ValueError("a message lacks its content")
    return int(at + struct.unpack_from("<I", data, at)[0])
