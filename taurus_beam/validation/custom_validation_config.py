"""The message that rules of one's own are written in: TFDV's `CustomValidationConfig`.

tensorflow-metadata does not have it, so it is described here, with TFDV's names and numbers: its
files, text or binary, are read as they are. What the rules mean is for
`taurus_beam.validation.custom_validations`.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tensorflow_metadata.proto.v0 import anomalies_pb2, path_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.schema_text import parse_text, read_text

__all__ = ["CustomValidationConfig", "as_config", "load_custom_validation_config"]

_PACKAGE = "taurus_beam.v0"
_Field = descriptor_pb2.FieldDescriptorProto


def load_custom_validation_config(input_path: str) -> Any:
    """Read a file of rules.

    Args:
        input_path: Path of a `CustomValidationConfig` in protobuf's text format.

    Raises:
        DataError: If the file cannot be read, or its text is no such message: names the line.
    """
    return parse_text(read_text(input_path), CustomValidationConfig(), input_path)


def as_config(config: Any) -> Any:
    """A `CustomValidationConfig` from one of ours, one of TFDV's, or a text.

    Raises:
        DataError: If it is none.

    Example:
        >>> config = as_config('''feature_validations {
        ...   feature_path { step: "fare" }
        ...   validations { sql_expression: "feature.num_stats.min >= 0" } }''')
        >>> config.feature_validations[0].feature_path.step[0]
        'fare'
    """
    if isinstance(config, str):
        return parse_text(config, CustomValidationConfig(), "custom validations")
    name = getattr(getattr(config, "DESCRIPTOR", None), "name", "")
    if name != "CustomValidationConfig":
        raise DataError(
            f"A {type(config).__name__} is no custom validations.",
            expected="a CustomValidationConfig, or the text of one",
        )
    return CustomValidationConfig.FromString(config.SerializeToString())


def _file() -> Any:
    path = path_pb2.Path.DESCRIPTOR
    severity = anomalies_pb2.AnomalyInfo.DESCRIPTOR.enum_types_by_name["Severity"]
    text, many = _Field.TYPE_STRING, _Field.LABEL_REPEATED
    rules = ("validations", _Field.TYPE_MESSAGE, f"{_PACKAGE}.Validation", many)
    file = descriptor_pb2.FileDescriptorProto(
        name="taurus_beam/v0/custom_validation_config.proto",
        package=_PACKAGE,
        dependency=[path.file.name, severity.file.name],
    )
    _message(
        file,
        "Validation",
        ("sql_expression", text),
        ("severity", _Field.TYPE_ENUM, severity.full_name),
        ("description", text),
        ("in_environment", text, None, many),
    )
    _message(
        file,
        "FeatureValidation",
        ("dataset_name", text),
        ("feature_path", _Field.TYPE_MESSAGE, path.full_name),
        rules,
    )
    _message(
        file,
        "FeaturePairValidation",
        ("dataset_name", text),
        ("base_dataset_name", text),
        ("feature_test_path", _Field.TYPE_MESSAGE, path.full_name),
        ("feature_base_path", _Field.TYPE_MESSAGE, path.full_name),
        rules,
    )
    pairs = f"{_PACKAGE}.FeaturePairValidation"
    _message(
        file,
        "CustomValidationConfig",
        ("feature_validations", _Field.TYPE_MESSAGE, f"{_PACKAGE}.FeatureValidation", many),
        ("feature_pair_validations", _Field.TYPE_MESSAGE, pairs, many),
    )
    return file


def _message(file: Any, name: str, *fields: tuple[Any, ...]) -> None:
    message = file.message_type.add(name=name)
    for number, (field, kind, *more) in enumerate(fields, start=1):
        type_name, label = (*more, None, None)[:2]
        added = message.field.add(
            name=field, number=number, type=kind, label=label or _Field.LABEL_OPTIONAL
        )
        if type_name:
            added.type_name = f".{type_name}"


def _message_class() -> Any:
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(_file().SerializeToString())
    found = pool.FindMessageTypeByName(f"{_PACKAGE}.CustomValidationConfig")
    return message_factory.GetMessageClass(found)


CustomValidationConfig: Any = _message_class()
"""Rules of one's own about statistics; see `custom_validate_statistics`."""
