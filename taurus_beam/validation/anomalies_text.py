"""Anomalies in files of text (pbtxt), under TFDV's names."""

from __future__ import annotations

from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.validation.outputs import as_pbtxt
from taurus_beam.validation.schema_text import parse_text, read_text, write_text

__all__ = ["load_anomalies_text", "write_anomalies_text"]


def load_anomalies_text(input_path: str) -> Any:
    """Read anomalies.

    Args:
        input_path: Path of an `Anomalies` in protobuf's text format.

    Raises:
        DataError: If the file cannot be read or holds none, naming the line.
    """
    return parse_text(read_text(input_path), anomalies_pb2.Anomalies(), input_path)


def write_anomalies_text(anomalies: Any, output_path: str) -> None:
    """Write anomalies as text, at once or not at all.

    Raises:
        DataError: If it is no `Anomalies`.
        EngineError: If it cannot be written there.

    Example:
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "anomalies.pbtxt")
        >>> write_anomalies_text(anomalies_pb2.Anomalies(data_missing=True), path)
        >>> load_anomalies_text(path).data_missing
        True
    """
    write_text(as_pbtxt(anomalies), output_path)
