"""The distinct values of a column in order of frequency: `vocabulary`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.value_counts import ValueCounts, frequency_order
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.literal import integer_argument
from taurus_beam.graph.node import InputColumn
from taurus_beam.graph.operation import operation
from taurus_beam.graph.recorder import claim_name
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType, is_integer, is_text

__all__ = ["vocabulary"]


def vocabulary(
    x: Column,
    top_k: int | None = None,
    frequency_threshold: int | None = None,
    vocab_filename: str | None = None,
) -> Column:
    """The distinct values of a column, most frequent first, ties by value, larger first.

    Args:
        x: String, binary or integer column: scalars, vectors or ragged lists (every element
            counts). Missing values and empty strings are never part of a vocabulary.
        top_k: Keep only the ``top_k`` most frequent.
        frequency_threshold: Keep only values that occur at least so often.
        vocab_filename: Name of the asset; by default made from the column's name.

    Returns:
        A vocabulary to give to `apply_vocabulary`. Strings are ordered by their UTF-8 bytes,
        integers by their decimal text, as in TFT; unlike TFT, values with line breaks are kept.
        It may be empty.

    Raises:
        TraceError: For another type, or a ``vocab_filename`` used for two vocabularies.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["b", "a", "c", "a", "b", "d", ""]})
        >>> fn = tb.fit(table, lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"])})
        >>> fn.vocabulary("s").terms.to_pylist()
        ['b', 'a', 'd', 'c']
    """
    if top_k is not None:
        top_k = integer_argument("top_k", top_k, least=1)
    threshold = 1 if frequency_threshold is None else frequency_threshold
    threshold = integer_argument("frequency_threshold", threshold, least=0)
    if vocab_filename is not None and not re.fullmatch(r"[\w][\w.\-]*", vocab_filename):
        raise TraceError(
            f"vocab_filename {vocab_filename!r} cannot name a file.",
            expected="letters, digits, '_', '-' and '.', not beginning with '-' or '.'",
        )
    source = x.node.operation
    base = source.column if isinstance(source, InputColumn) else "vocabulary"
    name = claim_name(
        "vocabulary",
        vocab_filename or re.sub(r"[^\w\-]+", "_", base),
        (x.node, top_k, threshold),
        exact=vocab_filename is not None,
    )
    return apply(VocabularyOf(name, top_k, threshold), x)


@operation
@dataclass(frozen=True)
class VocabularyOf(Analyzer):
    """The distinct values by frequency."""

    name = "vocabulary"
    asset: str
    top_k: int | None
    frequency_threshold: int

    def infer(self, *types: ValueType) -> VocabularyType:
        return VocabularyType(self._column(types).dtype)

    def accumulator(self, *types: ValueType) -> ValueCounts:
        return ValueCounts(self._column(types).dtype, self.top_k, self.frequency_threshold)

    def value(self, state: Any, *types: ValueType) -> Constant:
        table = self.accumulator(*types).wanted(state)
        table = table.take(frequency_order(table)[: self.top_k])
        terms, counts = (_one_array(table[name]) for name in ("term", "count"))
        return Constant.of_vocabulary(Vocabulary(self.asset, terms, counts))

    def _column(self, types: Sequence[ValueType]) -> ColumnType:
        (column,) = types
        if not isinstance(column, ColumnType) or not (
            is_text(column.dtype) or is_integer(column.dtype)
        ):
            raise TraceError(
                f"'vocabulary' takes strings or integers, not {column}.",
                fix="Cast it first, or use tb.bucketize for floats.",
            )
        return column


def _one_array(chunked: Any) -> Any:
    return pa.concat_arrays(chunked.chunks) if chunked.num_chunks else pa.array([], chunked.type)
