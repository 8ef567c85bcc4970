"""An artifact's files: made, written atomically, read and checked.

The manifest names every file with its size and sha256 and is written last; a folder without a
valid manifest is no artifact. Everything but `provenance.json` is decided by the function and
the data alone, so two runs over the same data give the same bytes; provenance, which tells of
one run, carries its own checksum.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam import __version__
from taurus_beam.artifact.encoding import FORMAT_VERSION, decode, decode_graph, encode_graph
from taurus_beam.errors import ArtifactError, EngineError
from taurus_beam.graph.node import Graph

__all__ = ["MANIFEST", "artifact_digest", "artifact_files", "read_artifact", "write_artifact"]

MANIFEST = "manifest.json"
PROVENANCE = "provenance.json"
_SAFE_NAME = re.compile(r"(assets/)?[\w][\w.\-]*")


def artifact_files(graph: Graph, provenance: Mapping[str, Any]) -> dict[str, bytes]:
    """Every file of the artifact of a frozen graph by name, the manifest last."""
    from taurus_beam.artifact import schema_proto

    document, assets = encode_graph(graph)
    files = {
        "graph.json": _json({"format_version": FORMAT_VERSION, **document}),
        "input_schema.pbtxt": schema_proto.to_text(schema_proto.input_schema(graph)),
        "output_schema.pbtxt": schema_proto.to_text(schema_proto.output_schema(graph)),
        **assets,
    }
    manifest = {
        "format": "taurus_beam.transform_fn",
        "format_version": FORMAT_VERSION,
        "digest": _digest_of(files),
        "files": {n: {"bytes": len(c), "sha256": _sha256(c)} for n, c in sorted(files.items())},
        "versions": {
            "taurus_beam": __version__,
            "numpy": np.__version__,
            "pyarrow": pa.__version__,
        },
    }
    record = dict(provenance)
    files[PROVENANCE] = _json({"sha256": _sha256(_json(record)), "record": record})
    files[MANIFEST] = _json(manifest)
    return files


def artifact_digest(graph: Graph) -> str:
    """What identifies a frozen graph: equal for equal functions and data."""
    manifest = json.loads(artifact_files(graph, {})[MANIFEST])
    return str(manifest["digest"])


def write_artifact(
    path: str, graph: Graph, provenance: Mapping[str, Any], overwrite: bool = False
) -> None:
    """Write an artifact to a local folder; it appears whole or not at all.

    Raises:
        EngineError: If the folder exists (and `overwrite` is not set) or cannot be written.
    """
    path = os.path.abspath(path)
    if os.path.exists(path) and not overwrite:
        raise EngineError(
            f"There is already something at {path}.",
            expected="a path that does not exist yet",
            fix="Choose another path, or allow overwriting (overwrite=True, --overwrite).",
        )
    files = artifact_files(graph, provenance)
    building = ""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        building = tempfile.mkdtemp(prefix=".transform_fn-", dir=os.path.dirname(path))
        for name, content in files.items():
            _write_synced(os.path.join(building, name), content)
        os.chmod(building, 0o755)
        _swap_in(building, path)
    except OSError as problem:
        raise EngineError(
            f"The artifact could not be written to {path}: {problem.strerror or problem}",
            fix="Choose a folder that can be written and has space; nothing was left behind.",
        ) from problem
    finally:
        if building:
            shutil.rmtree(building, ignore_errors=True)


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
    read = _reader(path, read_file)
    manifest = decode(read(MANIFEST), f"{MANIFEST} of {path}")
    _check_manifest(manifest, path)
    contents: dict[str, Any] = {}
    for name, facts in manifest["files"].items():
        content = read(name)
        if len(content) != facts["bytes"] or _sha256(content) != facts["sha256"]:
            raise ArtifactError(
                f"{name} of the artifact {path} is not what was written: its sha256 differs.",
                expected=str(facts["sha256"]),
                fix="Restore the artifact from where it was written, or fit again.",
            )
        contents[name] = content
    if _digest_of(contents) != manifest["digest"]:
        raise ArtifactError(
            f"The manifest of {path} was changed: its digest does not fit its files.",
            fix="Restore the artifact from where it was written, or fit again.",
        )
    document = decode(bytes(contents["graph.json"]), f"graph.json of {path}")
    graph = decode_graph(document, contents.__getitem__)
    return graph, manifest, _provenance(read, path)


def _provenance(read: Callable[[str], Any], path: str) -> dict[str, Any]:
    wrapped = decode(bytes(read(PROVENANCE)), f"{PROVENANCE} of {path}")
    record = wrapped.get("record") if isinstance(wrapped, dict) else None
    if not isinstance(record, dict) or wrapped.get("sha256") != _sha256(_json(record)):
        raise ArtifactError(
            f"{PROVENANCE} of the artifact {path} is not what was written: its sha256 differs.",
            fix="Restore the artifact from where it was written, or fit again.",
        )
    return record


def _check_manifest(manifest: Any, path: str) -> None:
    if not isinstance(manifest, dict) or manifest.get("format") != "taurus_beam.transform_fn":
        raise ArtifactError(f"{path} is no taurus_beam artifact.")
    version = manifest.get("format_version")
    if not isinstance(version, int) or not 1 <= version <= FORMAT_VERSION:
        raise ArtifactError(
            f"The artifact {path} has format version {version!r}.",
            expected=f"a version from 1 to {FORMAT_VERSION}",
            fix="Use the taurus_beam that wrote it, or a newer one.",
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or "graph.json" not in files or not _are_facts(files.values()):
        raise ArtifactError(f"The manifest of {path} is damaged: it lists no graph.json.")
    for name in files:
        if not _SAFE_NAME.fullmatch(name):
            raise ArtifactError(f"The manifest of {path} names a file outside it: {name!r}.")


def _are_facts(entries: Iterable[Any]) -> bool:
    return all(
        isinstance(f, dict) and isinstance(f.get("bytes"), int) and isinstance(f.get("sha256"), str)
        for f in entries
    )


def _reader(path: str, read_file: Callable[[str], Any] | None) -> Callable[[str], Any]:
    read_file = read_file or _file_reader(path)

    def read(name: str) -> Any:
        try:
            return read_file(f"{path.rstrip('/')}/{name}")
        except (OSError, pa.ArrowException) as problem:
            raise _unreadable(path, name, problem) from problem

    return read


def _file_reader(path: str) -> Callable[[str], Any]:
    if "://" not in path:
        return _read_local
    from pyarrow import fs

    def read(uri: str) -> Any:
        filesystem, inner = fs.FileSystem.from_uri(uri)
        with filesystem.open_input_stream(inner) as stream:
            return stream.read()

    return read


def _read_local(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _unreadable(path: str, name: str, problem: Exception) -> ArtifactError:
    if name == MANIFEST:
        return ArtifactError(
            f"There is no artifact at {path}: it has no readable {MANIFEST} ({problem}).",
            expected="a folder that WriteTransformFn, TransformFn.save or taurus-beam fit wrote",
        )
    return ArtifactError(
        f"The artifact {path} lacks {name}: {problem}",
        fix="Restore the artifact from where it was written, or fit again.",
    )


def _swap_in(building: str, path: str) -> None:
    """Put a finished folder in its place, moving an older one out of the way first."""
    if not os.path.exists(path):
        os.rename(building, path)
        return
    old = tempfile.mkdtemp(prefix=".transform_fn-old-", dir=os.path.dirname(path))
    os.rename(path, os.path.join(old, "artifact"))
    try:
        os.rename(building, path)
    except OSError:
        os.rename(os.path.join(old, "artifact"), path)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _write_synced(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _json(data: Any) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _sha256(content: Any) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest_of(files: Mapping[str, Any]) -> str:
    listing = "".join(f"{name} {_sha256(files[name])}\n" for name in sorted(files))
    return _sha256(listing.encode())
