"""Vocabularies by what terms tell about a label: the analyzer behind ``vocabulary(labels=)``.

How often each term meets each label, and each label occurs at all, is gathered in one table;
the formulas are those of `term_information`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.choice import frequency_order, without_empty
from taurus_beam.analyzers.exact_digits import carried
from taurus_beam.analyzers.term_information import recommended_min_diff, term_information
from taurus_beam.analyzers.terms_in_order import TermsByWhole
from taurus_beam.analyzers.value_counts import Pieces, TermTable, pieces_of, summed
from taurus_beam.analyzers.vocabulary_analyzer import VocabularyAnalyzer, term_type
from taurus_beam.analyzers.weighted_terms import digit_rows, occurrences, totals, weights_of
from taurus_beam.errors import DataError, TraceError
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType, is_integer, is_numeric
from taurus_beam.graph.values import Values
from taurus_beam.graph.vocabulary import one_array

__all__ = ["LabelVocabulary", "TermLabels"]


@dataclass(frozen=True)
class TermLabels(TermTable):
    """Counts, or sums the weights of, each term with each label, and each label alone.

    Inputs are columns of terms, weights where `weighted`, and, last, labels. Rows of a missing
    term are the labels alone.
    """

    dtype: Any
    weighted: bool

    @property
    def schema(self) -> pa.Schema:
        return pa.schema(
            {
                "term": self.dtype,
                "label": pa.int64(),
                "position": pa.int16(),
                "count": pa.int64(),
            }
        )

    def piece(self, *inputs: Values) -> pa.Table:
        labels = inputs[-1]
        weights = inputs[-2] if self.weighted else None
        columns = inputs[: -2 if self.weighted else -1]
        pieces = [self._alone(weights, labels)]
        pieces += [self._together(x, weights, labels) for x in columns]
        return self.once(pa.concat_tables(pieces))

    def canonical(self, table: pa.Table) -> pa.Table:
        return carried(table, summed)

    def _together(self, x: Values, weights: Values | None, labels: Values) -> pa.Table:
        beside = [labels] if weights is None else [labels, weights]
        found = occurrences(x, *beside)
        numbers, masks = zip(*(found.of(other) for other in beside), strict=True)
        left_out = [mask for mask in masks if mask is not None]
        if left_out:
            kept = ~np.logical_or.reduce(left_out)
            found, numbers = found.where(kept), tuple(n[kept] for n in numbers)
        keys = {"term": found.codes, "label": numbers[0].astype(np.int64)}
        table = digit_rows(keys, _positive(numbers[1]) if self.weighted else None)
        return self._named(found.terms.take(table["term"].combine_chunks()), table)

    def _alone(self, weights: Values | None, labels: Values) -> pa.Table:
        kept = np.ones(len(labels.data), np.bool_)
        for values in (labels, weights):
            if values is not None and values.missing is not None:
                kept &= ~values.missing
        heavy = None if weights is None else _positive(weights.array[kept])
        table = digit_rows({"label": labels.array[kept].astype(np.int64)}, heavy)
        return self._named(pa.nulls(len(table), self.dtype), table)

    def _named(self, terms: Any, table: pa.Table) -> pa.Table:
        columns = (table[name] for name in ("label", "position", "count"))
        return pa.table([terms, *columns], schema=self.schema)


@operation
@dataclass(frozen=True)
class LabelVocabulary(VocabularyAnalyzer, TermsByWhole):
    """The distinct values by their (adjusted) mutual information with labels, the last input."""

    name = "label_vocabulary"
    weighted: bool = False
    adjusted: bool = False
    min_diff_from_avg: float | None = None

    def infer(self, *types: ValueType) -> VocabularyType:
        result = super().infer(*types)
        *columns, labels = types
        if not isinstance(labels, ColumnType) or not is_integer(labels.dtype):
            raise TraceError(
                f"The labels are {labels}.",
                expected="integers",
                fix="Give strings an id first (tb.compute_and_apply_vocabulary), floats a bucket "
                "(tb.bucketize).",
            )
        for x in columns[: self.columns]:
            assert isinstance(x, ColumnType)
            if labels.shape not in ((), x.shape):
                raise TraceError(
                    f"Labels of type {labels} do not stand beside {x}.",
                    expected="one label a row, or one for each element",
                )
        for weights in columns[self.columns :]:
            assert isinstance(weights, ColumnType)
            if not is_numeric(weights.dtype) or weights.shape != labels.shape:
                raise TraceError(
                    f"The weights are {weights} and the labels {labels}.",
                    expected="one number for each label",
                )
        return result

    def accumulator(self, *types: ValueType) -> TermLabels:
        return TermLabels(term_type(types[: self.columns]), self.weighted)

    def whole(self, states: Iterable[Pieces], *types: ValueType) -> pa.Table:
        """The labels alone."""
        accumulator = self.accumulator(*types)
        alone = [_split(accumulator.table(state))[0] for state in states]
        return accumulator.once(pa.concat_tables([accumulator.schema.empty_table(), *alone]))

    def ranked(self, state: Pieces, whole: pa.Table, *types: ValueType) -> pa.Table:
        together = _split(self.accumulator(*types).table(state))[1]
        table = self.chosen.of(self.scores(pieces_of(pa.concat_tables([whole, together])), *types))
        return table.take(frequency_order(table))

    def scores(self, state: Pieces, *types: ValueType) -> pa.Table:
        table = self.accumulator(*types).table(state)
        alone, together = _split(table)
        together = without_empty(together)
        labels, label_codes = np.unique(alone["label"].to_numpy(), return_inverse=True)
        by_label = totals(label_codes, alone, len(labels), self.weighted)
        (rows,) = totals(np.zeros_like(label_codes), alone, 1, self.weighted)
        encoded = one_array(together["term"]).dictionary_encode()
        terms, codes = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)
        by_term = totals(codes, together, len(terms), self.weighted)
        self._check(terms, by_term, rows)
        label_of = np.searchsorted(labels, together["label"].to_numpy())
        pairs, pair_of = np.unique(codes * np.int64(len(labels)) + label_of, return_inverse=True)
        joint = totals(pair_of, together, len(pairs), self.weighted)
        least = self.min_diff_from_avg
        information = term_information(
            by_term,
            by_label,
            (*np.divmod(pairs, max(len(labels), 1)), joint),
            rows,
            recommended_min_diff(rows) if least is None else least,
            self.adjusted,
        )
        return pa.table({"term": terms, "count": information})

    def _check(self, terms: Any, by_term: np.ndarray[Any, Any], rows: float) -> None:
        beyond = np.flatnonzero(np.rint(by_term) > np.rint(rows))
        if beyond.size:
            raise DataError(
                f"The term {terms[int(beyond[0])].as_py()!r:.60} occurs more often than there "
                "are rows with a label.",
                expected="each term at most once a row, so that its presence can be told",
                fix="Remove repeated terms of a row first: tb.deduplicate_per_row(x).",
            )


def _split(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The rows of labels alone, and those of terms with labels."""
    alone = pc.is_null(table["term"])
    return table.filter(alone), table.filter(pc.invert(alone))


def _positive(numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    weights = weights_of(numbers)
    if weights.min(initial=0.0) < 0:
        raise DataError(
            f"A weight is negative: {weights.min()}.", expected="weights of at least 0, with labels"
        )
    return weights
