"""Samples: exact sizes, probabilities as they should be, and nothing that depends on order."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb


def sample(data: Any, sampler: Any) -> pa.Table:
    (found,) = tb.split_table(data, sampler).values()
    return found


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(0, 70), st.data())
@settings(max_examples=40, deadline=None)
def test_a_size_is_exact_and_order_does_not_matter(
    values: list[int], size: int, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(values))
    one, other = (
        sample({"x": pa.array(some, pa.int64())}, tb.SampleSize(size, seed=1))
        for some in (values, shuffled)
    )
    assert one.num_rows == min(size, len(values))
    assert Counter(one["x"].to_pylist()) == Counter(other["x"].to_pylist())


def test_a_smaller_sample_is_part_of_a_larger_one() -> None:
    data = {"id": np.arange(1_000), "w": np.arange(1_000) % 7 + 0.5}
    for make in (
        lambda n: tb.SampleSize(n, key="id"),
        lambda n: tb.SampleSize(n, weight="w", key="id"),
        lambda n: tb.SampleRate(n / 1_000, key="id"),
        lambda n: tb.SampleRate(n / 1_000, weight="w", key="id"),
    ):
        small, large = (set(sample(data, make(n))["id"].to_pylist()) for n in (50, 300))
        assert small < large


def test_equal_rows_are_chosen_one_by_one() -> None:
    data = {"x": ["often"] * 900 + ["rarely"] * 100}
    found = Counter(sample(data, tb.SampleSize(200))["x"].to_pylist())
    assert sum(found.values()) == 200
    assert abs(found["rarely"] - 20) < 5 * math.sqrt(20 * 0.9 * 0.8)
    # A share of all copies, unlike all copies or none.
    kept = sample(data, tb.SampleRate(0.3)).num_rows
    assert abs(kept - 300) < 5 * math.sqrt(1_000 * 0.3 * 0.7)


@pytest.mark.parametrize("size", [1, 2])
def test_weighted_draws_have_the_probabilities_of_successive_drawing(size: int) -> None:
    weights = np.array([1.0, 2.0, 5.0])
    trials = 4_000
    data = {
        "trial": np.repeat(np.arange(trials), 3),
        "id": np.tile(np.arange(3), trials),
        "w": np.tile(weights, trials),
    }
    sampler = tb.SampleSize(size, stratum="trial", weight="w", key=("trial", "id"))
    found = Counter(sample(data, sampler)["id"].to_pylist())

    share = weights / weights.sum()
    wanted = share.copy()
    if size == 2:
        wanted = np.array(
            [
                share[i] + sum(share[j] * share[i] / (1 - share[j]) for j in range(3) if j != i)
                for i in range(3)
            ]
        )
    for i, probability in enumerate(wanted):
        spread = math.sqrt(trials * probability * (1 - probability))
        assert abs(found[i] - trials * probability) < 5 * spread


def test_each_stratum_gives_as_many_rows() -> None:
    data = {"id": np.arange(1_000), "label": np.arange(1_000) % 10 == 0}
    found = sample(data, tb.SampleSize(60, stratum="label", key="id"))
    assert Counter(found["label"].to_pylist()) == {True: 60, False: 60}
    assert sample(data, tb.SampleSize(150, stratum="label", key="id")).num_rows == 250


def test_rates_by_stratum() -> None:
    labels = pa.array(["yes", "no", "no", None] * 1_000)
    data = pa.table({"id": range(4_000), "label": labels})
    rates = {"no": 0.25, "(missing)": 0.0}
    found = Counter(
        sample(data, tb.SampleRate(1.0, rates=rates, stratum="label", key="id"))[
            "label"
        ].to_pylist()
    )
    assert found["yes"] == 1_000
    assert found[None] == 0
    assert abs(found["no"] - 500) < 5 * math.sqrt(2_000 * 0.25 * 0.75)


def test_a_rate_times_a_weight_is_a_probability() -> None:
    data = {"id": np.arange(8_000), "w": np.tile([0.0, 1.0, 3.0, 100.0], 2_000)}
    found = Counter(sample(data, tb.SampleRate(0.1, weight="w", key="id"))["w"].to_pylist())
    assert (found[0.0], found[100.0]) == (0, 2_000)
    for weight, probability in ((1.0, 0.1), (3.0, 0.3)):
        spread = math.sqrt(2_000 * probability * (1 - probability))
        assert abs(found[weight] - 2_000 * probability) < 5 * spread


def test_rows_of_a_key_are_chosen_together() -> None:
    data = {"user": np.arange(1_000) // 5}
    for sampler in (tb.SampleRate(0.2, key="user"), tb.SampleSize(100, key="user")):
        found = Counter(sample(data, sampler)["user"].to_pylist())
        assert found
        assert set(found.values()) == {5}


def test_weights_that_are_missing_or_zero() -> None:
    data = pa.table({"id": [1, 2, 3, 4], "w": [1.0, None, 0.0, math.nan]})
    assert sample(data, tb.SampleSize(4, weight="w", key="id"))["id"].to_pylist() == [1]
    assert sample(data, tb.SampleRate(1.0, weight="w", key="id"))["id"].to_pylist() == [1]


WEIGHTS = {"w": [1.0, -1.0], "inf": [1.0, math.inf], "s": ["a", "b"]}


@pytest.mark.parametrize(
    ("attempt", "error", "said"),
    [
        (lambda: tb.SampleSize(-1), tb.EngineError, "size is -1"),
        (lambda: tb.SampleRate(1.5), tb.EngineError, "rate is 1.5"),
        (lambda: tb.SampleRate(0.5, rates={"a": 0.1}), tb.EngineError, "go together"),
        (lambda: tb.SampleRate(0.5, stratum="s"), tb.EngineError, "go together"),
        (lambda: sample(WEIGHTS, tb.SampleSize(1, weight="w")), tb.DataError, "value .*-1.0"),
        (lambda: sample(WEIGHTS, tb.SampleRate(0.5, weight="inf")), tb.DataError, "value .*inf"),
        (lambda: sample(WEIGHTS, tb.SampleSize(1, weight="s")), tb.DataError, "'s' is string"),
        (lambda: sample(WEIGHTS, tb.SampleSize(1, stratum="no")), tb.DataError, "'no' is missing"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_error(
    attempt: Callable[[], Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        attempt()
