"""Basic statistics leave no trace of order and split, and equal NumPy's of all the rows."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pyarrow as pa
import pytest
from arrow_columns import values
from hypothesis import given, settings
from hypothesis import strategies as st
from statistics_laws import batch, state_of, stats_of

from taurus_beam.stats.basic import BasicStats
from taurus_beam.stats.options import StatsOptions

STRUCT = pa.struct({"a": pa.list_(pa.int64()), "b": pa.string()})
TYPES = {
    "i": pa.int64(),
    "u": pa.list_(pa.uint64()),
    "f": pa.float64(),
    "g": pa.list_(pa.float32()),
    "t": pa.string(),
    "b": pa.list_(pa.binary()),
    "n": pa.list_(pa.list_(pa.int8())),
    "v": pa.list_(pa.float32(), 2),
    "y": pa.bool_(),
    "d": pa.date32(),
}
WEIGHTS = st.sampled_from([0.0, 0.5, 1.0, -2.0, 1e-320, 3e17]) | st.floats(-9, 9)
STRUCTS = st.none() | st.fixed_dictionaries(
    {"a": st.none() | st.lists(st.integers(-3, 3), max_size=3), "b": values(pa.string())}
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {name: values(kind) for name, kind in TYPES.items()}
        | {"s": st.none() | st.lists(STRUCTS, max_size=3), "w": WEIGHTS}
    ),
    max_size=25,
)
SCHEMA = pa.schema(TYPES | {"s": pa.list_(STRUCT), "w": pa.float64()})
OPTIONS = [
    StatsOptions(),
    StatsOptions(weight_feature="w"),
    StatsOptions(epsilon=0.5, per_feature_weight_override={("s", "a"): "w", "f": "w"}),
]


def wire(generator, state) -> bytes:
    content = generator.to_wire(state)
    content.validate(full=True)
    return bytes(content.schema.serialize()) + bytes(content.serialize())


def proto(generator, state) -> bytes:
    return generator.result(state).SerializeToString(deterministic=True)


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "weighted", "overrides"])
@settings(max_examples=15, deadline=None)
@given(data=st.data(), rows=ROWS)
def test_any_order_split_and_merge_gives_the_same_bytes(options, data, rows):
    generator = BasicStats(options)
    order = data.draw(st.permutations(range(len(rows))))
    cuts = data.draw(st.lists(st.integers(0, len(rows)), max_size=4).map(sorted))
    everything = pa.RecordBatch.from_pylist(rows, SCHEMA)
    shuffled = everything.take(pa.array(order, pa.int64()))
    pieces = [shuffled.slice(a, b - a) for a, b in itertools.pairwise([0, *cuts, len(rows)])]

    whole = state_of(generator, everything, options=options)
    expected = wire(generator, whole)
    assert wire(generator, generator.from_wire(generator.to_wire(whole))) == expected
    assert wire(generator, state_of(generator, *pieces, options=options)) == expected

    def parts():
        return [
            generator.from_wire(generator.to_wire(state_of(generator, piece, options=options)))
            for piece in pieces
        ]

    def merged(*states):
        return generator.merge([generator.zero(), *states])

    for state in (
        merged(*parts()),
        merged(*reversed(parts())),
        merged(parts()[0], merged(*parts()[1:])),
        merged(merged(*parts()[:-1]), parts()[-1]),
    ):
        assert wire(generator, state) == expected
        assert proto(generator, state) == proto(generator, whole)


def test_zero_is_neutral_and_goes_over_the_wire():
    generator = BasicStats()
    nothing = wire(generator, generator.zero())
    assert wire(generator, generator.merge([])) == nothing
    assert wire(generator, generator.from_wire(generator.to_wire(generator.zero()))) == nothing


def test_the_columns_may_stand_in_any_order():
    generator = BasicStats()
    one = state_of(generator, batch(x=[1], y=["a"]))
    other = state_of(generator, batch(y=["a"], x=[1]))
    assert wire(generator, one) == wire(generator, other)


def test_many_values_in_many_batches():
    draw = np.random.default_rng(3)
    rows = batch(x=draw.lognormal(0, 3, 300_000), k=draw.integers(-9000, 9000, 300_000))
    generator = BasicStats()
    whole = wire(generator, state_of(generator, rows))
    pieces = [rows.slice(start, 7000) for start in range(0, 300_000, 7000)]
    assert wire(generator, state_of(generator, *pieces)) == whole
    halves = [state_of(generator, *pieces[::-2]), state_of(generator, *pieces[-2::-2])]
    assert wire(generator, generator.merge(halves)) == whole


class TestAgainstNumPy:
    @settings(max_examples=50, deadline=None)
    @given(
        lists=st.lists(
            st.none() | st.lists(st.floats(-1e6, 1e6, width=32) | st.just(math.nan), max_size=5),
            min_size=1,
        )
    )
    def test_ragged_floats(self, lists):
        told = stats_of(BasicStats(), batch(x=pa.array(lists, pa.list_(pa.float64()))))
        numeric = told.features[0].num_stats
        lengths = [len(one) for one in lists if one is not None]
        assert numeric.common_stats.num_non_missing == len(lengths)
        assert numeric.common_stats.num_missing == len(lists) - len(lengths)
        assert numeric.common_stats.tot_num_values == sum(lengths)
        assert numeric.common_stats.max_num_values == max(lengths, default=0)
        assert numeric.common_stats.min_num_values == min(lengths, default=0)
        flat = np.array([value for one in lists for value in one or []])
        present = flat[~np.isnan(flat)]
        if len(flat):
            assert numeric.histograms[0].num_nan == len(flat) - len(present)
        if len(present):
            assert numeric.mean == pytest.approx(np.mean(present), rel=1e-9, abs=1e-9)
            assert numeric.std_dev == pytest.approx(np.std(present), rel=1e-9, abs=1e-6)
            assert (numeric.min, numeric.max) == (present.min(), present.max())
            assert numeric.median == np.sort(present)[len(present) // 2]
            assert numeric.num_zeros == np.count_nonzero(present == 0)

    @settings(max_examples=50, deadline=None)
    @given(
        pairs=st.lists(
            st.tuples(st.none() | st.integers(-100, 100), st.floats(0.125, 8)), min_size=1
        )
    )
    def test_weighted_integers(self, pairs):
        numbers, weights = zip(*pairs, strict=True)
        options = StatsOptions(weight_feature="w")
        rows = batch(x=pa.array(numbers, pa.int64()), w=weights)
        told = stats_of(BasicStats(options), rows, options=options)
        x = told.features[1].num_stats
        present = [(x, w) for x, w in pairs if x is not None]
        common = x.common_stats.weighted_common_stats
        assert told.weighted_num_examples == pytest.approx(math.fsum(weights), rel=1e-12)
        assert common.num_non_missing == pytest.approx(math.fsum(w for _, w in present))
        if present:
            values, masses = (np.array(part, float) for part in zip(*present, strict=True))
            weighted = x.weighted_numeric_stats
            mean = np.average(values, weights=masses)
            deviation = np.sqrt(np.average((values - mean) ** 2, weights=masses))
            assert weighted.mean == pytest.approx(mean, rel=1e-9, abs=1e-9)
            assert weighted.std_dev == pytest.approx(deviation, rel=1e-9, abs=1e-6)
            total = sum(bucket.sample_count for bucket in weighted.histograms[0].buckets)
            assert total == pytest.approx(masses.sum())
