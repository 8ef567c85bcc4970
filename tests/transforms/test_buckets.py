"""Buckets are the same however many values and boundaries there are, and whatever is compared."""

from __future__ import annotations

from bisect import bisect_right
from math import inf, nan

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb


@pytest.mark.parametrize("rows", [1, 256, 257, 16_384, 16_385])
@pytest.mark.parametrize("count", [1, 9, 32, 33])
def test_every_way_of_comparing_gives_the_same(rows: int, count: int) -> None:
    cuts = [float(cut) for cut in range(count)]
    numbers = np.resize([-inf, -0.5, -0.0, 0.0, 1.0, 7.25, 8.0, 31.0, 40.0, inf, nan], rows)
    fn = tb.fit(pa.table({"x": [0.0]}), lambda inputs: {"b": tb.apply_buckets(inputs["x"], cuts)})
    expected = [count if x != x else bisect_right(cuts, x) for x in numbers.tolist()]
    assert fn.transform({"x": numbers})["b"].tolist() == expected
