"""The bounds of docs/running.md on what one pass allocates, on the reference work and on wide data.

Arrow's part is the peak of a pool of its own, NumPy's and Python's that of ``tracemalloc``. The
sum is more than the peak of both together, if anything.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from benchmarks.data import flights
from benchmarks.functions import preprocessing_fn
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.phases import phases
from taurus_beam.graph.trace import trace

KIB, MIB = 1 << 10, 1 << 20
# Arrays outlive what was measured, and with it their pools.
POOLS: list[Any] = []


@dataclass(frozen=True)
class Allocated:
    """Bytes: the most there were at one time, and what is left in the result."""

    peak: int
    kept: int


def allocated(run: Callable[[], Any]) -> Allocated:
    """What a call allocates once caches are filled.

    A vocabulary makes its table of words when it has been asked for some times its terms.
    """
    for _ in range(5):
        run()
    gc.collect()
    usual = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(usual)
    POOLS.append(pool)
    pa.set_memory_pool(pool)
    tracemalloc.start()
    try:
        result = run()
        python, most = tracemalloc.get_traced_memory()
        found = Allocated(most + pool.max_memory(), python + pool.bytes_allocated())
        del result
        return found
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(usual)


def analysis(function: Any, batches: list[pa.RecordBatch]) -> Callable[[], Any]:
    (phase,) = phases(trace(function, batches[0].schema))
    gatherer = Gatherer(phase, {})

    def run() -> Any:
        states = gatherer.zero()
        for batch in batches:
            states = gatherer.add(states, batch)
        return states

    return run


def wide(rows: int) -> pa.Table:
    draw = np.random.default_rng(0)
    return pa.table({f"x{i}": draw.normal(size=rows) for i in range(1_000)})


def z_scores(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {name: tb.scale_to_z_score(inputs[name]) for name in inputs}


@pytest.fixture(scope="module")
def reference() -> pa.Table:
    return flights().combine_chunks()


def transformed(table: pa.Table, function: Any) -> tuple[Allocated, int]:
    (batch,) = table.combine_chunks().to_batches()
    fn = tb.fit(table, function)
    return allocated(lambda: fn.transform(batch)), fn.transform(batch).nbytes


@pytest.mark.parametrize("rows", [1_000, 16_384, 65_536])
def test_a_batch_takes_its_results_and_two_columns_more(reference: pa.Table, rows: int) -> None:
    took, results = transformed(reference.slice(0, rows), preprocessing_fn)
    assert results <= took.peak <= results + 16 * rows + 512 * KIB


@pytest.mark.parametrize("rows", [100, 8_192])
def test_a_wide_batch_takes_no_more(rows: int) -> None:
    took, results = transformed(wide(rows), z_scores)
    assert results <= took.peak <= results + 16 * rows + 1_000 * KIB + 512 * KIB


@pytest.mark.parametrize(("rows", "batches"), [(4_096, 4), (65_536, 1), (65_536, 4)])
def test_analyzing_a_batch_takes_some_columns_besides_what_is_gathered(
    reference: pa.Table, rows: int, batches: int
) -> None:
    parts = reference.slice(0, rows * batches).to_batches(max_chunksize=rows)
    took = allocated(analysis(preprocessing_fn, parts))
    assert took.peak - took.kept <= 128 * rows + MIB


def test_analyzing_a_wide_batch_takes_no_more() -> None:
    took = allocated(analysis(z_scores, wide(8_192).to_batches()))
    assert took.peak - took.kept <= 128 * 8_192 + MIB
    assert took.kept <= 1_000 * 2 * KIB


GATHERED: dict[str, tuple[Callable[[tb.Column], tb.Column], int, int]] = {
    "moments": (tb.scale_to_z_score, 16 * KIB, MIB),
    "extrema": (tb.scale_to_0_1, 16 * KIB, MIB),
    "10 buckets": (lambda x: tb.bucketize(x, 10), 2 * MIB, 8 * MIB),
    "1000 buckets": (lambda x: tb.bucketize(x, 1_000), 6 * MIB, 40 * MIB),
}


@pytest.mark.parametrize(("function", "kept", "peak"), GATHERED.values(), ids=GATHERED)
def test_what_is_gathered_of_a_column_does_not_grow_with_the_rows(
    function: Callable[[tb.Column], tb.Column], kept: int, peak: int
) -> None:
    draw = np.random.default_rng(1)
    batches = [pa.record_batch({"x": draw.lognormal(0, 3, 65_536)}) for _ in range(16)]
    took = allocated(analysis(lambda inputs: {"out": function(inputs["x"])}, batches))
    assert took.kept <= kept
    assert took.peak <= peak


def test_a_vocabulary_takes_its_distinct_values_twice_and_what_waits() -> None:
    draw = np.random.default_rng(1)
    batches = [
        pa.record_batch({"s": draw.integers(10_000, 90_000, 65_536).astype(str)}) for _ in range(16)
    ]
    took = allocated(analysis(lambda i: {"out": tb.compute_and_apply_vocabulary(i["s"])}, batches))
    value = 5 + 4 + 8  # its bytes, an offset and a count
    assert took.kept <= 2 * value * (2 * 80_000 + (1 << 18))
    assert took.peak - took.kept <= 128 * 65_536 + 2 * value * (2 * 80_000 + (1 << 18))
