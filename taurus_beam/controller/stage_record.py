"""What is known of each run of a stage, its state above all, and the list of all such runs.

A run writes its record into its folder and nobody else does; here it is read by whoever asks.
Folders are made, locked and named in `taurus_beam.controller.stage_folder`.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from taurus_beam.controller.durable_json import write_json
from taurus_beam.io.files import normalized
from taurus_beam.lineage.processes import is_there
from taurus_beam.specs import document

__all__ = [
    "CANCELED",
    "COMPLETE",
    "FAILED",
    "KILLED",
    "RUNNING",
    "STAGES",
    "STOPPED",
    "StageRecord",
    "is_folder_number",
    "stage_parent",
    "stages_in",
    "write_record",
]

STAGES = {"train": "versions", "validate": "validate", "test": "test", "production": "production"}
"""The stages, and the folder in which each leaves what it made."""

RUNNING, COMPLETE, STOPPED = "RUNNING", "COMPLETE", "STOPPED"
FAILED, CANCELED, KILLED = "FAILED", "CANCELED", "KILLED"
_FILE = "stage.json"


@dataclass(frozen=True)
class StageRecord:
    """What is known of one run of a stage; ``stage.json`` of its folder.

    Attributes:
        stage: Which one.
        number: The number of its folder; of a `train` the version that it makes.
        state: RUNNING, COMPLETE, STOPPED (by findings), FAILED, CANCELED; KILLED is shown of one
            that never said how it ended and whose process is gone.
        version: The version that was used; None for `train`.
        asked: What decides whether a later run goes on with this one: the data as they were named.
        pipeline: The digest of the user's class and code.
        data: By name, where the data are and their digest.
        began: When, RFC 3339.
        ended: Likewise; empty while it runs.
        process: What tells the process from all others.
        components: What was run, in order: name, kind, data, key, whether it was reused.
        error: What went wrong, if anything.
        path: The folder; not written down.
    """

    stage: str
    number: int
    state: str
    version: str | None
    asked: Mapping[str, Any]
    pipeline: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    began: str = ""
    ended: str = ""
    process: Mapping[str, Any] = field(default_factory=dict)
    components: tuple[Mapping[str, Any], ...] = ()
    error: str = ""
    path: str = ""

    @property
    def shown_state(self) -> str:
        """The state, and of one that never said how it ended the truth."""
        gone = self.state == RUNNING and is_there(self.process) is False
        return KILLED if gone else self.state

    @property
    def is_complete(self) -> bool:
        """Whether it lies under its own name."""
        return not os.path.basename(self.path).startswith(".")


def stages_in(directory: str, stage: str | None = None) -> list[StageRecord]:
    """All runs of stages that left something, finished or not, in the order of their numbers."""
    found = []
    for name in STAGES if stage is None else [stage]:
        parent = stage_parent(directory, name)
        if os.path.isdir(parent):
            found += sorted(_records(parent), key=lambda record: record.number)
    return found


def stage_parent(directory: str, stage: str) -> str:
    """The folder of a pipeline in which the runs of a stage lie."""
    return os.path.join(os.path.abspath(normalized(directory)), STAGES[stage])


def is_folder_number(name: str) -> bool:
    """Whether it names the folder of a run of a stage, finished or not."""
    return name.removeprefix(".").isdigit()


def write_record(record: StageRecord) -> None:
    """Write down what is known of a run into its folder."""
    write_json(os.path.join(record.path, _FILE), _written(record))


def _records(parent: str) -> Iterator[StageRecord]:
    for name in os.listdir(parent):
        path = os.path.join(parent, name)
        if not is_folder_number(name):
            continue
        with suppress(OSError, ValueError, TypeError, KeyError):
            with open(os.path.join(path, _FILE), encoding="utf-8") as file:
                known = json.load(file)
            del known["$schema"]
            known["components"] = tuple(known["components"])
            yield StageRecord(**known, path=path)


def _written(record: StageRecord) -> dict[str, Any]:
    known = dataclasses.asdict(record)
    del known["path"]
    return document("stage", known)
