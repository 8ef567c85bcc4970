"""Folders that a client and all workers have to see: checked from here, as far as that goes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

from taurus_beam.errors import TaurusError
from taurus_beam.io.files import is_local, normalized
from taurus_beam.runners.machine.need import Need

__all__ = ["shared_folder_needs", "unwritable_folder_needs"]


def shared_folder_needs(folder: str | None) -> Iterator[Need]:
    """What keeps a folder from being one that workers can share, by its name."""
    if not folder:
        yield Need(
            "No folder is named that all workers can read and write.",
            "Add --temp-location, on a shared file system or an object store.",
        )
        return
    try:
        normalized(folder)
    except TaurusError as problem:
        yield Need(problem.what, problem.fix or "Correct --temp-location.")


def unwritable_folder_needs(folder: str | None) -> Iterator[Need]:
    """What keeps files from a local folder, which is made where it can be."""
    if not folder or not is_local(folder):
        return
    refusal = _refusal(normalized(folder))
    if refusal:
        yield Need(
            f"The folder for intermediate files cannot be written: {refusal}.",
            f"Choose another --temp-location than {folder}.",
        )


def _refusal(folder: str) -> str | None:
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as problem:
        return f"{folder}: {problem.strerror}"
