"""Checks of the values in rows: integer, float, boolean and string domains, images.

Values are compared all at once. Of several offending values in a row the description names the
one that TFDV would: the extreme number, the least string.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2

from taurus_beam.graph.types import numpy_dtype
from taurus_beam.stats.feature_column import FeatureColumn, Mask
from taurus_beam.validation.numbers_in_text import as_float, as_int, escaped, float32, six_digits
from taurus_beam.validation.row_feature import RowFeature
from taurus_beam.validation.row_findings import RowFinding

__all__ = ["booleans", "floats", "images", "integers", "strings"]

Kind = anomalies_pb2.AnomalyInfo
_Stats = statistics_pb2.FeatureNameStatistics
_OUT_OF_RANGE = "Out-of-range values"
_INVALID = "Invalid values"
_NON_BOOLEAN = "Non-boolean values"
_LONGEST_SHOWN = 100

# What Arrow reads as these functions do, in one call; all else is left to them.
_PLAIN_INT = r"^-?[0-9]{1,18}$"
_PLAIN_FLOAT = r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$"

Describe = Callable[[Any], str]


def integers(asked: RowFeature, data: FeatureColumn) -> Iterator[RowFinding]:
    """Integers, or strings that write them, out of the domain's range."""
    domain = asked.domain.int_domain
    if domain is None or data.type not in (_Stats.INT, _Stats.STRING):
        return
    if data.type == _Stats.STRING:
        numbers, unread = _read(data, _PLAIN_INT, pa.int64(), as_int)
        text = 'String values that were not ints were found, such as "{}".'
        yield from _unread(asked, data, unread, Kind.INT_TYPE_NOT_INT_STRING, text)
    else:
        numbers, unread = data.numbers, np.zeros(len(data.numbers), np.bool_)
    if domain.HasField("min"):
        bad = (numbers < domain.min) & ~unread
        yield from _extreme(
            asked, data, bad, numbers, Kind.INT_TYPE_SMALL_INT, False,
            lambda value: f"Unexpectedly small value: {value}.",
        )  # fmt: skip
    if domain.HasField("max"):
        bad = (numbers > domain.max) & ~unread
        yield from _extreme(
            asked, data, bad, numbers, Kind.INT_TYPE_BIG_INT, True,
            lambda value: f"Unexpectedly large value: {value}.",
        )  # fmt: skip


def floats(asked: RowFeature, data: FeatureColumn) -> Iterator[RowFinding]:
    """Floats, or strings that write them, out of the domain's range, in 32 bits as in TFDV; NaN
    and infinities where the domain forbids them."""
    domain = asked.domain.float_domain
    if domain is None or data.type not in (_Stats.FLOAT, _Stats.STRING):
        return
    if data.type == _Stats.STRING:
        numbers, unread = _read(data, _PLAIN_FLOAT, pa.float64(), as_float)
        text = 'String values that were not floats were found, such as "{}".'
        yield from _unread(asked, data, unread, Kind.FLOAT_TYPE_STRING_NOT_FLOAT, text)
    else:
        numbers, unread = data.numbers, np.zeros(len(data.numbers), np.bool_)
    with np.errstate(over="ignore"):
        numbers = numbers.astype(np.float32, copy=False)
    if domain.disallow_nan:
        bad = np.isnan(numbers) & ~unread
        yield from _all_of(
            asked, data, bad, Kind.FLOAT_TYPE_HAS_NAN, "Float feature has NaN values."
        )
    if domain.HasField("min"):
        low = float32(domain.min)
        yield from _extreme(
            asked, data, (numbers < np.float32(low)) & ~unread, numbers,
            Kind.FLOAT_TYPE_SMALL_FLOAT, False,
            lambda value: f"Unexpectedly low values: {six_digits(value)}<{six_digits(low)}"
            "(upto six significant digits)",
        )  # fmt: skip
    if domain.HasField("max"):
        high = float32(domain.max)
        yield from _extreme(
            asked, data, (numbers > np.float32(high)) & ~unread, numbers,
            Kind.FLOAT_TYPE_BIG_FLOAT, True,
            lambda value: f"Unexpectedly high value: {six_digits(value)}>{six_digits(high)}"
            "(upto six significant digits)",
        )  # fmt: skip
    if domain.disallow_inf:
        bad = np.isinf(numbers) & ~unread
        yield from _all_of(
            asked, data, bad, Kind.FLOAT_TYPE_HAS_INF, "Float feature has Inf values."
        )


