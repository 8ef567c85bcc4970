"""Statistics of pairs of features as HTML: correlation, covariance and lift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from taurus_beam.report.datasets import Series
from taurus_beam.report.markup import Html, bdi, element, joined, table
from taurus_beam.validation.paths import serialize

__all__ = ["cross_html"]

_MOST_LIFTS = 10


def cross_html(series: Sequence[Series]) -> Html:
    """Tables of all pairs, strongest correlation first; empty where no statistics have any."""
    numeric, lifts = [], []
    for each in series:
        for dataset in each.statistics.datasets:
            name = " · ".join(filter(None, (each.name, dataset.name)))
            for cross in dataset.cross_features:
                pair = [
                    bdi(name),
                    bdi(serialize(cross.path_x.step)),
                    bdi(serialize(cross.path_y.step)),
                ]
                if cross.HasField("num_cross_stats"):
                    numeric.append((pair, cross))
                if cross.HasField("categorical_cross_stats"):
                    lifts += [[*pair, *cells] for cells in _lifts(cross)]
    parts: list[str] = []
    if numeric:
        parts.append(_correlations(numeric))
    if lifts:
        columns = ["Data", "X", "Y", "Value of Y", "Value of X", "Lift"]
        parts += [element("h3", "Lift"), table(columns, lifts, "Lift")]
    return joined(parts)


def _correlations(numeric: list[tuple[list[Html], Any]]) -> Html:
    numeric = sorted(numeric, key=lambda each: -abs(each[1].num_cross_stats.correlation))
    rows, keys = [], []
    for pair, cross in numeric:
        stats = cross.num_cross_stats
        values = [float(cross.count), stats.correlation, stats.covariance]
        rows.append([*pair, f"{cross.count:,}", *(f"{value:.4g}" for value in values[1:])])
        keys.append([None, None, None, *values])
    columns = ["Data", "X", "Y", "Count", "Correlation", "Covariance"]
    return table(columns, rows, "Correlations", sort_values=keys)


def _lifts(cross: Any) -> Iterator[list[str]]:
    for series in cross.categorical_cross_stats.lift.lift_series:
        value = _y_text(series)
        for lift in series.lift_values[:_MOST_LIFTS]:
            x = lift.WhichOneof("x_value")
            yield [bdi(value), bdi(str(getattr(lift, x) if x else "")), f"{lift.lift:.4g}"]


def _y_text(series: Any) -> str:
    which = series.WhichOneof("y_value")
    if which == "y_bucket":
        return f"[{series.y_bucket.low_value:g}, {series.y_bucket.high_value:g})"
    return str(getattr(series, which)) if which else ""
