"""Numbers counted one by one tell what the numbers themselves do, however they were split."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.rank_histogram import RankHistogram
from taurus_beam.stats.whole_tally import WholeTally
from taurus_beam.survey import statistics_of_batches

ORIGINS = [0, -3, 1 << 20, -(1 << 53) - 5, (1 << 53) - 2, (1 << 63) - 40, -(1 << 63)]
CLOSE = st.lists(st.integers(0, 30), min_size=1, max_size=20)


def tally_of(numbers: np.ndarray) -> WholeTally:
    tally = WholeTally.of(numbers)
    assert tally is not None
    return tally


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(ORIGINS), CLOSE, CLOSE)
def test_two_tallies_tell_what_all_the_numbers_do(origin, first, second):
    one, other = ([origin + distance for distance in part] for part in (first, second))
    tally = tally_of(np.array(one))
    assert tally.takes(tally_of(np.array(other)))
    both = one + other
    assert tally.rows == len(both)
    assert tally.zeros == both.count(0)
    assert tally.sums == (sum(both), sum(number * number for number in both))
    assert tally.ranks(8) == RankHistogram.of(np.array(both).astype(np.float64), 8)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint64", "float32", "float64"])
def test_every_type_is_counted_as_its_numbers(dtype):
    low, high = (-128, 127) if dtype == "int8" else (0, 200)
    numbers = np.array([high, low, low, 5], dtype)
    tally = tally_of(numbers)
    assert tally.origin == low
    assert np.flatnonzero(tally.counts).tolist() == [0, 5 - low, high - low]
    assert tally.sums[0] == sum(numbers.tolist())


def test_the_largest_unsigned_numbers_are_counted():
    top = (1 << 64) - 1
    tally = tally_of(np.array([top, top - 9], np.uint64))
    assert tally.sums == (2 * top - 9, top**2 + (top - 9) ** 2)


@pytest.mark.parametrize(
    "numbers", [[0.5], [1.0, np.inf], [-np.inf], [0, 1e308], [-1e308, 1e308], [0, 1 << 20]]
)
def test_what_is_no_whole_number_or_far_apart_is_not_counted(numbers):
    assert WholeTally.of(np.array(numbers)) is None


def test_a_tally_far_away_is_not_taken():
    tally = tally_of(np.array([1, 2]))
    assert not tally.takes(tally_of(np.array([1 << 40])))
    assert tally.sums == (3, 5)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.integers(-5, 5).map(float),
            st.sampled_from([0.5, -0.0, 1e6, 3e6, float("inf"), float("nan"), 2.0**60]),
        ),
        min_size=1,
        max_size=40,
    ),
    st.data(),
)
def test_statistics_do_not_show_which_numbers_came_together(numbers, data):
    order = data.draw(st.permutations(numbers))
    size = data.draw(st.integers(1, len(numbers)))
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    whole, split = (
        statistics_of_batches([pa.record_batch({"x": pa.array(p)}) for p in batches], workers=w)
        for batches, w in (([numbers], 1), (parts, 2))
    )
    assert whole.SerializeToString() == split.SerializeToString()
