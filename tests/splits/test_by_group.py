"""Whole groups in balanced splits: scikit-learn's sizes, and labels as even as groups allow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

import taurus_beam as tb


@given(st.lists(st.integers(1, 20), min_size=5, max_size=30), st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_folds_have_the_sizes_of_scikit_learn(sizes: list[int], folds: int) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    parts = tb.split_table({"g": groups}, tb.GroupKFold(folds, "g"))
    peer = [len(test) for _, test in GroupKFold(folds).split(groups, groups=groups)]
    assert sorted(part.num_rows for part in parts.values()) == sorted(peer)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_groups_stay_whole_in_any_order(data: st.DataObject) -> None:
    groups = data.draw(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=60))
    shuffled = data.draw(st.permutations(groups))
    splitter = tb.SplitByGroup({"x": 0.6, "y": 0.4}, "g", seed=2)

    def homes(column: list[str]) -> dict[str, set[str]]:
        parts = tb.split_table({"g": column}, splitter)
        return {name: set(part["g"].to_pylist()) for name, part in parts.items()}

    assert homes(groups) == homes(shuffled)
    assert not homes(groups)["x"] & homes(groups)["y"]


def unevenness(groups: Any, labels: Any, tests: list[Any]) -> float:
    """How far the share of each label in each fold is from that in all rows, at the most."""
    whole = np.bincount(labels) / len(labels)
    shares = [np.bincount(labels[test], minlength=len(whole)) / len(test) for test in tests]
    return float(np.abs(np.array(shares) - whole).max())


def test_labels_are_as_even_as_scikit_learn_makes_them() -> None:
    random = np.random.default_rng(3)
    groups = random.integers(0, 120, 3_000)
    rate = random.beta(1, 6, 120)
    labels = (random.random(3_000) < rate[groups]).astype(int)
    data = {"g": groups, "label": labels, "row": np.arange(3_000)}
    parts = tb.split_table(data, tb.GroupKFold(5, "g", stratum="label"))
    ours = [part["row"].to_numpy() for part in parts.values()]
    peer = [t for _, t in StratifiedGroupKFold(5).split(labels, labels, groups)]

    assert unevenness(groups, labels, ours) <= 1.1 * unevenness(groups, labels, peer)
    assert max(map(len, ours)) - min(map(len, ours)) <= 30


def test_unequal_ratios_are_met_where_groups_are_small() -> None:
    groups = np.arange(10_000) // 10
    parts = tb.split_table({"g": groups}, tb.SplitByGroup({"a": 0.7, "b": 0.2, "c": 0.1}, "g"))
    assert [part.num_rows for part in parts.values()] == [7_000, 2_000, 1_000]


def test_rows_without_a_group_and_no_rows() -> None:
    splitter = tb.SplitByGroup({"a": 0.5, "b": 0.5}, "g", missing="drop")
    parts = tb.split_table(pa.table({"g": ["x", None, "y", None]}), splitter)
    assert sorted(part.num_rows for part in parts.values()) == [1, 1]
    empty = tb.split_table(pa.table({"g": pa.array([], pa.string())}), splitter)
    assert [part.num_rows for part in empty.values()] == [0, 0]
    with pytest.raises(tb.DataError, match="None of the 2 rows has a value in 'g'"):
        tb.split_table(pa.table({"g": pa.nulls(2)}), splitter)
