"""Sequences of neighbouring tokens: `ngrams`, `bag_of_words`, and how many tokens there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph.budget import check_text
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered, present
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType
from taurus_beam.graph.values import Values
from taurus_beam.transforms.lists import list_column, lists_of
from taurus_beam.transforms.neighbours import Sequences
from taurus_beam.transforms.padded_lists import counted, flattened, kept, moved_left, padded
from taurus_beam.transforms.ragged import deduplicate_per_row

__all__ = ["bag_of_words", "ngrams", "word_count"]


def ngrams(tokens: Column, ngram_range: tuple[int, int], separator: str) -> Column:
    """All sequences of neighbouring tokens of some lengths, each joined to one string.

    Args:
        tokens: Ragged lists (or vectors) of strings, such as `split` and `tokenize` give.
        ngram_range: The least and the greatest number of tokens in a sequence.
        separator: What stands between the tokens of a sequence: ``" "`` for words, ``""`` for
            characters.

    Returns:
        Ragged lists of strings: by the position of the first token, then by length, as
        ``tft.ngrams`` orders them. Missing tokens are left out first; empty strings are tokens.
        A row with too few tokens has an empty list, a missing row a missing one.

    Raises:
        TraceError: Unless 1 ≤ least ≤ greatest.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["a b c", "d", ""]})
        >>> fn = lambda i: {"n": tb.ngrams(tb.split(i["s"]), (1, 2), "_")}
        >>> tb.fit_transform(table, fn)[0]["n"].to_pylist()
        [['a', 'a_b', 'b', 'b_c', 'c'], ['d'], []]
    """
    least, greatest = _range(ngram_range)
    return apply(NGrams(least, greatest, separator), tokens)


def bag_of_words(tokens: Column, ngram_range: tuple[int, int], separator: str) -> Column:
    """The distinct `ngrams` of each row, in the order they first occur.

    Args:
        tokens: Ragged lists (or vectors) of strings.
        ngram_range: The least and the greatest number of tokens in a sequence.
        separator: What stands between the tokens of a sequence.

    Returns:
        Ragged lists of strings; see `ngrams` for missing and empty ones. Sequences that join
        to the same string are the same.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["a b a c", "d d"]})
        >>> fn = lambda i: {"n": tb.bag_of_words(tb.split(i["s"]), (1, 1), " ")}
        >>> tb.fit_transform(table, fn)[0]["n"].to_pylist()
        [['a', 'b', 'c'], ['d']]
    """
    return deduplicate_per_row(ngrams(tokens, ngram_range, separator))


def word_count(tokens: Column) -> Column:
    """How many tokens each row has.

    Args:
        tokens: Ragged lists or vectors of any type.

    Returns:
        int64: the number of elements that are not missing, 0 for an empty list. A missing row
        stays missing, where TFT, which cannot tell it from an empty one, gives 0: use
        ``tb.fill_null(count, 0)``.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["a b a c", "", None]})
        >>> fn = lambda i: {"n": tb.word_count(tb.split(i["s"]))}
        >>> tb.fit_transform(table, fn)[0]["n"].to_pylist()
        [4, 0, None]
    """
    return apply(WordCount(), tokens)


def _range(ngram_range: Any) -> tuple[Any, Any]:
    try:
        least, greatest = ngram_range
    except (TypeError, ValueError):
        return ngram_range, None
    return least, greatest


@operation
@dataclass(frozen=True)
class NGrams(Operation):
    """Joined sequences of ``least`` to ``greatest`` neighbours."""

    name = "ngrams"
    grows = True
    least: int
    greatest: int
    separator: str

    def infer(self, *types: ValueType) -> ColumnType:
        sizes = (self.least, self.greatest)
        if any(type(n) is not int for n in sizes) or not 1 <= self.least <= self.greatest:
            raise TraceError(
                f"ngram_range is {sizes}.", expected="two integers, 1 <= least <= greatest"
            )
        if not isinstance(self.separator, str):
            raise TraceError(f"separator is {self.separator!r}.", expected="a string")
        column = list_column(self.name, types)
        if not pa.types.is_string(column.dtype):
            raise TraceError(
                f"'ngrams' takes lists of strings, not {column}.",
                fix="Cast the elements first: tb.cast(x, pa.string()).",
            )
        return ColumnType(pa.string(), RAGGED)

    def batch(self, *types: ValueType) -> BatchFunction:
        self.infer(*types)

        def run(rows: int, tokens: Values) -> Values:
            lists = lists_of(tokens)
            made = Sequences(lists, self.least, self.greatest, self.separator)
            return replace(lists, data=made.joined, offsets=made.offsets).values(pa.string())

        return run

    def row(self, *types: ValueType) -> RowFunction:
        least, greatest, join = self.least, self.greatest, self.separator.join
        between = len(self.separator)

        def run(x: list[str | None]) -> list[str]:
            tokens = [token for token in x if token is not None]
            size = len(tokens)
            longest = min(greatest, size)
            # Each token stands in at most n sequences of n.
            most = (sum(map(len, tokens)) + size * between) * longest * (longest + 1) // 2
            check_text(most)
            return [
                join(tokens[i : i + n])
                for i in range(size)
                for n in range(least, min(greatest, size - i) + 1)
            ]

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (x,) = inputs
        tokens, lengths = moved_left(build, x.data, present(build, x))
        places, longer = build.positions(tokens), padded(build, tokens, "")
        last = build.op("Shape", tokens, dtype=np.int64, start=1, end=2)
        joined, kinds, keep = tokens, [], []
        for size in range(1, self.greatest + 1):
            if size > 1:
                following = np.minimum(places + (size - 1), last)
                then = build.op("Gather", longer, following, dtype=longer.dtype, axis=1)
                joined = joined + np.array(self.separator, object) + then
            if size >= self.least:
                kinds.append(joined)
                keep.append(places + size <= lengths[:, None])
        data, flags = (_interleaved(build, parts) for parts in (kinds, keep))
        return kept(build, x, pa.string(), data, flags)


def _interleaved(build: Any, parts: Sequence[Any]) -> Any:
    """The first column of each part, then the second of each, and so on."""
    raised = [build.op("Unsqueeze", p, np.array([2]), dtype=p.dtype) for p in parts]
    side_by_side = build.op("Concat", *raised, dtype=raised[0].dtype, axis=2)
    return flattened(build, side_by_side)


@operation
class WordCount(Operation):
    """The number of present elements."""

    name = "word_count"

    def infer(self, *types: ValueType) -> ColumnType:
        list_column(self.name, types)
        return ColumnType(pa.int64())

    def batch(self, *types: ValueType) -> BatchFunction:
        result = self.infer(*types)

        def run(rows: int, tokens: Values) -> Values:
            lists = lists_of(tokens)
            return Values(
                result, lists.lengths, lists.rows, lists.missing_rows, constant=lists.constant
            )

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (x,) = inputs
        return Lowered(self.infer(x.type), counted(build, present(build, x)), x.missing_rows)

    def row(self, *types: ValueType) -> RowFunction:
        return lambda x: sum(token is not None for token in x)
