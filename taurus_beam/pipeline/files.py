"""Single files on any file system Beam knows, and where intermediate ones go."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from typing import Any

from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import GoogleCloudOptions

from taurus_beam.errors import EngineError

__all__ = ["read_file", "temporary_folder", "write_file"]

_LOCAL_RUNNERS = ("DirectRunner", "FnApiRunner", "BundleBased", "Prism", "Switching", "Interactive")


def read_file(path: str) -> bytes:
    """The whole content of a file."""
    with FileSystems.open(path, mime_type="application/octet-stream") as file:
        content: bytes = file.read()
        return content


def write_file(path: str, content: bytes) -> None:
    """Write a file, making the folders above it where the file system has folders."""
    folder = FileSystems.split(path)[0]
    if folder and not FileSystems.exists(folder):
        try:
            FileSystems.mkdirs(folder)
        except OSError:
            if not FileSystems.exists(folder):  # another worker may have been faster
                raise
    with FileSystems.create(path, mime_type="application/octet-stream") as file:
        file.write(content)


def temporary_folder(pipeline: Any, asked: str | None) -> str:
    """Where values of a run go until they are frozen: a folder that all workers see.

    Raises:
        EngineError: If the runner is not local and no folder was named.
    """
    if asked:
        return FileSystems.join(asked, "")
    named = pipeline.options.view_as(GoogleCloudOptions).temp_location
    if named:
        return str(FileSystems.join(named, "taurus_beam"))
    runner = type(pipeline.runner).__name__
    if not runner.startswith(_LOCAL_RUNNERS):
        raise EngineError(
            f"{runner} needs a folder that all its workers can read and write.",
            expected="--temp_location=gs://bucket/tmp (or a shared file system's path)",
            fix="Set temp_location in the pipeline options, or pass temp_dir=.",
        )
    folder = tempfile.mkdtemp(prefix="taurus_beam-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
