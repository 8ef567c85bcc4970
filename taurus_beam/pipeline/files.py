"""Single files on any file system Beam knows, and where intermediate ones go."""

from __future__ import annotations

import atexit
import os
import tempfile
from typing import Any

from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import GoogleCloudOptions

from taurus_beam.artifact.contents import Content, mapped, pieces, read_local
from taurus_beam.errors import EngineError
from taurus_beam.io.files import create, is_local, make_folder, normalized, split
from taurus_beam.io.temporary import make_owned_folder, remove_owned_folder

__all__ = ["absolute", "read_file", "runs_here", "temporary_folder", "write_file"]

_LOCAL_RUNNERS = ("DirectRunner", "FnApiRunner", "BundleBased", "Prism", "Switching", "Interactive")
_PIECE = 1 << 22


def read_file(path: str) -> Content:
    """The whole content of a file: bytes, or where it is large a mapped (copy of the) file."""
    if is_local(normalized(path)):
        return read_local(normalized(path))
    with (
        FileSystems.open(path, mime_type="application/octet-stream") as file,
        tempfile.TemporaryFile() as copy,
    ):
        while len(piece := file.read(_PIECE)):
            copy.write(piece)
        copy.flush()
        if copy.tell() > _PIECE:
            return mapped(copy)
        copy.seek(0)
        return copy.read()


def write_file(path: str, content: Any) -> None:
    """Write a file, making the folders above it where the file system has folders."""
    make_folder(split(path)[0])
    with create(path) as file:
        for piece in pieces(content):
            file.write(piece)


def absolute(path: Any) -> str:
    """A path that means the same in every process: a URI as it is, a local one from the root.

    Example:
        >>> absolute("file:///data/a/"), absolute("gs://bucket/a")
        ('/data/a', 'gs://bucket/a')
    """
    place: str = normalized(str(path)).rstrip("/") or "/"
    return os.path.abspath(place) if is_local(place) else place


def runs_here(pipeline: Any) -> bool:
    """Whether all workers are on this machine and see its files."""
    return type(pipeline.runner).__name__.startswith(_LOCAL_RUNNERS)


def temporary_folder(pipeline: Any, asked: str | None) -> str:
    """Where values of a run go until they are frozen: a folder that all workers see.

    Raises:
        EngineError: If the runner is not local and no folder was named.
    """
    if asked:
        return absolute(asked)
    named = pipeline.options.view_as(GoogleCloudOptions).temp_location
    if named:
        return f"{absolute(named)}/taurus_beam"
    if not runs_here(pipeline):
        raise EngineError(
            f"{type(pipeline.runner).__name__} needs a folder that all its workers can read "
            "and write.",
            expected="--temp_location=gs://bucket/tmp (or a shared file system's path)",
            fix="Set temp_location in the pipeline options, or pass temp_dir=.",
        )
    folder = make_owned_folder()
    atexit.register(remove_owned_folder, folder)
    return folder
