"""The frozen graph of the reference work on many rows."""

from __future__ import annotations

from pathlib import Path

from benchmarks import data
from benchmarks.environments import SKLEARN
from benchmarks.works import scaled
from benchmarks.works.work import Contender, Prepare, Task, Work, timed


def taurus(threads: int | None) -> Prepare:
    """All rows in one chunk of a table, cut for the threads without a copy."""

    def contender(size: int, _: Path) -> Task:
        from benchmarks import taurus_peer

        table = data.table(size).combine_chunks()
        frozen = taurus_peer.fit(table)
        return timed(lambda: frozen.transform(table, threads=threads))

    return contender


def taurus_batch(size: int, _: Path) -> Task:
    from benchmarks import taurus_peer

    table = data.table(size).combine_chunks()
    frozen, (batch,) = taurus_peer.fit(table), table.to_batches()
    return timed(lambda: frozen.transform(batch))


def taurus_polars(size: int, _: Path) -> Task:
    import polars

    from benchmarks import taurus_peer

    table = data.table(size)
    frozen, frame = taurus_peer.fit(table), polars.from_arrow(table)
    return timed(lambda: frozen.transform(frame))


def taurus_pandas(size: int, _: Path) -> Task:
    import pandas

    from benchmarks import taurus_peer

    table = data.table(size)
    frozen, frame = taurus_peer.fit(table), table.to_pandas(types_mapper=pandas.ArrowDtype)
    return timed(lambda: frozen.transform(frame))


def taurus_in_sklearn(size: int, _: Path) -> Task:
    import taurus_beam as tb
    from benchmarks import taurus_peer

    table = data.table(size)
    transformer = tb.sklearn.TransformFnTransformer(transform_fn=taurus_peer.fit(table))
    return timed(lambda: transformer.transform(table))


def sklearn(size: int, _: Path) -> Task:
    from benchmarks import sklearn_peer

    frame = sklearn_peer.native(data.table(size))
    fitted = sklearn_peer.transformer().fit(frame)
    return timed(lambda: fitted.transform(frame))


WORK = Work(
    "the frozen graph on all rows (by hand: analyze + transform)",
    {
        "by hand": Contender(scaled.by_hand()),
        "taurus, one thread": Contender(taurus(1)),
        "taurus, all cores": Contender(taurus(None)),
        "taurus, one RecordBatch": Contender(taurus_batch),
        "taurus, Polars in and out": Contender(taurus_polars),
        "taurus, pandas of pyarrow types": Contender(taurus_pandas),
        "taurus, matrix for scikit-learn": Contender(taurus_in_sklearn),
        "scikit-learn": Contender(sklearn, SKLEARN),
    },
    sizes=(1,),
)
