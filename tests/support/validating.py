"""Validation of protos written as text."""

from __future__ import annotations

from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

import taurus_beam as tb

Type = anomalies_pb2.AnomalyInfo.Type


def statistics(text: str) -> statistics_pb2.DatasetFeatureStatisticsList:
    return text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList())


def schema(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def validated(of: str, against: str, **arguments: Any) -> anomalies_pb2.Anomalies:
    """The anomalies; control statistics are text, too."""
    controls = {
        name: statistics(value) if isinstance(value, str) and name.endswith("statistics") else value
        for name, value in arguments.items()
    }
    return tb.validate_statistics(statistics(of), schema(against), **controls)


def told(anomalies: anomalies_pb2.Anomalies) -> dict[str, list[tuple[str, str]]]:
    """Type and text of every reason, by feature; the data set's under the empty name."""
    infos = dict(anomalies.anomaly_info)
    if anomalies.HasField("dataset_anomaly_info"):
        infos[""] = anomalies.dataset_anomaly_info
    return {
        key: [(Type.Name(reason.type), reason.description) for reason in info.reason]
        for key, info in infos.items()
    }
