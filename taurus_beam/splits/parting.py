"""The rows of each part of a batch, copied once.

The rows of all parts are put in order, part after part, and each part is a slice of that. Who goes
where is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from taurus_beam.splits.splitter import Codes
from taurus_beam.splits.taking import Positions, taken

__all__ = ["parted"]

_FEW = 8
"""Parts; the rows of more are found by sorting."""


def parted(batch: Any, codes: Codes, number: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of each of so many splits that has any, in their order.

    Args:
        batch: A record batch.
        codes: For each row the number of its split, or a negative one for none.
        number: How many splits there are.

    Example:
        >>> batch = pa.record_batch({"n": [1, 2, 3]})
        >>> [(code, part["n"].to_pylist())
        ...  for code, part in parted(batch, np.array([1, -1, 1], np.int16), 3)]
        [(1, [1, 3])]
    """
    rows, sizes = _by_part(codes, number)
    present = np.flatnonzero(sizes).tolist()
    if len(present) != 1 or len(rows) < batch.num_rows:
        batch = taken(batch, rows)
    start = 0
    for code in present:
        yield code, batch.slice(start, int(sizes[code]))
        start += int(sizes[code])


def _by_part(codes: Codes, number: int) -> tuple[Positions, npt.NDArray[np.intp]]:
    """The positions of rows, part after part, and how many each part has."""
    if number > _FEW:
        sizes = np.bincount(codes[codes >= 0], minlength=number)
        return np.argsort(codes, kind="stable")[len(codes) - sizes.sum() :], sizes
    parts = [np.flatnonzero(codes == code) for code in range(number)]
    return np.concatenate(parts), np.array([len(part) for part in parts])
