"""Facts per key: the accumulator that everything computed per key is gathered by.

A state is a table of distinct keys with a few numbers each. Batches add small tables, which are
merged once they have outgrown what is merged already; the table can be split in shards by key,
so that no worker need hold all keys. What the numbers mean is said by subclasses.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.compaction import is_due
from taurus_beam.analyzers.per_key_value import OrderedKeys
from taurus_beam.analyzers.value_counts import shard_of
from taurus_beam.graph.values import Values

__all__ = [
    "COMPACT_AT",
    "Facts",
    "KeyedTable",
    "Table",
    "key_shards",
    "merged_keys",
]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Facts: TypeAlias = Mapping[str, Array]

COMPACT_AT = 1 << 18


def merged_keys(parts: Sequence[Any]) -> tuple[Any, list[Array]]:
    """The union of some arrays of keys, and where the keys of each array stand in it."""
    encoded = pa.concat_arrays(parts).dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.intp)
    ends = np.cumsum([len(part) for part in parts])
    return encoded.dictionary, np.split(codes, ends[:-1])


def key_shards(keys: Any, count: int) -> list[Array]:
    """The positions of the keys of each of ``count`` shards."""
    hashable = keys.cast(pa.uint8()) if pa.types.is_boolean(keys.type) else keys
    shard = shard_of(hashable, count)
    return [np.flatnonzero(shard == i) for i in range(count)]


@dataclass(frozen=True)
class Table:
    """Distinct keys, and per fact ``width`` numbers a key, in one flat array."""

    keys: Any
    facts: dict[str, Array]
    width: int

    def take(self, positions: Array) -> Table:
        """The keys at some positions."""
        facts = {
            name: values.reshape(-1, self.width)[positions].reshape(-1)
            for name, values in self.facts.items()
        }
        return Table(self.keys.take(pa.array(positions)), facts, self.width)

    def fact(self, name: str) -> Array:
        """The numbers of a fact, zero where no key has any."""
        zero = np.zeros(len(self.keys) * self.width, np.int64)
        return self.facts.get(name, zero)


@dataclass
class _State:
    """Tables to be merged; a key may stand in several of them."""

    tables: list[Table] = field(default_factory=list)
    pending: int = 0
    compacted: int = 0


class KeyedTable(OrderedKeys[_State]):
    """Gathers facts that merge key by key, each by a NumPy ufunc."""

    @property
    @abc.abstractmethod
    def key_dtype(self) -> Any:
        """Type of the keys."""

    @property
    @abc.abstractmethod
    def width(self) -> int:
        """Groups per key."""

    @abc.abstractmethod
    def facts(self, *inputs: Values) -> tuple[Any, Facts]:
        """A batch's distinct keys and the facts of their groups."""

    def empty(self, name: str, size: int) -> Array:
        """What a fact is for groups without numbers."""
        return np.zeros(size, np.int64)

    def merging(self, name: str) -> np.ufunc:
        """How a fact of two tables becomes one."""
        return np.add

    def canonical(self, facts: Facts) -> dict[str, Array]:
        """Facts in the one form they have, however they were merged."""
        return dict(facts)

    def zero(self) -> _State:
        return _State()

    def add(self, state: _State, *inputs: Values) -> _State:
        keys, facts = self.facts(*inputs)
        if len(keys):
            state.tables.append(self._canonical(Table(keys, dict(facts), self.width)))
            state.pending += len(keys)
            if is_due(state.pending, len(state.tables), state.compacted, COMPACT_AT):
                self._compact(state)
        return state

    def merge(self, states: Sequence[_State]) -> _State:
        tables = [table for state in states for table in state.tables]
        result = _State(tables, sum(len(table.keys) for table in tables))
        if is_due(result.pending, len(tables), 0, COMPACT_AT):
            self._compact(result)
        return result

    def to_wire(self, state: _State) -> Any:
        table = self.table(state)
        columns = {
            f"fact:{name}": pa.FixedSizeListArray.from_arrays(pa.array(values), self.width)
            for name, values in sorted(table.facts.items())
        }
        return pa.record_batch({"key": table.keys, **columns})

    def from_wire(self, batch: Any) -> _State:
        facts = {
            name.removeprefix("fact:"): batch.column(name).flatten().to_numpy()
            for name in batch.schema.names[1:]
        }
        table = Table(batch.column("key"), facts, self.width)
        return self._of([table] if batch.num_rows else [])

    def shards(self, state: _State, count: int) -> list[_State]:
        table = self.table(state)
        parts = [table.take(part) for part in key_shards(table.keys, count)]
        return [self._of([self._canonical(part)] if len(part.keys) else []) for part in parts]

    def keys(self, state: _State) -> int:
        return state.pending

    def trim(self, state: _State) -> _State:
        return state

    def ordered_keys(self, state: _State) -> Any:
        return self.table(state).keys

    def table(self, state: _State) -> Table:
        """The facts of every key once, keys ascending (strings by their bytes)."""
        self._compact(state)
        if not state.tables:
            return Table(pa.array([], self.key_dtype), {}, self.width)
        table = state.tables[0]
        order = pc.sort_indices(table.keys).to_numpy()
        if (order[1:] < order[:-1]).any():
            state.tables = [table.take(order)]
        return state.tables[0]

    def _canonical(self, table: Table) -> Table:
        return Table(table.keys, self.canonical(table.facts), table.width)

    def _of(self, tables: list[Table]) -> _State:
        size = sum(len(table.keys) for table in tables)
        return _State(tables, size, size)

    def _compact(self, state: _State) -> None:
        if len(state.tables) > 1:
            keys, places = merged_keys([table.keys for table in state.tables])
            size, steps = len(keys) * self.width, np.arange(self.width)
            facts: dict[str, Array] = {}
            for table, place in zip(state.tables, places, strict=True):
                groups = (place[:, None] * self.width + steps).reshape(-1)
                for name, values in table.facts.items():
                    if name not in facts:
                        facts[name] = self.empty(name, size)
                    self.merging(name).at(facts[name], groups, values)
            state.tables = [self._canonical(Table(keys, facts, self.width))]
        state.pending = state.compacted = sum(len(table.keys) for table in state.tables)
