"""An artifact's files and what is in them: made from a frozen graph, and checked on the way back.

The manifest names every file with its size and sha256. Everything but `provenance.json` is
decided by the function and the data alone, so two runs over the same data give the same bytes.
Where the bytes lie is not this file's matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam import __version__
from taurus_beam.artifact.bounds import check_document, check_widths
from taurus_beam.artifact.contents import sha256_of
from taurus_beam.artifact.encoding import FORMAT_VERSION, decode_graph, encode_graph, releases
from taurus_beam.artifact.strict_json import decode
from taurus_beam.errors import ArtifactError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.node import Graph
from taurus_beam.graph.threads import in_threads, thread_count

__all__ = [
    "MANIFEST",
    "PROVENANCE",
    "artifact_digest",
    "artifact_files",
    "checked_artifact",
    "checked_files",
]

MANIFEST = "manifest.json"
PROVENANCE = "provenance.json"
_FORMAT = "taurus_beam.transform_fn"
_SAFE_NAME = re.compile(r"(assets/)?[\w][\w.\-]*")
_RESTORE = "Restore the artifact from where it was written, or fit again."


def artifact_files(graph: Graph, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """The content of every file of the artifact of a frozen graph by name, the manifest last.

    A content is bytes; of a large vocabulary an Arrow buffer, or the mapped file it was read from.
    """
    from taurus_beam.artifact import schema_proto

    document, assets = encode_graph(graph)
    described = _json({"format_version": FORMAT_VERSION, **document})
    # What could not be read back is not written.
    check_document(described, "The graph")
    check_widths(graph.nodes)
    files = {
        "graph.json": described,
        "input_schema.pbtxt": schema_proto.to_text(schema_proto.input_schema(graph)),
        "output_schema.pbtxt": schema_proto.to_text(schema_proto.output_schema(graph)),
        **assets,
    }
    names = sorted(files)
    sums = in_threads(lambda name: sha256_of(files[name]), names, thread_count())
    facts = {n: {"bytes": len(files[n]), "sha256": s} for n, s in zip(names, sums, strict=True)}
    digest = _digest_of(facts)
    manifest = {
        "format": _FORMAT,
        "format_version": FORMAT_VERSION,
        "digest": digest,
        "files": facts,
        "versions": {
            "taurus_beam": __version__,
            "numpy": np.__version__,
            "pyarrow": pa.__version__,
            **releases(graph),
        },
    }
    files[PROVENANCE] = _sealed({"artifact": digest, "record": dict(provenance)})
    files[MANIFEST] = _sealed(manifest)
    return files


def artifact_digest(graph: Graph) -> str:
    """What identifies a frozen graph: equal for equal functions and data."""
    manifest = json.loads(artifact_files(graph, {})[MANIFEST])
    return str(manifest["digest"])


def checked_artifact(
    read: Callable[[str], Any], path: str
) -> tuple[Graph, dict[str, Any], dict[str, Any]]:
    """The graph, the manifest and the provenance record, after every byte was checked.

    Args:
        read: Gives a file's content (bytes or an Arrow buffer) by its name in the artifact.
        path: What to call the artifact in an error.

    Raises:
        ArtifactError: If it is damaged, tampered with or of an unknown version, naming the file.
    """
    manifest, contents = checked_files(read, path)
    graph = _graph(contents, manifest, path)
    return graph, manifest, _record(contents, manifest, path)


def checked_files(read: Callable[[str], Any], path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest, and the content of every file by name, the manifest last.

    Args:
        read: As for `checked_artifact`.
        path: What to call the artifact in an error.

    Raises:
        ArtifactError: As `checked_artifact`, but nobody looks at what the graph says.
    """
    manifest = _manifest(read, path)
    contents: dict[str, Any] = {}
    for name, facts in manifest["files"].items():
        content = read(name)
        if len(content) != facts["bytes"] or sha256_of(content) != facts["sha256"]:
            raise _changed(path, name)
        contents[name] = content
    if _digest_of(manifest["files"]) != manifest["digest"]:
        raise _changed(path, MANIFEST)
    contents[PROVENANCE] = read(PROVENANCE)
    _record(contents, manifest, path)
    contents[MANIFEST] = read(MANIFEST)
    return manifest, contents


