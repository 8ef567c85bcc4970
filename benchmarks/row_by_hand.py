"""The limit for one row: what `by_hand` has found, applied by plain Python, without an import.

What was found is plain data, kept as JSON.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

Row = dict[str, Any]


class Found(TypedDict):
    """By column: its mean, deviation, extremes and boundaries, or its terms in order of ids."""

    scales: dict[str, dict[str, Any]]
    terms: dict[str, list[str]]


def save(found: Found, file: Path) -> None:
    file.write_text(json.dumps(found))


def load(file: str) -> Found:
    with open(file) as opened:
        found: Found = json.load(opened)
    return found


def function(found: Found) -> Callable[[Row], Row]:
    """The fitted work on one row."""
    scales = [
        (
            name,
            scale["mean"],
            scale["deviation"],
            scale["low"],
            scale["high"] - scale["low"],
            scale["boundaries"],
            (f"{name}_z", f"{name}_01", f"{name}_bucket"),
        )
        for name, scale in found["scales"].items()
    ]
    vocabularies = [
        (name, {term: at for at, term in enumerate(terms)}, f"{name}_id")
        for name, terms in found["terms"].items()
    ]

    def row(values: Row) -> Row:
        outputs: Row = {}
        for name, mean, deviation, low, width, boundaries, (z_score, unit, bucket) in scales:
            value = values[name]
            if value is None:
                outputs[z_score] = outputs[unit] = outputs[bucket] = None
            else:
                outputs[z_score] = (value - mean) / deviation
                outputs[unit] = (value - low) / width
                outputs[bucket] = bisect_right(boundaries, value)
        for name, ids, output in vocabularies:
            value = values[name]
            outputs[output] = None if value is None else ids.get(value, -1)
        return outputs

    return row
