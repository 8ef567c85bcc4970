"""Anomalies as HTML: grouped by type, each group with what it means and what to do.

Also the same anomalies as plain data, for the marks at the features they concern.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.report.explanations import explanation
from taurus_beam.report.markup import Html, bdi, element, joined, table
from taurus_beam.report.names import shown, steps_of
from taurus_beam.validation.paths import Path, serialize

__all__ = ["Finding", "anomalies_html", "findings", "marks"]

_SEVERITIES = {
    anomalies_pb2.AnomalyInfo.ERROR: "error",
    anomalies_pb2.AnomalyInfo.WARNING: "warning",
}
_WHOLE_DATA = "the whole data set"


@dataclass(frozen=True)
class Finding:
    """One reason of one anomaly; ``path`` is None where it concerns the whole data set."""

    path: Path | None
    type: str
    severity: str
    short: str
    text: str

    @property
    def where(self) -> str:
        """What it concerns, in words."""
        return _WHOLE_DATA if self.path is None else serialize(self.path)


def findings(anomalies: anomalies_pb2.Anomalies) -> list[Finding]:
    """All reasons, errors first, then by feature; in this order they are shown."""
    found = list(_reasons(None, anomalies.dataset_anomaly_info))
    for name in sorted(anomalies.anomaly_info):
        info = anomalies.anomaly_info[name]
        path = steps_of(info.path) if info.path.step else (name,)
        found += _reasons(path, info)
    return sorted(found, key=lambda each: each.severity != "error")


def marks(found: list[Finding]) -> dict[Path, list[dict[str, Any]]]:
    """For each feature, what the table and the details of the page tell of it."""
    groups: dict[Path, list[dict[str, Any]]] = {}
    for each in found:
        if each.path is not None:
            told = {
                "severity": each.severity,
                "short": shown(each.short),
                "text": shown(each.text, 600),
                "group": _group_id(each.type),
            }
            groups.setdefault(each.path, []).append(told)
    return groups


def anomalies_html(
    anomalies: anomalies_pb2.Anomalies, links: Mapping[Path, str] | None = None
) -> Html:
    """All anomalies, or that there are none.

    Args:
        anomalies: What validation returned.
        links: Addresses inside the page of features that it shows.
    """
    found = findings(anomalies)
    parts = []
    if anomalies.data_missing:
        parts.append(element("p", "The data set has no examples.", class_="note"))
    if not found:
        if not anomalies.data_missing:
            parts.append(element("p", "✓ No anomalies found.", class_="good"))
        return joined(parts)
    groups: dict[str, list[Finding]] = {}
    for each in found:
        groups.setdefault(each.type, []).append(each)
    parts += [_group(name, members, links or {}) for name, members in groups.items()]
    return joined(parts)


def _reasons(path: Path | None, info: anomalies_pb2.AnomalyInfo) -> Iterator[Finding]:
    severity = _SEVERITIES.get(info.severity, "error")
    for reason in info.reason:
        name = anomalies_pb2.AnomalyInfo.Type.Name(reason.type)
        yield Finding(path, name, severity, reason.short_description, reason.description.strip())
    if not info.reason and (info.short_description or info.description):
        yield Finding(path, "UNKNOWN_TYPE", severity, info.short_description, info.description)


def _group_id(type_name: str) -> str:
    return "anomaly-" + type_name.lower().replace("_", "-")


def _group(type_name: str, members: list[Finding], links: Mapping[Path, str]) -> Html:
    told = explanation(type_name)
    title = _title(type_name, [each.short for each in members])
    columns = ["Feature", "Severity", "What was found"]
    rows = [
        [
            _linked(each, links),
            element("span", each.severity, class_=f"badge {each.severity}"),
            bdi(each.text or each.short),
        ]
        for each in members
    ]
    return element(
        "article",
        element("h3", title, f" ({len(members):,}) ", _name(type_name)),
        element(
            "dl",
            element("dt", "What it means"),
            element("dd", told.meaning),
            element("dt", "What to do"),
            element("dd", _with_code(told.advice)),
        ),
        table(columns, rows, caption=f"Features: {title}"),
        class_="group-card",
        id=_group_id(type_name),
    )


def _name(type_name: str) -> Html:
    return element("code", type_name, class_="quiet")


def _with_code(text: str) -> Html:
    """Text whose parts between backticks are commands."""
    parts = enumerate(text.split("`"))
    return joined(element("code", part) if i % 2 else part for i, part in parts)


def _title(type_name: str, shorts: list[str]) -> str:
    """The words in which all short texts of a type begin; of the type itself if there are none."""
    places = zip(*(each.split() for each in shorts), strict=False)
    words = [place[0] for place in takewhile(lambda place: len(set(place)) == 1, places)]
    while words and words[-1] in ("between", "and", "in", "of", "than", "the"):
        words.pop()
    return " ".join(words) or type_name.replace("_", " ").capitalize()


def _linked(each: Finding, links: Mapping[Path, str]) -> Html:
    if each.path is None:
        return element("em", each.where)
    address = links.get(each.path)
    return element("a", bdi(each.where), href=address) if address else bdi(each.where)
