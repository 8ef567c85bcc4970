"""The lineage store as it is read: one that exists, since looking creates nothing; its runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from taurus_beam.errors import DataError, EngineError
from taurus_beam.lineage.place import VARIABLE, store_place

if TYPE_CHECKING:
    from taurus_beam.lineage.model import Execution
    from taurus_beam.lineage.store import LineageStore

__all__ = ["existing_store", "run_of"]


def existing_store(asked: str | None) -> LineageStore:
    """The store that the command line or the environment names, or the user's own.

    Raises:
        EngineError: If recording is off, there is no store, or it cannot be read.
    """
    place = store_place(asked)
    if place is None:
        raise EngineError(
            "Nothing is recorded: the lineage store is off.",
            where=VARIABLE,
            fix="Name a store with --lineage.",
        )
    if "://" not in place and not os.path.isfile(place):
        raise EngineError(
            "There is no lineage store yet.",
            where=place,
            expected="a store, which the first command that is recorded makes",
            fix="Run taurus-beam fit, stats or any other command, or name a store with --lineage.",
        )
    from taurus_beam.lineage.store import LineageStore

    return LineageStore(place)


def run_of(store: LineageStore, beginning: str) -> Execution:
    """The run whose id begins so.

    Raises:
        DataError: If there is none, or there are several.
    """
    found = store.executions(name=beginning.lower(), most=2)
    if len(found) == 1:
        return found[0]
    raise DataError(
        f"There {'are several runs' if found else 'is no run'} whose id begins with {beginning!r}.",
        where=store.shown,
        expected="the id of one run, or as many of its digits as tell it from the others",
        fix="taurus-beam runs lists them.",
    )
