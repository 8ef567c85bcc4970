"""The folder of a pipeline: its versions, what the other stages left, and what is being made.

What is being made lies under a hidden name and gets its own by one rename, when it is complete.
Whoever makes it holds a lock, which ends with the process however that ends.

::

    DIRECTORY/versions/3/     what a `train` made
    DIRECTORY/production/12/  what a `production` made; likewise validate/ and test/
    DIRECTORY/versions/.4/    what a `train` makes, or has not finished
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from taurus_beam.errors import ArtifactError, EngineError
from taurus_beam.io.files import is_local, normalized
from taurus_beam.lineage.processes import is_there, this_process
from taurus_beam.specs import document, json_text

try:
    import fcntl
except ModuleNotFoundError:
    fcntl = None  # type: ignore[assignment]  # there are no such locks on Windows

__all__ = [
    "CANCELED",
    "COMPLETE",
    "FAILED",
    "KILLED",
    "RUNNING",
    "STAGES",
    "STOPPED",
    "StageFolder",
    "StageRecord",
    "new_folder",
    "newest_version",
    "now",
    "stages_in",
    "version_at",
    "write_json",
]

STAGES = {"train": "versions", "validate": "validate", "test": "test", "production": "production"}
"""The stages, and the folder in which each leaves what it made."""

RUNNING, COMPLETE, STOPPED = "RUNNING", "COMPLETE", "STOPPED"
FAILED, CANCELED, KILLED = "FAILED", "CANCELED", "KILLED"
_RECORD, _LOCK = "stage.json", "lock"


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


class StageFolder:
    """The folder of a stage that is being made by this process.

    Attributes:
        record: What is known of it so far.
        resumed: Whether an earlier run began it.
    """

    def __init__(self, record: StageRecord, lock: int | None, resumed: bool) -> None:
        self.record = record
        self.resumed = resumed
        self._lock = lock

    @property
    def path(self) -> str:
        """Where it is now."""
        return self.record.path

    @property
    def final_path(self) -> str:
        """Where it will be."""
        return os.path.join(os.path.dirname(self.path), str(self.record.number))

    def at(self, name: str) -> str:
        """The path of a file or folder in it, which can be written."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def has(self, name: str) -> bool:
        """Whether there is something of a name in it."""
        return os.path.lexists(os.path.join(self.path, name))

    def remove(self, name: str) -> None:
        """Remove a file or folder in it, as far as there is one."""
        path = os.path.join(self.path, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)

    def tell(self, **known: Any) -> None:
        """Write down what has become known."""
        self.record = dataclasses.replace(self.record, **known)
        write_json(os.path.join(self.path, _RECORD), _written(self.record))

    def commit(self, state: str) -> str:
        """Give the folder its own name; the path.

        Raises:
            EngineError: The name was taken by somebody else.
        """
        self.tell(state=state, ended=now())
        final = self.final_path
        try:
            os.rename(self.path, final)
        except OSError as problem:
            raise EngineError(
                f"What was made cannot get its name {final}: {problem.strerror or problem}",
                where=self.path,
                fix="Look what is there; run the stage again when the name is free.",
            ) from problem
        with suppress(FileNotFoundError):
            os.remove(os.path.join(final, _LOCK))
        _sync(os.path.dirname(final))
        self.record = dataclasses.replace(self.record, path=final)
        return final

    def close(self) -> None:
        """Let another process go on with it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def new_folder(
    directory: str, stage: str, version: str | None, asked: Mapping[str, Any], resume: bool
) -> StageFolder:
    """The folder for a run of a stage: that of an unfinished run of the same, or a new one.

    Args:
        directory: The pipeline's.
        stage: Which stage.
        version: The version that is used.
        asked: What a later run must have been asked for to go on with this one.
        resume: Whether to go on with an unfinished run; else it is removed.

    Raises:
        EngineError: Another process is at it, or the folder cannot be made.
    """
    if not is_local(normalized(directory)):
        raise EngineError(
            f"The directory of a pipeline is {directory}.",
            expected="a folder of this machine, or on a disk that it shares with the workers",
            fix="Name one; copy finished versions elsewhere.",
        )
    parent = os.path.join(os.path.abspath(normalized(directory)), STAGES[stage])
    try:
        os.makedirs(parent, exist_ok=True)
        for old in stages_in(directory, stage):
            if old.is_complete or old.asked != asked or old.version != version:
                continue
            try:
                lock = _locked(old)
            except FileNotFoundError:
                continue  # its process has just finished it
            if resume:
                folder = StageFolder(old, lock, resumed=True)
                folder.tell(state=RUNNING, process=this_process(), error="", ended="")
                return folder
            shutil.rmtree(old.path)
            _unlock(lock)
        return _made(parent, StageRecord(stage, 0, RUNNING, version, asked))
    except OSError as problem:
        raise EngineError(
            f"The folder of the pipeline cannot be used: {problem.strerror or problem}",
            where=parent,
            expected="a folder that can be written",
        ) from problem


def _made(parent: str, record: StageRecord) -> StageFolder:
    while True:
        taken = [int(name.lstrip(".")) for name in os.listdir(parent) if _is_number(name)]
        number = max(taken, default=0) + 1
        path = os.path.join(parent, f".{number}")
        try:
            os.mkdir(path)
        except FileExistsError:
            continue
        if os.path.lexists(os.path.join(parent, str(number))):
            # Another process has finished it since.
            os.rmdir(path)
            continue
        record = dataclasses.replace(
            record, number=number, path=path, began=now(), process=this_process()
        )
        folder = StageFolder(record, _locked(record), resumed=False)
        folder.tell()
        return folder


def stages_in(directory: str, stage: str | None = None) -> list[StageRecord]:
    """All runs of stages that left something, finished or not, in the order of their numbers."""
    found = []
    for name in STAGES if stage is None else [stage]:
        parent = os.path.join(os.path.abspath(normalized(directory)), STAGES[name])
        if os.path.isdir(parent):
            found += sorted(_records(parent), key=lambda record: record.number)
    return found


def newest_version(directory: str) -> StageRecord:
    """The newest complete version.

    Raises:
        ArtifactError: There is none.
    """
    complete = [each for each in stages_in(directory, "train") if each.is_complete]
    if not complete:
        raise ArtifactError(
            "There is no version of the pipeline yet.",
            where=os.path.join(directory, STAGES["train"]),
            expected="a folder in which a `train` has been completed",
            fix="Run train first, or correct the directory.",
        )
    return complete[-1]


def version_at(directory: str, version: str | int | None) -> StageRecord:
    """A version by its number; the newest for None.

    Raises:
        ArtifactError: There is no such version.
    """
    newest = newest_version(directory)
    if version is None:
        return newest
    known = [each for each in stages_in(directory, "train") if each.is_complete]
    for each in known:
        if str(each.number) == str(version):
            return each
    raise ArtifactError(
        f"There is no version {version} of the pipeline.",
        where=os.path.join(directory, STAGES["train"]),
        expected="one of: " + ", ".join(str(each.number) for each in known),
    )


def now() -> str:
    """The time, as RFC 3339 has it, in UTC."""
    moment = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def write_json(path: str, content: Any) -> None:
    """Write JSON to a local file, which is there whole or not at all."""
    text = json_text(content) + "\n"
    building = f"{path}.new"
    with open(building, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(building, path)


def _records(parent: str) -> Iterator[StageRecord]:
    for name in os.listdir(parent):
        path = os.path.join(parent, name)
        if not _is_number(name):
            continue
        with suppress(OSError, ValueError, TypeError, KeyError):
            with open(os.path.join(path, _RECORD), encoding="utf-8") as file:
                known = json.load(file)
            del known["$schema"]
            known["components"] = tuple(known["components"])
            yield StageRecord(**known, path=path)


def _written(record: StageRecord) -> dict[str, Any]:
    known = dataclasses.asdict(record)
    del known["path"]
    return document("stage", known)


def _is_number(name: str) -> bool:
    return name.removeprefix(".").isdigit()


def _locked(record: StageRecord) -> int | None:
    if fcntl is None:
        return None
    lock = os.open(os.path.join(record.path, _LOCK), os.O_CREAT | os.O_RDWR, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise EngineError(
            f"Another process runs {record.stage} on the same data.",
            where=record.path,
            fix="Wait until it has ended.",
        ) from None
    return lock


def _unlock(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)


def _sync(folder: str) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
