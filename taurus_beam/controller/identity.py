"""What identifies code, data and parameters, so that one can tell whether a component has to run
again, and what the lineage store calls things.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taurus_beam.artifact.provenance import function_digest
from taurus_beam.configuration.digest import json_digest
from taurus_beam.io import Source
from taurus_beam.io.files import find
from taurus_beam.lineage.identity import (
    absolute,
    file_digest,
    listing_digest,
    manifest_digest,
)
from taurus_beam.lineage.model import Artifact, Use
from taurus_beam.pipeline.local_code import local_modules

__all__ = ["Digests", "Thing", "code_files", "plain"]

MOST_FILES = 1000
"""Of data in more files, all of them are one thing to the lineage store."""


@dataclass(frozen=True)
class Thing:
    """A file, the data in a folder, or an artifact's folder, that a component reads or writes.

    Attributes:
        type: What the lineage store calls it: "Data", "Schema", "Statistics", …
        key: As what it is read or written.
        paths: Where its files are now.
        uris: Where they will be found later; the same number.
    """

    type: str
    key: str
    paths: tuple[str, ...]
    uris: tuple[str, ...]

    @classmethod
    def of_source(cls, source: Source, key: str) -> Thing:
        """The files of a source.

        Raises:
            DataError: There are none.
        """
        paths = tuple(file.path for file in source.files())
        return cls("Data", key, paths, tuple(map(absolute, paths)))


class Digests:
    """Digests of files, of which each is read once while it stays the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int], str] = {}

    def of_path(self, path: str) -> str:
        """``sha256:…`` of a local file, or of the artifact in a folder; else of the listing.

        Raises:
            OSError: It is not there.
        """
        if "://" in path:
            return listing_digest([(file.path, file.size, file.modified) for file in find([path])])
        if os.path.isdir(path):
            found = manifest_digest(path)
            if found is None:
                raise FileNotFoundError(path)
            return found
        status = os.stat(path)
        identity = (path, status.st_size, status.st_mtime_ns)
        if identity not in self._known:
            self._known[identity] = file_digest(path)
        return self._known[identity]

    def of_thing(self, thing: Thing) -> str:
        """One digest for all of a thing's files, whatever they are called.

        Raises:
            OSError: One is not there.
        """
        found = [self.of_path(path) for path in thing.paths]
        return found[0] if len(found) == 1 else json_digest(found)

    def uses(self, things: Iterable[Thing]) -> list[Use]:
        """Things as the lineage store takes them."""
        return [use for thing in things for use in self._uses(thing)]

    def _uses(self, thing: Thing) -> list[Use]:
        if len(thing.paths) > MOST_FILES:
            folder = os.path.commonpath([os.path.dirname(uri) for uri in thing.uris])
            facts = {"files": len(thing.paths)}
            whole = Artifact(thing.type, self.of_thing(thing), folder, facts)
            return [Use(whole, thing.key, 0, folder)]
        pairs = zip(thing.paths, thing.uris, strict=True)
        return [
            Use(Artifact(thing.type, self.of_path(path), uri), thing.key, index, uri)
            for index, (path, uri) in enumerate(pairs)
        ]


def code_files(objects: Iterable[Any]) -> tuple[str, ...]:
    """The files of the classes and functions of a user, and of what was imported beside them.

    Example:
        >>> from taurus_beam.controller.monitors import SchemaFit
        >>> code_files([SchemaFit()])
        ()
    """
    found: set[str] = set()
    for each in objects:
        for owner in _owners(each):
            name: str = getattr(owner, "__module__", "") or ""
            if name.partition(".")[0] in ("taurus_beam", "builtins", "abc", "functools"):
                continue
            found.update(_files_of(name, owner))
    return tuple(sorted(found))


def _owners(each: Any) -> Sequence[Any]:
    if inspect.isroutine(each):
        return [inspect.unwrap(getattr(each, "__func__", each))]
    return type(each).__mro__


def _files_of(module: str, owner: Any) -> set[str]:
    files = {_file_of(sys.modules.get(module)) or _source_file(owner)}
    top = module.partition(".")[0]
    files |= {
        _file_of(other)
        for name, other in list(sys.modules.items())
        if top != "__main__" and (name == top or name.startswith(f"{top}."))
    }
    first = _file_of(sys.modules.get(module))
    if first is not None:
        files |= {_file_of(other) for other in local_modules(os.path.dirname(first))}
    return {file for file in files if file is not None and os.path.isfile(file)}


def _file_of(module: Any) -> str | None:
    file = getattr(module, "__file__", None)
    return None if file is None else os.path.abspath(file)


def _source_file(owner: Any) -> str | None:
    try:
        return os.path.abspath(inspect.getfile(owner))
    except (OSError, TypeError):
        return None


def plain(value: Any) -> Any:
    """Parameters as JSON data, the same in every process.

    Of a function it is the digest of its source, of another object what ``repr`` says, or its type
    where that tells no more than where it is in memory.

    Example:
        >>> plain({"a": (1, None), "b": 2j, "c": object()})
        {'a': [1, None], 'b': '2j', 'c': 'builtins.object'}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if inspect.isroutine(value):
        return function_digest(value) or value.__qualname__
    text = repr(value)
    return f"{type(value).__module__}.{type(value).__qualname__}" if " at 0x" in text else text
