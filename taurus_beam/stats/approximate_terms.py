"""Top values and numbers of distinct values in memory that does not grow with distinct values.

Frequent values by the summaries of Misra and Gries ("Finding repeated elements", 1982), merged as
in Agarwal et al. ("Mergeable summaries", 2012); distinct values by the k smallest hashes of values
(Bar-Yossef et al., "Counting distinct elements in a data stream", 2002). Both are exact as long as
there are few values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.graph.term_hash import Hashes, hash_terms
from taurus_beam.graph.vocabulary import one_array
from taurus_beam.stats import term_table
from taurus_beam.stats.distinct_terms import Distinct
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Array, FeaturePath
from taurus_beam.stats.generator import StatsGenerator
from taurus_beam.stats.options import StatsOptions
from taurus_beam.stats.term_table import TermState
from taurus_beam.stats.terms import (
    BYTES_VALUE,
    category_values,
    has_terms,
    string_statistics,
    weighs,
)
from taurus_beam.stats.utf8 import invalid_utf8

__all__ = ["LARGE_BYTES", "LONGEST_BYTES", "ApproximateState", "ApproximateTerms"]

LARGE_BYTES = "__LARGE_BYTES__"
"""What stands for values of more than 1,024 bytes, as in TFDV."""

LONGEST_BYTES = 1024
"""Values up to this length stand whole."""

_HASHES = 1 << 14
_Domain = schema_pb2.StringDomain


@dataclass
class ApproximateState:
    """Frequent values, and the smallest hashes of all values, ascending and each once."""

    terms: TermState = field(default_factory=TermState)
    hashes: dict[FeaturePath, Hashes] = field(default_factory=dict)


@dataclass(frozen=True)
class ApproximateTerms(StatsGenerator[ApproximateState]):
    """``unique``, ``top_values`` and ``rank_histogram``, approximate where values are many.

    A feature of up to `capacity` distinct values has exact lists. Of m values with more distinct
    ones, each count told is at most the true one and less by at most ``m / capacity``, so that
    every value that occurs more often than that is found; by how much less may depend on how the
    data are split. Weights likewise. ``unique`` is exact up to 16,384, then an estimate with a
    standard error of 0.8 %, the same for any order and split.

    Values that are not valid UTF-8 count as one value, and so do those of more than 1,024 bytes,
    unless the schema says ``CATEGORICAL_YES``; with ``CATEGORICAL_NO`` a feature has no lists.

    Args:
        options: Which features, how many values, which weights.
    """

    version: ClassVar[int] = 2
    capacity: ClassVar[int] = 1 << 15
    joins_invalid: ClassVar[bool] = True
    options: StatsOptions

    def zero(self) -> ApproximateState:
        """No values."""
        return ApproximateState()

    def add(self, state: ApproximateState, examples: Examples) -> ApproximateState:
        """The values with those of one more batch."""
        for path, feature in examples.features.items():
            kind = self.options.facts.string_categories.get(path)
            if not has_terms(self.options, feature) or kind == _Domain.CATEGORICAL_NO:
                continue
            assert feature.type is not None
            terms, codes = category_values(feature)
            if not len(codes):
                continue
            # Several values may have one label.
            is_whole = kind == _Domain.CATEGORICAL_YES
            told = _told(terms, is_whole, self.joins_invalid).dictionary_encode()
            labels = told.indices.to_numpy()[codes]
            weights = feature.value_weights
            state.terms.add(path, feature.type, told.dictionary, labels, weights)
            found = _hashes(_occurring(terms, codes))
            state.hashes[path] = _smallest([state.hashes.get(path, found[:0]), found])
        return self._limited(state)

    def merge(self, states: Sequence[ApproximateState]) -> ApproximateState:
        """The values of all states."""
        paths = {path: None for state in states for path in state.hashes}
        hashes = {
            path: _smallest([state.hashes[path] for state in states if path in state.hashes])
            for path in paths
        }
        merged = ApproximateState(term_table.merged([state.terms for state in states]), hashes)
        return self._limited(merged)

    def to_wire(self, state: ApproximateState) -> Any:
        """The rows of `term_table.to_wire`, then one row for each feature with its hashes."""
        terms = term_table.to_wire(self._cut(state).terms)
        paths = sorted(state.hashes)
        smallest = [state.hashes[path] for path in paths]
        rows = pa.record_batch(
            {
                "path": pa.array([list(path) for path in paths], terms.schema.field("path").type),
                "hashes": pa.array(smallest, pa.large_list(pa.uint64())),
            }
        )
        tables = [pa.Table.from_batches([batch]) for batch in (terms, rows)]
        whole = pa.concat_tables(tables, promote_options="default")
        return pa.RecordBatch.from_arrays(
            [one_array(column) for column in whole.columns], schema=whole.schema
        )

    def from_wire(self, batch: Any) -> ApproximateState:
        """The state that `to_wire` wrote."""
        is_hashes = pc.is_valid(batch.column("hashes"))
        terms = batch.filter(pc.invert(is_hashes)).drop_columns(["hashes"])
        rows = batch.filter(is_hashes).select(["path", "hashes"])
        hashes = {
            tuple(path.as_py()): found.values.to_numpy().copy()
            for path, found in zip(*rows.columns, strict=True)
        }
        return ApproximateState(term_table.from_wire(terms), hashes)

    def result(self, state: ApproximateState) -> statistics_pb2.DatasetFeatureStatistics:
        """String statistics of each feature that has values, by path."""
        state = self._cut(state)
        unique = {path: _estimate(hashes) for path, hashes in state.hashes.items()}
        return string_statistics(self.options, state.terms, unique)

    def _limited(self, state: ApproximateState) -> ApproximateState:
        most = 4 * self.capacity * max(len(state.terms.features), 1)
        return self._cut(state) if state.terms.pending > most else state

    def _cut(self, state: ApproximateState) -> ApproximateState:
        """The state with at most `capacity` values of each feature by count, and by weight."""
        state.terms = _reduced(state.terms, self.capacity, weighs(self.options))
        return state


def _told(terms: Any, is_whole: bool, joins_invalid: bool) -> Any:
    """The values as they are told: one label for what is no text, one for what is too long."""
    invalid = invalid_utf8(terms) if joins_invalid else None
    terms = terms.cast(pa.large_binary())
    if invalid is not None:
        terms = pc.if_else(pa.array(invalid), BYTES_VALUE.encode(), terms)
    if not is_whole:
        is_long = pc.greater(pc.binary_length(terms), LONGEST_BYTES)
        terms = pc.if_else(is_long, LARGE_BYTES.encode(), terms)
    return terms


def _occurring(terms: Any, codes: Array) -> Any:
    """The values that occur, as a dictionary may hold more."""
    occurs = np.bincount(codes, minlength=len(terms)) > 0
    return terms if occurs.all() else terms.filter(pa.array(occurs))


def _hashes(terms: Any) -> Hashes:
    """The hash of each value; of a long one, which takes long, that of its digest."""
    terms = terms.cast(pa.large_binary())
    is_long = pc.greater(pc.binary_length(terms), LONGEST_BYTES)
    if pc.any(is_long).as_py():
        # Each is longer than a kilobyte, so that this loop is over bytes more than over values.
        digests = [blake2b(term).digest() for term in terms.filter(is_long).to_pylist()]
        terms = pc.replace_with_mask(terms, is_long, pa.array(digests, pa.large_binary()))
    return hash_terms(terms)


def _smallest(parts: Sequence[Hashes]) -> Hashes:
    return np.unique(np.concatenate(parts))[:_HASHES]


def _estimate(hashes: Hashes) -> int:
    """How many distinct values have these smallest hashes."""
    if len(hashes) < _HASHES:
        return len(hashes)
    return round((_HASHES - 1) * 2.0**64 / float(hashes[-1]))


def _reduced(state: TermState, capacity: int, weighted: bool) -> TermState:
    """Each feature's values cut to the greatest, all lessened by the greatest that is cut off."""
    if state.pending <= capacity:
        return state
    distinct = Distinct.of(state, weighted)
    counts = distinct.counts.copy()
    weights = np.zeros(len(counts)) if distinct.weights is None else distinct.weights.copy()
    over = np.flatnonzero(np.diff(distinct.bounds) > capacity)
    if not over.size:
        return state
    for code in over.tolist():
        positions = distinct.positions(code)
        for amounts in (counts, weights):
            own = amounts[positions]
            cut_off = np.partition(own, -capacity - 1)[-capacity - 1]
            amounts[positions] = np.maximum(own - cut_off, 0)
    kept = np.flatnonzero((counts > 0) | (weights > 0))
    return state.with_values(
        distinct.features[kept],
        distinct.terms.take(pa.array(kept)),
        counts[kept],
        None if distinct.weights is None else weights[kept],
    )
