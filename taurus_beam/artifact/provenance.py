"""What is known of the run that made an artifact: data, function, versions, time.

It tells of one run, so it is the one file of an artifact that differs between two equal runs.
"""

from __future__ import annotations

import datetime
import hashlib
import inspect
import platform
import uuid
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam import __version__
from taurus_beam.graph.node import Graph, describe
from taurus_beam.graph.phases import phases
from taurus_beam.graph.trace import function_place

__all__ = ["function_digest", "provenance"]


def provenance(
    function: Any,
    graph: Graph,
    *,
    runner: str,
    rows: int | None = None,
    source: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The provenance record of one run.

    Its ``run`` has the number of ``passes``, and the ``analyzers`` of each by name.

    Args:
        function: The preprocessing function, for its place and the digest of its source.
        graph: The traced graph.
        runner: What ran the analysis.
        rows: Rows of the data, None where no pass counted them.
        source: Where the data come from (files, sizes, fingerprint).
    """
    analyzers = [list(dict.fromkeys(map(describe, phase.analyzers))) for phase in phases(graph)]
    return {
        "function": {"place": function_place(function), "sha256": function_digest(function)},
        "data": {
            "rows": rows,
            "schema": {field.name: str(field.type) for field in graph.input_schema},
            "source": dict(source) if source else None,
        },
        "run": {
            "id": uuid.uuid4().hex,
            "finished": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "runner": runner,
            "passes": len(analyzers),
            "analyzers": analyzers,
            "versions": {
                "taurus_beam": __version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "pyarrow": pa.__version__,
            },
        },
    }


def function_digest(function: Any) -> str | None:
    """sha256 of a function's source text, None where it has none (typed at a prompt)."""
    try:
        return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()
    except (OSError, TypeError):
        return None
