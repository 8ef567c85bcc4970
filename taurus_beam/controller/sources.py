"""Data as a user names them, and the types that their columns are read with."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa

from taurus_beam.artifact.schema_proto import arrow_schema
from taurus_beam.errors import EngineError
from taurus_beam.io import Source
from taurus_beam.io.files import is_local, normalized
from taurus_beam.io.text_types import read_typed

__all__ = ["Data", "arrow_of", "patterns_of", "sources_of", "typed"]

Data: TypeAlias = "str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Source"
"""Files: a path, a folder, a pattern, several of these, or a `taurus_beam.io.Source`."""


def sources_of(data: Data | Mapping[str, Data], name: str) -> dict[str, Source]:
    """Data by name; what has none gets the one that is given.

    Raises:
        EngineError: They are nothing of the kind, or there are none.
    """
    if isinstance(data, Mapping):
        if not data:
            raise EngineError("There are no data.", expected="data by name, or data")
        return {str(each): _source(value) for each, value in data.items()}
    return {name: _source(data)}


def patterns_of(sources: Mapping[str, Source]) -> dict[str, list[str]]:
    """How the data were named, local paths from the root."""
    return {name: list(source.patterns) for name, source in sources.items()}


def typed(source: Source, wanted: pa.Schema) -> Source:
    """A source of text whose columns have the types that are wanted, where the text allows.

    CSV and JSON lines have no types: a column of whole numbers that were fractions before, or one
    that is missing in all rows, is no anomaly. One of text where there were numbers is, and is
    left as it is for the monitors to tell.
    """
    fields = [
        pa.field(field.name, wanted.field(field.name).type)
        for field in source.schema
        if field.name in wanted.names and _is_readable_as(field.type, wanted.field(field.name).type)
    ]
    return read_typed(source, pa.schema(fields)) if fields else source


def arrow_of(schema: Any) -> pa.Schema:
    """The types that a given schema asks for; none where it has structs."""
    from taurus_beam.errors import DataError

    try:
        return arrow_schema(schema)
    except DataError:
        return pa.schema([])


def _source(data: Any) -> Source:
    if isinstance(data, Source):
        return data
    named = [data] if isinstance(data, str | os.PathLike) else data
    if not isinstance(named, Sequence) or not all(isinstance(n, str | os.PathLike) for n in named):
        raise EngineError(
            f"A {type(data).__name__} is no data in files.",
            expected="a path, a folder, a pattern, several of these, or a taurus_beam.io.Source",
            fix="Write data in memory to a file first, so that their digest can be known.",
        )
    return Source([_absolute(os.fspath(each)) for each in named])


def _absolute(path: str) -> str:
    path = normalized(path)
    folder = "/" if path.endswith("/") else ""
    return os.path.abspath(path) + folder if is_local(path) else path


def _is_readable_as(found: pa.DataType, wanted: pa.DataType) -> bool:
    number = pa.types.is_integer(found) or pa.types.is_floating(found)
    return bool(
        pa.types.is_null(found)
        or pa.types.is_string(wanted)
        or (pa.types.is_integer(found) and pa.types.is_integer(wanted))
        or (number and pa.types.is_floating(wanted))
    )
