"""An artifact on disk: written so that it appears whole or not at all, and read back.

A folder is built under a hidden name beside its place and renamed when it is complete. Reading
checks everything before anything is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from taurus_beam.artifact.content import MANIFEST, artifact_files, checked_artifact
from taurus_beam.artifact.contents import pieces, read_local
from taurus_beam.errors import ArtifactError, EngineError
from taurus_beam.graph.node import Graph
from taurus_beam.graph.threads import in_threads, thread_count

__all__ = [
    "already_there",
    "check_target",
    "read_artifact",
    "reader_of",
    "write_artifact",
    "write_folder",
]


def write_artifact(
    path: str, graph: Graph, provenance: Mapping[str, Any], overwrite: bool = False
) -> None:
    """Write an artifact to a local folder; it appears whole or not at all.

    Raises:
        EngineError: If something is there (with `overwrite`: something that is no artifact), or
            the folder cannot be written.
    """
    write_folder(path, artifact_files(graph, provenance), overwrite)


def write_folder(path: str, files: Mapping[str, Any], overwrite: bool = False) -> None:
    """Write an artifact's files to a local folder; see `write_artifact`.

    Args:
        path: The folder.
        files: The content of each file by name.
        overwrite: Replace an artifact that is there.
    """
    import shutil  # with what they import, these two cost as much as all of serving,
    import tempfile  # which only reads

    path = check_target(path, overwrite)
    building = ""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        building = tempfile.mkdtemp(prefix=".transform_fn-", dir=os.path.dirname(path))
        in_threads(
            lambda name: _write_synced(os.path.join(building, name), files[name]),
            list(files),
            thread_count(),
        )
        os.chmod(building, 0o755)
        _swap_in(building, path)
    except OSError as problem:
        raise EngineError(
            f"The artifact could not be written to {path}: {problem.strerror or problem}",
            where=path,
            expected="a folder that can be written, with room",
            fix="Choose another folder; nothing was left behind.",
        ) from problem
    finally:
        if building:
            shutil.rmtree(building, ignore_errors=True)


def check_target(path: str, overwrite: bool) -> str:
    """Find out, before long work, whether an artifact could be written; the absolute path.

    Raises:
        EngineError: If something is there (with `overwrite`: something that is no artifact), or
            no folder can be made there.
    """
    path = os.path.abspath(_local(path))
    if os.path.lexists(path):
        _check_replaceable(path, overwrite)
    above = os.path.dirname(path)
    while not os.path.lexists(above):
        above = os.path.dirname(above)
    if not (os.path.isdir(above) and os.access(above, os.W_OK | os.X_OK)):
        raise EngineError(
            f"The artifact cannot be written to {path}: {above} is "
            + ("read-only." if os.path.isdir(above) else "no folder."),
            where=path,
            expected="a path in a folder that can be written",
            fix="Choose another path, or change the permissions.",
        )
    return path


def already_there(path: str) -> EngineError:
    """The error for a path that is taken."""
    return EngineError(
        f"There is already something at {path}.",
        where=path,
        expected="a path that does not exist yet",
        fix="Choose another path, or allow overwriting (overwrite=True, --overwrite).",
    )


def read_artifact(
    path: str, read_file: Callable[[str], Any] | None = None
) -> tuple[Graph, dict[str, Any], dict[str, Any]]:
    """The graph, the manifest and the provenance record of an artifact.

    Args:
        path: A local folder, or a URI that ``pyarrow.fs`` understands (``s3://``, ``gs://``).
        read_file: What gives a file's content by its path, where that is not enough.

    Raises:
        ArtifactError: If it is missing, damaged, tampered with or of an unknown version.
    """
    path, read = reader_of(path, read_file)
    return checked_artifact(read, path)


def reader_of(
    path: str, read_file: Callable[[str], Any] | None = None
) -> tuple[str, Callable[[str], Any]]:
    """The path as errors call it, and what gives the content of the artifact's files by name."""
    path = path.removeprefix("file://").rstrip("/") or "/"
    read_file = read_file or (_read_uri if "://" in path else read_local)

    def read(name: str) -> Any:
        if "://" not in path:
            _check_inside(path, name)
        try:
            return read_file(f"{path}/{name}")
        except (OSError, ValueError, pa.ArrowException) as problem:
            raise _unreadable(path, name, problem) from problem

    return path, read


def _check_inside(path: str, name: str) -> None:
    """Refuse a link that leads out of the artifact, which whoever made it may not read himself."""
    folder, place = os.path.realpath(path), os.path.realpath(os.path.join(path, name))
    if not place.startswith(os.path.join(folder, "")):
        raise ArtifactError(
            f"{name} of the artifact {path} is a link that leads out of it.",
            where=f"{path}/{name}",
            expected="files in the artifact's own folder",
            fix="Copy the artifact with what its links point to: cp -RL.",
        )


def _local(path: str) -> str:
    path = path.removeprefix("file://")
    if "://" in path:
        raise EngineError(
            f"{path} is no local folder.",
            where=path,
            expected="a local folder",
            fix="Write it to another file system with tb.WriteTransformFn in a pipeline, or save "
            "it locally and copy the folder.",
        )
    return path


def _check_replaceable(path: str, overwrite: bool) -> None:
    if not overwrite:
        raise already_there(path)
    is_artifact = os.path.isfile(os.path.join(path, MANIFEST))
    if not is_artifact and not (os.path.isdir(path) and not os.listdir(path)):
        raise EngineError(
            f"What is at {path} is no artifact, so it is not replaced.",
            where=path,
            expected=f"an artifact (a folder with a {MANIFEST}), an empty folder, or nothing",
            fix="Choose another path, or remove what is there yourself.",
        )


def _read_uri(uri: str) -> Any:
    from pyarrow import fs

    filesystem, inner = fs.FileSystem.from_uri(uri)
    with filesystem.open_input_stream(inner) as stream:
        return stream.read()


def _unreadable(path: str, name: str, problem: Exception) -> ArtifactError:
    if name == MANIFEST:
        return ArtifactError(
            f"There is no artifact at {path}: it has no readable {MANIFEST} ({problem}).",
            where=f"{path}/{name}",
            expected="a folder that WriteTransformFn, TransformFn.save or taurus-beam fit wrote",
            fix="Check the path; an artifact is the whole folder, manifest.json included.",
        )
    return ArtifactError(
        f"The artifact {path} lacks {name}: {problem}",
        where=f"{path}/{name}",
        fix="Restore the artifact from where it was written, or fit again.",
    )


def _swap_in(building: str, path: str) -> None:
    """Put a finished folder in its place, moving an older one out of the way first."""
    import shutil
    import tempfile

    if not os.path.lexists(path):
        os.rename(building, path)
        return
    old = tempfile.mkdtemp(prefix=".transform_fn-old-", dir=os.path.dirname(path))
    aside = os.path.join(old, "artifact")
    try:
        os.rename(path, aside)
        os.rename(building, path)
    except OSError:
        if os.path.lexists(aside):
            os.rename(aside, path)
        raise
    finally:
        # Not where the old one could not be put back: then it is all that there is.
        if os.path.lexists(path):
            shutil.rmtree(old, ignore_errors=True)


def _write_synced(path: str, content: Any) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.writelines(pieces(content))
        file.flush()
        os.fsync(file.fileno())
