"""The reference work: ten columns of the flights to 22, from a table and from a Parquet file."""

from __future__ import annotations

from pathlib import Path

from benchmarks import data
from benchmarks.environments import SKLEARN
from benchmarks.works.work import Contender, Task, Work, timed


def by_hand_in_memory(size: int, _: Path) -> Task:
    from benchmarks import by_hand

    table = data.table(size)
    return timed(lambda: by_hand.in_memory(table))


def all_cores_in_memory(size: int, _: Path) -> Task:
    from benchmarks import by_hand

    table = data.table(size)
    return timed(lambda: by_hand.in_memory(table, by_hand.all_cores()))


def taurus_in_memory(size: int, _: Path) -> Task:
    from benchmarks import taurus_peer

    table = data.table(size)
    return timed(lambda: taurus_peer.in_memory(table))


def sklearn_in_memory(size: int, _: Path) -> Task:
    from benchmarks import sklearn_peer

    frame = sklearn_peer.native(data.table(size))
    return timed(lambda: sklearn_peer.in_memory(frame))


def by_hand_parquet(size: int, folder: Path) -> Task:
    from benchmarks import by_hand

    source = data.path(size)
    return timed(lambda: by_hand.parquet(source, folder))


def all_cores_parquet(size: int, folder: Path) -> Task:
    from benchmarks import by_hand

    source = data.path(size)
    return timed(lambda: by_hand.parquet(source, folder, by_hand.all_cores()))


def taurus_parquet(size: int, folder: Path) -> Task:
    from benchmarks import taurus_peer

    source = data.path(size)
    return timed(lambda: taurus_peer.beam(source, folder))


def sklearn_parquet(size: int, folder: Path) -> Task:
    from benchmarks import sklearn_peer

    source = data.path(size)
    return timed(lambda: sklearn_peer.parquet(source, folder))


IN_MEMORY = Work(
    "analyze + transform, table to table",
    {
        "by hand": Contender(by_hand_in_memory),
        "by hand, all cores": Contender(all_cores_in_memory),
        "taurus": Contender(taurus_in_memory),
        "scikit-learn": Contender(sklearn_in_memory, SKLEARN),
    },
)
PARQUET = Work(
    "analyze + transform, Parquet to Parquet (taurus: through Beam)",
    {
        "by hand": Contender(by_hand_parquet),
        "by hand, all cores": Contender(all_cores_parquet),
        "taurus": Contender(taurus_parquet),
        "scikit-learn": Contender(sklearn_parquet, SKLEARN),
    },
)
