"""Strings to lists of strings: `split` at a separator, `tokenize` by a pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from taurus_beam.errors import TraceError
from taurus_beam.graph import compute as pc
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.lowered import Lowered
from taurus_beam.graph.operation import BatchFunction, Operation, RowFunction, operation
from taurus_beam.graph.text import Text
from taurus_beam.graph.types import RAGGED, ColumnType, ValueType
from taurus_beam.graph.values import Values, from_arrow
from taurus_beam.transforms.character_class import character_class
from taurus_beam.transforms.elementwise import column_types
from taurus_beam.transforms.lists import Lists, lists_of, repeated
from taurus_beam.transforms.padded_lists import flattened, kept, padded
from taurus_beam.transforms.text import ASCII_WHITESPACE, compiled, lower, normalize_unicode

__all__ = ["split", "tokenize"]


def split(x: Column, separator: str | None = None) -> Column:
    """Cut each string into pieces.

    Args:
        x: String column, one a row.
        separator: What stands between two pieces. By default any run of ASCII white space,
            and no piece is then empty.

    Returns:
        Ragged lists of strings, as ``tf.strings.split`` gives. A missing string gives a missing
        list. The empty string gives no piece by white space, and one empty piece by a
        separator, whose neighbours ``",,"`` have an empty piece between them.

    Raises:
        TraceError: If the separator is empty.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["new  york", "", None], "t": ["a,b,", "", None]})
        >>> fn = lambda i: {"s": tb.split(i["s"]), "t": tb.split(i["t"], ",")}
        >>> out, _ = tb.fit_transform(table, fn)
        >>> out["s"].to_pylist(), out["t"].to_pylist()
        ([['new', 'york'], [], None], [['a', 'b', ''], [''], None])
    """
    return apply(Split(separator), x)


def tokenize(
    x: Column,
    pattern: str = r"\w+",
    lower: bool = False,
    normalize: Literal["NFC", "NFD", "NFKC", "NFKD"] | None = None,
) -> Column:
    r"""The parts of each string that match a pattern, such as its words.

    Args:
        x: String column, one a row.
        pattern: Regular expression of Python's ``re``; by default runs of letters, digits and
            ``_`` of any script. One class of characters, with or without ``+``
            behind it (``\w+``, ``[a-z]+``, ``.``), is found without running a regular
            expression, several times faster; any other pattern is searched once in each
            distinct string of a batch.
        lower: Bring the strings to lower case first; see `lower`.
        normalize: Unicode normal form to bring the strings to first of all; see
            `normalize_unicode`.

    Returns:
        Ragged lists of the whole matches (groups are not told apart), from left to right, the
        empty ones left out. A missing string gives a missing list.

    Raises:
        TraceError: If the pattern is no regular expression.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"s": ["Don't stop, Zoë!", "", None]})
        >>> fn = lambda i: {"t": tb.tokenize(i["s"], r"[\w']+", lower=True)}
        >>> tb.fit_transform(table, fn)[0]["t"].to_pylist()
        [["don't", 'stop', 'zoë'], [], None]
    """
    if normalize is not None:
        x = normalize_unicode(x, normalize)
    return apply(Tokenize(pattern), _lower(x) if lower else x)


_lower = lower  # `tokenize` has an argument of that name


@operation
@dataclass(frozen=True)
class Split(Operation):
    """Pieces between separators, or runs of what is not white space."""

    name = "split"
    separator: str | None

    def infer(self, *types: ValueType) -> ColumnType:
        if self.separator is not None and (
            not isinstance(self.separator, str) or not self.separator
        ):
            raise TraceError(
                f"The separator is {self.separator!r}.",
                expected="a string of at least one character, or None for white space",
            )
        return _tokens_type(self.name, types)

    def batch(self, *types: ValueType) -> BatchFunction:
        result, separator = self.infer(*types), self.separator

        def run(rows: int, x: Values) -> Values:
            strings = x.text.plain
            if separator is not None:
                pieces = from_arrow(pc.split_pattern(strings, separator), result)
                return replace(pieces, constant=x.constant)
            lists = lists_of(from_arrow(pc.ascii_split_whitespace(strings), result))
            lists = lists.select(_lengths(lists.text.plain) > 0)
            return replace(lists, constant=x.constant).values(result.dtype)

        return run

    def onnx(self, build: Any, *inputs: Any) -> Lowered:
        (x,) = inputs
        dtypes = [x.data.dtype, np.int64]
        rows = Lowered(x.type, x.data, None, None, x.missing)
        if self.separator is not None:
            pieces, counts = build.ops(
                "StringSplit", x.data, dtypes=dtypes, delimiter=self.separator
            )
            # The empty string has one piece, for which ONNX counts none.
            pieces, counts = padded(build, pieces, ""), np.maximum(counts, 1)
            return kept(build, rows, pa.string(), pieces, build.positions(pieces) < counts[:, None])
        pieces = x.data[:, None]
        for character in ASCII_WHITESPACE:
            cut, _ = build.ops("StringSplit", pieces, dtypes=dtypes, delimiter=character)
            pieces = flattened(build, cut)
        return kept(build, rows, pa.string(), pieces, pieces != np.array("", object))

    def row(self, *types: ValueType) -> RowFunction:
        separator = self.separator
        if separator is None:
            pieces: RowFunction = re.compile(f"[^{ASCII_WHITESPACE}]+").findall
            return pieces
        return lambda x: x.split(separator)


@operation
@dataclass(frozen=True)
class Tokenize(Operation):
    """What matches a pattern."""

    name = "tokenize"
    no_onnx = "ONNX cuts strings at separators only; use tb.split"
    pattern: str

    def infer(self, *types: ValueType) -> ColumnType:
        compiled(self.pattern)
        return _tokens_type(self.name, types)

    def batch(self, *types: ValueType) -> BatchFunction:
        dtype, characters = self.infer(*types).dtype, character_class(self.pattern)
        find = _finder(self.pattern)

        def run(rows: int, x: Values) -> Values:
            if characters is None:
                return _found(x, find).values(dtype)
            return replace(characters.found(x.text.plain), constant=x.constant).values(dtype)

        return run

    def row(self, *types: ValueType) -> RowFunction:
        return _finder(self.pattern)


def _tokens_type(name: str, types: Sequence[ValueType]) -> ColumnType:
    (column,) = column_types(name, types)
    if not column.is_scalar or not pa.types.is_string(column.dtype):
        raise TraceError(
            f"{name!r} takes one string a row, not {column}.",
            fix="Cast it first: tb.cast(x, pa.string())."
            if column.is_scalar
            else "Lists of strings are cut already.",
        )
    return ColumnType(pa.string(), RAGGED)


def _lengths(strings: Any) -> np.ndarray[Any, Any]:
    lengths: np.ndarray[Any, Any] = pc.binary_length(strings).to_numpy()
    return lengths


def _finder(pattern: str) -> Callable[[str], list[str]]:
    """The matches that are not empty, from left to right."""
    expression = compiled(pattern)
    if expression.groups:
        return lambda x: [match[0] for match in expression.finditer(x) if match[0]]
    return lambda x: [match for match in expression.findall(x) if match]


def _found(x: Values, find: Callable[[str], list[str]]) -> Lists:
    """The matches in each row, searched once in each distinct string."""
    tokens: list[str] = []
    counts: list[int] = []
    for string in x.text.distinct.to_pylist():
        found = find(string)
        tokens += found
        counts.append(len(found))
    begins = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    lengths = np.diff(begins)[x.text.codes] if counts else np.zeros(len(x.text), np.int64)
    if x.missing is not None:
        lengths[x.missing] = 0
    offsets, places = repeated(lengths)
    if counts:
        places += np.repeat(begins[x.text.codes], lengths)
    return Lists(Text(pa.array(tokens, pa.string())).take(places), offsets, x.missing, x.constant)
