"""The work of splits: what is compared of two contenders whose parts differ."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.works import splits

ROWS = 20_000
PLANES = np.random.default_rng(0).integers(0, 2_000, ROWS).astype(str).tolist()
TABLE = pa.table({splits.KEY: [*PLANES, None], "x": range(ROWS + 1)})
EXPECTED = splits.as_table(splits.by_hand(TABLE))


def test_taurus_and_by_hand_split_other_planes_as_well() -> None:
    found = splits.as_table(splits.taurus(TABLE))
    splits.compare(EXPECTED, found, "taurus")
    assert not found.equals(EXPECTED)


def test_a_plane_in_both_parts_is_noticed() -> None:
    rows = TABLE.slice(0, ROWS * 8 // 10), TABLE.slice(ROWS * 8 // 10)
    with pytest.raises(AssertionError, match="a plane in both parts"):
        splits.compare(EXPECTED, splits.as_table(rows), "taurus")


def test_lost_rows_and_another_share_are_noticed() -> None:
    with pytest.raises(AssertionError, match="rows"):
        splits.compare(EXPECTED, EXPECTED.slice(1), "taurus")
    with pytest.raises(AssertionError, match="of the rows"):
        splits.compare(EXPECTED, splits.as_table((TABLE, TABLE.slice(0, 0))), "taurus")
