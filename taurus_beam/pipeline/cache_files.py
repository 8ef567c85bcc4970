"""States on disk: one file for each span, accumulator and shard, checked before it is used.

A file is a line with the format's version and the sha256 of the rest, a line of JSON that says
what it holds, and the state as an Arrow IPC stream. What is wrong with a file is told, and then
it is as if it were not there: what a cache holds can be computed again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
from apache_beam.io.filesystem import BeamIOError

from taurus_beam.io.files import (
    create,
    exists,
    find,
    is_local,
    listing,
    make_folder,
    move,
    opening,
    remove,
    writing,
)
from taurus_beam.pipeline.files import read_file

__all__ = ["CacheFiles", "Key", "folder_of"]

FORMAT_VERSION = 1
_FORMAT = "taurus_beam.cache"
_SUFFIX = ".state"
_LIBRARIES = f"numpy {np.__version__}, pyarrow {pa.__version__}"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """Which state it is.

    Attributes:
        span: Name of the span.
        data: Fingerprint of the span's data.
        accumulator: Fingerprint of the accumulator.
        shard: Number of the shard, of `shards`.
        shards: 1 for accumulators that are not split.
    """

    span: str
    data: str
    accumulator: str
    shard: int
    shards: int

    @property
    def name(self) -> str:
        """The name of the file; the data are not part of it, so newer ones replace older ones."""
        return f"{self.accumulator}-{self.shard:05d}-of-{self.shards:05d}{_SUFFIX}"

    @property
    def _identity(self) -> dict[str, Any]:
        return {
            "span": self.span,
            "accumulator": self.accumulator,
            "shard": self.shard,
            "shards": self.shards,
        }

    @property
    def _circumstances(self) -> dict[str, Any]:
        return {"data": self.data, "libraries": _LIBRARIES}

    def wrap(self, state: bytes) -> bytes:
        """The content of the file that holds a state."""
        described = json.dumps({**self._identity, **self._circumstances}, ensure_ascii=False)
        sealed = described.encode() + b"\n" + state
        return f"{_FORMAT} {FORMAT_VERSION} {_sha256(sealed)}\n".encode() + sealed

    def unwrap(self, content: bytes) -> bytes | None:
        """The state that a file holds; None where it is of other data or other libraries.

        Raises:
            ValueError: If it is damaged, or not what it should be by its name.
        """
        first, _, sealed = content.partition(b"\n")
        words = first.decode("utf-8", "replace").split(" ")
        if words[0] != _FORMAT or len(words) != 3:
            raise ValueError("it is no cache entry, or damaged")
        if words[1] != str(FORMAT_VERSION):
            raise ValueError(f"its format version is {words[1]}, not {FORMAT_VERSION}")
        if words[2] != _sha256(sealed):
            raise ValueError("it is not what was written: its sha256 differs")
        line, _, state = sealed.partition(b"\n")
        described = json.loads(line)
        if {name: described.get(name) for name in self._identity} != self._identity:
            raise ValueError("it holds another state than its name says")
        if {name: described.get(name) for name in self._circumstances} != self._circumstances:
            return None
        return state


@dataclass(frozen=True)
class CacheFiles:
    """The files of a cache.

    Attributes:
        folder: A folder on any file system Beam knows.
    """

    folder: str

    def names(self, span: str) -> frozenset[str]:
        """The names of the files of a span.

        Raises:
            DataError: If they cannot be listed.
        """
        with opening(self._of(span)):
            found = listing(f"{self._of(span)}/", rf"[^.].*{_SUFFIX}")
        return frozenset(path.rpartition("/")[2] for path in found)

    def read(self, key: Key, names: Collection[str]) -> tuple[bytes | None, int, str | None]:
        """A state, or None; how many bytes were read; and which file was no good, if it was not.

        Args:
            key: Which state.
            names: The files that there are, from `names`.
        """
        if key.name not in names:
            return None, 0, None
        path = f"{self._of(key.span)}/{key.name}"
        try:
            content = bytes(read_file(path))
            state = key.unwrap(content)
        except (OSError, BeamIOError, ValueError) as problem:
            _log.warning(
                "The cache entry %s is not used and its span is read again: %s.", path, problem
            )
            return None, 0, f"{folder_of(key.span)}/{key.name}"
        return state, len(content) if state is not None else 0, None

    def write(self, key: Key, state: bytes) -> int:
        """Store a state; it appears whole or not at all. Gives the bytes of the file.

        Raises:
            EngineError: If it cannot be written.
        """
        folder = self._of(key.span)
        path, unfinished = f"{folder}/{key.name}", f"{folder}/.{uuid.uuid4().hex}"
        content = key.wrap(state)
        with writing(path):
            make_folder(folder)
            try:
                with create(unfinished) as file:
                    file.write(content)
                _put(unfinished, path)
            finally:
                remove([unfinished])
        return len(content)

    def nbytes(self) -> int:
        """The bytes of all entries, those of earlier functions and spans included."""
        if not is_local(self.folder):
            return sum(file.size for file in find([f"{self.folder}/**"]))
        return sum(
            entry.stat().st_size
            for folder in os.scandir(self.folder)
            if folder.is_dir()
            for entry in os.scandir(folder)
            if entry.name.endswith(_SUFFIX)
        )

    def _of(self, span: str) -> str:
        return f"{self.folder}/{folder_of(span)}"


def folder_of(span: str) -> str:
    """The name of a span's folder: its own, with what no file system bears as %XX.

    Example:
        >>> folder_of("2013-01"), folder_of("a/b"), folder_of("..")
        ('2013-01', 'a%2Fb', '%2E.')
    """
    name = quote(span, safe=" ")
    return "%2E" + name[1:] if name.startswith(".") else name


def _put(unfinished: str, path: str) -> None:
    try:
        move(unfinished, path)
    except (OSError, BeamIOError):
        # Where a file cannot be renamed onto another, a second run may have been faster; what it
        # put there is the same.
        if not exists(path):
            raise


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
