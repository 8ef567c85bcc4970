"""The laws that every statistics generator is held to: any split and order of the rows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from taurus_beam.stats.examples import Examples
from taurus_beam.stats.options import StatsOptions


def batch(**columns: Any) -> Any:
    """A record batch of some columns, lists of Python values or Arrow arrays."""
    arrays = [c if isinstance(c, pa.Array) else pa.array(c) for c in columns.values()]
    return pa.record_batch(arrays, list(columns))


def state_of(generator: Any, *batches: Any, options: StatsOptions | None = None) -> Any:
    """The state of a generator that was given some batches one after another."""
    state = generator.zero()
    for one in batches:
        state = generator.add(state, Examples(one, options or StatsOptions()))
    return state


def stats_of(generator: Any, *batches: Any, options: StatsOptions | None = None) -> Any:
    """What a generator tells of some batches."""
    return generator.result(state_of(generator, *batches, options=options))


def custom_stats(dataset: Any) -> dict[tuple[str, str], Any]:
    """The custom statistics of a result as Python values by feature and name.

    A rank histogram becomes a list of labels and counts.
    """
    told = {}
    for feature in dataset.features:
        for stat in feature.custom_stats:
            value = getattr(stat, stat.WhichOneof("val"))
            if stat.WhichOneof("val") == "rank_histogram":
                value = [(bucket.label, bucket.sample_count) for bucket in value.buckets]
            told[".".join(feature.path.step), stat.name] = value
    return told


def assert_laws(
    generator: Any, rows: Any, order: Sequence[int], cuts: Sequence[int], options: Any = None
) -> None:
    """Any order, split, merge and trip over the wire leaves the state's bytes as they are.

    Args:
        generator: The generator.
        rows: A record batch of all rows.
        order: A permutation of the rows.
        cuts: Rising positions at which the shuffled rows are split.
        options: Statistics options.
    """
    whole = state_of(generator, rows, options=options)
    expected = generator.to_wire(whole)
    shuffled = rows.take(pa.array(order, pa.int64()))
    edges = [0, *cuts, len(order)]
    pieces = [shuffled.slice(low, high - low) for low, high in itertools.pairwise(edges)]
    parts = [state_of(generator, piece, options=options) for piece in pieces]
    parts = [generator.from_wire(generator.to_wire(part)) for part in parts]
    parts.insert(1, generator.zero())
    nested = generator.merge([generator.merge(parts[1:]), parts[0]])
    assert generator.to_wire(nested).equals(expected)
    in_turn = state_of(generator, *pieces, options=options)
    assert generator.to_wire(in_turn).equals(expected)
    assert generator.result(in_turn) == generator.result(nested) == generator.result(whole)
