"""Schemas, anomalies and distances as tables: pandas DataFrames under TFDV's names, or text.

Only shows what a proto holds. pandas is imported when a DataFrame is asked for, and not before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.errors import DataError, EngineError
from taurus_beam.validation.paths import from_proto, serialize
from taurus_beam.validation.schema_edit import all_features

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Table",
    "anomalies_table",
    "drift_skew_table",
    "get_anomalies_dataframe",
    "get_drift_skew_dataframe",
    "get_schema_dataframe",
    "schema_tables",
]

DATASET = "[dataset anomaly]"
_Measurement = anomalies_pb2.DriftSkewInfo.Measurement


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    Attributes:
        columns: Names of the columns; the first one tells what a row is about.
        rows: The cells of each row.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __str__(self) -> str:
        """The table as text: columns two blanks apart, numbers with six digits.

        Example:
            >>> print(Table(("path", "value"), (("fare", 0.25), ("tip", 12.0))))
            path  value
            fare  0.25
            tip   12
        """
        cells = [self.columns, *(tuple(map(_cell, row)) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            for row in cells
        )
        return "\n".join(line.rstrip() for line in lines)

    def dataframe(self) -> pd.DataFrame:
        """The table as a DataFrame, its first column the index.

        Raises:
            EngineError: If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as problem:
            raise EngineError(
                "A DataFrame needs pandas.",
                expected="pandas, an extra of taurus_beam",
                fix="pip install 'taurus-beam[pandas]', or use the table itself.",
            ) from problem
        frame = pd.DataFrame(list(self.rows), columns=list(self.columns))
        return frame.set_index(self.columns[0])


