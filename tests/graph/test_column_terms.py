"""A whole column as one dictionary: the values stay, each term stands in it once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from taurus_beam.graph import column_terms
from taurus_beam.graph.column_terms import dictionary_column

ROWS = 9_000


def column(kind: pa.DataType, missing: bool, lengths: list[int]) -> pa.ChunkedArray:
    rng = np.random.default_rng(len(lengths))
    values = [None if missing and n % 11 == 0 else f"{n}é" for n in rng.integers(0, 6_000, ROWS)]
    array = pa.array([*values, "", "0é"]).cast(kind)
    ends = np.cumsum(lengths)
    return pa.chunked_array([array.slice(end - n, n) for n, end in zip(lengths, ends, strict=True)])


@pytest.fixture(autouse=True)
def many_are_few(monkeypatch):
    monkeypatch.setattr(column_terms, "_PIECE_ROWS", 1_000)
    monkeypatch.setattr(column_terms, "_SHARD_ROWS", 700)


@pytest.mark.parametrize("lengths", [[ROWS], [10, 0, 5_000, 3_990], [100] * 90])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()], ids=str
)
def test_each_term_once_and_no_value_changed(kind, missing, lengths):
    plain = column(kind, missing, lengths)
    encoded = dictionary_column(plain, threads=2)
    assert encoded.type == pa.dictionary(pa.int32(), kind)
    assert [len(chunk) for chunk in encoded.chunks] == lengths
    assert encoded.cast(kind).equals(plain)
    terms = encoded.chunk(0).dictionary
    assert sorted(terms.to_pylist()) == sorted(set(plain.to_pylist()) - {None})
    assert all(chunk.dictionary.buffers() == terms.buffers() for chunk in encoded.chunks)


@pytest.mark.parametrize("missing", [False, True])
def test_the_number_of_threads_does_not_show(missing):
    plain = column(pa.string(), missing, [ROWS])
    found = [dictionary_column(plain, threads).chunk(0) for threads in (1, 2, 5)]
    for one in found[1:]:
        assert one.dictionary.equals(found[0].dictionary)
        assert one.indices.equals(found[0].indices)


def test_strings_of_one_shard_alone():
    plain = pa.chunked_array([["same"] * ROWS])
    encoded = dictionary_column(plain, threads=2)
    assert encoded.chunk(0).dictionary.to_pylist() == ["same"]
    assert encoded.cast(pa.string()).equals(plain)
    assert dictionary_column(pa.chunked_array([], pa.string()), threads=2).num_chunks == 0


def test_what_lies_under_a_missing_string_does_not_count():
    hidden = pa.array(["a", "hidden", "b"] * 3_000)
    validity = pa.array([True, False, True] * 3_000).buffers()[1]
    array = pa.Array.from_buffers(pa.string(), len(hidden), [validity, *hidden.buffers()[1:]])
    encoded = dictionary_column(pa.chunked_array([array]), threads=2)
    assert sorted(encoded.chunk(0).dictionary.to_pylist()) == ["a", "b"]
    assert encoded.chunk(0).indices.null_count == 3_000