def booleans(asked: RowFeature, data: FeatureColumn) -> Iterator[RowFinding]:
    """Numbers other than 0 and 1, strings other than the domain's two."""
    if asked.domain_kind != "bool_domain":
        return
    if data.type == _Stats.INT:
        for bad, kind, greatest in (
            (data.numbers < 0, Kind.BOOL_TYPE_SMALL_INT, False),
            (data.numbers > 1, Kind.BOOL_TYPE_BIG_INT, True),
        ):
            yield from _extreme(
                asked, data, bad, data.numbers, kind, greatest,
                lambda value: f"Integers (such as {six_digits(value)}) not in {{0, 1}}.",
                _NON_BOOLEAN,
            )  # fmt: skip
    elif data.type == _Stats.FLOAT:
        bad = ~np.isin(data.numbers, [0.0, 1.0])
        yield from _extreme(
            asked, data, bad, data.numbers, Kind.BOOL_TYPE_UNEXPECTED_FLOAT, True,
            lambda value: f"Floats (such as {six_digits(value)}) not in {{0, 1}}.".replace(
                "nan", "NaN"
            ),
            _NON_BOOLEAN,
        )  # fmt: skip
    elif data.type == _Stats.STRING:
        domain = asked.feature.bool_domain
        fields = ("false_value", "true_value")
        allowed = sorted({getattr(domain, field) for field in fields if domain.HasField(field)})
        listed = ", ".join(f'"{value}"' for value in allowed)
        outside = _outside(data, pa.array([value.encode() for value in allowed], pa.binary()))
        yield from _texts(
            asked, data, outside, Kind.BOOL_TYPE_UNEXPECTED_STRING, _NON_BOOLEAN,
            lambda value: f'Saw unexpected value "{_shown(value)}" instead of {{{listed}}}.',
        )  # fmt: skip


def strings(asked: RowFeature, data: FeatureColumn) -> Iterator[RowFinding]:
    """Strings outside the domain, and bytes that are no text where the domain is of strings."""
    if data.type != _Stats.STRING or asked.domain_kind not in ("domain", "string_domain"):
        return
    allowed = asked.allowed_strings
    outside = _outside(data, pa.array([], pa.binary()) if allowed is None else allowed)
    if not outside.any():
        return
    no_text = np.zeros(len(outside), np.bool_)
    suspects = np.flatnonzero(outside)
    values = data.text.distinct.cast(pa.binary()).take(pa.array(suspects))
    no_text[suspects] = _no_text(values)
    if no_text.any():
        yield RowFinding(
            asked.path,
            Kind.ENUM_TYPE_INVALID_UTF8,
            "Invalid UTF8 strings",
            np.unique(data.row_of_value[no_text[data.text.codes]]),
            "Found strings that were not valid UTF8 strings.",
        )
    if allowed is not None:
        yield from _texts(
            asked, data, outside & ~no_text, Kind.ENUM_TYPE_UNEXPECTED_STRING_VALUES,
            "Unexpected string values",
            lambda value: f"Examples contain values missing from the schema: {_shown(value)}.",
        )  # fmt: skip


def images(asked: RowFeature, data: FeatureColumn) -> Iterator[RowFinding]:
    """Images of more bytes than the domain allows."""
    domain = asked.feature.image_domain
    if asked.domain_kind != "image_domain" or data.type != _Stats.STRING:
        return
    if not domain.HasField("max_image_byte_size"):
        return
    allowed = domain.max_image_byte_size
    sizes = pc.binary_length(data.text.plain).to_numpy(zero_copy_only=False)
    yield from _extreme(
        asked, data, sizes > allowed, sizes, Kind.MAX_IMAGE_BYTE_SIZE_EXCEEDED, True,
        lambda value: f"The largest image has bytes: {value}. The max allowed byte size is: "
        f"{allowed}.",
        "Num bytes exceeds the max byte size.",
    )  # fmt: skip


def _all_of(
    asked: RowFeature, data: FeatureColumn, bad: Mask, kind: int, text: str
) -> Iterator[RowFinding]:
    if bad.any():
        yield RowFinding(asked.path, kind, _INVALID, np.unique(data.row_of_value[bad]), text)


