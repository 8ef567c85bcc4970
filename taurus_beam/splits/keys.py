"""The key of a row as a text, and its hash: what decides where the row goes.

The text is made so that the same key has the same one whatever a file stores it as, and the hash
is a published formula (docs/splits.md), so that anybody can find out again where a row went.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from taurus_beam.errors import DataError
from taurus_beam.graph.intake import find_column
from taurus_beam.graph.term_hash import Hashes, hash_again, hash_terms
from taurus_beam.graph.values import present_mask
from taurus_beam.serving.frames import no_rows
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Mask
from taurus_beam.stats.sampling import number_among_equal, row_hashes

__all__ = [
    "STEP",
    "check_columns",
    "column_of",
    "content_hashes",
    "identities",
    "key_hashes",
    "mixed",
    "stratum_codes",
    "stratum_label",
    "stratum_texts",
]

STEP = np.uint64(0x9E3779B97F4A7C15)
_NO_TEXT = b"-"
_MISSING = "(missing)"
_EXACT = 2.0**63
_HASHED = frozenset({pa.string(), pa.large_string(), pa.binary(), pa.large_binary()})
"""Types of texts whose bytes are hashed as they are."""


def mixed(hashes: Hashes, seed: int) -> Hashes:
    """Hashes for a seed: of other seeds they are as good as independent."""
    with np.errstate(over="ignore"):
        found: Hashes = hashes + np.uint64(seed) * STEP
    hash_again(found)
    return found


def key_hashes(batch: Any, columns: Sequence[str]) -> tuple[Hashes, Mask]:
    """The hash of each row's key, and which rows have one.

    A row without a value in one of the columns has no key; its hash means nothing.

    Args:
        batch: A record batch.
        columns: One column, whose text is hashed, or several, whose texts are joined, each after
            its length in bytes and a colon.

    Raises:
        DataError: A column is missing or can be no key.

    Example:
        >>> batch = pa.record_batch({"n": [7, 8, None], "s": ["7", "x", "y"]})
        >>> numbers, known = key_hashes(batch, ["n"])
        >>> bool(numbers[0] == key_hashes(batch, ["s"])[0][0]), known.tolist()
        (True, [True, True, False])
    """
    if len(columns) == 1:
        column = column_of(batch, columns[0])
        if pa.types.is_dictionary(column.type) and len(column.dictionary) <= len(column):
            return _of_dictionary(column, columns[0])
        texts = column if column.type in _HASHED else _texts(column, columns[0])
        return hash_terms(texts), present_mask(texts)
    parts = [_texts(column_of(batch, name), name) for name in columns]
    known = np.logical_and.reduce([present_mask(part) for part in parts])
    return hash_terms(_joined([_prefixed(_filled(part)) for part in parts])), known


def stratum_texts(batch: Any, columns: Sequence[str]) -> Any:
    """A binary text of each row's values in some columns; a missing value is one like others.

    Raises:
        DataError: A column is missing or has no labels.

    Example:
        >>> texts = stratum_texts(pa.record_batch({"a": ["x", None], "b": [1, 2]}), ["a", "b"])
        >>> texts.to_pylist()
        [b'1:x1:1', b'-1:2']
    """
    parts = []
    for name in columns:
        texts = _texts(column_of(batch, name), name)
        parts.append(pc.if_else(texts.is_valid(), _prefixed(_filled(texts)), _NO_TEXT))
    return _joined(parts) if parts else pa.repeat(pa.scalar(b"", pa.large_binary()), len(batch))


def stratum_codes(batch: Any, columns: Sequence[str]) -> tuple[list[bytes], npt.NDArray[np.int64]]:
    """The strata that a batch has, and the position of each row's among them; see `stratum_texts`.

    Each distinct value is turned into text once.

    Raises:
        DataError: A column is missing or has no labels.
    """
    texts, codes = [b""], np.zeros(len(batch), np.int64)
    for name in columns:
        column = column_of(batch, name)
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        values = stratum_texts(pa.record_batch({name: column.dictionary}), (name,)).to_pylist()
        values.append(_NO_TEXT)
        own = pc.fill_null(column.indices.cast(pa.int64()), len(values) - 1).to_numpy()
        used, codes = np.unique(codes * len(values) + own, return_inverse=True)
        texts = [texts[at // len(values)] + values[at % len(values)] for at in used.tolist()]
    distinct = list(dict.fromkeys(texts))
    if len(distinct) < len(texts):  # a NaN beside a null
        place = {text: at for at, text in enumerate(distinct)}
        codes = np.array([place[text] for text in texts])[codes]
    return distinct, codes


def stratum_label(text: bytes) -> str:
    """A stratum's text as people read it.

    Example:
        >>> stratum_label(b"1:x1:1"), stratum_label(b"-1:2"), stratum_label(b"")
        ('x, 1', '(missing), 2', '')
    """
    labels = []
    while text:
        if text.startswith(_NO_TEXT):
            labels.append(_MISSING)
            text = text[1:]
        else:
            length, _, rest = text.partition(b":")
            labels.append(rest[: int(length)].decode("utf-8", "replace"))
            text = rest[int(length) :]
    return ", ".join(labels)


def content_hashes(batch: Any) -> Hashes:
    """The hash of all that a row holds: equal rows have equal ones, in columns of any order."""
    return row_hashes(Examples(batch))


def identities(contents: Hashes, numbers: Hashes | None = None) -> Hashes:
    """What tells each row from all others, equal ones among them: content and number among equals.

    Args:
        contents: From `content_hashes`, of all rows of the data, or of all that have some hashes.
        numbers: The number of each row among its equals, where it is known already.
    """
    numbers = number_among_equal(contents) if numbers is None else numbers
    with np.errstate(over="ignore"):
        return mixed(contents + numbers * STEP, 0)


def check_columns(schema: Any, columns: Sequence[str], what: str) -> None:
    """Refuses columns that are not in the data or can be no key or label.

    Raises:
        DataError: Naming the column and what it is wanted for.
    """
    empty = no_rows(schema)
    try:
        for name in columns:
            _texts(column_of(empty, name), name)
    except DataError as problem:
        raise DataError(
            f"The {what}: {problem.what}",
            where=problem.where,
            expected=problem.expected,
            fix=problem.fix,
        ) from None


def column_of(batch: Any, name: str) -> Any:
    """The column of a batch by its name, or the field of a struct by its path.

    Raises:
        DataError: There is none, or more than one.
    """
    try:
        return find_column(batch, name)
    except DataError as problem:
        raise DataError(
            problem.what,
            expected=f"one of: {', '.join(batch.schema.names)}",
            fix="Correct the name.",
        ) from None


def _of_dictionary(column: Any, name: str) -> tuple[Hashes, Mask]:
    """Each key of the dictionary hashed once."""
    texts = _texts(column.dictionary, name)
    codes = pc.fill_null(column.indices, 0).to_numpy(zero_copy_only=False)
    if not len(texts):
        return np.zeros(len(column), np.uint64), np.zeros(len(column), np.bool_)
    known = present_mask(column) & present_mask(texts).take(codes)
    return hash_terms(texts).take(codes), known


def _texts(column: Any, name: str) -> Any:
    """A column's values as UTF-8 or binary, null where there is none."""
    kinds, dtype = pa.types, column.type
    if kinds.is_dictionary(dtype):
        column = column.dictionary_decode()
        dtype = column.type
    if kinds.is_string(dtype) or kinds.is_large_string(dtype) or kinds.is_string_view(dtype):
        return column.cast(pa.large_string()).cast(pa.large_binary())
    if kinds.is_binary(dtype) or kinds.is_large_binary(dtype) or kinds.is_binary_view(dtype):
        return column.cast(pa.large_binary())
    if kinds.is_floating(dtype):
        column = _whole(column, name)
    elif kinds.is_timestamp(dtype):
        column = _nanoseconds(column, name)
    elif not (
        kinds.is_integer(dtype)
        or kinds.is_boolean(dtype)
        or kinds.is_date(dtype)
        or kinds.is_null(dtype)
    ):
        raise DataError(
            f"Column {name!r} is {dtype}, which can be no key or label.",
            expected="strings, binary, integers, whole floats, booleans, dates or timestamps",
            fix="Name another column, or cast this one.",
        )
    if kinds.is_date64(dtype):
        column = column.cast(pa.date32())
    return column.cast(pa.large_string()).cast(pa.large_binary())


