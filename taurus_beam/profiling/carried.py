"""Amounts on their way from workers: each a number by a name, as runners carry metrics.

Nothing here knows Beam: `taurus_beam.io.probe` counts by these names, a `Profile` finds them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from taurus_beam.profiling.step import Amounts, Step

__all__ = ["NAMESPACE", "SPAN", "counted", "found_in", "metric_name"]

NAMESPACE = "taurus_beam.profile"
SPAN = "span"
_MILLISECOND = 1_000_000


def metric_name(measure: str, *of: str) -> str:
    """The name of a counter (a field of `Amounts`, of a step), or of the span of a phase."""
    return json.dumps([measure, *of], ensure_ascii=False, separators=(",", ":"))


def counted(step: Step, amounts: Amounts) -> dict[str, int]:
    """The counters of a step, by name; those of 0 left out."""
    of = astuple(step)
    return {metric_name(name, *of): n for name, n in amounts._asdict().items() if n}


def found_in(
    metrics: Mapping[str, Any], began: int
) -> tuple[dict[Step, Amounts], dict[str, tuple[int, int]]]:
    """The amounts of steps and the spans of phases that a runner has found.

    Args:
        metrics: "counters" and "distributions", as a query of Beam's gives them.
        began: What spans count from: nanoseconds since the epoch.
    """
    amounts: dict[Step, Amounts] = {}
    for name, number in _named(metrics.get("counters", ())):
        measure, *of = json.loads(name)
        more = Amounts()._replace(**{measure: int(number)})
        step = Step(*of)
        amounts[step] = amounts.get(step, Amounts()).plus(more)
    spans: dict[str, tuple[int, int]] = {}
    for name, found in _named(metrics.get("distributions", ())):
        _, phase = json.loads(name)
        begin, end = (began + int(each) * _MILLISECOND for each in (found.min, found.max))
        first, last = spans.get(phase, (begin, end))
        spans[phase] = min(first, begin), max(last, end)
    return amounts, spans


def _named(metrics: Any) -> list[tuple[str, Any]]:
    return [
        (each.key.metric.name, each.result)
        for each in metrics
        if each.key.metric.namespace == NAMESPACE and each.result
    ]
