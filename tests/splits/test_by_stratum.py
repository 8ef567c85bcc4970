"""Exact shares of strata, against scikit-learn's sizes and the rule of largest remainders."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import KFold, StratifiedKFold

import taurus_beam as tb

LABELS = st.lists(st.sampled_from(["a", "b", "c", None]), max_size=80)


def counts(parts: dict[str, pa.Table], column: str) -> dict[str, Counter[Any]]:
    return {name: Counter(part[column].to_pylist()) for name, part in parts.items()}


def rows(parts: dict[str, pa.Table]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each part, in no order."""
    return {
        name: sorted((tuple(row.values()) for row in part.to_pylist()), key=repr)
        for name, part in parts.items()
    }


@given(LABELS, st.integers(0, 3), st.booleans())
@settings(max_examples=50, deadline=None)
def test_each_label_has_its_share_to_the_row(
    labels: list[str | None], seed: int, with_key: bool
) -> None:
    ratios = {"train": 0.7, "eval": 0.2, "test": 0.1}
    data = pa.table({"id": range(len(labels)), "label": pa.array(labels, pa.string())})
    splitter = tb.SplitByStratum(ratios, "label", key="id" if with_key else (), seed=seed)
    parts = tb.split_table(data, splitter)

    assert sorted(n for part in parts.values() for n in part["id"].to_pylist()) == list(
        range(len(labels))
    )
    found = counts(parts, "label")
    for label, n in Counter(labels).items():
        for name, ratio in ratios.items():
            assert abs(found[name][label] - ratio * n) < 1 + 1e-9
    for name, ratio in ratios.items():
        assert abs(parts[name].num_rows - ratio * len(labels)) < len(ratios)


def test_one_stratum_is_parted_by_largest_remainders() -> None:
    # 7 * (0.5, 0.3, 0.2) = (3.5, 2.1, 1.4): the one row that is left goes to the first.
    ratios = {"a": 0.5, "b": 0.3, "c": 0.2}
    data = {"id": list(range(7)), "one": [1] * 7}
    parts = tb.split_table(data, tb.SplitByStratum(ratios, "one", "id"))
    assert [part.num_rows for part in parts.values()] == [4, 2, 1]


@given(st.data(), st.booleans())
@settings(max_examples=30, deadline=None)
def test_the_order_of_rows_does_not_matter(data: st.DataObject, with_key: bool) -> None:
    # Few values, so that many rows are equal.
    pairs = data.draw(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=50))
    pairs = [(*pair, n if with_key else 0) for n, pair in enumerate(pairs)]
    shuffled = data.draw(st.permutations(pairs))
    splitter = tb.SplitByStratum({"x": 0.6, "y": 0.4}, "label", key="id" if with_key else ())

    def split(some: list[tuple[str, int, int]]) -> dict[str, list[tuple[Any, ...]]]:
        table = pa.Table.from_pylist(
            [dict(zip(("label", "v", "id"), row, strict=True)) for row in some],
            pa.schema([("label", pa.string()), ("v", pa.int64()), ("id", pa.int64())]),
        )
        return rows(tb.split_table(table, splitter))

    assert split(pairs) == split(shuffled)


def test_equal_rows_are_told_apart_for_exact_sizes() -> None:
    data = {"label": ["a"] * 30 + ["b"] * 10}
    parts = tb.split_table(data, tb.SplitByStratum({"x": 0.5, "y": 0.5}, "label"))
    assert counts(parts, "label") == {"x": {"a": 15, "b": 5}, "y": {"a": 15, "b": 5}}


@given(st.lists(st.integers(5, 40), min_size=1, max_size=6), st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_folds_have_the_sizes_of_scikit_learn(sizes: list[int], folds: int) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    data = {"label": labels, "id": np.arange(len(labels))}
    found = tb.split_table(data, tb.StratifiedKFold(folds, "label", key="id"))
    peer = list(StratifiedKFold(folds).split(labels, labels))

    assert sorted(part.num_rows for part in found.values()) == sorted(len(t) for _, t in peer)
    for label in range(len(sizes)):
        ours = sorted((part["label"].to_numpy() == label).sum() for part in found.values())
        theirs = sorted((labels[test] == label).sum() for _, test in peer)
        assert ours == theirs


@pytest.mark.parametrize(("n", "folds"), [(10, 3), (7, 7), (100, 6)])
def test_without_a_stratum_the_sizes_are_those_of_k_fold(n: int, folds: int) -> None:
    found = tb.split_table({"id": np.arange(n)}, tb.StratifiedKFold(folds, key="id"))
    peer = [len(test) for _, test in KFold(folds).split(np.zeros(n))]
    assert [part.num_rows for part in found.values()] == peer


def test_ranks_are_exact_beyond_the_buckets_of_one_pass() -> None:
    n = 50_000
    labels = np.array(["rare", "often", "often", "often"])[np.arange(n) % 4]
    data = {"id": np.arange(n), "label": labels}
    parts = tb.split_table(data, tb.SplitByStratum({"x": 0.123, "y": 0.877}, "label", key="id"))
    x = counts(parts, "label")["x"]
    # 1537.5 and 4612.5 rows: one half row is rounded up, the other down.
    assert sorted(x.values()) in ([1537, 4613], [1538, 4612])


def test_another_seed_is_another_split_of_the_same_sizes() -> None:
    data = {"id": np.arange(100), "label": [0, 1] * 50}
    one, two = (
        tb.split_table(data, tb.SplitByStratum({"x": 0.5, "y": 0.5}, "label", "id", seed=seed))
        for seed in (0, 1)
    )
    assert one["x"].num_rows == two["x"].num_rows
    assert one["x"] != two["x"]


def test_several_columns_make_a_stratum() -> None:
    data = {"id": list(range(8)), "a": list("xxxxyyyy"), "b": [0, 0, 1, 1] * 2}
    parts = tb.split_table(data, tb.SplitByStratum({"l": 0.5, "r": 0.5}, ("a", "b"), key="id"))
    pairs = Counter(zip(parts["l"]["a"].to_pylist(), parts["l"]["b"].to_pylist(), strict=True))
    assert pairs == {("x", 0): 1, ("x", 1): 1, ("y", 0): 1, ("y", 1): 1}


def test_an_id_is_no_stratum() -> None:
    data = {"id": np.arange(20_000)}
    with pytest.raises(tb.DataError, match="more than 10,000 strata"):
        tb.split_table(data, tb.SplitByStratum({"x": 0.5, "y": 0.5}, "id", key="id"))


def test_no_rows_are_legal() -> None:
    data = pa.table({"label": pa.array([], pa.string())})
    parts = tb.split_table(data, tb.StratifiedKFold(2, "label"))
    assert [part.num_rows for part in parts.values()] == [0, 0]
