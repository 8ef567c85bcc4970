"""Anomalies as text for a purpose: people, programs, continuous integration.

Each function gives one text, the same for the same anomalies; files, consoles and exit codes are
for the callers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.paths import serialize
from taurus_beam.validation.schema_edit import all_features
from taurus_beam.validation.tables import drift_skew_table
from taurus_beam.validation.text_positions import Place, line_of, positions

__all__ = [
    "FORMATS",
    "SchemaFile",
    "as_github",
    "as_json",
    "as_junit",
    "as_pbtxt",
    "as_text",
    "is_failure",
    "written",
]

_Info = anomalies_pb2.AnomalyInfo
_DATASET = "the dataset"
_WORDS = {_Info.ERROR: "error", _Info.WARNING: "warning", _Info.UNKNOWN: "notice"}
_NO_EXAMPLES = "The data have no examples, so nothing could be validated."
# What XML 1.0 cannot hold, not even escaped. Compiled only where XML is asked for: it takes long.
_NOT_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


@dataclass(frozen=True)
class SchemaFile:
    """Where the schema is written, so that an annotation can point there.

    Attributes:
        path: The file.
        lines: The line of each feature, by its path in text form.
    """

    path: str
    lines: Mapping[str, int]

    @classmethod
    def of(cls, path: str, schema: Any, text: str) -> SchemaFile:
        """The lines of the features of a schema in its text (pbtxt)."""
        known = positions(text)
        lines: dict[str, int] = {}
        for steps, place in _places((), (), schema):
            line = line_of(place, known)
            if line is not None:
                lines.setdefault(serialize(steps), line)
        return cls(path, lines)


@dataclass(frozen=True)
class _Verdict:
    """What is wrong with one feature, or with the dataset as a whole."""

    name: str
    info: Any

    @property
    def severity(self) -> str:
        return _WORDS[self.info.severity]

    @property
    def types(self) -> str:
        return ", ".join(dict.fromkeys(_Info.Type.Name(r.type) for r in self.info.reason))

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Short and long text of each reason; of the whole where there are none."""
        told = [(r.short_description, r.description) for r in self.info.reason]
        return told or [(self.info.short_description, self.info.description)]


def is_failure(anomalies: Any, strict: bool = False) -> bool:
    """Whether anomalies should stop what comes next.

    Args:
        anomalies: An `Anomalies` proto.
        strict: Whether warnings count, too.

    Returns:
        True if an anomaly has severity ERROR, or there were no examples.

    Example:
        >>> anomalies = anomalies_pb2.Anomalies()
        >>> anomalies.anomaly_info["fare"].severity = anomalies_pb2.AnomalyInfo.WARNING
        >>> is_failure(anomalies), is_failure(anomalies, strict=True)
        (False, True)
    """
    _check(anomalies)
    counting = {"error", "warning"} if strict else {"error"}
    found = {verdict.severity for verdict in _verdicts(anomalies)}
    return bool(anomalies.data_missing) or bool(found & counting)


def as_text(anomalies: Any, schema_file: SchemaFile | None = None) -> str:
    """For people: each feature with its reasons, then the measured distances.

    Example:
        >>> anomalies = anomalies_pb2.Anomalies()
        >>> fare = anomalies.anomaly_info["fare"]
        >>> fare.severity = anomalies_pb2.AnomalyInfo.ERROR
        >>> _ = fare.reason.add(type="INT_TYPE_BIG_INT", short_description="Out-of-range values",
        ...     description="Unexpectedly large value: 900.")
        >>> print(as_text(anomalies), end="")
        1 anomaly: 1 error.
        <BLANKLINE>
        error: fare
          Out-of-range values: Unexpectedly large value: 900.
    """
    _check(anomalies)
    lines = [_summary(anomalies)]
    for verdict in _verdicts(anomalies):
        line = schema_file.lines.get(verdict.name) if schema_file else None
        place = f"  ({schema_file.path}:{line})" if schema_file and line else ""
        lines += ["", f"{verdict.severity}: {_one_line(verdict.name)}{place}"]
        lines += [f"  {_one_line(_joined(short, long))}" for short, long in verdict.reasons]
    if anomalies.drift_skew_info:
        lines += ["", str(drift_skew_table(anomalies))]
    return "\n".join(lines) + "\n"


def as_json(anomalies: Any, schema_file: SchemaFile | None = None) -> str:
    """For programs: the proto in protobuf's JSON mapping, its names as in anomalies.proto."""
    _check(anomalies)
    known = json_format.MessageToDict(anomalies, preserving_proto_field_name=True)
    return json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def as_pbtxt(anomalies: Any, schema_file: SchemaFile | None = None) -> str:
    """The proto in text form, which TFDV's ``load_anomalies_text`` reads."""
    _check(anomalies)
    return str(text_format.MessageToString(anomalies, as_utf8=True))


