"""Splits by hash: the published formula, and what never changes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb

RATIOS = {"train": 0.8, "eval": 0.1, "test": 0.1}
WORD = 2**64 - 1


def finished(x: int) -> int:
    """The finaliser of splitmix64."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & WORD
    return x ^ (x >> 31)


def published(text: bytes, seed: int) -> int:
    """The hash of docs/splits.md, written from there."""
    golden = 0x9E3779B97F4A7C15
    x = golden ^ len(text)
    for start in range(0, len(text), 8):
        x = ((x ^ int.from_bytes(text[start : start + 8], "little")) * 0xD6E8FEB86659FD93) & WORD
        x ^= x >> 32
    return finished((finished(x) + seed * golden) & WORD ^ golden)


def homes(data: Any, splitter: Any, key: str = "key") -> dict[Any, str]:
    """The split of each key; fails where a key is in two."""
    found: dict[Any, str] = {}
    for name, table in tb.split_table(data, splitter).items():
        for value in table[key].to_pylist():
            assert found.setdefault(value, name) == name
    return found


@given(st.lists(st.text(max_size=20), min_size=1), st.integers(0, 2**63 - 1))
@settings(max_examples=50, deadline=None)
def test_a_stranger_finds_the_same_split(keys: list[str], seed: int) -> None:
    found = homes({"key": keys}, tb.SplitByHash(RATIOS, key="key", seed=seed))

    for key, name in found.items():
        share = published(key.encode(), seed) / 2**64
        assert name == ("train" if share < 0.8 else "eval" if share < 0.9 else "test")


def test_the_text_of_several_columns_is_published_too() -> None:
    data = {"key": [7, 8], "day": pa.array([0, 1], pa.date32())}
    found = homes(data, tb.SplitByHash({"a": 0.5, "b": 0.5}, key=("key", "day"), seed=3))

    texts = {7: b"1:710:1970-01-01", 8: b"1:810:1970-01-02"}
    assert found == {k: "a" if published(text, 3) < 2**63 else "b" for k, text in texts.items()}


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_order_and_other_rows_do_not_matter(data: st.DataObject) -> None:
    keys = data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=60))
    shuffled = data.draw(st.permutations(keys))
    more = data.draw(st.lists(st.integers(0, 100), max_size=60))
    splitter = tb.SplitByHash(RATIOS, key="key", seed=1)

    before = homes({"key": keys}, splitter)
    assert homes({"key": shuffled}, splitter) == before
    assert before.items() <= homes({"key": keys + more}, splitter).items()


@given(
    st.lists(st.sampled_from(["a", "b", None, "é", ""])),
    st.sampled_from([("key",), (), ("key", "n")]),
)
@settings(max_examples=40, deadline=None)
def test_each_row_is_in_exactly_one_split(keys: list[str | None], key: tuple[str, ...]) -> None:
    # A key at least: that none of the rows has one is an error.
    keys = [*keys, "z"]
    table = pa.table({"key": pa.array(keys, pa.string()), "n": range(len(keys))})
    parts = tb.split_table(table, tb.SplitByHash(RATIOS, key=key))
    rows = [n for part in parts.values() for n in part["n"].to_pylist()]
    assert sorted(rows) == list(range(len(keys)))


@pytest.mark.parametrize(
    "stored",
    [
        pa.array(["1", "20", "300"]),
        pa.array([1, 20, 300], pa.int16()),
        pa.array([1, 20, 300], pa.uint64()),
        pa.array([1.0, 20.0, 300.0]),
        pa.array(["1", "20", "300"], pa.large_string()),
        pa.array([b"1", b"20", b"300"]),
        pa.array(["1", "20", "300"]).dictionary_encode(),
        pa.array(["x", "1", "20", "300"])[1:],
    ],
    ids=lambda array: str(array.type),
)
def test_a_key_has_one_split_however_it_is_stored(stored: pa.Array) -> None:
    splitter = tb.KFold(500, key="key")
    whole = tb.split_table({"key": ["1", "20", "300"], "n": [0, 1, 2]}, splitter)
    wanted = {n: name for name, part in whole.items() for n in part["n"].to_pylist()}
    parts = tb.split_table(pa.table({"key": stored, "n": [0, 1, 2]}), splitter)
    assert {n: name for name, part in parts.items() for n in part["n"].to_pylist()} == wanted


def test_times_are_the_same_key_in_every_unit() -> None:
    splitter = tb.KFold(500, key="key")
    instants = pa.array([86_400, 123_456], pa.timestamp("s"))
    found = []
    for unit in ("s", "ms", "us", "ns"):
        parts = tb.split_table(pa.table({"key": instants.cast(pa.timestamp(unit))}), splitter)
        found.append([name for name, part in parts.items() if part.num_rows])
    assert found[1:] == found[:1] * 3


