"""The laws of accumulators: merging leaves no trace of order and split, in the bytes of the wire.

The accumulators are those that a function with every analyzer needs.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from arrow_columns import edges, layouts, table_of, values
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.analyzers.value_counts import ValueCounts
from taurus_beam.graph.analyzer import Accumulator, Analyzer, KeyedAccumulator
from taurus_beam.graph.freeze import freeze
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.operation import operations
from taurus_beam.graph.phases import phases
from taurus_beam.graph.trace import trace
from taurus_beam.local import fit_batches

TYPES = {
    "float": pa.float64(),
    "single": pa.float32(),
    "integer": pa.int32(),
    "unsigned": pa.uint64(),
    "flag": pa.bool_(),
    "text": pa.string(),
    "bytes": pa.binary(),
    "time": pa.timestamp("us"),
    "vector": pa.list_(pa.float64(), 2),
    "ragged": pa.list_(pa.float32()),
    "words": pa.list_(pa.string()),
}
SCHEMA = pa.schema(list(TYPES.items()))
NUMERIC = ["float", "single", "integer", "unsigned", "vector", "ragged"]


def every_analyzer(inputs: Mapping[str, Any]) -> dict[str, Any]:
    outputs: dict[str, Any] = {}
    for name in [*NUMERIC, "flag"]:
        x = inputs[name]
        outputs |= {f"{name}_mean": tb.mean(x), f"{name}_var": tb.var(x), f"{name}_n": tb.size(x)}
    for name in NUMERIC:
        x = inputs[name]
        outputs |= {f"{name}_min": tb.min(x), f"{name}_max": tb.max(x)}
        outputs |= {f"{name}_bucket": tb.bucketize(x, 5), f"{name}_z": tb.scale_to_z_score(x)}
    for name in ["float", "single", "integer", "flag", "ragged"]:
        outputs[f"{name}_sum"] = tb.sum(inputs[name])
    for name in ["text", "bytes", "words", "integer"]:
        x = inputs[name]
        outputs[f"{name}_id"] = tb.compute_and_apply_vocabulary(x)
        outputs[f"{name}_top"] = tb.compute_and_apply_vocabulary(x, top_k=2)
        outputs[f"{name}_often"] = tb.compute_and_apply_vocabulary(x, frequency_threshold=2)
    vector = inputs["vector"]
    outputs["vector_scaled"] = tb.scale_to_0_1(vector, elementwise=True)
    outputs["vector_bucket"] = tb.bucketize(vector, 3, elementwise=True)
    outputs["vector_mean"] = tb.mean(vector, reduce_instance_dims=False)
    outputs["vector_count"] = tb.count(vector, reduce_instance_dims=False)
    outputs["first_time"] = tb.min(inputs["time"])
    outputs["nested"] = tb.scale_to_z_score(np.log1p(inputs["float"] - tb.min(inputs["float"])))
    return outputs


GRAPH = trace(every_analyzer, SCHEMA)
PHASE = phases(GRAPH)[0]
every_accumulator = pytest.mark.parametrize(
    "position", range(len(PHASE.gatherings)), ids=lambda i: f"{i}-{PHASE.accumulators[i]}"[:70]
)
rows = st.lists(st.tuples(*map(values, TYPES.values())), max_size=25)


def tables(drawn: Sequence[Any]) -> pa.Table:
    table = table_of(drawn, list(TYPES.values()))
    return table.rename_columns(list(TYPES))


def states_of(table: pa.Table) -> list[Any]:
    gatherer = Gatherer(PHASE, {})
    states = gatherer.zero()
    for batch in table.to_batches():
        states = gatherer.add(states, batch)
    return states


def wire(accumulator: Accumulator[Any], state: Any) -> bytes:
    batch = accumulator.to_wire(state)
    batch.validate(full=True)
    return bytes(batch.schema.serialize()) + bytes(batch.serialize())


def fresh(accumulator: Accumulator[Any], state: Any) -> Any:
    """The state once more: merging may use up the one it is given."""
    return accumulator.from_wire(accumulator.to_wire(state))


def subclasses(cls: type[Any]) -> set[type[Any]]:
    below = cls.__subclasses__()
    return set(below).union(*map(subclasses, below))


def test_every_analyzer_and_accumulator_is_held_to_the_laws() -> None:
    used = {type(n.operation) for n in GRAPH.nodes if isinstance(n.operation, Analyzer)}
    assert used == {o for o in operations().values() if issubclass(o, Analyzer)}
    assert {type(a) for a in PHASE.accumulators} == subclasses(Accumulator) - {KeyedAccumulator}


@settings(max_examples=30, deadline=None)
@given(rows, st.integers(0, 25), st.integers(0, 25))
def test_merging_is_associative_commutative_and_neutral_to_zero(
    drawn: Sequence[Any], i: int, j: int
) -> None:
    table = tables(drawn)
    i, j = sorted((min(i, len(table)), min(j, len(table))))
    parts = [states_of(p) for p in (table.slice(0, i), table.slice(i, j - i), table.slice(j))]
    whole = states_of(table)
    for position, accumulator in enumerate(PHASE.accumulators):
        expected = wire(accumulator, whole[position])

        def part(n: int, position: int = position) -> Any:
            return fresh(PHASE.accumulators[position], parts[n][position])

        merge, zero = accumulator.merge, accumulator.zero
        orders = [
            merge([part(0), part(1), part(2)]),
            merge([part(2), part(0), part(1)]),
            merge([merge([part(0), part(1)]), part(2)]),
            merge([part(0), merge([part(2), part(1)])]),
            merge([zero(), merge([part(1), zero(), part(0)]), zero(), part(2)]),
        ]
        for order in orders:
            assert wire(accumulator, order) == expected
        assert wire(accumulator, merge([zero()])) == wire(accumulator, zero())
        assert wire(accumulator, fresh(accumulator, whole[position])) == expected


@settings(max_examples=30, deadline=None)
@given(rows, st.integers(1, 7))
def test_sharding_and_trimming_leave_no_trace(drawn: Sequence[Any], count: int) -> None:
    states = states_of(tables(drawn))
    keyed = [
        (g, s)
        for g, s in zip(PHASE.gatherings, states, strict=True)
        if isinstance(g.accumulator, KeyedAccumulator)
    ]
    for gathering, state in keyed:
        accumulator: Any = gathering.accumulator
        expected = wire(accumulator, state)
        shards = list(accumulator.shards(state, count))
        assert len(shards) == count
        assert sum(accumulator.keys(s) for s in shards) <= accumulator.keys(state)
        assert wire(accumulator, accumulator.merge([fresh(accumulator, s) for s in shards])) == (
            expected
        )
        trimmed = accumulator.merge([accumulator.trim(s) for s in shards])
        for node in gathering.analyzers:
            types = [i.type for i in node.inputs]
            analyzer: Any = node.operation
            assert analyzer.value(trimmed, *types).key() == analyzer.value(state, *types).key()


@settings(max_examples=30, deadline=None)
@given(rows, st.integers(1, 7), st.integers(0, 25))
def test_a_key_always_goes_to_the_same_shard(drawn: Sequence[Any], count: int, cut: int) -> None:
    table = tables(drawn)
    states, others = states_of(table), states_of(table.slice(min(cut, len(table))))
    for accumulator, state, other in zip(PHASE.accumulators, states, others, strict=True):
        if isinstance(accumulator, ValueCounts):
            shards = accumulator.shards(state, count), accumulator.shards(other, count)
            for all_terms, some_terms in zip(*shards, strict=True):
                known = accumulator.table(all_terms)["term"].to_pylist()
                assert set(accumulator.table(some_terms)["term"].to_pylist()) <= set(known)


@settings(max_examples=25, deadline=None)
@given(rows, st.randoms(use_true_random=False), st.integers(1, 9))
def test_any_order_and_split_of_the_rows_gives_the_same_artifact(
    drawn: Sequence[Any], random: Any, size: int
) -> None:
    table = tables(drawn)
    order = list(range(len(table)))
    random.shuffle(order)
    shuffled = table.take(pa.array(order, pa.int64()))
    pieces = [b for i in range(0, len(table), size) for b in shuffled.slice(i, size).to_batches()]
    one = fit_batches(table.to_batches, every_analyzer, SCHEMA)
    other = fit_batches(lambda: pieces, every_analyzer, SCHEMA)
    assert other.digest == one.digest


def large_table(rows: int = 40_000) -> pa.Table:
    rng = np.random.default_rng(7)
    numbers = rng.lognormal(0, 5, rows)
    columns = {
        "float": pa.array(numbers, mask=rng.random(rows) < 0.1),
        "single": rng.normal(size=rows).astype(np.float32),
        "integer": rng.integers(-(2**31), 2**31, rows, dtype=np.int32),
        "unsigned": rng.integers(0, 2**64 - 1, rows, dtype=np.uint64),
        "flag": rng.random(rows) < 0.5,
        "text": rng.integers(0, 9_000, rows).astype(str),
        "bytes": pa.array(rng.integers(0, 30_000, rows).astype(str)).cast(pa.binary()),
        "time": pa.array(rng.integers(-(2**40), 2**40, rows)).cast(pa.timestamp("us")),
        "vector": pa.FixedSizeListArray.from_arrays(rng.normal(1e9, 1, 2 * rows), 2),
        "ragged": pa.ListArray.from_arrays(
            np.append(np.sort(rng.integers(0, rows, rows)), rows).astype(np.int32),
            numbers.astype(np.float32),
        ),
        "words": pa.ListArray.from_arrays(
            np.arange(rows + 1, dtype=np.int32), rng.integers(0, 99, rows).astype(str)
        ),
    }
    return pa.table(columns).cast(SCHEMA)


def files_of(fn: tb.TransformFn) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        fn.save(f"{folder}/artifact")
        files = [p for p in Path(folder).rglob("*") if p.is_file() and p.name != "provenance.json"]
        return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_many_rows_in_any_order_and_split_give_the_same_bytes() -> None:
    table = large_table()
    shuffled = table.take(np.random.default_rng(1).permutation(len(table)))
    bounds = [0, 1, 700, 20_000, 20_000, 33_333, len(table)]
    pieces = [shuffled.slice(a, b - a) for a, b in itertools.pairwise(bounds)]
    batches = [b for piece in pieces for b in piece.to_batches()]
    one = files_of(tb.fit(table, every_analyzer))
    other = files_of(fit_batches(lambda: batches, every_analyzer, SCHEMA))
    assert other == one
    assert any(name.startswith("artifact/assets/") for name in one)


def test_merging_states_equals_one_pass_when_there_is_much_to_hold() -> None:
    table = large_table()
    halves = [states_of(table.slice(0, 12_345)), states_of(table.slice(12_345))]
    whole = states_of(table)
    merged = []
    for position, accumulator in enumerate(PHASE.accumulators):
        merged.append(accumulator.merge([halves[1][position], halves[0][position]]))
        assert wire(accumulator, merged[-1]) == wire(accumulator, whole[position])
    phase = phases(GRAPH)[0]
    assert len(phase.values(merged)) == sum(len(g.analyzers) for g in phase.gatherings)


def test_more_distinct_values_than_are_held_uncompacted() -> None:
    counts = ValueCounts(pa.int64())
    rng = np.random.default_rng(2)
    numbers = rng.integers(0, 300_000, 900_000)
    schema = pa.schema([("x", pa.int64())])
    phase = phases(trace(lambda i: {"id": tb.compute_and_apply_vocabulary(i["x"])}, schema))[0]
    gatherer = Gatherer(phase, {})
    states = gatherer.zero()
    for part in np.array_split(numbers, 9):
        states = gatherer.add(states, pa.record_batch([pa.array(part)], schema=schema))
    batch = counts.to_wire(states[0])
    expected_values, expected_counts = np.unique(numbers, return_counts=True)
    assert np.array_equal(batch["term"], expected_values)
    assert np.array_equal(batch["count"], expected_counts)


@pytest.mark.parametrize("name", TYPES)
def test_the_layout_of_a_column_leaves_no_trace_in_the_artifact(name: str) -> None:
    columns = [itertools.islice(itertools.cycle(edges(t)), 60) for t in TYPES.values()]
    table = tables(list(zip(*columns, strict=True)))
    expected = fit_batches(table.to_batches, every_analyzer, SCHEMA).digest
    for layout, array in layouts(table[name].combine_chunks()):
        other = table.set_column(table.column_names.index(name), name, array)
        assert fit_batches(other.to_batches, every_analyzer, SCHEMA).digest == expected, layout


def test_freezing_needs_every_value() -> None:
    with pytest.raises(tb.DataError, match="has no value yet"):
        tb.TransformFn(freeze(GRAPH, {})).transform(tables([]))
