"""Work done over and over leaves nothing behind: 10,000 batches, a million rows, every operation.

What is watched is said in `memory_use.Held`. Counting Python's blocks of memory shows what
``tracemalloc`` would, an object kept for some calls, and slows nothing down.
"""

from __future__ import annotations

import ctypes
import gc
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from applications import APPLICATIONS, Application
from fitting import corner_table, fitted
from memory_use import Held, growth
from tensorflow_metadata.proto.v0 import statistics_pb2

import taurus_beam as tb
from benchmarks.data import flights
from taurus_beam.graph.column import apply
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.operation import Operation, operation
from taurus_beam.graph.phases import phases
from taurus_beam.graph.trace import trace
from taurus_beam.stats.term_table import TermState

ONE_OF_EACH = {a.operation: a for a in reversed(APPLICATIONS)}
# What the system gives comes in pages, and Arrow's and C's allocators keep some in hand.
MOST_RESIDENT = 2 << 20
ONE = np.ones(1, np.int64)


def left_behind(held: Held, calls: int) -> list[str]:
    """What calls left: of 200 an object for each would be seen, of thousands one for twenty."""
    # Of a million calls, eight bytes of C's for each would be seen.
    most = {"objects": 100 + calls // 20, "arrow": 0, "resident": MOST_RESIDENT + 6 * calls}
    return [name for name, bound in most.items() if getattr(held, name) > bound]


def preprocess(inputs: tb.Inputs) -> dict[str, tb.Column]:
    delay = tb.monitor_range(inputs["dep_delay"], max=600)
    return {
        "z": tb.scale_to_z_score(delay),
        "bucket": tb.bucketize(inputs["distance"], 10),
        "id": tb.compute_and_apply_vocabulary(inputs["dest"], num_oov_buckets=1),
        "plane": tb.hash_strings(inputs["tailnum"], 100),
        "parts": tb.split(inputs["tailnum"], "N"),
    }


@pytest.fixture(scope="module", autouse=True)
def without_what_was_before() -> Iterator[None]:
    """Collecting garbage takes long where other tests' modules are looked through each time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return flights().slice(0, 20_000).combine_chunks()


@pytest.fixture(scope="module")
def fn(table: pa.Table) -> tb.TransformFn:
    return tb.fit(table, preprocess)


@pytest.fixture
def next_batch(table: pa.Table) -> Callable[[], pa.RecordBatch]:
    return itertools.cycle(table.to_batches(max_chunksize=200)).__next__


def adding(gatherer: Gatherer, batch: Callable[[], pa.RecordBatch]) -> Callable[[], None]:
    """Adds a batch to the same states again and again."""
    states = gatherer.zero()

    def add() -> None:
        nonlocal states
        states = gatherer.add(states, batch())

    return add


def test_10_000_batches_transformed(
    fn: tb.TransformFn, next_batch: Callable[[], pa.RecordBatch]
) -> None:
    held = growth(lambda: fn.transform(next_batch()), warm_up=2_000, times=8_000)
    assert left_behind(held, 8_000) == []


def test_10_000_batches_analyzed(table: pa.Table, next_batch: Callable[[], pa.RecordBatch]) -> None:
    (phase,) = phases(trace(preprocess, table.schema))
    held = growth(adding(Gatherer(phase, {}), next_batch), warm_up=2_000, times=8_000)
    # Tables of terms wait to be merged, some hundred at a time.
    assert held.objects < 4_000
    assert held.arrow < 1 << 20
    assert held.resident < MOST_RESIDENT


def test_a_million_rows(fn: tb.TransformFn, table: pa.Table) -> None:
    next_row = itertools.cycle(table.slice(0, 1_000).to_pylist()).__next__
    held = growth(lambda: fn.row(next_row()), warm_up=10_000, times=990_000)
    assert left_behind(held, 990_000) == []


@pytest.mark.parametrize("application", ONE_OF_EACH.values(), ids=str)
def test_every_operation_on_batches_and_on_rows(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types).slice(0, 50)
    (batch,) = table.combine_chunks().to_batches()
    rows = table.slice(0, 5).to_pylist()
    assert left_behind(growth(lambda: fn.transform(batch), 20, 200), 200) == []
    assert left_behind(growth(lambda: [fn.row(row) for row in rows], 20, 200), 200) == []


FEW = {
    "vocabulary": lambda i: tb.compute_and_apply_vocabulary(i["key"]),
    "mean per key": lambda i: tb.scale_to_z_score_per_key(i["x"], i["key"]),
    "buckets per key": lambda i: tb.bucketize_per_key(i["x"], i["key"], 3),
    "weighted quantiles": lambda i: tb.bucketize(i["x"], 3, weights=i["x"]),
}


@pytest.mark.parametrize("function", FEW.values(), ids=FEW)
def test_batches_of_few_distinct_values_do_not_pile_up(function: Callable[..., Any]) -> None:
    """Each leaves a small table, and some hundred of them wait, whatever the number of batches."""
    batch = pa.record_batch({"x": [1.0, 2.0, 3.0], "key": ["a", "b", "c"]})
    (phase,) = phases(trace(lambda inputs: {"out": function(inputs)}, batch.schema))
    held = growth(adding(Gatherer(phase, {}), lambda: batch), warm_up=2_000, times=2_000)
    assert held.objects < 4_000
    assert held.arrow < 100_000


def test_tables_of_few_terms_of_statistics_do_not_pile_up() -> None:
    state, path = TermState(), ("zone",)
    for _ in range(1_000):
        state.add_counts(path, statistics_pb2.FeatureNameStatistics.STRING, pa.array(["a"]), ONE)
    assert len(state.pieces) < 300
    assert state.table()["count"].to_pylist() == [1_000]


KEPT: list[Any] = []
LEAKS: dict[str, Callable[[], Any]] = {
    "objects": lambda: KEPT.append(object()),
    "arrow": lambda: KEPT.append(pa.allocate_buffer(64)),
    # What C code forgets, of which Python and Arrow know nothing.
    "resident": lambda: ctypes.memset(_malloc(4096), 1, 4096),
}
_malloc = ctypes.CDLL(None).malloc
_malloc.restype = ctypes.c_void_p


@operation
@dataclass(frozen=True)
class Leaking(Operation):
    """Gives back what it takes, and keeps a little in one way each time."""

    name = "tests.leaking"
    way: str

    def infer(self, *types: Any) -> Any:
        return types[0]

    def batch(self, *types: Any) -> Callable[..., Any]:
        return lambda rows, x: (LEAKS[self.way](), x)[1]

    def row(self, *types: Any) -> Callable[..., Any]:
        return lambda x: (LEAKS[self.way](), x)[1]


@pytest.mark.parametrize("way", LEAKS)
def test_a_leak_is_seen(way: str) -> None:
    batch = pa.record_batch({"x": [1.0]})
    fn = tb.fit(pa.table(batch), lambda inputs: {"out": apply(Leaking(way), inputs["x"])})
    for call in (lambda: fn.transform(batch), lambda: fn.row({"x": 1.0})):
        assert way in left_behind(growth(call, warm_up=100, times=1_000), 1_000)
    KEPT.clear()
