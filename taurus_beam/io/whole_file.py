"""Writing one small file, so that whoever reads it finds all of it or none."""

from __future__ import annotations

import uuid
from contextlib import suppress

from taurus_beam.io.files import create, make_folder, move, remove, split, writing

__all__ = ["write_anywhere"]


def write_anywhere(content: bytes, path: str) -> None:
    """Write a file on any file system Beam knows, under its name only when it is complete.

    Raises:
        EngineError: It cannot be written.
    """
    folder, name = split(path)
    waiting = f"{folder}/.{name}-{uuid.uuid4().hex}" if folder else f".{name}-{uuid.uuid4().hex}"
    with writing(path):
        make_folder(folder)
        try:
            with create(waiting) as file:
                file.write(content)
            move(waiting, path)
        except BaseException:
            with suppress(OSError):
                remove([waiting])
            raise
