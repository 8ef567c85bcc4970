"""The distinct values of a `TermState`, each once: their counts, their weights, the greatest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.exact_digits import COUNT
from taurus_beam.analyzers.weighted_terms import totals
from taurus_beam.graph.vocabulary import one_array
from taurus_beam.stats.feature_column import Array
from taurus_beam.stats.term_table import TermState

__all__ = ["Distinct"]


@dataclass(frozen=True)
class Distinct:
    """The distinct values of all features, each once.

    Attributes:
        features: The code of each value's feature.
        terms: Arrow array of the values.
        counts: How often each occurs.
        weights: The weight of each, rounded once; None without weights.
        of_row: Which value each row of the state's table is of.
        bounds: Where the values of each feature lie in `by_feature`, one more than features.
        by_feature: The values' positions, feature by feature.
    """

    features: Array
    terms: Any
    counts: Array
    weights: Array | None
    of_row: Array
    bounds: Array
    by_feature: Array

    @staticmethod
    def of(state: TermState, weighted: bool) -> Distinct:
        """The distinct values of a state."""
        table = state.table()
        features, terms = table["feature"].to_numpy(), one_array(table["term"])
        is_count = table["position"].to_numpy() == COUNT
        counts, weights = table["count"].to_numpy(), None
        of_row = np.arange(len(table))
        if weighted and len(table):
            of_row = _numbered(features, terms)
            weights = totals(of_row, table, int(of_row.max()) + 1, weighted=True)
            firsts = np.zeros(len(weights), np.int64)
            firsts[of_row[is_count]] = np.flatnonzero(is_count)
            features, terms, counts = features[firsts], terms.take(pa.array(firsts)), counts[firsts]
        sizes = np.bincount(features, minlength=len(state.features))
        by_feature = np.argsort(features, kind="stable")
        return Distinct(
            features, terms, counts, weights, of_row, np.append(0, np.cumsum(sizes)), by_feature
        )

    def positions(self, code: int) -> Array:
        """The positions of the values of one feature."""
        return self.by_feature[self.bounds[code] : self.bounds[code + 1]]

    def greatest(self, positions: Array, by: Array, most: int, threshold: float) -> Array:
        """The positions of the greatest values, ties by the value's bytes, both descending.

        Args:
            positions: Of some values.
            by: Count or weight of every value.
            most: How many at most.
            threshold: The least count or weight of any.
        """
        positions = positions[by[positions] >= threshold]
        most = min(most, len(positions))
        if not most:
            return np.zeros(0, np.int64)
        if len(positions) > 4 * most:
            least = np.partition(by[positions], -most)[-most]
            positions = positions[by[positions] >= least]
        keyed = pa.table({"by": by[positions], "term": self.terms.take(pa.array(positions))})
        order = pc.select_k_unstable(keyed, most, [("by", "descending"), ("term", "descending")])
        chosen: Array = positions[order.to_numpy()]
        return chosen


def _numbered(features: Array, terms: Any) -> Array:
    """Consecutive numbers of the distinct pairs of feature and value."""
    encoded = terms.dictionary_encode()
    codes = encoded.indices.to_numpy().astype(np.int64)
    pairs = features.astype(np.int64) * max(len(encoded.dictionary), 1) + codes
    numbers: Array = np.unique(pairs, return_inverse=True)[1]
    return numbers