def as_junit(anomalies: Any, schema_file: SchemaFile | None = None) -> str:
    """JUnit XML: one test for each feature of the schema or the data, and one for the dataset.

    An anomaly of severity ERROR is a failure; a lesser one passes with its text as output.
    """
    from xml.etree import ElementTree

    _check(anomalies)
    verdicts = {verdict.name: verdict for verdict in _verdicts(anomalies)}
    features = [serialize(path) for path, _ in all_features(anomalies.baseline)]
    names = list(dict.fromkeys([*features, *verdicts, _DATASET]))
    suite = ElementTree.Element("testsuite", name="taurus-beam validate")
    failures = 0
    for name in names:
        case = ElementTree.SubElement(suite, "testcase", classname="schema", name=_as_xml(name))
        verdict = verdicts.get(name)
        if name == _DATASET and anomalies.data_missing:
            _fail(case, "No examples", "DATA_MISSING", _NO_EXAMPLES)
            failures += 1
        elif verdict is not None and verdict.severity == "error":
            _fail(case, verdict.info.short_description, verdict.types, _long(verdict))
            failures += 1
        elif verdict is not None:
            output = ElementTree.SubElement(case, "system-out")
            output.text = _as_xml(f"{verdict.severity}: {_long(verdict)}")
    suite.set("tests", str(len(names)))
    suite.set("failures", str(failures))
    suite.set("errors", "0")
    ElementTree.indent(suite)
    text = ElementTree.tostring(suite, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def as_github(anomalies: Any, schema_file: SchemaFile | None = None) -> str:
    """Annotations of GitHub's workflow commands, one line each; empty without anomalies.

    Example:
        >>> anomalies = anomalies_pb2.Anomalies()
        >>> fare = anomalies.anomaly_info["fare"]
        >>> fare.severity = anomalies_pb2.AnomalyInfo.ERROR
        >>> _ = fare.reason.add(short_description="Column dropped", description="It is gone.")
        >>> print(as_github(anomalies, SchemaFile("schema.pbtxt", {"fare": 3})), end="")
        ::error file=schema.pbtxt,line=3,title=Column dropped::fare: It is gone.
    """
    _check(anomalies)
    lines = []
    if anomalies.data_missing:
        lines.append(f"::error title=No examples::{_escaped(_NO_EXAMPLES)}")
    for verdict in _verdicts(anomalies):
        line = schema_file.lines.get(verdict.name) if schema_file else None
        file = {"file": schema_file.path} if schema_file else {}
        place = {**file, **({"line": str(line)} if line else {})}
        for short, long in verdict.reasons:
            told = {**place, "title": short}
            properties = ",".join(f"{name}={_escaped(text, True)}" for name, text in told.items())
            message = _escaped(f"{verdict.name}: {(long or short).strip()}")
            lines.append(f"::{verdict.severity} {properties}::{message}")
    return "".join(f"{line}\n" for line in lines)


FORMATS: Mapping[str, Callable[[Any, SchemaFile | None], str]] = {
    "text": as_text,
    "json": as_json,
    "pbtxt": as_pbtxt,
    "junit": as_junit,
    "github": as_github,
}


def written(anomalies: Any, format_name: str, schema_file: SchemaFile | None = None) -> str:
    """Anomalies in one of `FORMATS`.

    Raises:
        DataError: If there is no such format, or they are no `Anomalies`.
    """
    if format_name not in FORMATS:
        raise DataError(
            f"There is no format {format_name!r} of anomalies.",
            expected=f"one of {', '.join(FORMATS)}",
        )
    return FORMATS[format_name](anomalies, schema_file)


def _verdicts(anomalies: Any) -> list[_Verdict]:
    found = [
        _Verdict(name, anomalies.anomaly_info[name]) for name in sorted(anomalies.anomaly_info)
    ]
    if anomalies.HasField("dataset_anomaly_info"):
        found.append(_Verdict(_DATASET, anomalies.dataset_anomaly_info))
    return found


def _summary(anomalies: Any) -> str:
    if anomalies.data_missing:
        return _NO_EXAMPLES
    severities = [verdict.severity for verdict in _verdicts(anomalies)]
    if not severities:
        return "No anomalies found."
    counted = ", ".join(
        f"{severities.count(word)} {word}{'s' if severities.count(word) != 1 else ''}"
        for word in _WORDS.values()
        if word in severities
    )
    return f"{len(severities)} {'anomalies' if len(severities) > 1 else 'anomaly'}: {counted}."


def _joined(short: str, long: str) -> str:
    return f"{short}: {long.strip()}" if short and long.strip() else short or long.strip()


def _long(verdict: _Verdict) -> str:
    return "\n".join(_joined(short, long) for short, long in verdict.reasons)


def _fail(case: Any, message: str, types: str, text: str) -> None:
    from xml.etree import ElementTree

    clean = {"message": message, "type": types}
    failure = ElementTree.SubElement(
        case, "failure", {name: _as_xml(value) for name, value in clean.items()}
    )
    failure.text = _as_xml(text)


def _as_xml(text: str) -> str:
    return re.sub(_NOT_XML, "\ufffd", text)


def _escaped(text: str, is_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if is_property else text


def _one_line(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")


def _places(steps: tuple[str, ...], place: Place, container: Any) -> Any:
    for index, feature in enumerate(container.feature):
        inner, at = (*steps, feature.name), (*place, ("feature", index))
        yield inner, at
        yield from _places(inner, (*at, ("struct_domain", 0)), feature.struct_domain)


def _check(anomalies: Any) -> None:
    if not isinstance(anomalies, anomalies_pb2.Anomalies):
        raise DataError(
            f"anomalies is of type {type(anomalies).__name__}.", expected="an Anomalies proto"
        )
