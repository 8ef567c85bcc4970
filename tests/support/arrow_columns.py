"""Arrow columns of every element type, with the values and layouts in which bugs live."""

from __future__ import annotations

import datetime
import itertools
import math
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

_FLOATS = [0.0, -0.0, 0.5, 1.0, -1.0, -2.5, 3.0, 200.0, math.inf, -math.inf, math.nan]
_EXTREME_FLOATS = {16: [65504.0], 32: [3e38, 1e-45], 64: [1e308, 5e-324, 2.0**63, 2.0**53 + 2]}
_EDGES: dict[Any, list[Any]] = {
    BOOL: [False, True],
    STRING: ["", "a", "b", "12", "-3.5", "héllo", "a\nb", "a" * 40],
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
        return [None, [], [None], *(inner[i : i + 3] for i in range(len(inner))), inner]
    if pa.types.is_floating(arrow_type):
        return [None, *_FLOATS, *_EXTREME_FLOATS[arrow_type.bit_width]]
    if pa.types.is_integer(arrow_type):
        limits = np.iinfo(arrow_type.to_pandas_dtype())
        low, high = int(limits.min), int(limits.max)
        some = {low, low + 1, -1, 0, 1, 2, 7, 2**53 + 1, high - 1, high}
        return [None, *sorted(v for v in some if low <= v <= high)]
    return [None, *_EDGES[arrow_type]]


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
        return st.integers(int(limits.min), int(limits.max))
    by_type = {BOOL: st.booleans(), STRING: st.text(max_size=5), BINARY: st.binary(max_size=5)}
    return by_type.get(dtype, st.sampled_from(_EDGES[dtype]))


def table_of(rows: Sequence[Sequence[Any]], types: Sequence[Any]) -> pa.Table:
    """Columns ``c0``, ``c1``, ... from rows of values."""
    columns = zip(*rows, strict=True) if rows else [[] for _ in types]
    return pa.table(
        {f"c{i}": pa.array(list(c), t) for i, (c, t) in enumerate(zip(columns, types, strict=True))}
    )


def corners(types: Sequence[Any]) -> pa.Table:
    """Every combination of the edges of some types."""
    return table_of(list(itertools.product(*(edges(t) for t in types))), types)


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


def bits(value: Any) -> Any:
    """What tells two Python values apart to the last bit; all NaN are one."""
    if isinstance(value, list):
        return [bits(v) for v in value]
    if isinstance(value, float):
        return "nan" if math.isnan(value) else struct.pack("<d", value)
    return (type(value).__name__, value)
