"""Hashes of rows, with a key and without: what they were in the first version, they stay."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph.term_hash import hash_term
from taurus_beam.splits.keys import (
    content_hashes,
    identities,
    key_hashes,
    stratum_codes,
    stratum_texts,
)

ROWS = pa.record_batch(
    {
        "a": ["x", None, "é"],
        "n": [1, 2, None],
        "f": [0.5, math.nan, None],
        "l": [[1, 2], [], None],
        "d": pa.array([0, None, 20_000], pa.date32()),
    }
)


def test_splits_without_a_key_stay_what_they_were() -> None:
    hashes = [7007806320442343475, 17240475935655526537, 1141307391230651216]
    assert content_hashes(ROWS).tolist() == hashes
    equal = content_hashes(pa.record_batch({"a": ["x", "x"]}))
    assert identities(equal).tolist() == [772920629550229532, 4861832758245846769]


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([0.0, -0.0, math.nan])))
)
@settings(max_examples=40, deadline=None)
def test_codes_mean_the_texts(rows: list[tuple[str | None, float]]) -> None:
    batch = pa.record_batch(
        {
            "s": pa.array([s for s, _ in rows], pa.string()),
            "f": pa.array([f for _, f in rows], pa.float64()),
        }
    )
    wanted = stratum_texts(batch, ("s", "f")).to_pylist()
    texts, codes = stratum_codes(batch, ("s", "f"))
    assert [texts[code] for code in codes] == wanted
    assert Counter(texts) == Counter(set(wanted))


def text_of(value: Any) -> bytes:
    """The text of a key, as docs/splits.md tells it."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, datetime.datetime):
        micros = (value - datetime.datetime(1970, 1, 1)) // datetime.timedelta.resolution
        return str(micros * 1000).encode()
    return (str(int(value)) if isinstance(value, float) else str(value)).encode()


KEYS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "string": (pa.string(), st.text(max_size=20)),
    "large_string": (pa.large_string(), st.text(max_size=20)),
    "binary": (pa.binary(), st.binary(max_size=20)),
    "large_binary": (pa.large_binary(), st.binary(max_size=20)),
    "int8": (pa.int8(), st.integers(-128, 127)),
    "uint64": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "float32": (pa.float32(), st.integers(-1000, 1000).map(float)),
    "float64": (pa.float64(), st.integers(-(2**53), 2**53).map(float)),
    "bool": (pa.bool_(), st.booleans()),
    "date": (pa.date32(), st.dates(datetime.date(1000, 1, 1))),
    "timestamp": (
        pa.timestamp("us"),
        st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1)),
    ),
}


@pytest.mark.parametrize("kind", KEYS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_key_is_hashed_row_by_row_as_it_is_defined(kind: str, data: st.DataObject) -> None:
    dtype, values = KEYS[kind]
    keys = data.draw(st.lists(st.none() | values, max_size=30))
    start = data.draw(st.integers(0, len(keys)))
    wanted = [key is not None and hash_term(text_of(key)) for key in keys[start:]]
    whole = pa.array(keys, dtype)
    few = whole.dictionary_encode()
    # A dictionary of more keys than there are rows, as a part of a table has.
    many = pa.DictionaryArray.from_arrays(pa.array(range(len(keys)), pa.int32()), whole)
    for column in (whole, few, many):
        hashes, known = key_hashes(pa.record_batch({"key": column.slice(start)}), ("key",))
        assert [k and int(h) for h, k in zip(hashes, known.tolist(), strict=True)] == wanted


@given(st.lists(st.tuples(st.none() | st.text(max_size=9), st.none() | st.integers(-9, 9))))
@settings(max_examples=25, deadline=None)
def test_a_key_of_two_columns_is_hashed_row_by_row(rows: list[tuple[Any, Any]]) -> None:
    columns = {
        "s": pa.array([s for s, _ in rows], pa.string()),
        "n": pa.array([n for _, n in rows], pa.int64()),
    }
    wanted = []
    for row in rows:
        texts = [text_of(value) for value in row]
        joined = b"".join(str(len(text)).encode() + b":" + text for text in texts)
        wanted.append(None not in row and hash_term(joined))
    for batch in (columns, {name: each.dictionary_encode() for name, each in columns.items()}):
        hashes, known = key_hashes(pa.record_batch(batch), ("s", "n"))
        assert [k and int(h) for h, k in zip(hashes, known.tolist(), strict=True)] == wanted


def test_nan_is_no_key_and_its_hash_means_nothing() -> None:
    _, known = key_hashes(pa.record_batch({"key": [1.0, math.nan, None]}), ("key",))
    assert known.tolist() == [True, False, False]
