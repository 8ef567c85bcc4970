"""The distinct keys of a column and how often each occurs: `count_per_key`.

Everything computed per key shares this list of keys; its order is the order of their tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.key_groups import check_varying, distinct_keys, key_type
from taurus_beam.analyzers.keyed_table import Facts, KeyedTable
from taurus_beam.analyzers.per_key_value import PerKey
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant, Vocabulary
from taurus_beam.graph.node import InputColumn
from taurus_beam.graph.operation import operation
from taurus_beam.graph.recorder import claim_name
from taurus_beam.graph.types import ColumnType, ValueType, VocabularyType
from taurus_beam.graph.values import Values

__all__ = ["count_per_key"]


def count_per_key(key: Column, key_vocabulary_filename: str | None = None) -> tuple[Column, Column]:
    """The distinct keys of a column in ascending order, and how often each occurs.

    Args:
        key: String, binary, integer or boolean column: scalars, vectors or ragged lists (every
            element counts). Missing keys do not count; the empty string is a key.
        key_vocabulary_filename: Name of the keys' asset; by default made from the column's
            name.

    Returns:
        The keys as a vocabulary for `apply_vocabulary` (strings by their UTF-8 bytes, integers
        by size, as in TFT), and their counts, int64 in the same order, for `take`. Both may be
        empty.

    Raises:
        TraceError: For keys of another type, or a name used for two vocabularies.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"k": ["b", "a", "b", None]})
        >>> def fn(inputs):
        ...     keys, counts = tb.count_per_key(inputs["k"])
        ...     index = tb.apply_vocabulary(inputs["k"], keys)
        ...     return {"times": tb.take(counts, index, default=0)}
        >>> tb.fit_transform(table, fn)[0]["times"].to_pylist()
        [2, 1, 2, None]
    """
    chosen = key_vocabulary_filename
    if chosen is not None and not re.fullmatch(r"[\w][\w.\-]*", chosen):
        raise TraceError(
            f"key_vocabulary_filename {chosen!r} cannot name a file.",
            expected="letters, digits, '_', '-' and '.', not beginning with '-' or '.'",
        )
    check_varying("count_per_key", key)
    source = key.node.operation
    base = source.column if isinstance(source, InputColumn) else "computed"
    name = claim_name(
        "vocabulary",
        chosen or re.sub(r"[^\w\-]+", "_", base) + "_keys",
        ("keys", key.node),
        exact=chosen is not None,
    )
    return apply(KeysOf(name), key), apply(CountsOf(), key)


@dataclass(frozen=True)
class KeyCounts(KeyedTable):
    """Counts the occurrences of each key."""

    dtype: Any

    @property
    def key_dtype(self) -> Any:
        return self.dtype

    @property
    def width(self) -> int:
        return 1

    def facts(self, *inputs: Values) -> tuple[Any, Facts]:
        keys, codes, without_key = distinct_keys(inputs[0])
        occurring = codes if without_key is None else codes[~without_key]
        return keys, {"count": np.bincount(occurring, minlength=len(keys))}


@operation
@dataclass(frozen=True)
class KeysOf(PerKey):
    """The distinct keys, ascending, and beside each how often it occurs."""

    name = "keys"
    asset: str

    def infer(self, *types: ValueType) -> VocabularyType:
        return VocabularyType(key_type("count_per_key", types[0]).dtype)

    def accumulator(self, *types: ValueType) -> KeyCounts:
        return KeyCounts(key_type("count_per_key", types[0]).dtype)

    def elements(self, state: Any, whole: Any, *types: ValueType) -> Any:
        return pa.array(self.accumulator(*types).table(state).fact("count"))

    def value(self, state: Any, *types: ValueType) -> Constant:
        keys = self.accumulator(*types).ordered_keys(state)
        counts = self.elements(state, None, *types)
        return Constant.of_vocabulary(Vocabulary(self.asset, keys, counts))


@operation
@dataclass(frozen=True)
class CountsOf(PerKey):
    """How often each key occurs, in the order of the keys."""

    name = "key_counts"

    def infer(self, *types: ValueType) -> ColumnType:
        key_type("count_per_key", types[0])
        return ColumnType(pa.int64(), (None,))

    def accumulator(self, *types: ValueType) -> KeyCounts:
        return KeyCounts(key_type("count_per_key", types[0]).dtype)

    def elements(self, state: Any, whole: Any, *types: ValueType) -> Any:
        return pa.array(self.accumulator(*types).table(state).fact("count"))
