"""How often each distinct value of each feature occurs, and how much it weighs, in one table.

Sums are exact: of occurrences as integers, of weights as digits (`analyzers.exact_digits`), so
neither order nor split of the data shows. What counts as a value, and which values are told, is
not this room's matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.compaction import is_due
from taurus_beam.analyzers.exact_digits import COUNT, carried, digits_of
from taurus_beam.analyzers.value_counts import shard_of
from taurus_beam.analyzers.weighted_terms import digit_rows
from taurus_beam.graph.vocabulary import one_array
from taurus_beam.stats.feature_column import Array, FeaturePath

__all__ = ["FeatureFacts", "TermState", "from_wire", "merged", "split", "to_wire"]

_COMPACT_AT = 1 << 18
_POSITIONS = 1 << 16
_SCHEMA = pa.schema(
    {
        "feature": pa.int32(),
        "term": pa.large_binary(),
        "position": pa.int16(),
        "count": pa.int64(),
    }
)
_WIRE = pa.schema([("path", pa.list_(pa.string())), ("type", pa.int8()), *_SCHEMA])


@dataclass
class FeatureFacts:
    """What is known of a feature besides its values.

    Attributes:
        code: Its number in a state's table.
        type: Of ``FeatureNameStatistics``.
        dropped: How many distinct values were cut off because they cannot be told.
    """

    code: int
    type: int
    dropped: int = 0


@dataclass
class TermState:
    """The values of features; a value may stand in several pieces until they are compacted.

    Attributes:
        features: What is known of each feature that has values, in the order of their codes.
        pieces: Tables of a feature's code, a value, a position and a count. A position is that of
            a digit of a weight, or `COUNT`.
        pending: Rows of the pieces.
        compacted: Rows there were when they were last compacted.
    """

    features: dict[FeaturePath, FeatureFacts] = field(default_factory=dict)
    pieces: list[Any] = field(default_factory=list)
    pending: int = 0
    compacted: int = 0

    def add(
        self, path: FeaturePath, kind: int, terms: Any, codes: Array, weights: Array | None
    ) -> None:
        """Adds occurrences of values.

        Args:
            path: The feature.
            kind: Its type.
            terms: The distinct values, strings or binary.
            codes: Which of them occurs, for each occurrence.
            weights: The weight of each occurrence, finite.
        """
        table = digit_rows({"term": codes}, weights)
        self._append(
            path, kind, terms.take(one_array(table["term"])), table["position"], table["count"]
        )

    def add_counts(self, path: FeaturePath, kind: int, terms: Any, counts: Array) -> None:
        """Adds how often distinct values occur."""
        self._append(path, kind, terms, np.full(len(counts), COUNT, np.int16), counts)

    def _append(
        self, path: FeaturePath, kind: int, terms: Any, positions: Any, counts: Any
    ) -> None:
        if not len(terms):
            return
        facts = self._facts(path, kind)
        features = np.full(len(terms), facts.code, np.int32)
        columns = [features, terms.cast(pa.large_binary()), positions, counts]
        self.pieces.append(pa.table(columns, schema=_SCHEMA))
        self.pending += len(terms)
        if self.is_due_to_merge():
            self.table()

    def is_due_to_merge(self) -> bool:
        """Whether so many pieces wait, of each feature on average, that it is time for `table`."""
        tables = len(self.pieces) // max(len(self.features), 1)
        return is_due(self.pending, tables, self.compacted, _COMPACT_AT)

    def _facts(self, path: FeaturePath, kind: int) -> FeatureFacts:
        facts = self.features.get(path)
        if facts is None:
            facts = self.features[path] = FeatureFacts(len(self.features), kind)
        facts.type = max(facts.type, kind)
        return facts

    def table(self) -> Any:
        """All values in one table, each feature, value and position once, in no order."""
        if len(self.pieces) > 1:
            self.pieces = [carried(_summed(pa.concat_tables(self.pieces)), _summed)]
        self.pending = self.compacted = sum(map(len, self.pieces))
        return self.pieces[0] if self.pieces else _SCHEMA.empty_table()

    def kept(self, rows: Any, dropped: Array) -> TermState:
        """The state of some rows of its table.

        Args:
            rows: Mask of the rows of `table`.
            dropped: How many distinct values each feature loses by it.
        """
        facts = {
            path: replace(f, dropped=f.dropped + int(lost))
            for (path, f), lost in zip(self.features.items(), dropped, strict=True)
        }
        return _state(facts, self.table().filter(pa.array(rows)))

    def with_values(
        self, features: Array, terms: Any, counts: Array, weights: Array | None
    ) -> TermState:
        """A state of the same features with other values, each once.

        Args:
            features: The code of each value's feature.
            terms: The values.
            counts: How often each occurs.
            weights: How much each weighs, or None without weights.
        """
        positions = np.full(len(counts), COUNT, np.int16)
        if weights is not None:
            index, further, digits = digits_of(weights)
            features = np.concatenate([features, features[index]])
            terms = pa.concat_arrays([terms, terms.take(pa.array(index))])
            positions = np.concatenate([positions, further])
            counts = np.concatenate([counts, digits])
        table = pa.table([features, terms, positions, counts], schema=_SCHEMA)
        return _state(self.features, carried(table, _summed))


def _summed(table: Any) -> Any:
    """The table with the counts of rows that are equal in all else added up, in no order.

    Several times faster than a join of keys by Arrow: only terms are hashed, once.
    """
    encoded = one_array(table["term"]).dictionary_encode()
    codes = encoded.indices.to_numpy().astype(np.int64)
    features, positions, counts = (
        table[name].to_numpy() for name in ("feature", "position", "count")
    )
    if (positions == COUNT).all():  # without weights: features are numbered from 0
        kind = features.astype(np.int64)
        kinds = np.arange(int(kind.max()) + 1) if len(kind) else kind
    else:
        tagged = features.astype(np.int64) * _POSITIONS + positions
        kinds, kind = np.unique(tagged, return_inverse=True)
    width = max(len(encoded.dictionary), 1)
    groups = kind * width + codes
    if len(kinds) * width <= 4 * len(table):
        is_used = np.zeros(len(kinds) * width, np.bool_)
        is_used[groups] = True
        used = np.flatnonzero(is_used)
        group = (np.cumsum(is_used) - 1)[groups]
    else:
        used, group = np.unique(groups, return_inverse=True)
    sums = np.zeros(len(used), np.int64)
    np.add.at(sums, group, counts)  # exact, unlike counts by weights in `bincount`
    firsts = np.zeros(len(used), np.int64)
    firsts[group] = np.arange(len(group))
    columns = [
        features[firsts],
        encoded.dictionary.take(pa.array(used % width)),
        positions[firsts],
        sums,
    ]
    return pa.table(columns, schema=_SCHEMA)


def _state(features: dict[FeaturePath, FeatureFacts], table: Any) -> TermState:
    return TermState(features, [table] if len(table) else [], len(table), len(table))


def merged(states: Sequence[TermState]) -> TermState:
    """The values of all states."""
    result = TermState()
    for state in states:
        codes = np.zeros(len(state.features), np.int32)
        for path, facts in state.features.items():
            known = result._facts(path, facts.type)
            known.dropped += facts.dropped
            codes[facts.code] = known.code
        for piece in state.pieces:
            features = pa.array(codes[piece["feature"].to_numpy()])
            result.pieces.append(piece.set_column(0, _SCHEMA.field(0), features))
        result.pending += state.pending
    if result.is_due_to_merge():
        result.table()
    return result


def split(state: TermState, count: int) -> list[TermState]:
    """The values in parts by value alone; what was dropped counts in the first part."""
    table = state.table()
    shards = shard_of(one_array(table["term"]), count)
    order = np.argsort(shards.astype(np.uint16), kind="stable")
    table = table.take(pa.array(order))
    ends = np.cumsum(np.bincount(shards, minlength=count))
    starts = np.append(0, ends[:-1])
    first = state.features
    rest = {path: replace(facts, dropped=0) for path, facts in first.items()}
    return [
        _state(dict(rest) if part else first, table.slice(start, end - start))
        for part, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True))
    ]


def to_wire(state: TermState) -> Any:
    """One batch: a row for each feature by path (its type, and in ``count`` what was dropped),
    then the table's rows in order, without path and type.
    """
    paths = sorted(state.features)
    facts = [state.features[path] for path in paths]
    codes = np.zeros(len(paths), np.int32)
    codes[[f.code for f in facts]] = np.arange(len(paths))
    table = state.table()
    features = pa.array(codes[table["feature"].to_numpy()])
    table = table.set_column(0, _SCHEMA.field(0), features)
    table = table.take(pc.sort_indices(table, [(name, "ascending") for name in _SCHEMA.names[:3]]))
    head = pa.table(
        {
            "path": pa.array([list(path) for path in paths], _WIRE.field("path").type),
            "type": pa.array([f.type for f in facts], pa.int8()),
            "feature": pa.array(range(len(paths)), pa.int32()),
            "term": pa.nulls(len(paths), pa.large_binary()),
            "position": pa.nulls(len(paths), pa.int16()),
            "count": pa.array([f.dropped for f in facts], pa.int64()),
        },
        schema=_WIRE,
    )
    blank = [pa.nulls(len(table), _WIRE.field(i).type) for i in range(2)]
    body = pa.table([*blank, *table.columns], schema=_WIRE)
    whole = pa.concat_tables([head, body])
    arrays = [one_array(column) for column in whole.columns]
    return pa.RecordBatch.from_arrays(arrays, schema=_WIRE)


def from_wire(batch: Any) -> TermState:
    """The state that `to_wire` wrote."""
    size = len(batch) - batch.column("path").null_count
    head = batch.slice(0, size).to_pydict()
    features = {
        tuple(path): FeatureFacts(code, kind, dropped)
        for code, (path, kind, dropped) in enumerate(
            zip(head["path"], head["type"], head["count"], strict=True)
        )
    }
    body = batch.slice(size).select(_SCHEMA.names)
    return _state(features, pa.Table.from_batches([body]))
