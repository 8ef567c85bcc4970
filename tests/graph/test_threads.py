"""Threads: results, order and failures are those of one thread, however many work."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.errors import DataError, EngineError
from taurus_beam.graph.threads import (
    _helpers,
    available_cores,
    in_threads,
    rows_each,
    thread_count,
)
from taurus_beam.serving.monitor_counts import MonitorCounter

ROWS = 200_000


def table() -> pa.Table:
    numbers = np.random.default_rng(7).normal(size=ROWS)
    return pa.table(
        {
            "x": pa.array(numbers, mask=numbers > 2),
            "s": pa.array([f"term {n}" for n in range(97)]).take(
                pa.array(np.arange(ROWS) * 31 % 97)
            ),
        }
    )


def preprocess(inputs: tb.Inputs) -> dict[str, tb.Column]:
    x = tb.monitor_range(inputs["x"], -1.0, 1.0)
    return {
        "z": tb.scale_to_z_score(x),
        "bucket": tb.bucketize(x, 10),
        "id": tb.compute_and_apply_vocabulary(inputs["s"], top_k=50, num_oov_buckets=3),
    }


def test_the_bytes_do_not_depend_on_threads():
    data = table()
    fn = tb.fit(data, preprocess)
    alone, whole = (
        fn.transform(data, threads=1),
        fn.transform(data.combine_chunks().to_batches()[0]),
    )
    for threads in (2, 3, 8):
        outputs, violations = fn.transform_and_monitor(data, threads=threads)
        assert outputs.equals(alone)
        assert violations["x_range"].to_pylist() == [
            x is not None and not -1 <= x <= 1 for x in data["x"].to_pylist()
        ]
    assert pa.Table.from_batches([whole]).equals(alone)


def test_requests_at_once_share_the_helpers():
    data = table()
    fn = tb.fit(data, preprocess)
    expected = fn.transform(data, threads=1)
    counted = fn.monitor_counts["x_range"]
    equal: list[bool] = []

    def request():
        equal.extend(fn.transform(data, threads=4).equals(expected) for _ in range(3))

    requests = [threading.Thread(target=request) for _ in range(6)]
    for thread in requests:
        thread.start()
    for thread in requests:
        thread.join()
    assert equal == [True] * 18
    after = fn.monitor_counts["x_range"]
    assert after.rows == counted.rows * 19
    assert after.violations == counted.violations * 19
    helpers = [t for t in threading.enumerate() if t.name.startswith("taurus_beam")]
    assert len(helpers) <= available_cores()


def test_rows_of_several_threads_are_counted_and_equal():
    data = table().slice(0, 500)
    fn = tb.fit(data, preprocess)
    rows, expected = data.to_pylist(), fn.transform(data).to_pylist()
    before, found = fn.monitor_counts["x_range"].rows, []
    start = threading.Barrier(6)

    def requests():
        start.wait()  # the first of them compile the row path at once
        found.append([fn.row(row) for row in rows] == expected)

    threads = [threading.Thread(target=requests) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 6
    assert fn.monitor_counts["x_range"].rows == before + 6 * len(rows)


def test_the_first_rows_of_several_threads_are_counted_together(monkeypatch):
    class Slow(MonitorCounter):
        def __init__(self, names):
            time.sleep(0.02)  # all threads would find that there is none yet
            super().__init__(names)

    monkeypatch.setattr("taurus_beam.serving.transform_fn.MonitorCounter", Slow)
    data = table().slice(0, 100)
    fn = tb.TransformFn(tb.fit(data, preprocess).graph)
    row = data.to_pylist()[0]
    threads = [threading.Thread(target=fn.row, args=[row]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fn.monitor_counts["x_range"].rows == 4


def test_a_failure_is_that_of_the_first_part():
    data = pa.table({"n": pa.array([1.0] * ROWS)})
    fn = tb.fit(pa.table({"n": [1]}), lambda inputs: {"n": inputs["n"]})
    wrong = pa.concat_tables([data, pa.table({"n": [0.5]}), data])
    for threads in (1, 4):
        with pytest.raises(DataError, match="Column 'n' has values that int64 cannot hold"):
            fn.transform(wrong, threads=threads)

    def fail(part: int) -> int:
        if part in (2, 5):
            raise ValueError(f"part {part}")
        return part

    with pytest.raises(ValueError, match="part 2"):
        in_threads(fail, range(8), threads=4)


def test_a_part_is_waited_for_where_not_all_helpers_can_start(monkeypatch):
    start_thread, started = threading.Thread.start, []
    helping, finished = threading.Event(), []

    def start_one(thread: threading.Thread) -> None:
        started.append(thread)
        if len(started) > 1:
            raise RuntimeError("can't start new thread")
        start_thread(thread)

    def slow_in_helpers(part: int) -> int:
        if threading.current_thread() is threading.main_thread():
            helping.wait()
        else:
            helping.set()
            time.sleep(0.1)
        finished.append(part)
        return part

    monkeypatch.setattr("taurus_beam.graph.threads.available_cores", lambda: 3)
    monkeypatch.setattr(threading.Thread, "start", start_one)
    _helpers.cache_clear()
    try:
        assert in_threads(slow_in_helpers, range(4), threads=3) == [0, 1, 2, 3]
    finally:
        _helpers.cache_clear()
    assert len(started) == 2
    assert sorted(finished) == [0, 1, 2, 3]


def test_a_forked_process_makes_helpers_of_its_own():
    in_threads(abs, range(4), threads=2)
    child = os.fork()
    if child == 0:
        os._exit(0 if in_threads(abs, [-1, -2, -3], threads=2) == [1, 2, 3] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_how_many_threads_there_are(monkeypatch):
    monkeypatch.delenv("TAURUS_BEAM_THREADS", raising=False)
    assert thread_count() == available_cores()
    monkeypatch.setenv("TAURUS_BEAM_THREADS", "3")
    assert thread_count() == 3
    assert thread_count(2) == 2


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_no_number_of_threads(threads):
    with pytest.raises(EngineError, match="threads is"):
        thread_count(threads)


@pytest.mark.parametrize("said", ["0", "-1", "all", "1.5"])
def test_no_number_of_threads_in_the_environment(monkeypatch, said):
    monkeypatch.setenv("TAURUS_BEAM_THREADS", said)
    with pytest.raises(EngineError, match="TAURUS_BEAM_THREADS is"):
        tb.fit({"x": [1.0]}, lambda inputs: {"x": inputs["x"]}).transform({"x": [1.0]})


@pytest.mark.parametrize(
    ("rows", "threads", "each"),
    [
        (10, 2, 65_536),
        (65_537, 2, 32_769),
        (100_000, 1, 50_000),
        (3_367_760, 2, 65_536),  # of many batches one more matters little
    ],
)
def test_threads_have_as_many_of_few_batches(rows, threads, each):
    assert rows_each(rows, 65_536, threads) == each
