"""Which run made what from what: a store of runs and artifacts, as ML Metadata has them.

It knows databases and processes, nothing of features, data or Beam: whoever records a run says
what it reads and writes. SQLAlchemy is loaded with the first store, not with this room's names.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taurus_beam.lineage.model import Artifact as Artifact
    from taurus_beam.lineage.model import ArtifactState as ArtifactState
    from taurus_beam.lineage.model import Context as Context
    from taurus_beam.lineage.model import Event as Event
    from taurus_beam.lineage.model import EventType as EventType
    from taurus_beam.lineage.model import Execution as Execution
    from taurus_beam.lineage.model import ExecutionState as ExecutionState
    from taurus_beam.lineage.model import Use as Use
    from taurus_beam.lineage.paths import Lineage as Lineage
    from taurus_beam.lineage.paths import down as down
    from taurus_beam.lineage.paths import up as up
    from taurus_beam.lineage.place import store_place as store_place
    from taurus_beam.lineage.run import Run as Run
    from taurus_beam.lineage.run import recording as recording
    from taurus_beam.lineage.store import LineageStore as LineageStore

_HOME = {
    **dict.fromkeys(
        (
            "Artifact",
            "ArtifactState",
            "Context",
            "Event",
            "EventType",
            "Execution",
            "ExecutionState",
            "Use",
        ),
        "model",
    ),
    **dict.fromkeys(("Lineage", "down", "up"), "paths"),
    **dict.fromkeys(("Run", "recording"), "run"),
    "LineageStore": "store",
    "store_place": "place",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
