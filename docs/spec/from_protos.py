"""The schemas of what is written in protobuf's JSON mapping, made from the protos themselves.

``python docs/spec/from_protos.py`` writes them anew; the test holds them to what this would write.
Field names are those of the .proto files, int64 is a string, NaN and infinities are strings.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.specs import spec_id

HERE = Path(__file__).parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAPPING = (
    " The document is {message} of tensorflow-metadata in protobuf's JSON mapping "
    "(https://protobuf.dev/programming-guides/json/): names as in {file}, 64-bit integers as "
    "strings, NaN and infinities as strings, and a field that has its default value may be absent. "
    "It carries no $schema: it is read as what it is by every protobuf library, and told by where "
    "it stands."
)
_ANY = "google.protobuf.Any"

SCHEMAS: dict[str, tuple[Any, str, str, dict[str, Any]]] = {
    "data-analysis": (
        statistics_pb2.DatasetFeatureStatisticsList,
        "Data analysis: statistics",
        "Statistics of the features of one or more data sets or slices of them.",
        {
            "datasets": [
                {
                    "num_examples": "3",
                    "features": [
                        {
                            "type": "FLOAT",
                            "num_stats": {
                                "common_stats": {"num_non_missing": "2", "num_missing": "1"},
                                "mean": 2.0,
                                "std_dev": 0.5,
                            },
                            "path": {"step": ["fare"]},
                        }
                    ],
                }
            ]
        },
    ),
    "schema": (
        schema_pb2.Schema,
        "Schema",
        "What data should be like: features, their types, domains and constraints.",
        {"feature": [{"name": "fare", "type": "FLOAT", "presence": {"min_fraction": 1.0}}]},
    ),
    "validation": (
        anomalies_pb2.Anomalies,
        "Validation: anomalies",
        "What in statistics does not fit a schema, and the distances that were measured.",
        {
            "anomaly_info": {
                "fare": {
                    "path": {"step": ["fare"]},
                    "severity": "ERROR",
                    "short_description": "Column dropped",
                    "description": "The feature was not present in any examples.",
                    "reason": [{"type": "SCHEMA_MISSING_COLUMN"}],
                }
            },
            "anomaly_name_format": "SERIALIZED_PATH",
        },
    ),
}


def schema_of(name: str) -> dict[str, Any]:
    """One of `SCHEMAS` as a JSON Schema."""
    message, title, text, example = SCHEMAS[name]
    found: dict[str, Any] = {}
    _add(message.DESCRIPTOR, found)
    known = MAPPING.format(
        message=message.DESCRIPTOR.full_name, file=message.DESCRIPTOR.file.name.rpartition("/")[2]
    )
    return {
        "$schema": DIALECT,
        "$id": spec_id(name),
        "title": title,
        "description": text + known,
        "$ref": f"#/$defs/{message.DESCRIPTOR.full_name}",
        "$defs": dict(sorted(found.items())) | _SCALARS,
        "examples": [example],
    }


def _add(message: Descriptor, found: dict[str, Any]) -> None:
    if message.full_name in found:
        return
    if message.full_name == _ANY:
        found[_ANY] = {
            "type": "object",
            "description": "Any message, by the URL of its type; its fields stand beside.",
            "properties": {"@type": {"type": "string"}},
            "required": ["@type"],
        }
        return
    found[message.full_name] = {}
    found[message.full_name] = {
        "type": "object",
        "properties": {field.name: _field(field, found) for field in message.fields},
        "additionalProperties": False,
    }


def _field(field: FieldDescriptor, found: dict[str, Any]) -> dict[str, Any]:
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        values = _value(message.fields_by_name["value"], found)
        return {"type": "object", "additionalProperties": values}
    value = _value(field, found)
    return {"type": "array", "items": value} if field.is_repeated else value


def _value(field: FieldDescriptor, found: dict[str, Any]) -> dict[str, Any]:
    if field.message_type is not None:
        _add(field.message_type, found)
        return {"$ref": f"#/$defs/{field.message_type.full_name}"}
    if field.enum_type is not None:
        return _enum(field.enum_type)
    return {"$ref": f"#/$defs/{_KINDS[field.type]}"}


def _enum(kind: EnumDescriptor) -> dict[str, Any]:
    return {"enum": [value.name for value in kind.values]}


_F = FieldDescriptor
_KINDS = {
    _F.TYPE_DOUBLE: "number",
    _F.TYPE_FLOAT: "number",
    _F.TYPE_INT64: "int64",
    _F.TYPE_UINT64: "uint64",
    _F.TYPE_INT32: "int32",
    _F.TYPE_UINT32: "int32",
    _F.TYPE_BOOL: "bool",
    _F.TYPE_STRING: "string",
    _F.TYPE_BYTES: "bytes",
}
_SCALARS: dict[str, Any] = {
    "number": {"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]},
    "int64": {"type": "string", "pattern": "^-?[0-9]+$"},
    "uint64": {"type": "string", "pattern": "^[0-9]+$"},
    "int32": {"type": "integer"},
    "bool": {"type": "boolean"},
    "string": {"type": "string"},
    "bytes": {"type": "string", "contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/=]*$"},
}


def text_of(schema: dict[str, Any]) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in SCHEMAS:
        (HERE / f"{each}.v1.json").write_text(text_of(schema_of(each)), encoding="utf-8")
