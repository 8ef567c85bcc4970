"""Others that are told of runs besides the store: OpenLineage and MLflow, where they are asked for.

They come after the store and may fail without harm to it or to the run. Their libraries are
loaded only where the environment names them.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from taurus_beam.errors import EngineError
from taurus_beam.lineage.model import Execution, Use

__all__ = ["VARIABLE", "Export", "Exports", "Told"]

VARIABLE = "TAURUS_BEAM_LINEAGE_EXPORT"
_KNOWN = ("mlflow", "openlineage")


@dataclass
class Told:
    """What there is to tell of a run.

    Attributes:
        execution: With its state, and its properties so far.
        reads: What it read so far.
        writes: What it wrote.
    """

    execution: Execution
    reads: list[Use] = field(default_factory=list)
    writes: list[Use] = field(default_factory=list)


class Export(Protocol):
    """Somebody who is told; what goes wrong may be raised as whatever it is."""

    def begins(self, run: Told) -> None:
        """Tell that a run begins; nothing is known of what it reads."""

    def ends(self, run: Told) -> None:
        """Tell that it has ended, and how."""


class Exports:
    """All that the environment names, each of which is told no more once it has failed.

    Args:
        fails: Called with what went wrong.
        environment: Where ``TAURUS_BEAM_LINEAGE_EXPORT`` has names with commas between.

    Example:
        >>> Exports(print, {"TAURUS_BEAM_LINEAGE_EXPORT": "papyrus"}).names
        'papyrus' is nothing that runs can be told to.
          where:    TAURUS_BEAM_LINEAGE_EXPORT
          expected: mlflow, openlineage
        []
    """

    def __init__(
        self,
        fails: Callable[[EngineError], None],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._fails = fails
        self._open: dict[str, Export] = {}
        for name in filter(None, map(str.strip, environment.get(VARIABLE, "").split(","))):
            self._try(name, functools.partial(self._add, name))

    @property
    def names(self) -> list[str]:
        """Who is told."""
        return list(self._open)

    def begins(self, run: Told) -> None:
        """Tell all that a run begins."""
        self._each(lambda export: export.begins(run))

    def ends(self, run: Told) -> None:
        """Tell all that it has ended."""
        self._each(lambda export: export.ends(run))

    def _each(self, step: Callable[[Export], None]) -> None:
        for name, export in list(self._open.items()):
            self._try(name, functools.partial(step, export))

    def _add(self, name: str) -> None:
        self._open[name] = _opened(name)

    def _try(self, name: str, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as problem:  # whatever a library raises costs no run its work
            self._open.pop(name, None)
            self._tell(name, problem)

    def _tell(self, name: str, problem: Exception) -> None:
        if isinstance(problem, EngineError):
            self._fails(problem)
            return
        first = str(problem).strip().split("\n", 1)[0]
        self._fails(EngineError(f"{name} could not be told of the run: {first}", where=VARIABLE))


def _opened(name: str) -> Export:
    if name not in _KNOWN:
        raise EngineError(
            f"{name!r} is nothing that runs can be told to.",
            where=VARIABLE,
            expected=", ".join(_KNOWN),
        )
    try:
        export: Export = importlib.import_module(f"taurus_beam.lineage.to_{name}").export()
    except ModuleNotFoundError as problem:
        raise EngineError(
            f"{name} cannot be told of runs without {problem.name}, which is not installed.",
            where=VARIABLE,
            fix=f"pip install 'taurus-beam[{name}]'",
        ) from problem
    return export
