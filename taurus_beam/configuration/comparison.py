"""What differs between two configurations, parameter by parameter."""

from __future__ import annotations

from typing import Any

from taurus_beam.configuration.model import Configuration

__all__ = ["changes"]


def changes(a: Configuration, b: Configuration) -> dict[str, dict[str, Any]]:
    """The parameters whose values differ, with value and source on both sides.

    Returns:
        By name, ``{"a": parameter, "b": parameter}``; None on the side that has no such parameter.

    Example:
        >>> from taurus_beam.configuration.model import configured
        >>> changes(configured("fit", {"seed": 1}), configured("fit", {"seed": 2}))["seed"]["b"]
        {'value': 2, 'source': 'program'}
    """
    found: dict[str, dict[str, Any]] = {}
    for name in {**a.parameters, **b.parameters}:
        one, other = (each.parameters.get(name) for each in (a, b))
        if one is None or other is None or one.value != other.value:
            found[name] = {
                side: None if parameter is None else parameter.model_dump(mode="json")
                for side, parameter in (("a", one), ("b", other))
            }
    return found
