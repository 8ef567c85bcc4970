"""The folder of a run of a stage, from when it is begun until it gets its name.

What is being made lies under a hidden name and gets its own by one rename, when it is complete.
Whoever makes it holds a lock, which ends with the process however that ends.

::

    DIRECTORY/versions/3/     what a `train` made
    DIRECTORY/production/12/  what a `production` made; likewise validate/ and test/
    DIRECTORY/versions/.4/    what a `train` makes, or has not finished
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from taurus_beam.controller.stage_record import (
    RUNNING,
    StageRecord,
    is_folder_number,
    stage_parent,
    stages_in,
    write_record,
)
from taurus_beam.controller.timestamp import now
from taurus_beam.errors import EngineError
from taurus_beam.io.files import is_local, normalized
from taurus_beam.io.lock import FileLock
from taurus_beam.lineage.processes import this_process
from taurus_beam.whole_file import remove_unfinished

__all__ = ["StageFolder", "new_folder"]

_LOCK = "lock"


class StageFolder:
    """The folder of a stage that is being made by this process.

    Attributes:
        record: What is known of it so far.
        resumed: Whether an earlier run began it.
    """

    def __init__(self, record: StageRecord, lock: FileLock, resumed: bool) -> None:
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
        write_record(self.record)

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
        self._lock.release()


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
    parent = stage_parent(directory, stage)
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
                remove_unfinished(old.path)
                folder = StageFolder(old, lock, resumed=True)
                folder.tell(state=RUNNING, process=this_process(), error="", ended="")
                return folder
            shutil.rmtree(old.path)
            lock.release()
        return _made(parent, StageRecord(stage, 0, RUNNING, version, asked))
    except OSError as problem:
        raise EngineError(
            f"The folder of the pipeline cannot be used: {problem.strerror or problem}",
            where=parent,
            expected="a folder that can be written",
        ) from problem


def _made(parent: str, record: StageRecord) -> StageFolder:
    while True:
        taken = [int(name.lstrip(".")) for name in os.listdir(parent) if is_folder_number(name)]
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


def _locked(record: StageRecord) -> FileLock:
    try:
        return FileLock(os.path.join(record.path, _LOCK))
    except BlockingIOError:
        raise EngineError(
            f"Another process runs {record.stage} on the same data.",
            where=record.path,
            fix="Wait until it has ended.",
        ) from None


def _sync(folder: str) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