def get_schema_dataframe(schema: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The features of a schema, and its domains, as DataFrames.

    The columns are TFDV's, and a further one for the shape, which TFDV does not show; fields of
    structs have rows of their own, under their path.

    Args:
        schema: A `Schema` proto.

    Returns:
        Features by "Feature name" with "Type", "Presence", "Valency", "Domain" and "Shape"; and
        domains by "Domain" with their "Values". Names and values stand in single quotes.

    Raises:
        DataError: If it is no `Schema`.
        EngineError: If pandas is not installed.

    Example:
        >>> from taurus_beam.validation.schema_text import parse_schema_text
        >>> schema = parse_schema_text('''feature { name: "fare" type: FLOAT
        ...   presence { min_fraction: 1 } shape { dim { size: 2 } } }''')
        >>> print(schema_tables(schema)[0])
        Feature name  Type   Presence  Valency  Domain  Shape
        'fare'        FLOAT  required           -       [2]
    """
    features, domains = schema_tables(schema)
    return features.dataframe(), domains.dataframe()


def get_anomalies_dataframe(anomalies: Any) -> pd.DataFrame:
    """Anomalies as a DataFrame; empty if there are none.

    Args:
        anomalies: An `Anomalies` proto.

    Returns:
        By "Feature name", sorted: "Anomaly short description", "Anomaly long description" and
        "Anomaly types"; the dataset as a whole is "[dataset anomaly]", last.

    Raises:
        DataError: If it is no `Anomalies`.
        EngineError: If pandas is not installed.
    """
    return anomalies_table(anomalies).dataframe()


def get_drift_skew_dataframe(anomalies: Any) -> pd.DataFrame:
    """All measured distances as a DataFrame, those below their threshold, too.

    TFDV shows drift only; here ``comparison`` tells drift from skew.

    Returns:
        By "path": "type", "value", "threshold" and "comparison".

    Raises:
        DataError: If it is no `Anomalies`.
        EngineError: If pandas is not installed.
    """
    return drift_skew_table(anomalies).dataframe()


def schema_tables(schema: Any) -> tuple[Table, Table]:
    """What `get_schema_dataframe` shows, without pandas."""
    domains = [(_quoted(d.name), _values(d)) for d in getattr(schema, "string_domain", ())]
    rows = []
    for path, feature in all_features(schema):
        if feature.HasField("string_domain"):
            domains.append((_own_domain(feature), _values(feature.string_domain)))
        rows.append(
            (
                # A feature of the schema goes by its bare name, as in TFDV.
                _quoted(path[0] if len(path) == 1 else serialize(path)),
                _type(feature),
                _presence(feature),
                _valency(feature),
                _domain(feature),
                _shape(feature),
            )
        )
    columns = ("Feature name", "Type", "Presence", "Valency", "Domain", "Shape")
    return Table(columns, tuple(rows)), Table(("Domain", "Values"), tuple(domains))


def anomalies_table(anomalies: Any) -> Table:
    """What `get_anomalies_dataframe` shows, without pandas."""
    _check(anomalies)
    rows = [
        (_quoted(name), *_told(anomalies.anomaly_info[name]))
        for name in sorted(anomalies.anomaly_info)
    ]
    if anomalies.HasField("dataset_anomaly_info"):
        rows.append((DATASET, *_told(anomalies.dataset_anomaly_info)))
    columns = (
        "Feature name",
        "Anomaly short description",
        "Anomaly long description",
        "Anomaly types",
    )
    return Table(columns, tuple(rows))


def drift_skew_table(anomalies: Any) -> Table:
    """What `get_drift_skew_dataframe` shows, without pandas."""
    _check(anomalies)
    rows = [
        (
            serialize(from_proto(info.path)),
            _Measurement.Type.Name(measured.type),
            measured.value,
            measured.threshold,
            comparison,
        )
        for info in anomalies.drift_skew_info
        for comparison, measurements in (
            ("drift", info.drift_measurements),
            ("skew", info.skew_measurements),
        )
        for measured in measurements
    ]
    return Table(("path", "type", "value", "threshold", "comparison"), tuple(rows))


def _told(info: Any) -> tuple[str, str, str]:
    short = info.short_description or "; ".join(r.short_description for r in info.reason)
    long = info.description or "; ".join(r.description for r in info.reason)
    types = [anomalies_pb2.AnomalyInfo.Type.Name(reason.type) for reason in info.reason]
    return short, long, ", ".join(dict.fromkeys(types))


def _type(feature: Any) -> str:
    name = str(schema_pb2.FeatureType.Name(feature.type))
    of_strings = feature.WhichOneof("domain_info") in ("domain", "string_domain")
    return "STRING" if name == "BYTES" and of_strings else name


def _presence(feature: Any) -> str:
    if not feature.HasField("presence"):
        return ""
    return "required" if feature.presence.min_fraction == 1.0 else "optional"


def _valency(feature: Any) -> str:
    if feature.HasField("value_count"):
        count = feature.value_count
        return "single" if count.min == count.max == 1 else _interval(count)
    return " of ".join(map(_interval, feature.value_counts.value_count))


def _interval(count: Any) -> str:
    most = f"{count.max}]" if count.HasField("max") else "inf)"
    return f"[{count.min},{most}"


def _shape(feature: Any) -> str:
    if not feature.HasField("shape"):
        return ""
    return "[" + ",".join(str(dim.size) for dim in feature.shape.dim) + "]"


def _domain(feature: Any) -> str:
    kind = feature.WhichOneof("domain_info")
    if kind is None or kind == "struct_domain":
        return "-"
    if kind == "domain":
        return _quoted(feature.domain)
    if kind == "string_domain":
        return _own_domain(feature)
    if kind == "int_domain":
        return "; ".join(_bounds(feature.int_domain, "d")) or "-"
    if kind == "float_domain":
        return "; ".join(_float_bounds(feature.float_domain)) or "-"
    return str(kind).removesuffix("_domain")


def _bounds(domain: Any, form: str) -> Iterator[str]:
    for bound in ("min", "max"):
        if domain.HasField(bound):
            yield f"{bound}: {getattr(domain, bound):{form}}"


def _float_bounds(domain: Any) -> Iterator[str]:
    for bound, infinite in (("min", "-inf"), ("max", "inf")):
        if domain.HasField(bound):
            yield f"{bound}: {getattr(domain, bound):f}"
        elif not domain.disallow_inf:
            yield f"{bound}: {infinite}"


def _own_domain(feature: Any) -> str:
    return _quoted(feature.string_domain.name or f"{feature.name}_domain")


def _values(domain: Any) -> str:
    return ", ".join(map(_quoted, domain.value))


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "\\'") + "'"


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).splitlines())


def _check(anomalies: Any) -> None:
    if not isinstance(anomalies, anomalies_pb2.Anomalies):
        raise DataError(
            f"anomalies is of type {type(anomalies).__name__}.", expected="an Anomalies proto"
        )
