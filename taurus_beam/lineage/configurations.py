"""The configuration of a run as its execution keeps it, from which the run can be repeated."""

from __future__ import annotations

from typing import Any

from taurus_beam.configuration.model import Configuration, Source, configured
from taurus_beam.lineage.model import Execution

__all__ = ["as_properties", "configuration_of"]


def as_properties(configuration: Configuration) -> dict[str, Any]:
    """What an execution keeps of a configuration: values, sources, version."""
    return {
        "configuration": configuration.values,
        "sources": configuration.sources,
        "taurus_beam": configuration.taurus_beam,
    }


def configuration_of(execution: Execution) -> Configuration:
    """The configuration of a run that was recorded.

    Of one that an earlier version recorded, all values come from a program.

    Example:
        >>> known = as_properties(configured("fit", {"seed": 1}, {"seed": Source.ENVIRONMENT}))
        >>> configuration_of(Execution("fit", "00ff", properties=known)).parameters["seed"]
        Parameter(value=1, source=<Source.ENVIRONMENT: 'environment'>)
    """
    known = execution.properties
    sources = {name: Source(each) for name, each in known.get("sources", {}).items()}
    return configured(
        execution.type,
        known.get("configuration", {}),
        sources,
        known.get("taurus_beam") or known.get("versions", {}).get("taurus-beam", "unknown"),
    )
