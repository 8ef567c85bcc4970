"""The laws of accumulators: merging leaves no trace of order and split, in the bytes of the wire.

The accumulators are those that the sample applications need, each with its inputs once.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest
from applications import Application
from arrow_columns import large_table, table_of, values
from fitting import ANALYSES, corner_table, graph_of
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph.analyzer import Accumulator, KeyedAccumulator
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.phases import Gathering, Phase, phases


@dataclass(frozen=True, eq=False)
class Case:
    """One accumulator of an application, which later passes need values for."""

    application: Application
    passes_before: Sequence[Phase]
    gathering: Gathering

    def __str__(self) -> str:
        types = ",".join(str(node.type) for node in self.gathering.inputs)
        return f"{self.gathering.accumulator}-{types}"[:90]

    @property
    def accumulator(self) -> Any:
        return self.gathering.accumulator

    def gatherer(self) -> Gatherer:
        known: dict[Any, Any] = {}
        for phase in self.passes_before:
            table = corner_table(self.application.types)
            known |= phase.values(added(Gatherer(phase, known), table))
        return Gatherer(Phase((self.gathering,)), known)

    def tables(self) -> st.SearchStrategy[pa.Table]:
        types = self.application.types
        rows = st.lists(st.tuples(*(values(t) for t in types)), max_size=20)
        return rows.map(lambda drawn: table_of(drawn, types))


def added(gatherer: Gatherer, table: pa.Table) -> list[Any]:
    states = gatherer.zero()
    for batch in table.to_batches():
        states = gatherer.add(states, batch)
    return states


def cases() -> Iterator[Case]:
    seen = set()
    for application in ANALYSES:
        passes = phases(graph_of(application))
        for number, phase in enumerate(passes):
            for gathering in phase.gatherings:
                key = (gathering.accumulator, tuple(node.type for node in gathering.inputs))
                if key not in seen:
                    seen.add(key)
                    yield Case(application, passes[:number], gathering)


CASES = list(cases())
ONE_OF_EACH = {type(case.accumulator): case for case in reversed(CASES)}
KEYED = [case for case in CASES if isinstance(case.accumulator, KeyedAccumulator)]


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


def test_every_accumulator_is_held_to_the_laws() -> None:
    own = {a for a in subclasses(Accumulator) if a.__module__.startswith("taurus_beam.")}
    used = {base for case in CASES for base in type(case.accumulator).__mro__}
    assert {a for a in own if not inspect.isabstract(a)} <= used


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_merging_is_associative_commutative_and_neutral_to_zero(
    case: Case, data: st.DataObject
) -> None:
    table = data.draw(case.tables())
    i, j = sorted(data.draw(st.tuples(*[st.integers(0, len(table))] * 2)))
    gatherer, accumulator = case.gatherer(), case.accumulator
    merge, zero = accumulator.merge, accumulator.zero
    (whole,) = added(gatherer, table)
    slices = (table.slice(0, i), table.slice(i, j - i), table.slice(j))
    parts = [added(gatherer, part)[0] for part in slices]

    def part(number: int) -> Any:
        return fresh(accumulator, parts[number])

    orders = [
        merge([part(0), part(1), part(2)]),
        merge([part(2), part(0), part(1)]),
        merge([merge([part(0), part(1)]), part(2)]),
        merge([part(0), merge([part(2), part(1)])]),
        merge([zero(), merge([part(1), zero(), part(0)]), zero(), part(2)]),
    ]
    expected = wire(accumulator, whole)
    for order in orders:
        assert wire(accumulator, order) == expected
    assert wire(accumulator, merge([zero()])) == wire(accumulator, zero())
    assert wire(accumulator, fresh(accumulator, whole)) == expected


@pytest.mark.parametrize("case", ONE_OF_EACH.values(), ids=str)
def test_merging_equals_one_pass_when_there_is_much_to_hold(case: Case) -> None:
    table = large_table(case.application.types, 20_000)
    gatherer, accumulator = case.gatherer(), case.accumulator
    (whole,) = added(gatherer, table)
    halves = [added(gatherer, half)[0] for half in (table.slice(0, 6_789), table.slice(6_789))]
    merged = accumulator.merge([fresh(accumulator, half) for half in reversed(halves)])
    assert wire(accumulator, merged) == wire(accumulator, whole)


@pytest.mark.parametrize("case", KEYED, ids=str)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_shards_are_decided_by_the_key_and_trimming_leaves_no_trace(
    case: Case, data: st.DataObject
) -> None:
    table, count = data.draw(case.tables()), data.draw(st.integers(1, 7))
    cut = data.draw(st.integers(0, len(table)))
    gatherer, accumulator = case.gatherer(), case.accumulator
    (whole,) = added(gatherer, table)
    expected = wire(accumulator, whole)
    shards = accumulator.shards(fresh(accumulator, whole), count)
    assert len(shards) == count
    assert all(accumulator.keys(shard) <= accumulator.keys(whole) for shard in shards)
    halves = [
        accumulator.shards(added(gatherer, half)[0], count)
        for half in (table.slice(0, cut), table.slice(cut))
    ]
    for number, shard in enumerate(shards):
        merged = accumulator.merge([fresh(accumulator, half[number]) for half in halves])
        assert wire(accumulator, merged) == wire(accumulator, shard)
    again = accumulator.merge([fresh(accumulator, shard) for shard in shards])
    assert wire(accumulator, again) == expected
    trimmed = accumulator.merge([accumulator.trim(shard) for shard in shards])
    for node in case.gathering.analyzers:
        types = [i.type for i in node.inputs]
        analyzer: Any = node.operation
        assert analyzer.value(trimmed, *types).key() == analyzer.value(whole, *types).key()
