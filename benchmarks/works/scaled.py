"""Who does to some columns of a table what the reference work does to its own.

A peer of a module has ``native`` (the form it likes a table in), ``in_memory`` (what is timed) and
``answer`` (its output as a table, in the order and under the names of the others).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pyarrow as pa

from benchmarks import cores, data
from benchmarks.data import Columns
from benchmarks.works.work import Contender, Prepare, Task, timed

# The table of a size.
Table = Callable[[int], pa.Table]


def by_hand(table: Table = data.table, columns: Columns = data.REFERENCE) -> Prepare:
    def prepare(size: int, _: Path) -> Task:
        from benchmarks import by_hand

        given = table(size)
        return timed(
            lambda: by_hand.in_memory(given, cores.available(), columns), lambda outputs: outputs
        )

    return prepare


def taurus(table: Table = data.table, columns: Columns = data.REFERENCE) -> Prepare:
    def prepare(size: int, _: Path) -> Task:
        from benchmarks import taurus_peer

        given = table(size)
        return timed(lambda: taurus_peer.in_memory(given, columns), lambda outputs: outputs)

    return prepare


def peer(module: str, table: Table = data.table, columns: Columns = data.REFERENCE) -> Prepare:
    """A peer, from the form that it likes best."""

    def prepare(size: int, _: Path) -> Task:
        done = import_module(f"benchmarks.{module}")
        whole = table(size)
        given = done.native(whole)
        run = timed(lambda: done.in_memory(given, columns)).run
        return Task(run, lambda: done.answer(whole, columns))

    return prepare


def on_one_and_all(
    contenders: Mapping[str, Contender], sizes: tuple[int, ...] | None = None
) -> Iterator[tuple[str, Contender]]:
    """Each of them on one core, at these sizes, then each on all of them."""
    for name, one in contenders.items():
        yield f"{name}, one core", Contender(one.prepare, one.environment, 1, sizes)
    yield from contenders.items()
