"""Schemas as JSON, protobuf's own mapping, with errors that name the line and the field.

Reads and writes; whether a schema makes sense is for `taurus_beam.validation.schema_check`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as Kind
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.schema_text import read_text, write_text
from taurus_beam.validation.schema_words import enum_values, field_names, meant
from taurus_beam.validation.text_positions import Place, line_of

__all__ = ["load_schema_json", "parse_schema_json", "schema_as_json", "write_schema_json"]

_INTEGERS = {Kind.CPPTYPE_INT32, Kind.CPPTYPE_INT64, Kind.CPPTYPE_UINT32, Kind.CPPTYPE_UINT64}
_FLOATS = {Kind.CPPTYPE_FLOAT, Kind.CPPTYPE_DOUBLE}
_WHOLE = re.compile(r"[+-]?[0-9]+")
_TOKEN = re.compile(r'(?P<space>\s+)|"(?:\\.|[^"\\])*"|[^\s{}\[\]:,"]+|.', re.DOTALL)


def load_schema_json(input_path: str) -> Any:
    """Read a schema from a JSON file.

    Args:
        input_path: Path of a `Schema` in protobuf's JSON mapping; names of fields as in
            schema.proto (``value_count``) or in camel case (``valueCount``).

    Returns:
        The `Schema` proto.

    Raises:
        DataError: If the file cannot be read or is no such JSON: names line and field.
    """
    return parse_schema_json(read_text(input_path), input_path)


def write_schema_json(schema: Any, output_path: str) -> None:
    """Write a schema as JSON, at once or not at all.

    Raises:
        DataError: If it is no schema.
        EngineError: If it cannot be written there.
    """
    write_text(schema_as_json(schema), output_path)


def schema_as_json(schema: Any) -> str:
    """A schema as indented JSON, with the field names of schema.proto.

    Integers of 64 bits are strings there, as in every JSON that protobuf writes.

    Example:
        >>> print(schema_as_json(schema_pb2.Schema(feature=[schema_pb2.Feature(name="fare")])))
        {
          "feature": [
            {
              "name": "fare"
            }
          ]
        }
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise DataError(f"This is a {type(schema).__name__}.", expected="a Schema proto")
    text = json_format.MessageToJson(schema, preserving_proto_field_name=True, ensure_ascii=False)
    return f"{text}\n"


def parse_schema_json(text: str, where: str = "schema") -> Any:
    """The schema that a JSON text describes.

    Args:
        text: JSON.
        where: What to call the text in an error.

    Raises:
        DataError: If it describes none, naming the line and the field.

    Example:
        >>> parse_schema_json('{"feature": [{"name": "fare", "typ": "FLOAT"}]}')
        Traceback (most recent call last):
        taurus_beam.errors.DataError: Feature has no field "typ".
          where:    schema, line 1: feature[0].typ
          expected: one of its fields: name, deprecated, presence, ...
          fix:      Did you mean "type"?
    """
    try:
        known = json.loads(text, object_pairs_hook=_once_each(where))
        _Check(_positions(text), where).message(known, schema_pb2.Schema.DESCRIPTOR, ())
        return json_format.ParseDict(known, schema_pb2.Schema())
    except json.JSONDecodeError as problem:
        raise DataError(
            f"This is not JSON: {problem.msg}.",
            where=f"{where}, line {problem.lineno}: {problem.doc.splitlines()[problem.lineno - 1]}"
            if problem.doc.strip()
            else where,
            expected="a Schema in protobuf's JSON mapping",
        ) from problem
    except json_format.ParseError as problem:
        raise DataError(f"This is no schema: {problem}", where=where) from problem
    except RecursionError as problem:
        raise DataError(
            "The schema nests too deep.", where=where, expected="structs within few structs"
        ) from problem