def _whole(column: Any, name: str) -> Any:
    """Floats as the integers they are: what data frames make of integers beside missing ones."""
    numbers = column.to_numpy(zero_copy_only=False).astype(np.float64)
    missing = np.isnan(numbers)
    bad = ~missing & ((numbers != np.floor(numbers)) | (np.abs(numbers) >= _EXACT))
    if bad.any():
        raise DataError(
            f"Column {name!r} has the value {float(numbers[bad][0])!r}, and keys and labels are "
            "compared as texts.",
            expected="whole numbers where the column is of floats",
            fix="Name another column, or cast this one to strings.",
        )
    return pa.array(np.where(missing, 0, numbers).astype(np.int64), mask=missing)


def _nanoseconds(column: Any, name: str) -> Any:
    try:
        return column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64())
    except pa.ArrowInvalid as problem:
        raise DataError(
            f"Column {name!r} has a time that nanoseconds cannot count: {problem}",
            expected="times from 1677 to 2262",
            fix="Correct the times, or cast the column to strings.",
        ) from problem


def _filled(texts: Any) -> Any:
    return pc.fill_null(texts, b"") if texts.null_count else texts


def _prefixed(texts: Any) -> Any:
    """Each text after its length, so that joined ones can be read in one way only."""
    lengths = pc.binary_length(texts).cast(pa.large_string()).cast(pa.large_binary())
    return pc.binary_join_element_wise(lengths, texts, pa.scalar(b":", pa.large_binary()))


def _joined(parts: Sequence[Any]) -> Any:
    return pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
