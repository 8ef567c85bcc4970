"""Reports as files: the page of `taurus_beam.report.page`, named and written as a whole."""

from __future__ import annotations

import os
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.report.datasets import Series
from taurus_beam.report.lineage import LineageGraph
from taurus_beam.report.page import page
from taurus_beam.validation.schema_text import write_text

__all__ = ["report_html", "statistics_list", "write_report"]

_Statistics = statistics_pb2.DatasetFeatureStatisticsList


def write_report(
    path: str | os.PathLike[str],
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    *,
    serving_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    previous_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    schema: schema_pb2.Schema | None = None,
    anomalies: anomalies_pb2.Anomalies | None = None,
    title: str = "Data report",
    lineage: LineageGraph | None = None,
) -> None:
    """Writes one HTML file that shows everything and loads nothing from anywhere.

    The same arguments give the same bytes. The file appears whole or not at all; one that exists
    is replaced.

    Args:
        path: The file, on a local disk.
        statistics: Of the data of interest, with any number of slices.
        serving_statistics: Of serving data, drawn over the others.
        previous_statistics: Of an earlier data set, drawn over the others.
        schema: Its features and domains are listed.
        anomalies: What `validate_statistics` found, with its distances.
        title: The heading.
        lineage: What led to what, as a graph.

    Raises:
        DataError: If an argument is not such a proto.
        EngineError: If the file cannot be written.

    Example:
        >>> import tempfile, pathlib
        >>> from tensorflow_metadata.proto.v0 import statistics_pb2
        >>> statistics = statistics_pb2.DatasetFeatureStatisticsList()
        >>> _ = statistics.datasets.add(num_examples=3)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_report(f"{folder}/report.html", statistics)
        ...     print(pathlib.Path(f"{folder}/report.html").read_text()[:15])
        <!doctype html>
    """
    text = report_html(
        statistics,
        serving_statistics=serving_statistics,
        previous_statistics=previous_statistics,
        schema=schema,
        anomalies=anomalies,
        title=title,
        lineage=lineage,
    )
    write_text(text, os.fspath(path))


def report_html(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    *,
    serving_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    previous_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    schema: schema_pb2.Schema | None = None,
    anomalies: anomalies_pb2.Anomalies | None = None,
    title: str = "Data report",
    lineage: LineageGraph | None = None,
) -> str:
    """What `write_report` writes, as text; the arguments are the same."""
    given = [
        ("Training", "statistics", statistics),
        ("Serving", "serving_statistics", serving_statistics),
        ("Previous", "previous_statistics", previous_statistics),
    ]
    series = [
        Series(name, statistics_list(proto, argument))
        for name, argument, proto in given
        if proto is not None
    ]
    if len(series) == 1:
        series = [Series("Data", series[0].statistics)]
    for argument, proto, wanted in (
        ("schema", schema, schema_pb2.Schema),
        ("anomalies", anomalies, anomalies_pb2.Anomalies),
    ):
        if proto is not None and not isinstance(proto, wanted):
            raise _not_a_proto(proto, argument, wanted.__name__)
    return page(title, series, schema, anomalies, lineage=lineage)


def statistics_list(
    proto: Any, argument: str = "statistics"
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """Statistics as a list; one data set alone is a list of one.

    Raises:
        DataError: If it is neither.
    """
    if isinstance(proto, statistics_pb2.DatasetFeatureStatistics):
        return _Statistics(datasets=[proto])
    if not isinstance(proto, _Statistics):
        raise _not_a_proto(proto, argument, "DatasetFeatureStatisticsList")
    return proto


def _not_a_proto(found: Any, argument: str, wanted: str) -> DataError:
    return DataError(
        f"`{argument}` is a {type(found).__name__}.",
        where=argument,
        expected=f"a {wanted} of tensorflow_metadata.proto.v0",
    )