class _Check:
    """Walks through JSON beside the description of the message it stands for."""

    def __init__(self, lines: Mapping[Place, int], where: str) -> None:
        self._lines = lines
        self._where = where

    def message(self, value: Any, message: Any, place: Place) -> None:
        if not isinstance(value, dict):
            self._refuse(place, f"{message.name} is {json.dumps(value)}.", "an object in braces")
        if message.full_name.startswith("google.protobuf."):
            return
        fields = {name: f for f in message.fields for name in (f.name, f.json_name)}
        groups: dict[str, str] = {}
        for name, each in value.items():
            field = fields.get(name)
            at = (*place, (name, 0))
            if field is None:
                names = field_names(message)
                near = meant(name, names)
                self._refuse(
                    at,
                    f'{message.name} has no field "{name}".',
                    f"one of its fields: {', '.join(names)}",
                    f'Did you mean "{near}"?' if near else None,
                )
            if field.containing_oneof is not None and each is not None:
                other = groups.setdefault(field.containing_oneof.name, name)
                if other != name:
                    self._refuse(at, f'There is "{name}" beside "{other}".', "one of the two")
            self._field(each, field, place, name)

    def _field(self, value: Any, field: Any, around: Place, name: str) -> None:
        place = (*around, (name, 0))
        is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
        if value is None or is_map:  # null is absent; a map is left to protobuf
            return
        if not _is_repeated(field):
            self._value(value, field, place)
        elif isinstance(value, list):
            for index, each in enumerate(value):
                self._value(each, field, (*around, (name, index)))
        else:
            self._refuse(place, f'"{name}" is {json.dumps(value)[:60]}.', "a list in brackets")

    def _value(self, value: Any, field: Any, place: Place) -> None:
        if field.message_type is not None:
            self.message(value, field.message_type, place)
            return
        expected = _fault(value, field)
        if expected is not None:
            what = f'"{field.name}" is {json.dumps(value, ensure_ascii=False)[:60]}.'
            near = meant(str(value), enum_values(field.enum_type)) if field.enum_type else None
            self._refuse(place, what, expected, f'Did you mean "{near}"?' if near else None)

    def _refuse(self, place: Place, what: str, expected: str, fix: str | None = None) -> NoReturn:
        line = line_of(place, self._lines)
        path = ".".join(
            f"{name}[{i}]" if (name, i) in _indexed(place) else name for name, i in place
        )
        where = f"{self._where}, line {line}: {path}" if path else self._where
        raise DataError(what, where=where, expected=expected, fix=fix)


def _fault(value: Any, field: Any) -> str | None:
    """What a value should have been, None if it is right."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if field.enum_type is not None:
        names = enum_values(field.enum_type)
        numbers = {each.number for each in field.enum_type.values}
        right = value in names or (is_number and value in numbers)
        return None if right else f"one of {', '.join(names)}"
    if field.cpp_type == Kind.CPPTYPE_STRING:
        return None if isinstance(value, str) else "text in quotes"
    if field.cpp_type == Kind.CPPTYPE_BOOL:
        return None if isinstance(value, bool) else "true or false"
    if field.cpp_type in _INTEGERS:
        whole = is_number and value == value and float(value).is_integer()
        written = isinstance(value, str) and _WHOLE.fullmatch(value) is not None
        fits = (whole or written) and -(2**63) <= int(value) < 2**64
        return None if fits else "a whole number"
    if field.cpp_type in _FLOATS:
        return None if is_number or _is_float(value) else "a number"
    return None


def _is_float(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return isinstance(value, str)


def _is_repeated(field: Any) -> bool:
    repeated = getattr(field, "is_repeated", None)
    return bool(field.label == Kind.LABEL_REPEATED if repeated is None else repeated)


def _once_each(where: str) -> Any:
    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            near = ", ".join(f"{name}: {json.dumps(value)}"[:40] for name, value in pairs[:4])
            raise DataError(
                f'An object has "{double}" twice.', where=f"{where}: {near}", expected="it once"
            )
        return dict(pairs)

    return made


def _indexed(place: Place) -> set[tuple[str, int]]:
    """The steps that are elements of lists, as far as the descriptor of a schema tells."""
    found: set[tuple[str, int]] = set()
    message: Any = schema_pb2.Schema.DESCRIPTOR
    for step in place:
        field = next((f for f in message.fields if step[0] in (f.name, f.json_name)), None)
        if field is None or field.message_type is None:
            break
        if _is_repeated(field):
            found.add(step)
        message = field.message_type
    return found


def _positions(text: str) -> Mapping[Place, int]:
    """The line of each member of the objects in valid JSON."""
    found: dict[Place, int] = {}
    tokens = list(_tokens(text))
    at = 0

    def value(place: Place) -> None:
        nonlocal at
        token = tokens[at][1]
        at += 1
        if token == "{":
            while tokens[at][1] != "}":
                line, name = tokens[at][0], json.loads(tokens[at][1])
                at += 2  # the name and the colon
                members((*place, (name, 0)), line)
                at += tokens[at][1] == ","
            at += 1
        elif token == "[":
            while tokens[at][1] != "]":
                value(place)
                at += tokens[at][1] == ","
            at += 1

    def members(place: Place, line: int) -> None:
        nonlocal at
        found[place] = line
        if tokens[at][1] != "[":
            value(place)
            return
        at += 1
        index = 0
        while tokens[at][1] != "]":
            each = (*place[:-1], (place[-1][0], index))
            found[each] = tokens[at][0]
            value(each)
            at += tokens[at][1] == ","
            index += 1
        at += 1

    value(())
    return found


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup is None:
            yield line, match[0]
        line += match[0].count("\n")
