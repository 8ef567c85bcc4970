"""Files on any file system Beam knows: found, opened for Arrow, created, renamed and removed.

Local files take the short way (memory maps, no globbing of literal names); all others go through
Beam's file systems, chosen by the path's scheme. What is inside a file is not this room's matter.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.errors import DataError, EngineError

__all__ = [
    "COMPRESSIONS",
    "File",
    "create",
    "decompressed",
    "exists",
    "find",
    "is_local",
    "listing",
    "make_folder",
    "move",
    "normalized",
    "open_input",
    "opening",
    "remove",
    "split",
    "writing",
]

COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}

_SCHEME = re.compile(r"[a-zA-Z][-a-zA-Z0-9+.]*://")
# Beam would guess a compression from the name and decompress in Python; Arrow is faster at it.
_AS_STORED = "uncompressed"


@dataclass(frozen=True, order=True)
class File:
    """One file as its file system lists it: path, bytes, and when it last changed (Unix time)."""

    path: str
    size: int
    modified: float

    @property
    def name(self) -> str:
        """The last part of the path."""
        return split(self.path)[1]


def normalized(path: str) -> str:
    """The path as Beam spells it: `file://` stripped, every other scheme kept.

    Example:
        >>> normalized("file:///data/a.csv"), normalized("gs://bucket/a.csv")
        ('/data/a.csv', 'gs://bucket/a.csv')
    """
    return path.removeprefix("file://")


def is_local(path: str) -> bool:
    """True where the operating system can open the path itself."""
    return _SCHEME.match(path.strip()) is None


def _beams() -> Any:
    """Beam's file systems, imported only where a path is on one of them: it takes a second."""
    from apache_beam.io.filesystems import FileSystems

    return FileSystems


def split(path: str) -> tuple[str, str]:
    """Folder and last part.

    Example:
        >>> split("data/part-0.csv"), split("a.csv"), split("gs://bucket/a.csv")
        (('data', 'part-0.csv'), ('', 'a.csv'), ('gs://bucket', 'a.csv'))
    """
    folder, _, name = path.rpartition("/")
    return (folder or "/", name) if path.startswith("/") else (folder, name)


def find(patterns: Iterable[str]) -> tuple[File, ...]:
    """The files that match, by path, each once; hidden ones (`_x`, `.x`) only if asked by name.

    Args:
        patterns: Paths, globs (`*` within a folder, `**` across) or folders.

    Raises:
        DataError: The file system cannot list them.
    """
    found: dict[str, File] = {}
    for pattern in patterns:
        wants_hidden = _is_hidden(split(pattern)[1])
        for file in _match(pattern):
            if wants_hidden or not _is_hidden(file.name):
                found[file.path] = file
    return tuple(sorted(found.values()))


def _is_hidden(name: str) -> bool:
    return name.startswith(("_", "."))


def _match(pattern: str) -> list[File]:
    with opening(pattern):
        if is_local(pattern):
            if os.path.isdir(pattern):
                return _folder(pattern)
            found = [pattern] if os.path.isfile(pattern) else glob.iglob(pattern, recursive=True)
            return [_local_file(path) for path in found if os.path.isfile(path)]
        return _glob(pattern) or _glob(pattern.rstrip("/") + "/*")


def _folder(path: str) -> list[File]:
    return [_local_file(entry.path) for entry in os.scandir(path) if entry.is_file()]


def _local_file(path: str) -> File:
    status = os.stat(path)
    return File(path, status.st_size, status.st_mtime)


def _glob(pattern: str) -> list[File]:
    [result] = _beams().match([pattern])
    return [
        File(found.path, found.size_in_bytes, found.last_updated_in_seconds or 0.0)
        for found in result.metadata_list
        if not found.path.endswith("/")
    ]


