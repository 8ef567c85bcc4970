"""Anomalies in a file: the text that validation writes, or the binary proto of other tools."""

from __future__ import annotations

import os
from pathlib import Path

from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.anomalies_text import load_anomalies_text

__all__ = ["load_anomalies"]


def load_anomalies(path: str | os.PathLike[str]) -> anomalies_pb2.Anomalies:
    """The anomalies in a file; its content decides what form they have.

    Raises:
        DataError: If it cannot be read or holds none, naming the line of a text.
    """
    try:
        return load_anomalies_text(os.fspath(path))
    except DataError:
        try:
            return anomalies_pb2.Anomalies.FromString(Path(path).read_bytes())
        except (OSError, DecodeError):
            pass
        raise
