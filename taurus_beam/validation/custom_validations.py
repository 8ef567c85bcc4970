"""Rules of one's own about statistics, as SQL expressions that DuckDB evaluates.

TFDV had these, in ZetaSQL, up to 1.17. A rule sees the statistics of one feature, or of two, as
nested values, and nothing else: no file, no network, no other rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from google.protobuf.descriptor import FieldDescriptor as Kind
from tensorflow_metadata.proto.v0 import anomalies_pb2, statistics_pb2

from taurus_beam.errors import DataError, EngineError
from taurus_beam.validation.anomalies import anomaly_info
from taurus_beam.validation.custom_validation_config import as_config
from taurus_beam.validation.dataset_view import ALL_EXAMPLES, DatasetView
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.paths import Path, from_proto, serialize

__all__ = ["custom_validate_statistics"]

_Info = anomalies_pb2.AnomalyInfo
_DEFAULT_SLICE = "default slice"


def custom_validate_statistics(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    validations: Any,
    baseline_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    environment: str | None = None,
) -> anomalies_pb2.Anomalies:
    """Finds the features whose statistics break a rule of one's own.

    A rule is a Boolean SQL expression in DuckDB's dialect over ``feature``, the feature's
    `FeatureNameStatistics`: ``feature.num_stats.mean > 0``. Messages are structs, NULL where
    unset; repeated fields are lists; enums are their names; unset numbers are 0. In a rule about
    a pair, ``feature_test`` is of the statistics and ``feature_base`` of the baseline. FALSE is
    an anomaly of type CUSTOM_VALIDATION, titled with the rule's description.

    Unlike in TFDV, a rule without severity is an ERROR (there: UNKNOWN, which no gate stops), and
    without an environment all rules are evaluated (as TFDV's documentation says; there: only the
    rules that name none).

    Args:
        statistics: What to look at.
        validations: A `CustomValidationConfig` (TFDV's own will do), or its text.
        baseline_statistics: The other side of rules about pairs.
        environment: Rules that name environments, but not this one, are not evaluated.

    Returns:
        The anomalies, by path of the feature; `merge_anomalies` adds them to others.

    Raises:
        DataError: If a rule names a dataset or feature that is not there, is no valid
            expression, or gives NULL or no Boolean.
        EngineError: If DuckDB is not installed.

    Example:
        >>> from google.protobuf import text_format
        >>> statistics = text_format.Parse('''datasets { num_examples: 4 features {
        ...   path { step: "fare" } type: FLOAT num_stats { min: -1 mean: 7 } } }''',
        ...     statistics_pb2.DatasetFeatureStatisticsList())
        >>> anomalies = custom_validate_statistics(statistics, '''feature_validations {
        ...   feature_path { step: "fare" }
        ...   validations {
        ...     sql_expression: "feature.num_stats.min >= 0" description: "Negative fare" } }''')
        >>> anomalies.anomaly_info["fare"].short_description
        'Negative fare'
    """
    config = as_config(validations)
    tested = _Datasets(statistics, "statistics")
    found: dict[Path, list[Finding]] = {}
    with _connection() as sql:
        for rules in config.feature_validations:
            path = from_proto(rules.feature_path)
            feature = tested.feature(rules.dataset_name, path)
            place = f" Test dataset: {rules.dataset_name or _DEFAULT_SLICE}"
            broken = _broken(sql, rules, {"feature": feature}, environment, place)
            found.setdefault(path, []).extend(broken)
        for pair in config.feature_pair_validations:
            if baseline_statistics is None:
                raise DataError(
                    "There are rules about pairs of features, but no baseline statistics.",
                    fix="Give baseline_statistics (of previous data), or remove those rules.",
                )
            based = _Datasets(baseline_statistics, "baseline statistics")
            path, other = from_proto(pair.feature_test_path), from_proto(pair.feature_base_path)
            features = {
                "feature_test": tested.feature(pair.dataset_name, path),
                "feature_base": based.feature(pair.base_dataset_name, other),
            }
            place = (
                f" Test dataset: {pair.dataset_name or _DEFAULT_SLICE}"
                f" Base dataset: {pair.base_dataset_name or _DEFAULT_SLICE}"
                f" Base path: {serialize(other)}"
            )
            broken = _broken(sql, pair, features, environment, place)
            found.setdefault(path, []).extend(broken)
    result = anomalies_pb2.Anomalies(anomaly_name_format=anomalies_pb2.Anomalies.SERIALIZED_PATH)
    for path, findings in found.items():
        if findings:
            result.anomaly_info[serialize(path)].CopyFrom(anomaly_info(findings, None, path))
    return result


class _Datasets:
    """The datasets of some statistics by name; "" is the only one, or that of all examples."""

    def __init__(self, statistics: Any, what: str) -> None:
        if not isinstance(statistics, statistics_pb2.DatasetFeatureStatisticsList):
            raise DataError(
                f"{what} is a {type(statistics).__name__}.",
                expected="a DatasetFeatureStatisticsList proto",
            )
        self._what = what
        self._views = {dataset.name: DatasetView(dataset) for dataset in statistics.datasets}
        default = self._views.get(ALL_EXAMPLES)
        if default is None and len(self._views) == 1:
            (default,) = self._views.values()
        if default is not None:
            self._views.setdefault("", default)

    def feature(self, dataset: str, path: Path) -> Any:
        """The statistics of a feature."""
        if dataset not in self._views:
            raise DataError(
                f"A custom validation is about dataset {dataset!r}, which the {self._what} lack.",
                expected=f"one of {', '.join(map(repr, self._views)) or 'no dataset'}",
            )
        entries = self._views[dataset].entries
        if path not in entries:
            raise DataError(
                f"A custom validation is about feature {serialize(path)}, which the "
                f"{self._what} lack.",
                expected=f"one of {', '.join(sorted(map(serialize, entries))[:20])}",
            )
        return entries[path]


def _broken(
    sql: Any, rules: Any, features: Mapping[str, Any], environment: str | None, place: str
) -> Iterator[Finding]:
    """A finding for each rule that is not true."""
    rows = pa.table({name: _column(proto) for name, proto in features.items()})
    sql.register("statistics", rows)
    for rule in rules.validations:
        named = rule.in_environment
        if named and environment is not None and environment not in named:
            continue
        if not _holds(sql, rule.sql_expression, place):
            query = f"Custom validation triggered anomaly. Query: {rule.sql_expression}{place}"
            severity = rule.severity if rule.HasField("severity") else _Info.ERROR
            yield Finding(_Info.CUSTOM_VALIDATION, rule.description, query, severity=severity)
    sql.unregister("statistics")


def _holds(sql: Any, expression: str, place: str) -> bool:
    import duckdb

    def refused(what: str) -> DataError:
        return DataError(
            f"A custom validation {what}",
            where=f"{expression!r},{place}",
            expected="a Boolean SQL expression, in DuckDB's dialect, that is TRUE or FALSE",
            fix="For values that may be missing, use coalesce(..., TRUE).",
        )

    # The line break ends a comment in the expression.
    query = f"SELECT ({expression}\n) FROM statistics"
    try:
        if len(sql.extract_statements(query)) != 1:
            raise refused("is more than one expression.")
        answer = sql.execute(query)
        kind = str(answer.description[0][1]).upper()
        rows = answer.fetchmany(2)
    except duckdb.Error as problem:
        raise refused(f"cannot be evaluated: {_first_line(problem)}") from problem
    if len(rows) != 1 or len(rows[0]) != 1:
        raise refused("gives several values.")
    if rows[0][0] is None:
        raise refused("gives NULL.")
    if kind not in ("BOOLEAN", "BOOL"):
        raise refused(f"gives {rows[0][0]!r}, which is no Boolean.")
    return bool(rows[0][0])


def _first_line(problem: Exception) -> str:
    return str(problem).strip().split("\n", 1)[0]


def _connection() -> Any:
    try:
        import duckdb
    except ImportError as problem:
        raise EngineError(
            "Custom validations are evaluated by DuckDB, which is not installed.",
            expected="DuckDB, an extra of taurus_beam",
            fix="pip install 'taurus-beam[sql]'",
        ) from problem
    # Rules may come from a file that somebody else wrote: they see statistics and nothing else.
    return duckdb.connect(
        ":memory:",
        config={
            "enable_external_access": "false",
            "autoload_known_extensions": "false",
            "autoinstall_known_extensions": "false",
            "lock_configuration": "true",
            "threads": "1",
        },
    )


def _column(proto: Any) -> pa.Array:
    """A message as one row of a struct column."""
    return pa.array([_value(proto)], _struct(type(proto).DESCRIPTOR))


def _value(message: Any) -> dict[str, Any]:
    """A message as nested dicts and lists: unset messages None, unset scalars their defaults."""
    found: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if _is_repeated(field):
            found[field.name] = [_single(field, each) for each in value]
        elif field.message_type is not None and not message.HasField(field.name):
            found[field.name] = None
        else:
            found[field.name] = _single(field, value)
    return found


def _single(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return _value(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known else str(value)
    return value


def _struct(message: Any) -> Any:
    """The Arrow type of a message; none of those in statistics holds itself."""
    return pa.struct([pa.field(field.name, _type(field)) for field in message.fields])


def _type(field: Any) -> Any:
    if field.message_type is not None:
        dtype = _struct(field.message_type)
    elif field.enum_type is not None:
        dtype = pa.string()
    else:
        dtype = _TYPES[field.cpp_type]
        if field.type == Kind.TYPE_BYTES:
            dtype = pa.binary()
    return pa.list_(dtype) if _is_repeated(field) else dtype


_TYPES = {
    Kind.CPPTYPE_INT32: pa.int32(),
    Kind.CPPTYPE_INT64: pa.int64(),
    Kind.CPPTYPE_UINT32: pa.uint32(),
    Kind.CPPTYPE_UINT64: pa.uint64(),
    Kind.CPPTYPE_FLOAT: pa.float32(),
    Kind.CPPTYPE_DOUBLE: pa.float64(),
    Kind.CPPTYPE_BOOL: pa.bool_(),
    Kind.CPPTYPE_STRING: pa.string(),
}


def _is_repeated(field: Any) -> bool:
    repeated = getattr(field, "is_repeated", None)
    return bool(field.label == Kind.LABEL_REPEATED if repeated is None else repeated)