@contextmanager
def opening(path: str) -> Iterator[None]:
    """Turns what a file system raises about a path that is read into a DataError."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise DataError(
            f"Cannot read {path}: {error}",
            where=path,
            expected="a path that this process and every worker may read",
            fix="Check the path, its permissions and that its file system's extra is installed "
            "(for example apache-beam[gcp] for gs://).",
        ) from error


def open_input(path: str, mapped: bool = True) -> Any:
    """A pyarrow input file of the stored bytes: a memory map, or Beam's stream behind a file.

    What is read from front to back is better not `mapped`: the pages of a map count as the memory
    of the process, however long it has done with them.
    """
    with opening(path):
        if is_local(path):
            mapped = mapped and os.path.getsize(path) > 0
            return pa.memory_map(path) if mapped else pa.OSFile(path)
        return pa.PythonFile(_beams().open(path, compression_type=_AS_STORED), mode="r")


def decompressed(stream: Any, path: str) -> Any:
    """The stream, or the text inside it where the name ends like a compressed file's."""
    codec = COMPRESSIONS.get(os.path.splitext(path)[1])
    return pa.CompressedInputStream(stream, codec) if codec else stream


def create(path: str) -> Any:
    """A pyarrow output file; `.gz`, `.bz2` and `.zst` names compress what is written.

    Raises:
        OSError: The file cannot be created.
    """
    if is_local(path):
        stream = pa.OSFile(path, "wb")
    else:
        stream = pa.PythonFile(_beams().create(path, compression_type=_AS_STORED), mode="w")
    codec = COMPRESSIONS.get(os.path.splitext(path)[1])
    return pa.CompressedOutputStream(stream, codec) if codec else stream


def make_folder(path: str) -> None:
    """Creates a folder and its parents; one that exists is fine.

    Raises:
        OSError: It cannot be created.
    """
    if not path:
        return
    if is_local(path):
        os.makedirs(path, exist_ok=True)
        return
    # Another worker may create it in between, which most file systems call an error.
    try:
        _beams().mkdirs(path)
    except OSError:
        if not _beams().exists(path):
            raise


def listing(prefix: str, tail: str) -> list[str]:
    """Files that begin with a prefix and whose remainder matches a regular expression, sorted.

    Raises:
        OSError: The folder cannot be listed.
    """
    folder, start = split(prefix)
    if is_local(prefix):
        if not os.path.isdir(folder or "."):
            return []
        with os.scandir(folder or ".") as entries:
            paths = [os.path.join(folder, entry.name) for entry in entries if not entry.is_dir()]
    else:
        paths = [file.path for file in _glob(prefix + "*")]
    wanted = re.compile(re.escape(start) + tail)
    return sorted(path for path in paths if wanted.fullmatch(split(path)[1]))


def move(source: str, destination: str) -> None:
    """Renames a file, replacing one of that name.

    Raises:
        OSError: It cannot be renamed.
    """
    if is_local(source):
        os.replace(source, destination)
        return
    # Some file systems (HDFS) refuse to rename onto a file that exists.
    if _beams().exists(destination):
        _beams().delete([destination])
    _beams().rename([source], [destination])


def exists(path: str) -> bool:
    """True where a file or folder of that name exists."""
    return os.path.exists(path) if is_local(path) else bool(_beams().exists(path))


def remove(paths: Iterable[str]) -> None:
    """Removes files and folders with all they hold, those that exist.

    Raises:
        OSError: One cannot be removed.
    """
    for path in paths:
        if not is_local(path):
            if _beams().exists(path) or _glob(path + "/*"):
                _beams().delete([path])
        elif os.path.isdir(path) and not os.path.islink(path):
            for entry in os.scandir(path):
                remove([entry.path])
            os.rmdir(path)
        elif os.path.lexists(path):
            os.remove(path)


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Turns what a file system raises about a path that is written into an EngineError."""
    try:
        yield
    except OSError as error:
        raise EngineError(
            f"Cannot write {path}: {error}",
            where=path,
            expected="an output folder that this process and every worker may write, with room",
            fix="Check the path, its permissions and the free space, or choose another output.",
        ) from error
