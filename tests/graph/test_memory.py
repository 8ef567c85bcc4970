"""Arrays from Arrow's pool are NumPy's in every respect but where their memory comes from."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from taurus_beam.graph.memory import converted, uninitialized


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 100_000])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, np.bool_])
def test_arrays_of_any_size_can_be_written(size, dtype):
    array = uninitialized(size, dtype)
    array[...] = np.arange(size) % 2
    assert array.shape == (size,)
    assert array.dtype == dtype
    assert array.flags.c_contiguous
    np.testing.assert_array_equal(array, np.arange(size) % 2)


def test_large_arrays_are_of_the_pool_and_go_back_to_it():
    before = pa.total_allocated_bytes()
    array = uninitialized(1_000_000, np.float64)
    assert pa.total_allocated_bytes() - before == 8_000_000
    del array
    assert pa.total_allocated_bytes() == before


@pytest.mark.parametrize("shape", [(7,), (100_000,), (50_000, 2)])
def test_conversion_is_numpys(shape):
    wide = np.random.default_rng(5).normal(size=shape)
    np.testing.assert_array_equal(converted(wide, np.float32), wide.astype(np.float32))
