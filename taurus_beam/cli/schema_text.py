"""A schema in a file, as text (pbtxt) or JSON, with its text for line numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["SchemaText", "load_schema", "save_schema"]


@dataclass(frozen=True)
class SchemaText:
    """A schema and where it comes from.

    Attributes:
        path: The file.
        schema: The `Schema` proto.
        text: What is in the file, if that is protobuf's text format; None if it is JSON.
    """

    path: str
    schema: Any
    text: str | None


def load_schema(path: str) -> SchemaText:
    """The schema in a file; what is in it decides what form it has.

    Raises:
        DataError: If it cannot be read or is no schema, naming the line.
    """
    from taurus_beam.validation.schema_json import parse_schema_json
    from taurus_beam.validation.schema_text import parse_schema_text, read_text

    text = read_text(path)
    if path.endswith(".json") or text.lstrip().startswith("{"):
        return SchemaText(path, parse_schema_json(text, path), None)
    return SchemaText(path, parse_schema_text(text, path), text)


def save_schema(schema: Any, path: str) -> None:
    """Write a schema: FILE.json as JSON, any other name as text.

    Raises:
        EngineError: If it cannot be written there.
    """
    from taurus_beam.validation.schema_json import write_schema_json
    from taurus_beam.validation.schema_text import write_schema_text

    write = write_schema_json if path.endswith(".json") else write_schema_text
    write(schema, path)
