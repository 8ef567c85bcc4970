"""Arrow columns of every element type, with the values and layouts in which bugs live."""

from __future__ import annotations

import datetime
import itertools
import math
import random
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

SIGNED = [pa.int8(), pa.int16(), pa.int32(), pa.int64()]
UNSIGNED = [pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
INTEGERS = SIGNED + UNSIGNED
FLOATS = [pa.float16(), pa.float32(), pa.float64()]
NUMBERS = INTEGERS + FLOATS
BOOL, STRING, BINARY = pa.bool_(), pa.string(), pa.binary()
DATE, TIME, SPAN = pa.date32(), pa.timestamp("us"), pa.duration("us")
TIMES = [DATE, TIME, SPAN]
MOST_ROWS = 1000

_LETTERS = "aAbé ,_1\n\t\u00a0\u3000\u0301İßΣﬁ日😀"
_FIRST, _LAST = datetime.datetime(1700, 1, 1), datetime.datetime(2260, 1, 1)

_FLOATS = [0.0, -0.0, 0.5, 1.0, -1.0, -2.5, 3.0, 200.0, math.inf, -math.inf, math.nan]
_EXTREME_FLOATS = {16: [65504.0], 32: [3e38, 1e-45], 64: [1e308, 5e-324, 2.0**63, 2.0**53 + 2]}
_EDGES: dict[Any, list[Any]] = {
    BOOL: [False, True],
    STRING: ["", "a", "b", "12", "-3.5", "héllo", "a\nb", "a" * 40, " Éa,\u3000b a "],
    BINARY: [b"", b"a", b"b", b"\xff\x00", b"a" * 40],
    DATE: [datetime.date(1970, 1, 1), datetime.date(1900, 3, 1), datetime.date(2024, 2, 29)],
    TIME: [datetime.datetime(1970, 1, 1), datetime.datetime(2024, 2, 29, 23, 59, 59, 7)],
    SPAN: [datetime.timedelta(0), datetime.timedelta(-3, 5), datetime.timedelta(9, 0, 1)],
}


def edges(arrow_type: Any) -> list[Any]:
    """Values of a type that are likely to be treated wrongly, missing ones among them."""
    if pa.types.is_fixed_size_list(arrow_type):
        inner, width = edges(arrow_type.value_type), arrow_type.list_size
        return [
            None,
            *([inner[(i + j) % len(inner)] for j in range(width)] for i in range(len(inner))),
        ]
    if pa.types.is_list(arrow_type):
        inner = edges(arrow_type.value_type)
        some = [inner[i : i + 3] for i in range(len(inner))]
        return [None, [], [None], *some, inner, [inner[1], inner[2], inner[1], None, inner[1]]]
    if pa.types.is_floating(arrow_type):
        return [None, *_FLOATS, *_EXTREME_FLOATS[arrow_type.bit_width]]
    if pa.types.is_integer(arrow_type):
        limits = np.iinfo(arrow_type.to_pandas_dtype())
        low, high = int(limits.min), int(limits.max)
        some = {low, low + 1, -1, 0, 1, 2, 7, 2**53 + 1, high - 1, high}
        return [None, *sorted(v for v in some if low <= v <= high)]
    if pa.types.is_timestamp(arrow_type):
        return [None, *(_in_zone(moment, arrow_type) for moment in _EDGES[TIME])]
    return [None, *_EDGES[arrow_type]]


def _in_zone(moment: datetime.datetime, arrow_type: Any) -> datetime.datetime:
    return moment if arrow_type.tz is None else moment.replace(tzinfo=datetime.timezone.utc)


def values(arrow_type: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, or None."""
    if pa.types.is_fixed_size_list(arrow_type):
        width = arrow_type.list_size
        lists = st.lists(values(arrow_type.value_type), min_size=width, max_size=width)
        return st.none() | lists
    if pa.types.is_list(arrow_type):
        return st.none() | st.lists(values(arrow_type.value_type), max_size=4)
    return st.sampled_from(edges(arrow_type)) | _elements(arrow_type)


def _elements(dtype: Any) -> st.SearchStrategy[Any]:
    if pa.types.is_floating(dtype):
        return st.floats(width=dtype.bit_width)
    if pa.types.is_integer(dtype):
        limits = np.iinfo(dtype.to_pandas_dtype())
        low, high = int(limits.min), int(limits.max)
        return st.integers(max(low, -3), 6) | st.integers(low, high)
    if pa.types.is_timestamp(dtype):
        return st.datetimes(_FIRST, _LAST).map(lambda moment: _in_zone(moment, dtype))
    by_type = {
        BOOL: st.booleans(),
        STRING: st.text(_LETTERS, max_size=8) | st.text(max_size=5),
        BINARY: st.binary(max_size=5),
        DATE: st.dates(),
        SPAN: st.sampled_from(_EDGES[SPAN]),
    }
    return by_type[dtype]


def table_of(rows: Sequence[Sequence[Any]], types: Sequence[Any]) -> pa.Table:
    """Columns ``c0``, ``c1``, ... from rows of values."""
    columns = zip(*rows, strict=True) if rows else [[] for _ in types]
    return pa.table(
        {f"c{i}": pa.array(list(c), t) for i, (c, t) in enumerate(zip(columns, types, strict=True))}
    )


def corners(types: Sequence[Any]) -> pa.Table:
    """Every combination of the edges of some types; where these are too many, some of them."""
    rows = list(itertools.product(*(edges(t) for t in types)))
    if len(rows) > MOST_ROWS:
        kept = sorted(random.Random(5).sample(range(len(rows)), MOST_ROWS))
        rows = [rows[i] for i in kept]
    return table_of(rows, types)


def large_table(types: Sequence[Any], rows: int) -> pa.Table:
    """Columns ``c0``, ``c1``, ... of many rows."""
    draw = np.random.default_rng(7)
    return pa.table({f"c{i}": _large(t, rows, draw) for i, t in enumerate(types)})


def _large(arrow_type: Any, rows: int, draw: np.random.Generator) -> Any:
    if pa.types.is_fixed_size_list(arrow_type):
        width = arrow_type.list_size
        inner = _large(arrow_type.value_type, rows * width, draw)
        return pa.FixedSizeListArray.from_arrays(inner, width)
    if pa.types.is_list(arrow_type):
        offsets = np.append(np.sort(draw.integers(0, rows, rows)), rows).astype(np.int32)
        return pa.ListArray.from_arrays(offsets, _large(arrow_type.value_type, rows, draw))
    missing = draw.random(rows) < 0.1
    if pa.types.is_floating(arrow_type):
        with np.errstate(over="ignore"):
            numbers = draw.lognormal(0, 5, rows).astype(arrow_type.to_pandas_dtype())
        return pa.array(numbers, arrow_type, mask=missing)
    if arrow_type == BOOL:
        return pa.array(draw.random(rows) < 0.5, mask=missing)
    if arrow_type in (STRING, BINARY):
        return pa.array(draw.integers(0, rows // 3, rows).astype(str)).cast(arrow_type)
    if pa.types.is_integer(arrow_type):
        limits = np.iinfo(arrow_type.to_pandas_dtype())
        numbers = draw.integers(limits.min, limits.max, rows, dtype=limits.dtype, endpoint=True)
        return pa.array(numbers, arrow_type, mask=missing)
    width = np.int32 if arrow_type == DATE else np.int64
    return pa.array(draw.integers(-(2**15), 2**15, rows).astype(width), mask=missing).cast(
        arrow_type
    )


def layouts(array: Any) -> Iterator[tuple[str, Any]]:
    """The same column in other physical forms."""
    yield (
        "sliced",
        pa.concat_arrays([array[:5], array, array[:3]]).slice(len(array[:5]), len(array)),
    )
    if pa.types.is_string(array.type) or pa.types.is_binary(array.type):
        large = pa.large_string() if pa.types.is_string(array.type) else pa.large_binary()
        view = pa.string_view() if pa.types.is_string(array.type) else pa.binary_view()
        yield "large", array.cast(large)
        yield "view", array.cast(view)
        yield "dictionary", array.dictionary_encode()
        unused = pa.array(["not used"], array.type)
        longer = pa.concat_arrays([unused, array]).dictionary_encode()
        yield "dictionary with a value that does not occur", longer.slice(1)
        yield "dictionary with a missing value", _dictionary_with_null(array)
        yield "dictionary with a value twice", _dictionary_with_duplicates(array)
    elif pa.types.is_list(array.type):
        yield "large list", array.cast(pa.large_list(array.type.value_type))
        yield "gaps under missing lists", _lists_with_gaps(array)
    elif pa.types.is_fixed_size_list(array.type):
        yield "elements under missing vectors", _vectors_with_gaps(array)
    elif pa.types.is_integer(array.type) or array.type in FLOATS[1:]:
        yield "dictionary", array.dictionary_encode()


def _dictionary_with_null(array: Any) -> Any:
    dictionary = pa.concat_arrays([pa.nulls(1, array.type), array])
    indices = pa.array(np.arange(1, len(array) + 1), pa.int32())
    return pa.DictionaryArray.from_arrays(indices, dictionary)


def _dictionary_with_duplicates(array: Any) -> Any:
    known = array.drop_null()
    indices = pa.array([None if v is None else i for i, v in enumerate(array.to_pylist())])
    if known.null_count != array.null_count:
        indices = pa.array(
            np.cumsum(array.is_valid().to_numpy(zero_copy_only=False)) - 1,
            pa.int32(),
            mask=array.is_null().to_numpy(zero_copy_only=False),
        )
    return pa.DictionaryArray.from_arrays(indices.cast(pa.int32()), known)


def _lists_with_gaps(array: Any) -> Any:
    """Missing lists that have elements underneath, as some writers leave them."""
    filled = [v if v is not None else array.drop_null()[-1].as_py() for v in array.to_pylist()]
    whole = pa.array(filled, array.type)
    return pa.ListArray.from_arrays(whole.offsets, whole.values, mask=array.is_null())


def _vectors_with_gaps(array: Any) -> Any:
    """Missing vectors that have elements underneath."""
    filled = [v if v is not None else array.drop_null()[-1].as_py() for v in array.to_pylist()]
    whole = pa.array(filled, array.type)
    return pa.FixedSizeListArray.from_arrays(whole.values, type=array.type, mask=array.is_null())


def bits(value: Any) -> Any:
    """What tells two Python values apart to the last bit; all NaN are one."""
    if isinstance(value, list):
        return [bits(v) for v in value]
    if isinstance(value, float):
        return "nan" if math.isnan(value) else struct.pack("<d", value)
    return (type(value).__name__, value)
