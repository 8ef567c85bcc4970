"""Data in spans: parts with a name and files of their own, each known by a fingerprint.

The files are listed once, when the pipeline is made, and every pass reads these. A span is the
same as in an earlier run as long as its files have the same names, sizes and times of change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import Source
from taurus_beam.io.files import File, find
from taurus_beam.pipeline.cache_files import folder_of

__all__ = ["Spans", "check_unchanged", "open_spans"]

_LONGEST = 200


@dataclass(frozen=True)
class Spans:
    """The spans of one run; all tuples are in the order of `names`.

    Attributes:
        names: Their names, sorted.
        data: What tells the data of each from other data.
        sources: Where each is read; all with the schema of the first.
        files: The files of each.
        record: The files of all, for the provenance.
    """

    names: tuple[str, ...]
    data: tuple[str, ...]
    sources: tuple[Source, ...]
    files: tuple[tuple[File, ...], ...]
    record: Mapping[str, Any]

    @property
    def schema(self) -> pa.Schema:
        """All columns of the data."""
        return self.sources[0].schema

    def together(self) -> tuple[Source, ...]:
        """All data, one source for each format."""
        patterns: dict[str, list[str]] = {}
        for source in self.sources:
            patterns.setdefault(source.format.name, []).extend(source.patterns)
        return tuple(
            Source(found, format=kind, schema=self.schema) for kind, found in patterns.items()
        )


def open_spans(spans: Mapping[str, Source]) -> Spans:
    """Look for the files of some spans, without reading their rows.

    Raises:
        EngineError: If there is no span, or something else than sources by name.
        DataError: If a span has no files, or a file is in two spans.
    """
    _check(spans)
    names = sorted(spans)
    files = tuple(spans[name].files() for name in names)
    _check_apart(names, files)
    schema = spans[names[0]].schema
    prints = [spans[name].fingerprint() for name in names]
    formats = [spans[name].format.name for name in names]
    data = [f"{kind} {found['sha256']}" for kind, found in zip(formats, prints, strict=True)]
    return Spans(
        tuple(names),
        tuple(data),
        tuple(
            Source(
                spans[name].patterns, format=kind, schema=schema, batch_size=spans[name].batch_size
            )
            for name, kind in zip(names, formats, strict=True)
        ),
        files,
        {
            "files": [
                {"span": name, **file}
                for name, found in zip(names, prints, strict=True)
                for file in found["files"]
            ],
            "sha256": hashlib.sha256("\n".join(data).encode()).hexdigest(),
        },
    )


def check_unchanged(file: File) -> None:
    """Refuse a file that is not what it was when the pipeline was made.

    Raises:
        DataError: If it is not; what was read of it must not be kept.
    """
    if find([file.path]) != (file,):
        raise DataError(
            "The file changed while the data were analyzed.",
            where=file.path,
            expected=f"{file.size} bytes, as when the pipeline was made",
            fix="Run again when its writer has finished.",
        )


def _check_apart(names: Sequence[str], files: Sequence[Sequence[File]]) -> None:
    """Refuse a file in two spans: its rows would count twice, unlike in a run without spans."""
    span_of: dict[str, str] = {}
    for name, found in zip(names, files, strict=True):
        for file in found:
            if file.path in span_of:
                raise DataError(
                    f"A file is in two spans, {span_of[file.path]!r} and {name!r}.",
                    where=file.path,
                    expected="spans that have no file in common",
                    fix="Correct the pattern of one of them.",
                )
            span_of[file.path] = name


def _check(spans: Mapping[str, Source]) -> None:
    if not isinstance(spans, Mapping) or not spans:
        raise EngineError(
            "There are no spans.",
            expected="a dict of a source for each span's name",
            fix='Pass spans={"2013-01": taurus_beam.io.Source(...), ...}.',
        )
    for name, source in spans.items():
        if not isinstance(name, str) or not name or len(folder_of(name)) > _LONGEST:
            raise EngineError(
                f"A span is named {name!r:.60}.", expected="a short text, such as 2013-01"
            )
        if not isinstance(source, Source):
            raise EngineError(
                f"The data of span {name!r} are a {type(source).__name__}.",
                expected="a taurus_beam.io.Source, which need not be read where the cache serves",
                fix="Write the data to files, and pass Source(path).",
            )
