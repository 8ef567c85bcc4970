"""Artifacts as somebody makes them who knows the format and means no good: checksums fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from taurus_beam.artifact.content import checked_artifact
from taurus_beam.errors import ArtifactError


def load(files: Mapping[str, bytes]) -> Any:
    """Load an artifact from its files in memory, as `tb.load` does from a folder."""

    def read(name: str) -> bytes:
        if name not in files:
            raise ArtifactError(f"{name} is missing")
        return files[name]

    return checked_artifact(read, "memory")


def sealed(document: Mapping[str, Any]) -> bytes:
    """A document with the checksum that a forger would compute."""
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    document = {**document, "sha256": hashlib.sha256(_bytes(text)).hexdigest()}
    return _bytes(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _bytes(text: str) -> bytes:
    """In UTF-8, halves of surrogate pairs as if they were characters."""
    return text.encode("utf-8", "surrogatepass")


def forged(
    files: Mapping[str, bytes],
    changes: Mapping[str, bytes],
    manifest_changes: Mapping[str, Any] | None = None,
) -> dict[str, bytes]:
    """An artifact's files with other contents, a manifest and a provenance made to fit them."""
    files = {**files, **changes}
    manifest = json.loads(files["manifest.json"])
    del manifest["sha256"]
    listed = {n: c for n, c in files.items() if n not in ("manifest.json", "provenance.json")}
    shas = {n: hashlib.sha256(c).hexdigest() for n, c in sorted(listed.items())}
    manifest["files"] = {n: {"bytes": len(listed[n]), "sha256": s} for n, s in shas.items()}
    listing = "".join(f"{n} {s}\n" for n, s in shas.items())
    manifest["digest"] = hashlib.sha256(listing.encode()).hexdigest()
    manifest.update(manifest_changes or {})
    provenance = json.loads(files["provenance.json"])
    wrapped = {"artifact": manifest["digest"], "record": provenance["record"]}
    return {**files, "manifest.json": sealed(manifest), "provenance.json": sealed(wrapped)}


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The folder, with the files in it."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def arrow_file(codec: str | None = None, **columns: Any) -> bytes:
    """An Arrow IPC file of one batch, its buffers perhaps compressed."""
    sink = pa.BufferOutputStream()
    batch = pa.record_batch(columns)
    options = pa.ipc.IpcWriteOptions(compression=codec)
    with pa.ipc.new_file(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content
