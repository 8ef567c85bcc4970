"""A tensorflow-metadata schema file (pbtxt), such as TFDV writes, as an Arrow schema."""

from __future__ import annotations

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
            schema = text_format.Parse(file.read(), schema_pb2.Schema())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise DataError(
            f"The schema file cannot be read: {reason}",
            where=path,
            expected="a tensorflow-metadata Schema as text (pbtxt)",
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
