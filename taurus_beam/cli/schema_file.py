"""A tensorflow-metadata schema file (pbtxt, as TFDV writes it, or JSON) as an Arrow schema."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from taurus_beam.errors import DataError

__all__ = ["read_schema"]


def read_schema(path: str) -> pa.Schema:
    """The Arrow schema that a file describes.

    Raises:
        DataError: If the file cannot be read or is no such schema, naming the line.
    """
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    from taurus_beam.artifact.schema_proto import arrow_schema

    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        is_json = text.lstrip().startswith("{")
        schema = _of_json(text, path) if is_json else text_format.Parse(text, schema_pb2.Schema())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise DataError(
            f"The schema file cannot be read: {reason}",
            where=path,
            expected="a tensorflow-metadata Schema as text (pbtxt) or JSON",
            fix="Check the path; of an artifact, it is input_schema.pbtxt.",
        ) from problem
    found: pa.Schema = arrow_schema(schema)
    if not found.names:
        raise DataError(
            "The schema file has no features.",
            where=path,
            expected="a tensorflow-metadata Schema with one feature per column",
        )
    return found


def _of_json(text: str, path: str) -> Any:
    from taurus_beam.validation.schema_json import parse_schema_json

    return parse_schema_json(text, path)
