"""A table made batch by batch, or range by range, is the one that its definition says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.graph import number_ranges
from taurus_beam.graph.lookup import LookupTable
from taurus_beam.graph.lookup_builder import LookupBuilder
from taurus_beam.graph.term_hash import hash_term


def by_definition(terms: list[Any]) -> list[list[int]]:
    """Starts, tags and places, by Python's own sort."""
    entries = sorted((hash_term(term), place) for place, term in enumerate(terms))
    bits = max(len(terms) - 1, 0).bit_length()
    buckets = [hashed >> (64 - bits) for hashed, _ in entries]
    starts = np.searchsorted(buckets, range((1 << bits) + 1)) if buckets else np.zeros(2, int)
    return [
        starts.tolist()[: (1 << bits) + 1],
        [hashed & 0xFFFFFFFF for hashed, _ in entries],
        [place for _, place in entries],
    ]


def arrays(table: LookupTable) -> list[list[int]]:
    return [array.tolist() for array in (table.starts, table.tags, table.places)]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(max_size=12), unique=True, max_size=40)
    | st.integers(0, 2000).map(lambda n: [f"t{i}" for i in range(n)]),
    st.integers(1, 500),
    st.integers(1, 500),
)
def test_it_is_built_in_pieces(terms: list[str], size: int, together: int) -> None:
    expected = by_definition(terms)
    array = pa.array(terms, pa.string())
    with LookupBuilder() as builder:
        for start in range(0, len(terms), size):
            builder.add(array.slice(start, size))
        assert arrays(builder.table().check(len(terms))) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(number_ranges, "_RANGE_NUMBERS", together)
        assert arrays(LookupTable.of(array)) == expected
