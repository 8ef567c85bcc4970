"""Numbers parted by ranges, against a stable sort by range."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph import number_ranges
from taurus_beam.graph.number_ranges import MOST_BITS, by_range, range_bits


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=60), st.integers(1, 9), st.integers(1, 3))
def test_each_range_has_its_positions_ascending(
    ranges: list[int], block: int, threads: int
) -> None:
    own = np.array(ranges, np.uint16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_ranges, "_BLOCK", block)
        positions, parts = by_range(len(own), lambda part: own[part], 7, threads)
    assert [positions[part].tolist() for part in parts] == [
        [place for place, found in enumerate(ranges) if found == number] for number in range(7)
    ]


def test_there_are_more_ranges_of_more_numbers() -> None:
    bits = [range_bits(1 << power) for power in range(50)]
    assert bits == sorted(bits)
    assert bits[0] == 0
    assert bits[-1] == MOST_BITS
