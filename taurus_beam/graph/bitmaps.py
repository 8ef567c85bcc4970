"""Which elements are missing: NumPy's masks, a byte an element, from and to Arrow's bitmaps.

This room knows nothing of what the elements are.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.graph import compute as pc

__all__ = ["Bitmaps", "Mask", "flags", "missing_mask", "packed", "present_mask"]

Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
_Bits: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]


class Bitmaps:
    """What Arrow says of missing elements, made once for all columns of a batch that share a mask.

    Example:
        >>> bitmaps, mask = Bitmaps(), np.array([False, True])
        >>> bitmaps.of(mask) is bitmaps.of(mask), bitmaps.nulls(mask)
        (True, 1)
    """

    def __init__(self) -> None:
        # The masks too: another one could else come to have the identity of one that is gone.
        self._made: dict[int, tuple[Mask, int, _Bits | None]] = {}

    def of(self, missing: Mask | None) -> _Bits | None:
        """A bit for each element, set where it is there; None where none is missing."""
        return None if missing is None else self._of(missing)[2]

    def nulls(self, missing: Mask | None) -> int:
        """How many elements are missing."""
        return 0 if missing is None else self._of(missing)[1]

    def _of(self, missing: Mask) -> tuple[Mask, int, _Bits | None]:
        made = self._made.get(id(missing))
        if made is None:
            nulls = int(np.count_nonzero(missing))
            bits = np.packbits(~missing, bitorder="little") if nulls else None
            made = self._made[id(missing)] = (missing, nulls, bits)
        return made


def missing_mask(array: Any) -> Mask | None:
    """True where an Arrow array is null, or None where it never is."""
    if array.null_count == 0:
        return None
    bitmap = array.buffers()[0]
    if bitmap is None:  # a dictionary whose own values are null, or a union
        return np.asarray(pc.is_null(array).to_numpy(zero_copy_only=False), dtype=np.bool_)
    return ~flags(bitmap, array.offset, len(array))


def present_mask(array: Any) -> Mask:
    """True where an Arrow array is not null."""
    missing = missing_mask(array)
    return np.ones(len(array), np.bool_) if missing is None else ~missing


def flags(bitmap: Any, offset: int, length: int) -> Mask:
    """The bits of an Arrow buffer from a position on."""
    if length == 0:
        return np.zeros(0, np.bool_)
    first = offset // 8
    packed = np.frombuffer(bitmap, np.uint8)[first : (offset + length + 7) // 8]
    skip = offset - 8 * first
    return np.unpackbits(packed, count=skip + length, bitorder="little")[skip:].view(np.bool_)


def packed(mask: Mask) -> Any:
    """An Arrow buffer of a mask's bits."""
    return pa.py_buffer(np.packbits(mask.reshape(-1), bitorder="little"))
