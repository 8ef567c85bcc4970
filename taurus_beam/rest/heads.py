"""Which artifacts have something behind their transform, and where it is.

A repository asks anew each time it looks for versions, so that a model that is written anew is
loaded like an artifact that is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from taurus_beam.errors import ArtifactError
from taurus_beam.rest.model import Head
from taurus_beam.serving import TransformFn

__all__ = ["MODEL_FILE", "Heads", "OnnxModels", "file_stamp"]

MODEL_FILE = "model.onnx"
"""What the model of a version is called that lies in the artifact's own folder."""


class Heads(Protocol):
    """What knows that which follows the transforms of artifacts."""

    def stamp(self, name: str, path: str) -> Any:
        """What changes when that which follows an artifact is written anew.

        Args:
            name: What clients call the model.
            path: Where the artifact is.
        """

    def open(self, name: str, path: str, fn: TransformFn) -> Head | None:
        """What follows an artifact's transform; None for nothing.

        Raises:
            TaurusError: If it is not there, or does not fit the transform.
        """


@dataclass(frozen=True)
class OnnxModels:
    """ONNX models behind transforms.

    Attributes:
        files: The model's file by the name of what is served, the same for all its versions; None
            for ``model.onnx`` in the folder of each version.
        threads: How many threads work on one operator of a model.

    Example:
        >>> OnnxModels({"trips": None}).file("trips", "models/trips/1")
        'models/trips/1/model.onnx'
    """

    files: Mapping[str, str | None]
    threads: int = 1

    def file(self, name: str, path: str) -> str | None:
        """The file of the model that follows an artifact, if one does."""
        if name not in self.files:
            return None
        return self.files[name] or os.path.join(path, MODEL_FILE)

    def stamp(self, name: str, path: str) -> Any:
        """What changes when the model's file is written anew."""
        file = self.file(name, path)
        return None if file is None else file_stamp(file)

    def open(self, name: str, path: str, fn: TransformFn) -> Head | None:
        """The model, loaded and tried.

        Raises:
            ArtifactError: If its file is not there.
            EngineError: If it does not fit the transform, or onnxruntime is not installed.
        """
        file = self.file(name, path)
        if file is None:
            return None
        if not os.path.isfile(file):
            raise ArtifactError(
                f"There is no model behind the transform of {name!r}: no file {file}.",
                where=file,
                expected=f"an ONNX model; in the folder of a version, {MODEL_FILE}",
            )
        from taurus_beam.rest.onnx_head import OnnxHead

        return OnnxHead(file, fn, self.threads)


def file_stamp(path: str) -> Any:
    """What changes when a file is written anew; None where there is none."""
    try:
        known = os.stat(path)
    except OSError:
        return None
    return known.st_ino, known.st_mtime_ns, known.st_size
