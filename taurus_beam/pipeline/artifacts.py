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

from taurus_beam.artifact.content import MANIFEST, artifact_files, checked_files
from taurus_beam.artifact.store import (
    already_there,
    check_target,
    read_artifact,
    reader_of,
    write_folder,
)
from taurus_beam.errors import ArtifactError, EngineError
from taurus_beam.graph.node import Graph
from taurus_beam.io.files import is_local, remove
from taurus_beam.pipeline.files import absolute, read_file, runs_here, write_file
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
        self._path, self._overwrite = absolute(path), overwrite

    def expand(self, transform_fn: Any) -> Any:
        """The path of an artifact → the path it was written to."""
        if is_local(self._path) and runs_here(transform_fn.pipeline):
            check_target(self._path, self._overwrite)
        elif not self._overwrite and _exists(self._path):
            raise already_there(self._path)
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
        self._path = absolute(path)

    def expand(self, pipeline: Any) -> Any:
        """The pipeline → the artifact's path."""
        read_artifact(self._path, read_file)
        return pipeline | "Path" >> beam.Create([self._path])


def load_anywhere(path: str) -> TransformFn:
    """The artifact at a path on any file system Beam knows, checked; loaded once a process.

    The manifest is read each time, so that an artifact that was replaced is loaded again.
    """
    try:
        manifest = bytes(read_file(f"{path}/{MANIFEST}"))
    except (OSError, ValueError):
        manifest = b""  # reading the whole artifact tells what is wrong
    return _loaded(path, manifest)


@functools.lru_cache(maxsize=8)
def _loaded(path: str, manifest: bytes) -> TransformFn:
    graph, _, provenance = read_artifact(path, read_file)
    return TransformFn(graph, provenance)


def write_artifact_files(
    path: str, graph: Graph, provenance: Mapping[str, Any], overwrite: bool = False
) -> None:
    """Write an artifact to any file system Beam knows, the manifest last."""
    _write(path, artifact_files(graph, provenance), overwrite)


def _write(path: str, files: Mapping[str, Any], overwrite: bool) -> None:
    if is_local(path):
        write_folder(path, files, overwrite)
        return
    try:
        if overwrite and _exists(path):
            remove([f"{path}/{MANIFEST}", path])
        for name, content in files.items():
            write_file(f"{path}/{name}", content)
    except (OSError, ValueError) as problem:
        raise EngineError(
            f"The artifact could not be written to {path}: {problem}",
            where=path,
            expected="a folder that every worker can write, with room",
            fix="Choose another folder; what is in this one has no manifest, so nobody takes it "
            "for an artifact.",
        ) from problem


def _copied(source: str, target: str, overwrite: bool) -> str:
    manifest, files = _files(source)
    if overwrite or not _is_same(target, manifest["digest"]):
        _write(target, files, overwrite)
    return target


def _is_same(target: str, digest: str) -> bool:
    """Whether a retried bundle finds what its first attempt wrote."""
    try:
        return bool(_files(target)[0]["digest"] == digest)
    except ArtifactError:
        return False


def _files(path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the files of an artifact, every byte checked."""
    path, read = reader_of(path, read_file)
    return checked_files(read, path)


def _exists(path: str) -> bool:
    if is_local(path):
        return os.path.lexists(path)
    try:
        return bool(FileSystems.exists(f"{path}/{MANIFEST}"))
    except (OSError, ValueError) as problem:
        raise EngineError(
            f"Cannot look for an artifact at {path}: {problem}",
            where=path,
            expected="a path on a file system that Beam knows",
            fix="Check the path, and that its file system's extra is installed (for example "
            "apache-beam[gcp] for gs://).",
        ) from problem
