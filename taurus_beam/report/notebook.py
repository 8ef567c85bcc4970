"""Statistics, schemas and anomalies in notebooks, under TFDV's names.

Each function returns an object that a notebook shows as HTML, without the network and without
touching the rest of the notebook. Nothing here imports IPython.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.report.anomalies import anomalies_html
from taurus_beam.report.datasets import Series
from taurus_beam.report.distances import distances, distances_html
from taurus_beam.report.markup import Html, element, joined
from taurus_beam.report.names import steps_of
from taurus_beam.report.page import page, static_text
from taurus_beam.report.schema import schema_html
from taurus_beam.report.write import statistics_list
from taurus_beam.validation.paths import Path

__all__ = [
    "Displayed",
    "compare_slices",
    "display_anomalies",
    "display_schema",
    "get_statistics_html",
    "visualize_statistics",
]

_Statistics = statistics_pb2.DatasetFeatureStatisticsList


@dataclass(frozen=True, repr=False)
class Displayed:
    """Something a notebook shows as HTML; elsewhere, its ``html`` is there to be used."""

    what: str
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<{self.what}: shown as HTML in a notebook>"


def visualize_statistics(
    lhs_statistics: statistics_pb2.DatasetFeatureStatisticsList,
    rhs_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    lhs_name: str = "lhs_statistics",
    rhs_name: str = "rhs_statistics",
    allowlist_features: Sequence[Any] | None = None,
    denylist_features: Sequence[Any] | None = None,
) -> Displayed:
    """Statistics as a report inside the notebook: table, charts, slices, two data sets overlaid.

    Args:
        lhs_statistics: Of one data set, with any number of slices.
        rhs_statistics: Of another one to draw over it.
        lhs_name: What to call the first.
        rhs_name: What to call the second.
        allowlist_features: Features to show, as names or paths; None shows all. A struct shows
            with all that is in it.
        denylist_features: Features to leave out.

    Returns:
        An object that the notebook shows when it ends a cell; elsewhere, hand it to ``display``.

    Raises:
        DataError: If both lists are given, or an argument is not statistics.

    Example:
        >>> statistics = _Statistics()
        >>> _ = statistics.datasets.add(num_examples=3)
        >>> visualize_statistics(statistics)
        <Statistics: shown as HTML in a notebook>
    """
    text = get_statistics_html(
        lhs_statistics, rhs_statistics, lhs_name, rhs_name, allowlist_features, denylist_features
    )
    return Displayed("Statistics", text)


def get_statistics_html(
    lhs_statistics: statistics_pb2.DatasetFeatureStatisticsList,
    rhs_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    lhs_name: str = "lhs_statistics",
    rhs_name: str = "rhs_statistics",
    allowlist_features: Sequence[Any] | None = None,
    denylist_features: Sequence[Any] | None = None,
) -> str:
    """The HTML that `visualize_statistics` shows: a frame that holds the whole report.

    To get a page of its own, use `write_report`.
    """
    if allowlist_features is not None and denylist_features is not None:
        raise DataError(
            "Both `allowlist_features` and `denylist_features` are given.",
            expected="one of them",
        )
    series = [Series(lhs_name, statistics_list(lhs_statistics, "lhs_statistics"))]
    if rhs_statistics is not None:
        series.append(Series(rhs_name, statistics_list(rhs_statistics, "rhs_statistics")))
    return _frame(page("Statistics", series, keep=_kept(allowlist_features, denylist_features)))


def compare_slices(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    lhs_slice_key: str,
    rhs_slice_key: str,
) -> Displayed:
    """Two slices of the same statistics, drawn over one another.

    Args:
        statistics: With both slices.
        lhs_slice_key: Name of one slice, such as ``carrier_UA`` or ``All Examples``.
        rhs_slice_key: Name of the other.

    Raises:
        DataError: If there is no such slice.
    """
    return visualize_statistics(
        _slice(statistics, lhs_slice_key),
        _slice(statistics, rhs_slice_key),
        lhs_name=lhs_slice_key or "All Examples",
        rhs_name=rhs_slice_key or "All Examples",
    )


def display_schema(schema: schema_pb2.Schema) -> Displayed:
    """A schema as tables of its features and domains.

    Example:
        >>> display_schema(schema_pb2.Schema())
        <Schema: shown as HTML in a notebook>
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise DataError(f"`schema` is a {type(schema).__name__}.", expected="a Schema proto")
    return Displayed("Schema", _styled(schema_html(schema, search=False)))


def display_anomalies(anomalies: anomalies_pb2.Anomalies) -> Displayed:
    """Anomalies with what they mean and what to do; or that there are none.

    Example:
        >>> "No anomalies found" in display_anomalies(anomalies_pb2.Anomalies()).html
        True
    """
    if not isinstance(anomalies, anomalies_pb2.Anomalies):
        raise DataError(f"`anomalies` is a {type(anomalies).__name__}.", expected="Anomalies")
    parts: list[str] = [anomalies_html(anomalies)]
    measured = distances(anomalies)
    if measured:
        parts += [element("h3", "Drift and skew"), distances_html(measured, {})]
    return Displayed("Anomalies", _styled(joined(parts)))


def _kept(
    allowlist: Sequence[Any] | None, denylist: Sequence[Any] | None
) -> Callable[[Path], bool]:
    if allowlist is not None:
        allowed = {steps_of(each) for each in allowlist}
        return lambda path: any(path[:depth] in allowed for depth in range(1, len(path) + 1))
    denied = {steps_of(each) for each in denylist or ()}
    return lambda path: not any(path[:depth] in denied for depth in range(1, len(path) + 1))


def _slice(statistics: Any, name: str) -> statistics_pb2.DatasetFeatureStatisticsList:
    datasets = statistics_list(statistics).datasets
    found = [dataset for dataset in datasets if dataset.name == name]
    if not found:
        raise DataError(
            f"There is no slice {name!r}.",
            where="statistics",
            expected=", ".join(sorted(dataset.name for dataset in datasets)) or "a slice",
        )
    return _Statistics(datasets=found[:1])


def _frame(text: str) -> str:
    """A page in a frame of its own: its script reaches nothing of the notebook."""
    return (
        f'<iframe srcdoc="{html.escape(text)}" sandbox="allow-scripts" title="Statistics" '
        'style="width:100%;height:760px;border:0;resize:vertical"></iframe>'
    )


def _styled(content: Html) -> str:
    return f'<div class="taurus-beam"><style>{static_text("notebook.css")}</style>{content}</div>'
