"""Parts of a batch: what Arrow's own filter gives, of every type, in slices and without rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.splits.parting import parted

ROWS = 12


def in_longer_buffers(texts: pa.Array) -> pa.Array:
    """The same texts over buffers that end in the middle of an element, as other writers may."""
    _, offsets, body = texts.buffers()
    longer = pa.py_buffer(offsets.to_pybytes() + b"...")
    return pa.Array.from_buffers(texts.type, len(texts), [None, longer, body])


COLUMNS = {
    "codes": pa.array(["JFK", "LGA", "EWR"] * 4),
    "longer buffers": in_longer_buffers(pa.array(["JFK", "LGA", "EWR"] * 4)),
    "pairs": pa.array([b"AA", b"DL"] * 6, pa.large_binary()),
    "empty texts": pa.array([""] * ROWS, pa.large_string()),
    "texts": pa.array(["a", "", "bcd", None] * 3),
    "one length but missing": pa.array(["ab", None, "cd"] * 4),
    "one length on average": pa.array(["ab", "c", "def"] * 4),
    "long texts": pa.array([c * 50 for c in "abcdefghijkl"]),
    "floats": pa.array([0.5, None, float("nan")] * 4),
    "days": pa.array([20_000, None, 0] * 4, pa.date32()),
    "only missing": pa.nulls(ROWS, pa.int8()),
    "booleans": pa.array([True, None, False] * 4),
    "dictionary": pa.array(["x", None, "y"] * 4).dictionary_encode(),
    "lists": pa.array([[1], None, [], [2, 3]] * 3),
    "structs": pa.array([{"a": 1, "b": "x"}, None] * 6),
    "decimals": pa.array([Decimal(n) for n in range(ROWS)]),
    "nothing": pa.nulls(ROWS),
    "extension": pa.ExtensionArray.from_storage(pa.json_(pa.string()), pa.array(["1"] * ROWS)),
}
BATCH = pa.record_batch(list(COLUMNS.values()), list(COLUMNS)).replace_schema_metadata({"of": "me"})


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_parts_are_what_a_filter_gives(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, ROWS))
    batch = BATCH.slice(start, data.draw(st.integers(0, ROWS - start)))
    number = data.draw(st.sampled_from([1, 2, 3, 20]))
    one = st.integers(-3, number - 1)
    codes = np.array(data.draw(st.lists(one, min_size=len(batch), max_size=len(batch))), np.int16)

    parts = dict(parted(batch, codes, number))

    assert list(parts) == sorted({*codes[codes >= 0].tolist()})
    for code, part in parts.items():
        part.validate(full=True)
        assert part.schema.equals(batch.schema, check_metadata=True)
        # As text, for one NaN is not equal to another.
        assert str(part.to_pylist()) == str(batch.filter(pa.array(codes == code)).to_pylist())


@pytest.mark.parametrize("number", [2, 20])
def test_a_part_that_is_everything_is_not_copied(number: int) -> None:
    ((_, part),) = parted(BATCH, np.ones(ROWS, np.int16), number)
    assert part["floats"].buffers()[1].address == BATCH["floats"].buffers()[1].address


@pytest.mark.parametrize("dtype", [pa.string(), pa.binary(), pa.large_string(), pa.large_binary()])
@pytest.mark.parametrize("length", [1, 3, 8, 32, 33])
def test_texts_of_one_length_are_of_any_type_and_length(dtype: Any, length: int) -> None:
    texts = pa.array([c * length for c in "abcdef"]).cast(dtype)
    batch = pa.record_batch({"t": texts.slice(1)})
    found = dict(parted(batch, np.array([1, 0, 1, -1, 0], np.int16), 2))
    wanted = {0: ["c", "f"], 1: ["b", "d"]}
    assert {code: part["t"].cast(pa.binary()).to_pylist() for code, part in found.items()} == {
        code: [c.encode() * length for c in each] for code, each in wanted.items()
    }
    assert all(part["t"].type == dtype for part in found.values())


@pytest.mark.parametrize("rows", [65_536, 65_537])
def test_many_texts_of_one_length(rows: int) -> None:
    batch = pa.record_batch({"t": ["JFK", "LGA"] * (rows // 2) + ["EWR"] * (rows % 2)})
    codes = np.arange(rows, dtype=np.int16) % 2
    even, odd = (part["t"] for _, part in parted(batch, codes, 2))
    odd.validate(full=True)
    assert even.to_pylist() == ["JFK"] * (rows // 2) + ["EWR"] * (rows % 2)
    assert odd.to_pylist() == ["LGA"] * (rows // 2)
