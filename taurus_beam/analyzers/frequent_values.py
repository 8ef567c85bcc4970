"""The values of a column that are not rare: what `rare_to_other` keeps.

Unlike in a vocabulary, the empty string is a value like others, and a value can be asked for by
its share of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.analyzers.choice import ALL, Choice, arranged
from taurus_beam.analyzers.terms_in_order import Tables, TermsInOrder
from taurus_beam.analyzers.value_counts import Pieces, ValueCounts
from taurus_beam.analyzers.vocabulary import asset_name
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType, is_text
from taurus_beam.graph.vocabulary import one_array

__all__ = ["frequent_values"]


def frequent_values(
    x: Column, min_count: int | None, min_share: float | None, top_k: int | None
) -> Column:
    """The values that fulfil all conditions that are not None, as a vocabulary."""
    conditions = (min_count, min_share, top_k)
    name = asset_name(x, None, ("frequent", x.node, *conditions))
    return apply(FrequentValues(name, *conditions), x)


@operation
@dataclass(frozen=True)
class FrequentValues(TermsInOrder):
    """The distinct strings that are not rare, most frequent first."""

    name = "frequent_values"
    asset: str
    min_count: int | None
    min_share: float | None
    top_k: int | None

    def infer(self, *types: ValueType) -> VocabularyType:
        (column,) = types
        if not isinstance(column, ColumnType) or not is_text(column.dtype):
            raise TraceError(
                f"'rare_to_other' takes strings, not {column}.",
                fix="Cast it first: tb.cast(x, pa.string()).",
            )
        return VocabularyType(column.dtype)

    def accumulator(self, *types: ValueType) -> ValueCounts:
        # A share is of all values, so none may be dropped before all are known.
        choice = Choice(self.top_k, self.min_count) if self.min_share is None else ALL
        return ValueCounts(self.infer(*types).dtype, choice, with_empty=True)

    def kept(self, tables: Tables) -> Iterator[pa.Table]:
        occurrences = 0
        if self.min_share is not None:
            occurrences = sum(pc.sum(table["count"]).as_py() or 0 for table in tables())
        often_enough = (self._often_enough(table, occurrences) for table in tables())
        yield from Choice(self.top_k, self.min_count).in_order(often_enough)

    def value(self, state: Pieces, *types: ValueType) -> Constant:
        table = self.accumulator(*types).scores(state)
        table = self._often_enough(table, pc.sum(table["count"]).as_py() or 0)
        table = arranged(Choice(self.top_k, self.min_count).of(table), (), False)
        terms, counts = (one_array(table[name]) for name in ("term", "count"))
        return Constant.of_vocabulary(Vocabulary(self.asset, terms, counts))

    def _often_enough(self, table: pa.Table, occurrences: int) -> pa.Table:
        """The rows of values with the share that is wanted of all occurrences."""
        if self.min_share is None or not len(table):
            return table
        shares = pc.divide(pc.cast(table["count"], pa.float64()), occurrences)
        return table.filter(pc.greater_equal(shares, self.min_share))
