"""What ``taurus-beam skew`` prints of features: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from taurus_beam.cli.terminal import count, show_heading, show_table, stdout
from taurus_beam.specs import json_text

if TYPE_CHECKING:
    from taurus_beam.validation.feature_skew_result import FeatureSkew, SkewPair

__all__ = ["print_json", "record_of", "show_skew", "skewed_features"]


def skewed_features(features: Iterable[FeatureSkew], max_fraction: float) -> list[str]:
    """The features that differ in more than a share of the pairs."""
    return [skew.feature_name for skew in features if skew.diff_fraction > max_fraction]


def record_of(features: Iterable[FeatureSkew], samples: Iterable[SkewPair]) -> dict[str, Any]:
    """Counts and samples for programs."""
    return {
        "features": [
            {**asdict(skew), "diff_count": skew.diff_count, "diff_fraction": skew.diff_fraction}
            for skew in features
        ],
        "samples": [asdict(pair) for pair in samples],
    }


def print_json(record: dict[str, Any]) -> None:
    """Print what was found as JSON."""
    # Times and bytes have no JSON form; their text is enough for a person or a log.
    typer.echo(json_text(record))


def show_skew(
    features: Iterable[FeatureSkew], samples: Iterable[SkewPair], sides: tuple[str, str]
) -> None:
    """Print the counts, the most skewed feature first, and the samples.

    Args:
        features: The counts.
        samples: The pairs to show.
        sides: What the base and the test are called.
    """
    console = stdout()
    show_heading(console, "Features")
    cells = [
        (
            skew.feature_name,
            *map(count, (skew.match_count, skew.mismatch_count, skew.base_only, skew.test_only)),
            f"{100 * skew.diff_fraction:.3g} %",
        )
        for skew in sorted(features, key=lambda skew: (-skew.diff_fraction, skew.feature_name))
    ]
    headings = ("feature", "same", "different", f"only {sides[0]}", f"only {sides[1]}", "skew")
    show_table(console, cells, headings, right=(1, 2, 3, 4, 5))
    for number, pair in enumerate(samples, 1):
        show_heading(console, f"Sample {number}")
        differing = (*pair.mismatched_features, *pair.base_only_features, *pair.test_only_features)
        rows = [(n, _cell(pair.base.get(n)), _cell(pair.test.get(n))) for n in differing]
        show_table(console, rows, ("feature", *sides))


def _cell(value: Any) -> str:
    text = "missing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
