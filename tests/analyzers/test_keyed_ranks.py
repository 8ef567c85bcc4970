from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.analyzers.keyed_ranks import KeyedRanks
from taurus_beam.analyzers.rank_histogram import RankHistogram

FIELDS = ("groups", "counts", "mins", "maxs", "levels")


def merged(groups: np.ndarray, values: np.ndarray, capacity: int) -> KeyedRanks:
    return KeyedRanks.merged([KeyedRanks.of(groups, values)], capacity)


def same(one: KeyedRanks, other: KeyedRanks) -> bool:
    return all(getattr(one, n).tobytes() == getattr(other, n).tobytes() for n in FIELDS)


def draw(dtype: str, rows: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    groups = random.integers(0, 5, rows)
    values = random.normal(1000, 300, rows) * random.choice([1, -1, 1e-3], rows)
    return groups, values.astype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int16"])
@pytest.mark.parametrize("capacity", [4, 64, 1024])
def test_each_group_is_its_own_rank_histogram(dtype: str, capacity: int) -> None:
    groups, values = draw(dtype, 3000)
    ranks = merged(groups, values, capacity)
    cuts = ranks.boundaries(5, 7)
    for group in range(5):
        alone = RankHistogram.of(values[groups == group], capacity)
        mine = ranks.groups == group
        assert np.array_equal(ranks.counts[mine], alone.counts)
        assert np.array_equal(ranks.mins[mine], alone.mins)
        assert np.array_equal(ranks.maxs[mine], alone.maxs)
        assert np.array_equal(cuts[group], alone.boundaries(7))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 70_000), st.floats(allow_nan=False)), max_size=60),
    st.sampled_from([2, 4, 1024]),
    st.randoms(),
)
def test_any_order_and_split_gives_the_same_bytes(rows, capacity, random) -> None:
    def table(part) -> KeyedRanks:
        return merged(np.array([g for g, _ in part], int), np.array([x for _, x in part]), capacity)

    whole = table(rows)
    random.shuffle(rows)
    cut = random.randint(0, len(rows))
    parts = [table(rows[:cut]), table(rows[cut:])]
    assert same(KeyedRanks.merged(parts, capacity), whole)


def test_boundaries_of_few_values_and_of_groups_without_values() -> None:
    ranks = merged(np.array([2, 0, 2]), np.array([5.0, 1.0, 9.0]), 16)
    cuts = ranks.boundaries(3, 4)
    assert cuts[0].tolist() == [1.0, 1.0, 1.0]
    assert cuts[2].tolist() == [5.0, 9.0, 9.0]
    assert ranks.totals(3).tolist() == [1, 0, 2]
    assert merged(np.array([], int), np.array([]), 16).boundaries(2, 4).shape == (2, 3)


def test_groups_are_taken_and_renumbered() -> None:
    groups, values = draw("float64", 400)
    ranks = merged(groups, values, 16)
    odd = ranks.of_groups(np.array([1, 3]))
    where = np.isin(groups, [1, 3])
    assert same(odd, merged(groups[where] // 2, values[where], 16))
    backwards = np.arange(4, -1, -1)
    assert same(ranks.renumbered(backwards).sorted(), merged(4 - groups, values, 16))
    assert len(ranks.of_groups(np.array([], int)).groups) == 0
