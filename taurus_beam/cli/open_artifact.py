"""An artifact with all that is known of it; Beam is imported only for one that is not local."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from taurus_beam.artifact.store import read_artifact
from taurus_beam.serving import TransformFn

__all__ = ["Artifact", "open_artifact"]


@dataclass(frozen=True, eq=False)
class Artifact:
    """An artifact that was read and checked.

    Attributes:
        path: Where it is.
        fn: What it computes.
        manifest: Its files, versions and digest.
    """

    path: str
    fn: TransformFn
    manifest: Mapping[str, Any]

    @property
    def provenance(self) -> Mapping[str, Any]:
        """What is known of the run that made it."""
        return self.fn.provenance

    @property
    def nbytes(self) -> int:
        """The bytes of the files that its manifest lists."""
        return sum(file["bytes"] for file in self.manifest["files"].values())


def open_artifact(path: str) -> Artifact:
    """Read and check an artifact.

    Raises:
        ArtifactError: If it is missing, damaged or of an unknown version.
    """
    graph, manifest, provenance = read_artifact(path, _reader(path))
    return Artifact(path, TransformFn(graph, provenance), manifest)


def _reader(path: str) -> Callable[[str], Any] | None:
    if "://" not in path or path.startswith("file://"):
        return None
    from taurus_beam.pipeline.files import read_file

    return read_file