def _record(contents: Mapping[str, Any], manifest: Mapping[str, Any], path: str) -> dict[str, Any]:
    wrapped = _unsealed(contents[PROVENANCE], path, PROVENANCE)
    record = wrapped.get("record")
    if wrapped.get("artifact") != manifest["digest"] or not isinstance(record, dict):
        raise ArtifactError(
            f"{PROVENANCE} of the artifact {path} tells of another artifact.",
            where=f"{path}/{PROVENANCE}",
            fix=_RESTORE,
        )
    return record


def _graph(contents: Mapping[str, Any], manifest: Mapping[str, Any], path: str) -> Graph:
    document = _document(contents["graph.json"], path, "graph.json")
    try:
        graph = decode_graph(document, contents.__getitem__, releases=manifest.get("versions"))
    except ArtifactError as problem:
        raise ArtifactError(
            problem.what,
            where=f"{path}/graph.json",
            expected=problem.expected,
            fix=problem.fix,
        ) from problem
    for node in graph.nodes:
        if isinstance(node.operation, Analyzer):
            raise ArtifactError(
                f"The graph is not frozen: {node.operation.name!r} has no value.",
                where=f"{path}/graph.json",
                fix=_RESTORE,
            )
    return graph


def _manifest(read: Callable[[str], Any], path: str) -> dict[str, Any]:
    content = read(MANIFEST)
    place = f"{path}/{MANIFEST}"
    manifest = _document(content, path, MANIFEST)
    if manifest.get("format") != _FORMAT:
        raise ArtifactError(
            f"{path} is no taurus_beam artifact: its {MANIFEST} is of another format.", where=place
        )
    version = manifest.get("format_version")
    # Before the checksum, which a later format may compute in another way.
    if type(version) is not int or not 1 <= version <= FORMAT_VERSION:
        raise ArtifactError(
            f"The artifact {path} has format version {version!r}.",
            where=place,
            expected=f"a version from 1 to {FORMAT_VERSION}",
            fix="Use the taurus_beam that wrote it, or a newer one.",
        )
    manifest = _unsealed(content, path, MANIFEST)
    files = manifest.get("files")
    if not isinstance(files, dict) or "graph.json" not in files or not _are_facts(files.values()):
        raise ArtifactError(
            f"The {MANIFEST} of {path} is damaged: it lists no graph.json.", where=place
        )
    for name in files:
        if not _SAFE_NAME.fullmatch(name):
            raise ArtifactError(
                f"The {MANIFEST} of {path} names a file outside it: {name!r}.", where=place
            )
    return manifest


def _are_facts(entries: Iterable[Any]) -> bool:
    return all(
        isinstance(f, dict) and isinstance(f.get("bytes"), int) and isinstance(f.get("sha256"), str)
        for f in entries
    )


def _sealed(data: Mapping[str, Any]) -> bytes:
    """JSON that carries the checksum of everything else in it."""
    return _json({**data, "sha256": sha256_of(_json(data))})


def _unsealed(content: Any, path: str, name: str) -> dict[str, Any]:
    """What `_sealed` wrote, byte for byte."""
    data = _document(content, path, name)
    rest = {key: value for key, value in data.items() if key != "sha256"}
    try:
        written = _sealed(rest)
    except ValueError:  # of a number beyond all doubles, which is read as infinity
        written = b""
    if written != bytes(content):
        raise _changed(path, name)
    return rest


def _document(content: Any, path: str, name: str) -> dict[str, Any]:
    check_document(content, f"{name} of the artifact {path}")
    data = decode(bytes(content), f"{name} of the artifact {path}")
    if not isinstance(data, dict):
        raise _changed(path, name)
    return data


def _changed(path: str, name: str) -> ArtifactError:
    return ArtifactError(
        f"{name} of the artifact {path} is not what was written: its sha256 differs.",
        where=f"{path}/{name}",
        expected="the bytes that were written, as the manifest records them",
        fix=_RESTORE,
    )


def _json(data: Any) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _digest_of(facts: Mapping[str, Any]) -> str:
    """What a listing of files and their checksums is told by."""
    listing = "".join(f"{name} {facts[name]['sha256']}\n" for name in sorted(facts))
    return sha256_of(listing.encode())
