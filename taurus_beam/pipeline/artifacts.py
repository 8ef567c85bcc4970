"""Artifacts in pipelines: written to and read from any file system Beam knows.

The manifest is written last, so that a reader never takes an unfinished artifact for a whole
one. On a local file system the folder appears in one step.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from taurus_beam.artifact.store import (
    MANIFEST,
    artifact_files,
    read_artifact,
    write_artifact,
)
from taurus_beam.errors import ArtifactError, EngineError
from taurus_beam.graph.node import Graph
from taurus_beam.pipeline.files import read_file, write_file
from taurus_beam.serving.transform_fn import TransformFn

__all__ = ["ReadTransformFn", "WriteTransformFn", "load_anywhere", "write_artifact_files"]


class WriteTransformFn(beam.PTransform[Any, Any]):
    """The path of a frozen artifact → the same artifact at a path of your own.

    Args:
        path: A folder on any file system Beam knows.
        overwrite: Replace an artifact that is there; otherwise that is an error, told when the
            pipeline is made.

    Gives a PCollection of one element, the path.

    Raises:
        EngineError: If something is at the path already, or it cannot be written.
    """

    def __init__(self, path: str, overwrite: bool = False) -> None:
        super().__init__()
        self._path, self._overwrite = str(path).rstrip("/"), overwrite

    def expand(self, transform_fn: Any) -> Any:
        """The path of an artifact → the path it was written to."""
        if not self._overwrite and _exists(self._path):
            raise EngineError(
                f"There is already something at {self._path}.",
                expected="a path that does not exist yet",
                fix="Choose another path, or allow overwriting (overwrite=True, --overwrite).",
            )
        return transform_fn | "Write" >> beam.Map(
            _copied, self._path, self._overwrite
        ).with_output_types(str)


class ReadTransformFn(beam.PTransform[Any, Any]):
    """The pipeline → the path of a frozen artifact, for `TransformDataset`.

    Args:
        path: A folder that `WriteTransformFn`, ``TransformFn.save`` or ``taurus-beam fit`` wrote.

    Raises:
        ArtifactError: If there is none, or it is damaged; when the pipeline is made.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = str(path).rstrip("/")

    def expand(self, pipeline: Any) -> Any:
        """The pipeline → the artifact's path."""
        load_anywhere(self._path)
        return pipeline | "Path" >> beam.Create([self._path])


@functools.lru_cache(maxsize=8)
def load_anywhere(path: str) -> TransformFn:
    """The artifact at a path on any file system Beam knows, checked and loaded once a process."""
    graph, _, provenance = read_artifact(path, read_file)
    return TransformFn(graph, provenance)


def write_artifact_files(
    path: str, graph: Graph, provenance: Mapping[str, Any], overwrite: bool = False
) -> None:
    """Write an artifact to any file system Beam knows, the manifest last."""
    if _is_local(path):
        write_artifact(path, graph, provenance, overwrite)
        return
    try:
        if overwrite and FileSystems.exists(f"{path}/{MANIFEST}"):
            FileSystems.delete([f"{path}/{MANIFEST}"])
        for name, content in artifact_files(graph, provenance).items():
            write_file(f"{path}/{name}", content)
    except (OSError, ValueError) as problem:
        raise EngineError(
            f"The artifact could not be written to {path}: {problem}",
            fix="Choose a folder that can be written; what is there has no manifest, "
            "so nobody takes it for an artifact.",
        ) from problem


def _copied(source: str, target: str, overwrite: bool) -> str:
    graph, _, provenance = read_artifact(source, read_file)
    if not _is_same(target, graph):
        write_artifact_files(target, graph, provenance, overwrite)
    return target


def _is_same(target: str, graph: Graph) -> bool:
    """Whether a retried bundle finds what its first attempt wrote."""
    try:
        return load_anywhere(target).digest == TransformFn(graph).digest
    except ArtifactError:
        return False


def _is_local(path: str) -> bool:
    return "://" not in path


def _exists(path: str) -> bool:
    return (
        os.path.exists(path) if _is_local(path) else bool(FileSystems.exists(f"{path}/{MANIFEST}"))
    )
