"""What cannot be done without a pipeline, so that the run changes over to Beam's own runner.

Most of it shows before any data are read; what shows only then begins again from the start.
"""

from __future__ import annotations

from collections.abc import Iterable

from taurus_beam.graph.node import Graph, describe
from taurus_beam.graph.phases import phases
from taurus_beam.io.files import is_local, normalized

__all__ = ["NeedsPipelineError", "of_function", "of_paths"]


class NeedsPipelineError(Exception):
    """A run needs a pipeline; not an error of the user's: whoever runs the job does it in one.

    Args:
        reason: Why, in a few words.
    """


def of_paths(paths: Iterable[str]) -> str | None:
    """Why files cannot be read or written without a pipeline, None where they can be.

    Example:
        >>> of_paths(["trips/*.csv"]), of_paths(["gs://bucket/trips"])
        (None, 'gs://bucket/trips is on another file system')
    """
    far = next((path for path in paths if not is_local(normalized(path))), None)
    return None if far is None else f"{far} is on another file system"


def of_function(graph: Graph) -> str | None:
    """Why a function cannot be fitted without a pipeline, None where it can be."""
    for phase in phases(graph):
        for nodes in phase.external:
            return f"{describe(nodes[0])} is found by a Beam transform"
    return None
