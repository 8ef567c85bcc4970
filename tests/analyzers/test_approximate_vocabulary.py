"""Approximate vocabularies: exact counts, bounded state, a guarantee about what is left out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.analyzers.approximate_vocabulary import Candidates, TermSketch
from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import constant_values, from_arrow

SCHEMA = pa.schema({"s": pa.string(), "w": pa.float64()})


def learned(inputs: Any, **arguments: Any) -> dict[str, Any]:
    return {"id": tb.compute_and_apply_approximate_vocabulary(inputs["s"], **arguments)}


def vocabulary(columns: dict[str, Any], weights: str | None = None, **arguments: Any) -> Any:
    def preprocess(inputs: Any) -> dict[str, Any]:
        return learned(inputs, weights=inputs[weights] if weights else None, **arguments)

    found = tb.fit(pa.table(columns), preprocess).vocabulary("s")
    return list(zip(found.counts.to_pylist(), found.terms.to_pylist(), strict=True))


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d", "", None]),
        st.sampled_from([0.0, 0.1, 2.5, 1e-9, None]),
    ),
    max_size=30,
)


def table_of(rows: list[Any]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [(), ()]
    return pa.table([list(column) for column in columns], schema=SCHEMA)


@pytest.mark.parametrize("weights", [None, "w"])
@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_of_few_values_it_is_the_exact_vocabulary(weights: str | None, rows: list[Any]) -> None:
    table = table_of(rows)

    def preprocess(inputs: Any) -> dict[str, Any]:
        beside = inputs[weights] if weights else None
        exact = tb.vocabulary(inputs["s"], 3, vocab_filename="exact", weights=beside)
        return {
            "a": tb.apply_vocabulary(inputs["s"], exact),
            **learned(inputs, top_k=3, weights=beside),
        }

    fn = tb.fit(table, preprocess)
    assert fn.vocabulary("id").terms.equals(fn.vocabulary("exact").terms)
    assert fn.vocabulary("id").counts.equals(fn.vocabulary("exact").counts)


# What TFT 1.16's approximate vocabulary wrote, which is exact for so few values.
@pytest.mark.parametrize(
    ("columns", "arguments", "expected"),
    [
        ({"s": [*"aaaaabbbcccde"]}, {"top_k": 3}, [(5, "a"), (3, "c"), (3, "b")]),
        (
            {"s": [*"aaaaabbbccc"]},
            {"top_k": 3, "reserved_tokens": ["b"]},
            [(-1, "b"), (5, "a"), (3, "c")],
        ),
        (
            {"s": ["a", "b", "a", "c", "", "d"], "w": [0.5, 0.5, 0.25, 0.75, 3.0, 0.0]},
            {"top_k": 3, "weights": "w"},
            [(0.75, "c"), (0.75, "a"), (0.5, "b")],
        ),
    ],
)
def test_recorded_results_of_tft(
    columns: dict[str, Any], arguments: dict[str, Any], expected: Any
) -> None:
    assert vocabulary(columns, **arguments) == expected


def zipf_terms(rows: int, distinct: int) -> list[str]:
    ranks = np.random.default_rng(5).zipf(1.1, rows) % distinct
    return [f"term{rank}" for rank in ranks]


def test_many_values_of_unequal_frequency() -> None:
    terms = zipf_terms(100_000, 60_000)
    exact = sorted(((n, t) for t, n in Counter(terms).items()), reverse=True)
    assert len(exact) > 5 * (1 << 12)
    assert vocabulary({"s": terms}, top_k=500) == exact[:500]


def sketched(terms: list[str], capacity: int) -> tuple[Candidates, Any, dict[str, int]]:
    """Candidates of a tiny sketch in which nearly all terms collide, and the terms' estimates."""
    text = ColumnType(pa.string())
    cells = 16
    maker = TermSketch(cells, weighted=False)
    values = from_arrow(pa.array(terms, pa.string()), text)
    sketch = maker.add(maker.zero(), values)
    constant = constant_values(ColumnType(pa.int64(), (len(sketch),)), sketch)
    candidates = Candidates(pa.string(), capacity, weighted=False)
    state = candidates.zero()
    for start in range(0, len(terms), 7):
        batch = from_arrow(pa.array(terms[start : start + 7], pa.string()), text)
        state = candidates.add(state, batch, constant)
    everything = Candidates(pa.string(), 10_000, weighted=False)
    estimates = everything.table(everything.add(everything.zero(), values, constant))
    return (
        candidates,
        state,
        dict(zip(*estimates.select(["term", "estimate"]).to_pydict().values(), strict=True)),
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 60).map(str), min_size=1, max_size=200), st.integers(1, 20))
def test_what_is_left_out_has_a_lower_estimate_than_what_is_kept(
    terms: list[str], capacity: int
) -> None:
    candidates, state, estimates = sketched(terms, capacity)
    counts = Counter(terms)
    assert all(estimates[term] >= n for term, n in counts.items())
    kept = candidates.counted(state)
    found = dict(zip(kept["term"].to_pylist(), kept["count"].to_pylist(), strict=True))
    ranked = sorted(counts, key=lambda term: (estimates[term], term), reverse=True)
    assert found == {term: counts[term] for term in ranked[:capacity]}


def test_states_stay_small() -> None:
    terms = [str(i) for i in range(5000)]
    candidates, state, _ = sketched(terms, 50)
    assert len(candidates.table(state)) <= 50
    assert candidates.to_wire(state).num_rows == 50
    halves = candidates.shards(state, 4)
    assert sum(candidates.keys(half) for half in halves) == 50


@pytest.mark.parametrize("weight", [-1.0, float("nan"), 1e15])
def test_weights_that_do_not_serve_are_an_error(weight: float) -> None:
    with pytest.raises(DataError, match=r"(?s)term_sketch.*eight"):
        vocabulary({"s": ["a"], "w": [weight]}, weights="w", top_k=1)


@pytest.mark.parametrize("top_k", [0, None, 200_001, 2.5])
def test_top_k_is_bounded(top_k: Any) -> None:
    with pytest.raises(TraceError, match="top_k is"):
        vocabulary({"s": ["a"]}, top_k=top_k)
