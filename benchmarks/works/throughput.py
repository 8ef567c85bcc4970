"""The frozen reference work on batches of 1 to 1,000,000 rows: what a call costs, and a row.

Each contender is handed the batch as it likes it best; only its own call is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks import agreement, cores, data
from benchmarks.environments import ONNX_RUNTIME, POLARS, SKLEARN, TFT
from benchmarks.works import exported
from benchmarks.works.work import Contender, Figures, Task, Work

# More cores are no use to the small ones.
SMALL, LARGE = (1, 100, 1_000), (10_000, 1_000_000)
# Small batches are called again and again for so long.
SECONDS = 0.2


def batch(size: int) -> pa.RecordBatch:
    """The first so many rows, in one batch."""
    table = data.table(10).slice(0, size).combine_chunks()
    (found,) = table.to_batches()
    return found


def called(function: Callable[[], Any], table: Callable[[Any], pa.Table]) -> Task:
    """Seconds of a call, on average over as many as `SECONDS` have room for."""

    def run() -> Figures:
        start, calls, took = time.perf_counter(), 0, 0.0
        while took < SECONDS:
            function()
            calls += 1
            took = time.perf_counter() - start
        return {"seconds": took / calls}

    return Task(run, lambda: table(function()))


def by_hand(size: int, _: Path) -> Task:
    from benchmarks import frozen_by_hand

    apply, given = frozen_by_hand.fitted(data.table(1), cores.available()), batch(size)
    return called(lambda: apply(given), as_table)


def by_taurus(size: int, _: Path) -> Task:
    """A table, which is cut for the threads where a batch is not."""
    from benchmarks import taurus_peer

    frozen, given = taurus_peer.fit(data.table(1)), as_table(batch(size))
    return called(lambda: frozen.transform(given), lambda table: table)


def by_taurus_batch(size: int, _: Path) -> Task:
    from benchmarks import taurus_peer

    frozen, given = taurus_peer.fit(data.table(1)), batch(size)
    return called(lambda: frozen.transform(given), as_table)


def by_onnx(size: int, _: Path) -> Task:
    from benchmarks.peers import onnx_peer

    session = onnx_peer.session(exported.path(), cores.available())
    given = onnx_peer.native(batch(size))
    return called(
        lambda: session.run(None, given), lambda outputs: onnx_peer.table(session, outputs)
    )


def by_sklearn(size: int, _: Path) -> Task:
    from benchmarks import sklearn_peer

    fitted = sklearn_peer.transformer().fit(sklearn_peer.native(data.table(1)))
    given = sklearn_peer.native(as_table(batch(size)))
    return called(
        lambda: fitted.transform(given),
        lambda matrix: pa.table(list(matrix.T), names=sklearn_peer.outputs(data.REFERENCE)),
    )


def by_polars(size: int, _: Path) -> Task:
    import polars

    from benchmarks.peers import frozen_polars

    apply, given = frozen_polars.fitted(data.table(1)), polars.from_arrow(batch(size))
    return called(lambda: apply(given), lambda frame: frame.to_arrow())


def by_tft(size: int, _: Path) -> Task:
    from benchmarks.peers import tft_frozen

    graph, given = tft_frozen.batch_function(), tft_frozen.native(batch(size))
    return called(lambda: graph(given), lambda outputs: tft_frozen.table(outputs, size))


def as_table(found: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([found])


# Each on one core at all sizes, and on all cores where these are of use.
CONTENDERS = {
    "by hand": Contender(by_hand),
    "taurus": Contender(by_taurus),
    "taurus, RecordBatch": Contender(by_taurus_batch),
    "ONNX Runtime": Contender(by_onnx, ONNX_RUNTIME),
    "Polars": Contender(by_polars, POLARS),
    "scikit-learn": Contender(by_sklearn, SKLEARN),
    "TFT": Contender(by_tft, TFT),
}
WORK = Work(
    "The frozen reference work on batches",
    {
        **{
            f"{name}, one core": Contender(one.prepare, one.environment, cores=1)
            for name, one in CONTENDERS.items()
            if name != "TFT"
        },
        "TFT, one core": Contender(by_tft, TFT, cores=1, sizes=SMALL),
        **{
            name: Contender(one.prepare, one.environment, sizes=LARGE)
            for name, one in CONTENDERS.items()
        },
    },
    sizes=(*SMALL, *LARGE),
    rows=1,
    prepare=exported.made,
    compare=agreement.compare,
    compare_at=10_000,
    note="Each is handed the batch as it likes it best, and gives what it likes to give: Arrow, "
    "a frame, a matrix, tensors. By hand and Polars are written for these columns. ONNX Runtime "
    "runs the model that taurus_beam exports. The time is of a call.",
    alone_from=10_000_000,
)