def _extreme(
    asked: RowFeature,
    data: FeatureColumn,
    bad: Mask,
    numbers: Any,
    kind: int,
    greatest: bool,
    describe: Describe,
    short: str = _OUT_OF_RANGE,
) -> Iterator[RowFinding]:
    """Rows with bad numbers, each described by the least or the greatest of its own."""
    if not bad.any():
        return
    rows, found = data.row_of_value[bad], numbers[bad]
    order = np.lexsort((found, rows))
    rows, found = rows[order], found[order]
    last = np.append(rows[1:] != rows[:-1], True)
    first = np.append(True, rows[1:] != rows[:-1])
    rows, found = rows[first], found[last if greatest else first]
    distinct, at = np.unique(found, return_inverse=True)
    texts = pa.array([describe(value) for value in distinct.tolist()], pa.string())
    yield RowFinding(asked.path, kind, short, rows, texts.take(pa.array(at)))


def _texts(
    asked: RowFeature,
    data: FeatureColumn,
    bad: Mask,
    kind: int,
    short: str,
    describe: Describe,
) -> Iterator[RowFinding]:
    """Rows with bad strings, given by distinct value, each described by the least of its own."""
    if not bad.any():
        return
    codes = np.flatnonzero(bad)
    values = data.text.distinct.cast(pa.binary()).take(pa.array(codes)).to_pylist()
    order = np.array(sorted(range(len(values)), key=values.__getitem__))
    rank = np.full(len(bad), -1)
    rank[codes[order]] = np.arange(len(order))
    of_value = rank[data.text.codes]
    held = of_value >= 0
    rows, ranks = data.row_of_value[held], of_value[held]
    order_of_rows = np.lexsort((ranks, rows))
    rows, ranks = rows[order_of_rows], ranks[order_of_rows]
    first = np.append(True, rows[1:] != rows[:-1])
    texts = pa.array([describe(values[place]) for place in order], pa.string())
    yield RowFinding(asked.path, kind, short, rows[first], texts.take(pa.array(ranks[first])))


def _unread(
    asked: RowFeature, data: FeatureColumn, unread: Mask, kind: int, text: str
) -> Iterator[RowFinding]:
    if unread.any():
        bad = np.zeros(len(data.text.distinct), np.bool_)
        bad[data.text.codes[unread]] = True
        yield from _texts(
            asked, data, bad, kind, _INVALID, lambda value: text.format(_shown(value))
        )


def _outside(data: FeatureColumn, allowed: Any) -> Mask:
    """Which distinct strings are not among the allowed ones."""
    inside = pc.is_in(data.text.distinct.cast(pa.binary()), value_set=allowed)
    outside: Mask = ~inside.to_numpy(zero_copy_only=False)
    return outside


def _read(
    data: FeatureColumn, plain: str, number: Any, slowly: Callable[[str], float | None]
) -> tuple[Any, Mask]:
    """The number that each string writes, and where it writes none."""
    distinct = data.text.distinct.cast(pa.binary())
    easy = pc.match_substring_regex(distinct, plain).to_numpy(zero_copy_only=False)
    numbers = np.zeros(len(distinct), numpy_dtype(number))
    unread = np.zeros(len(distinct), np.bool_)
    easy_values = distinct.filter(pa.array(easy)).cast(pa.string())
    numbers[easy] = easy_values.cast(number).to_numpy(zero_copy_only=False)
    for place in np.flatnonzero(~easy).tolist():
        value = slowly(distinct[place].as_py().decode(errors="replace"))
        unread[place] = value is None
        numbers[place] = 0 if value is None else value
    codes = data.text.codes
    return numbers[codes], unread[codes]


def _no_text(values: Any) -> list[bool] | bool:
    """Which bytes are not UTF-8; looked at one by one only where some are not."""
    try:
        values.cast(pa.string())
    except pa.ArrowInvalid:
        return [not _is_text(value) for value in values.to_pylist()]
    return False


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _shown(value: bytes) -> str:
    text = value[: 4 * _LONGEST_SHOWN].decode(errors="replace")
    shown = text[:_LONGEST_SHOWN]
    return escaped(shown) + ("..." if len(shown) < len(text) else "")
