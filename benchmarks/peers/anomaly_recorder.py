"""Asks TFDV the questions of a file about anomalies; run by the Python that has TFDV."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import tensorflow_data_validation as tfdv
from google.protobuf import text_format
from tensorflow_data_validation.anomalies.proto import validation_config_pb2
from tensorflow_data_validation.api import validation_api, validation_options
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2


def main(folder: Path) -> None:
    logging.disable(logging.WARNING)
    questions = json.loads((folder / "questions.json").read_text("utf-8"))
    with (folder / "answers.jsonl").open("a", encoding="utf-8") as out:
        for question in questions:
            record = {**question, **answered(question)}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            out.flush()


def answered(question: dict[str, Any]) -> dict[str, Any]:
    statistics = parsed(question["statistics"])
    schema = text_format.Parse(question["schema"], schema_pb2.Schema())
    try:
        found = validation_api.validate_statistics_internal(
            statistics,
            schema,
            environment=question.get("environment"),
            previous_span_statistics=parsed(question.get("previous")),
            serving_statistics=parsed(question.get("serving")),
            previous_version_statistics=parsed(question.get("previous_version")),
            validation_options=options(question),
        )
    except Exception as error:  # whatever TFDV says is the answer
        return {"error": f"{type(error).__name__}: {error}"[:500]}
    found.ClearField("baseline")
    updated = tfdv.update_schema(schema, statistics)
    return {"anomalies": text(found), "updated": text(updated)}


def options(question: dict[str, Any]) -> Any:
    needed = {
        tfdv.FeaturePath(path): [validation_options.ReasonFeatureNeeded("asked")]
        for path in question.get("needed", ())
    }
    severities = [
        validation_config_pb2.SeverityOverride(
            type=anomalies_pb2.AnomalyInfo.Type.Value(kind),
            severity=anomalies_pb2.AnomalyInfo.Severity.Value(severity),
        )
        for kind, severity in question.get("severities", ())
    ]
    return validation_options.ValidationOptions(
        needed, question.get("warn_of_new", False), severities
    )


def parsed(statistics: str | None) -> Any:
    if statistics is None:
        return None
    return text_format.Parse(statistics, statistics_pb2.DatasetFeatureStatisticsList())


def text(message: Any) -> str:
    return text_format.MessageToString(message, as_one_line=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
