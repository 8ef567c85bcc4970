"""How many categories the ids of a column can be: `num_buckets`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Vocabulary
from taurus_beam.graph.node import describe
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.recorder import user_location
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType
from taurus_beam.graph.values import Values, constant_values

__all__ = ["num_buckets"]


def num_buckets(x: Column) -> int | Column:
    """How many categories the integers of a column are: one more than the greatest it can be.

    Args:
        x: What gives categories: ids of a vocabulary, buckets, hashes
            (``tft.get_num_buckets_for_transformed_feature``).

    Returns:
        An integer where it is known from the function alone; for ids of a vocabulary, whose
        size the data decide, an int64 value of the whole data set, OOV buckets counted.

    Raises:
        TraceError: If the column's integers are not known to be categories.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["a", "b", "a"]})
        >>> def fn(inputs):
        ...     ids = tb.compute_and_apply_vocabulary(inputs["s"], num_oov_buckets=1)
        ...     return {"share": (ids + 1) / tb.num_buckets(ids)}
        >>> tb.fit_transform(table, fn)[0]["share"].to_pylist()
        [0.33..., 0.66..., 0.33...]
    """
    node = x.node
    domain = node.operation.domain(*(i.type for i in node.inputs)) if node.inputs else None
    if domain is None:
        raise TraceError(
            f"It is not known what categories {describe(node)} has.",
            where=str(user_location()),
            expected="ids of a vocabulary, buckets or hashes, as the operation gives them",
        )
    if not domain.of_vocabulary:
        assert domain.high is not None
        return domain.high + 1
    vocabulary = next(i for i in node.inputs if isinstance(i.type, VocabularyType))
    return apply(VocabularySize(domain.extra), Column(vocabulary))


@operation
@dataclass(frozen=True)
class VocabularySize(Operation):
    """The number of values in a vocabulary, and ``extra`` more."""

    name = "vocabulary_size"
    extra: int

    def infer(self, *types: ValueType) -> ColumnType:
        (terms,) = types
        if not isinstance(terms, VocabularyType):
            raise TraceError(f"'vocabulary_size' takes a vocabulary, not {terms}.")
        return ColumnType(pa.int64())

    def batch(self, *types: ValueType) -> BatchFunction:
        result, extra = self.infer(*types), self.extra

        def run(rows: int, terms: Vocabulary) -> Values:
            return constant_values(result, np.array([len(terms) + extra], np.int64))

        return run

    def row(self, *types: ValueType) -> RowFunction:
        extra = self.extra

        def run(terms: Any) -> int:
            return len(terms) + extra

        return run
