"""The file formats, each declared once in a file of its own."""

from __future__ import annotations

from taurus_beam.errors import EngineError
from taurus_beam.io.formats.avro import Avro
from taurus_beam.io.formats.csv import Csv
from taurus_beam.io.formats.format import Format
from taurus_beam.io.formats.ipc import ArrowFile, ArrowStream
from taurus_beam.io.formats.jsonl import JsonLines
from taurus_beam.io.formats.parquet import Parquet
from taurus_beam.io.formats.tfrecord import TFRecord

__all__ = ["FORMATS", "format_named", "suffix_of"]

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Parquet(),
        Csv(),
        Avro(),
        ArrowFile(),
        ArrowStream(),
        JsonLines(),
        TFRecord(),
    )
}
"""Every format by name."""


def format_named(name: str) -> Format:
    """The format of a name.

    Raises:
        EngineError: There is no such format.
    """
    if name not in FORMATS:
        raise EngineError(
            f"There is no format {name!r}.",
            expected="one of " + ", ".join(FORMATS),
            fix="Choose one of them.",
        )
    return FORMATS[name]


def suffix_of(path: str) -> tuple[str, Format] | None:
    """The end of a path that tells the format, and the format; None if no end does.

    Example:
        >>> suffix, kind = suffix_of("gs://bucket/trips.csv.gz")
        >>> suffix, kind.name
        ('.csv.gz', 'csv')
    """
    for kind in FORMATS.values():
        for suffix in sorted(kind.suffixes, key=len, reverse=True):
            if path.endswith(suffix):
                return suffix, kind
    return None