@pytest.mark.parametrize("ratio", [0.01, 0.3, 0.5])
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_sizes_are_those_of_chance(ratio: float, seed: int) -> None:
    n = 20_000
    splitter = tb.SplitByHash({"rest": 1 - ratio, "part": ratio}, key="key", seed=seed)
    size = tb.split_table({"key": np.arange(n)}, splitter)["part"].num_rows
    # Five standard deviations: wrong once in two million.
    assert abs(size - ratio * n) < 5 * math.sqrt(ratio * (1 - ratio) * n)


def test_other_ratios_move_only_keys_between_the_cuts() -> None:
    keys = {"key": np.arange(5_000)}
    before = homes(keys, tb.SplitByHash({"train": 0.8, "eval": 0.1, "test": 0.1}, key="key"))
    after = homes(keys, tb.SplitByHash({"train": 0.7, "eval": 0.2, "test": 0.1}, key="key"))

    moved = {(before[key], after[key]) for key in before if before[key] != after[key]}
    assert moved == {("train", "eval")}


def test_dividing_a_split_leaves_the_others() -> None:
    keys = {"key": np.arange(2_000)}
    whole = homes(keys, tb.SplitByHash({"train": 0.8, "test": 0.2}, key="key"))
    fine = homes(keys, tb.SplitByHash({"train": 0.8, "eval": 0.15, "test": 0.05}, key="key"))
    assert all(fine[key] == "train" for key, name in whole.items() if name == "train")


def test_equal_rows_stay_together_without_a_key() -> None:
    data = pa.table({"key": list("abcde") * 40, "x": [1.5, None, 3.0, 4.0, 5.0] * 40})
    splitter = tb.SplitByHash({"a": 0.5, "b": 0.5})
    assert homes(data, splitter) == homes(data.slice(3, 11), splitter)
    assert homes(data, splitter) == homes(data.select(["x", "key"]), splitter)


def test_folds_are_a_split_of_equal_ratios() -> None:
    data = {"key": np.arange(400)}
    folds = homes(data, tb.KFold(4, key="key", seed=5))
    ratios = dict.fromkeys(("fold-0", "fold-1", "fold-2", "fold-3"), 0.25)
    assert folds == homes(data, tb.SplitByHash(ratios, key="key", seed=5))


@pytest.mark.parametrize(
    ("missing", "wanted"),
    [(None, [2, 0]), ("test", [0, 2]), ("drop", [0, 0])],
)
def test_rows_without_a_key_go_where_they_are_sent(missing: Any, wanted: list[int]) -> None:
    data = pa.table({"a": ["x", None, "y"], "b": [1, 2, None]})
    ratios = {"train": 0.5, "test": 0.5}
    parts = tb.split_table(data, tb.SplitByHash(ratios, key=("a", "b"), missing=missing))
    lacking = [sum(None in row.values() for row in part.to_pylist()) for part in parts.values()]
    assert lacking == wanted


def test_nan_is_no_key() -> None:
    data = pa.table({"key": [1.0, math.nan]})
    parts = tb.split_table(data, tb.SplitByHash({"all": 1.0}, key="key", missing="drop"))
    assert parts["all"]["key"].to_pylist() == [1.0]


def split(key: str = "key", **more: Any) -> Callable[[], Any]:
    data = pa.table(
        {
            "key": [1, 2],
            "none": pa.nulls(2, pa.string()),
            "half": [0.5, 1.0],
            "list": [[1], [2]],
            "some": [1, None],
        }
    )
    return lambda: tb.split_table(data, tb.SplitByHash(RATIOS, key=key, **more))


@pytest.mark.parametrize(
    ("attempt", "error", "said"),
    [
        (lambda: tb.SplitByHash({"a": 0.5, "b": 0.4}), tb.EngineError, "sum to 0.9"),
        (lambda: tb.SplitByHash({"a": 1.5, "b": -0.5}), tb.EngineError, "'a' is 1.5"),
        (lambda: tb.SplitByHash({}), tb.EngineError, "no split"),
        (lambda: tb.SplitByHash({"../x": 1.0}), tb.EngineError, "'../x'"),
        (lambda: tb.SplitByHash([0.5, 0.5]), tb.EngineError, "ratios are a list"),
        (lambda: tb.SplitByHash({"a": 1.0}, seed=-1), tb.EngineError, "seed is -1"),
        (lambda: tb.SplitByHash({"a": 1.0}, missing="b"), tb.EngineError, "go to 'b'"),
        (lambda: tb.SplitByHash({"a": 1.0}, key=("k", "k")), tb.EngineError, "key is"),
        (lambda: tb.KFold(1), tb.EngineError, "folds is 1"),
        (split("other"), tb.DataError, "'other' is missing"),
        (split("list"), tb.DataError, "'list' is list<item: int64>"),
        (split("half"), tb.DataError, "'half' has the value"),
        (split("none"), tb.DataError, "None of the 2 rows has a value in 'none'"),
        (split("some", missing="error"), tb.DataError, "1 rows of a batch of 2 have no key"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_error(
    attempt: Callable[[], Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        attempt()


def test_no_rows_are_legal() -> None:
    parts = tb.split_table(pa.table({"key": pa.array([], pa.int64())}), tb.KFold(2, key="key"))
    assert [part.num_rows for part in parts.values()] == [0, 0]
