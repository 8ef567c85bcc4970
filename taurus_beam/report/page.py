"""The page: sections, data, style and script in one file that loads nothing.

The script and the style are the package's own files in ``static``; the page's policy names their
digests, so a browser runs these and nothing that data might smuggle in.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.report.anomalies import anomalies_html, findings, marks
from taurus_beam.report.cross import cross_html
from taurus_beam.report.datasets import Series, blocks, index_of
from taurus_beam.report.distances import distance_marks, distances, distances_html
from taurus_beam.report.lineage import LineageGraph, lineage_html
from taurus_beam.report.markup import Html, element, joined
from taurus_beam.report.schema import schema_html
from taurus_beam.validation.paths import Path

__all__ = ["page", "static_text"]

# In this order they are one script.
_SCRIPTS = (
    "elements.js",
    "facts.js",
    "bins.js",
    "charts.js",
    "top_values.js",
    "small_charts.js",
    "details.js",
    "features.js",
    "tables.js",
    "report.js",
)


@dataclass(frozen=True)
class _Section:
    id: str
    title: str
    content: Html
    note: str = ""


def page(
    title: str,
    series: Sequence[Series],
    schema: schema_pb2.Schema | None = None,
    anomalies: anomalies_pb2.Anomalies | None = None,
    keep: Callable[[Path], bool] = lambda path: True,
    lineage: LineageGraph | None = None,
) -> str:
    """The HTML of a report. The same protos give the same text.

    Args:
        title: Its heading.
        series: Statistics, the one of most interest first; a series without data is left out.
        schema: What the data should be.
        anomalies: What validation found.
        keep: Which features of the statistics are shown.
        lineage: What led to what.
    """
    series = [each for each in series if each.statistics.datasets]
    found = findings(anomalies) if anomalies is not None else []
    measured = distances(anomalies) if anomalies is not None else []
    index = index_of(series, keep)
    sections = []
    if series:
        sections.append(_Section("overview", "Overview", _overview()))
    # Distances without a schema are no validation, so nothing is told to be fine.
    if anomalies is not None and (found or anomalies.HasField("baseline") or not measured):
        listed = anomalies_html(anomalies, index.links)
        sections.append(_Section("anomalies", "Anomalies", listed, f" ({len(found):,})"))
    if measured:
        table = distances_html(measured, index.links)
        sections.append(_Section("distances", "Drift and skew", table))
    if series:
        sections.append(_Section("features", "Features", _features()))
        crossed = cross_html(series)
        if crossed:
            sections.append(_Section("crosses", "Pairs of features", crossed))
    if schema is not None:
        sections.append(_Section("schema", "Schema", schema_html(schema)))
    if lineage is not None:
        sections.append(_Section("lineage", "Lineage", lineage_html(lineage)))
    if not sections or (not series and schema is None and anomalies is None):
        sections.insert(0, _Section("empty", "Empty", element("p", "Empty dataset.")))
    data = blocks(series, index, marks(found), distance_marks(measured)) if series else []
    return _filled(title, sections, joined(data))


def _filled(title: str, sections: Sequence[_Section], data: Html) -> str:
    from taurus_beam import __version__

    style, script = _style(), _script()
    first = next((each for each in sections if each.id == "features"), sections[0])
    return Template(static_text("page.html")).substitute(
        policy=_policy(style, script),
        title=joined([title]),
        style=style,
        script=script,
        version=__version__,
        first=first.id,
        first_label=first.title.lower(),
        links=joined(element("a", each.title + each.note, href=f"#{each.id}") for each in sections),
        sections=Html("\n").join(_written(each) for each in sections),
        data=data,
    )


def _written(section: _Section) -> Html:
    heading = element("h2", section.title, tabindex="-1", id=f"{section.id}-title")
    return element(
        "section",
        heading,
        section.content,
        id=section.id,
        attributes={"aria-labelledby": f"{section.id}-title"},
    )


def _overview() -> Html:
    return joined(
        [
            element("ul", id="cards", class_="card-list"),
            element("h3", "Worth a look"),
            element("ul", id="findings", class_="finding-list"),
        ]
    )


def _features() -> Html:
    return joined([element("div", id="feature-controls"), element("div", id="feature-table")])


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _script() -> str:
    return '"use strict";\n' + "\n".join(static_text(name) for name in _SCRIPTS)


@cache
def _style() -> str:
    return static_text("report.css")


@cache
def static_text(name: str) -> str:
    """A file of the package's ``static`` folder."""
    folder = resources.files("taurus_beam.report") / "static"
    return (folder / name).read_text(encoding="utf-8")
