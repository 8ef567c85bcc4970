"""Schemas as text that people read and edit (``schema.pbtxt``), with errors that name the line.

Reads and writes text and says what is wrong with its spelling; whether a schema makes sense is
for `taurus_beam.validation.schema_check`.
"""

from __future__ import annotations

import re
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError, EngineError
from taurus_beam.validation.schema_words import enum_values, field_names, meant
from taurus_beam.validation.text_positions import unclosed_brace
from taurus_beam.whole_file import replace_file

__all__ = [
    "load_schema_text",
    "parse_schema_text",
    "parse_text",
    "read_text",
    "schema_as_text",
    "write_schema_text",
    "write_text",
]

_PLACE = re.compile(r"^\d+:\d+ : ")
_QUOTED_LINE = re.compile(r"^'.*': (?=[A-Z])", re.DOTALL)
_NO_FIELD = re.compile(r'Message type "(?P<type>[\w.]+)" has no field named "(?P<name>[^"]*)"')
_NO_VALUE = re.compile(
    r'Enum type "(?P<type>[\w.]+)" has no value '
    r"(?:named (?P<name>\S+)|with number (?P<number>\S+))\."
)
_DOUBLE = re.compile(r'"(?P<type>[\w.]+)" should not have multiple "(?P<name>\w+)" fields')
_ONE_OF = re.compile(r'Field "(?P<one>\w+)" is specified along with field "(?P<other>\w+)"')
_MOST_LISTED = 40


def load_schema_text(input_path: str) -> Any:
    """Read a schema file.

    Args:
        input_path: Path of a `Schema` in protobuf's text format, as `write_schema_text`, TFDV
            and people write it.

    Returns:
        The `Schema` proto.

    Raises:
        DataError: If the file cannot be read, or its text is no schema: names the line, quotes
            it, and says what was expected and what was probably meant.
    """
    return parse_schema_text(read_text(input_path), input_path)


def write_schema_text(schema: Any, output_path: str) -> None:
    """Write a schema file, at once or not at all.

    Args:
        schema: A `Schema` proto.
        output_path: Where to; an existing file is replaced.

    Raises:
        DataError: If it is no schema.
        EngineError: If it cannot be written there.
    """
    write_text(schema_as_text(schema), output_path)


def schema_as_text(schema: Any) -> str:
    """A schema in text form: UTF-8 as it is, fields in the order of schema.proto.

    Raises:
        DataError: If it is no `Schema` proto.

    Example:
        >>> from tensorflow_metadata.proto.v0 import schema_pb2
        >>> schema = schema_pb2.Schema(feature=[schema_pb2.Feature(name="fare", type="FLOAT")])
        >>> print(schema_as_text(schema), end="")
        feature {
          name: "fare"
          type: FLOAT
        }
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise DataError(f"This is a {type(schema).__name__}.", expected="a Schema proto")
    return str(text_format.MessageToString(schema, as_utf8=True))


def parse_schema_text(text: str, where: str = "schema") -> Any:
    """The schema that a text describes.

    Args:
        text: A `Schema` in protobuf's text format.
        where: What to call the text in an error.

    Raises:
        DataError: If it describes none, naming the line.

    Example:
        >>> parse_schema_text('feature { name: "fare" typ: FLOAT }')
        Traceback (most recent call last):
        taurus_beam.errors.DataError: Feature has no field "typ".
          where:    schema, line 1: feature { name: "fare" typ: FLOAT }
          expected: one of its fields: name, deprecated, presence, ...
          fix:      Did you mean "type"?
    """
    return parse_text(text, schema_pb2.Schema(), where)


def parse_text(text: str, message: Any, where: str) -> Any:
    """The message that a text describes, parsed into an empty one.

    Raises:
        DataError: If it describes none of this kind, naming the line.
    """
    try:
        return text_format.Parse(text, message)
    except text_format.ParseError as problem:
        raise _explained(problem, text, where) from problem
    except RecursionError as problem:
        raise DataError(
            "The text nests too deep.", where=where, expected="structs within few structs"
        ) from problem


def read_text(path: str) -> str:
    """The text of a file.

    Raises:
        DataError: If it cannot be read or is not UTF-8, naming the line.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as problem:
        raise DataError(
            f"The file cannot be read: {problem.strerror}.", where=path, fix="Check the path."
        ) from problem
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise DataError(
            f"The byte 0x{data[problem.start]:02x} is not UTF-8.",
            where=f"{path}, line {line}",
            expected="text in UTF-8",
            fix="If it is a binary proto, read it with Schema.FromString; else save it as UTF-8.",
        ) from problem


def write_text(text: str, path: str) -> None:
    """Replace a file by a text; a reader sees the old one or the new one.

    Raises:
        EngineError: If it cannot be written there.
    """
    try:
        replace_file(path, text.encode())
    except OSError as problem:
        raise EngineError(
            f"The file cannot be written: {problem.strerror}.",
            where=path,
            fix="Check the folder, and whether you may write there.",
        ) from problem


def _explained(problem: Any, text: str, where: str) -> DataError:
    line = problem.GetLine()
    reason = _QUOTED_LINE.sub("", _PLACE.sub("", str(problem)))
    what, expected, fix = _reason(reason)
    if reason.startswith(('Expected "}"', 'Expected ">"')):
        opened = unclosed_brace(text)
        if opened is not None:
            what, line = "The brace that opens on this line is never closed.", opened
            expected, fix = "a } for each {", None
    return DataError(what, where=_quoted(text, line, where), expected=expected, fix=fix)


def _quoted(text: str, line: int | None, where: str) -> str:
    if line is None:
        return where
    lines = text.split("\n")
    quoted = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return f"{where}, line {line}: {quoted}" if quoted else f"{where}, line {line}"


def _reason(reason: str) -> tuple[str, str | None, str | None]:
    """What is wrong, what was expected, and what to do."""
    if found := _NO_FIELD.search(reason):
        message = _descriptor(found["type"])
        names = field_names(message)
        return (
            f'{message.name} has no field "{found["name"]}".',
            f"one of its fields: {', '.join(names)}" if names else "no field at all",
            _suggestion(found["name"], names),
        )
    if found := _NO_VALUE.search(reason):
        enum = _descriptor(found["type"])
        values = enum_values(enum)
        return (
            f"{enum.name} has no value {found['name'] or found['number']}.",
            f"one of {', '.join(values[:_MOST_LISTED])}",
            _suggestion(found["name"] or "", values),
        )
    if found := _DOUBLE.search(reason):
        message = _descriptor(found["type"])
        what = f'{message.name} has "{found["name"]}" twice.'
        return what, "it once", "Remove one of them, or close the braces before it."
    if found := _ONE_OF.search(reason):
        return (
            f'There is "{found["one"]}" beside "{found["other"]}".',
            "one of the two",
            "Remove one of them.",
        )
    return reason if reason.endswith(".") else f"{reason}.", None, None


def _suggestion(name: str, known: list[str]) -> str | None:
    near = meant(name, known)
    return f'Did you mean "{near}"?' if near else None


def _descriptor(full_name: str) -> Any:
    """The description of a message or an enum."""
    pool = schema_pb2.DESCRIPTOR.pool
    try:
        return pool.FindMessageTypeByName(full_name)
    except KeyError:
        return pool.FindEnumTypeByName(full_name)
