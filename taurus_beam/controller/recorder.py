"""What the lineage store is told of a stage and of each of its components.

A store that cannot be written costs no stage its work: that is told once. Only one that was named
has to be there when the stage begins.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from taurus_beam.errors import EngineError
from taurus_beam.lineage.model import Context
from taurus_beam.lineage.place import store_place

if TYPE_CHECKING:
    from taurus_beam.lineage.run import Run
    from taurus_beam.lineage.store import LineageStore

__all__ = ["Recorder", "warn"]

Warn = Callable[[EngineError], None]


def warn(problem: EngineError) -> None:
    """Tell by a warning of Python that a run is not recorded, or not wholly."""
    warnings.warn(f"This run is not recorded, or not wholly: {problem}", stacklevel=2)


class Recorder:
    """Records the components of one stage, all of them in its context.

    Args:
        store: Where to; None where nothing is recorded.
        contexts: What they belong to.
        told: Is called where the store fails.
    """

    def __init__(self, store: LineageStore | None, contexts: tuple[Context, ...], told: Warn):
        self._store, self._contexts, self._told = store, contexts, told

    @contextmanager
    def recording(self, type: str, configuration: Mapping[str, Any]) -> Iterator[Run | None]:
        """Record what happens within the block as an execution; None where that cannot be."""
        run = None
        if self._store is not None:
            from taurus_beam.lineage.run import recording

            block = recording(self._store, type, configuration, self._told, self._contexts)
            try:
                run = block.__enter__()
            except EngineError as problem:
                self._told(problem)
        if run is None:
            yield None
            return
        try:
            yield run
        except BaseException as failure:
            block.__exit__(failure.__class__, failure, failure.__traceback__)
            raise
        block.__exit__(None, None, None)


@contextmanager
def recorder(asked: str | None, pipeline: str, stage: str, told: Warn = warn) -> Iterator[Recorder]:
    """The recorder of a stage.

    Args:
        asked: The store, as ``--lineage`` names it; None for the environment's or the usual one.
        pipeline: The name of the user's class.
        stage: The folder of the stage, under the name that it will have.
        told: Is called where the store fails.

    Raises:
        EngineError: The store was named and cannot be used.
    """
    contexts = (Context("Pipeline", pipeline), Context("Stage", stage))
    place = store_place(asked)
    store = None
    if place is not None:
        from taurus_beam.lineage.store import LineageStore

        try:
            store = LineageStore(place)
        except EngineError as problem:
            if asked is not None:
                raise
            told(problem)
    try:
        yield Recorder(store, contexts, told)
    finally:
        if store is not None:
            store.close()
