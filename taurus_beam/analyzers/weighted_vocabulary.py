"""Vocabularies by the weights of their terms: the analyzer behind ``vocabulary(weights=)``."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from taurus_beam.analyzers.value_counts import Pieces
from taurus_beam.analyzers.vocabulary_analyzer import VocabularyAnalyzer, term_type
from taurus_beam.analyzers.weighted_terms import TermWeights, check_weights
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType

__all__ = ["WeightedVocabulary"]


@operation
@dataclass(frozen=True)
class WeightedVocabulary(VocabularyAnalyzer):
    """The distinct values by the sum of their weights, the last input."""

    name = "weighted_vocabulary"

    def infer(self, *types: ValueType) -> VocabularyType:
        result = super().infer(*types)
        weights = types[-1]
        assert isinstance(weights, ColumnType)
        for x in types[: self.columns]:
            assert isinstance(x, ColumnType)
            check_weights(weights, x)
        return result

    def accumulator(self, *types: ValueType) -> TermWeights:
        return TermWeights(term_type(types[: self.columns]), self.chosen)

    def scores(self, state: Pieces, *types: ValueType) -> pa.Table:
        return self.accumulator(*types).scores(state)
