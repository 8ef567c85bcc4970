"""Whether a schema makes sense by itself: before any data, all that is wrong with it at once.

Finds names that stand twice or for nothing, ranges that are empty, and what no data can satisfy;
compares with no data and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import unknown_fields
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.feature_constraints import Fault, constraint_faults
from taurus_beam.validation.lifecycle import is_retired
from taurus_beam.validation.paths import Path, from_proto, serialize
from taurus_beam.validation.schema_parts import (
    DEEPEST,
    absent,
    live_names,
    part_faults,
    sparse_faults,
)
from taurus_beam.validation.text_positions import Place, line_of, positions

__all__ = ["SchemaProblem", "check_schema"]

_INDEXED = re.compile(r"(?P<name>\w+)\[(?P<index>\d+)\]")


@dataclass(frozen=True)
class SchemaProblem:
    """Something wrong with a schema.

    Attributes:
        path: The feature, its steps joined by dots, or the part of the schema.
        field: The field concerned, dotted; empty for the whole.
        what: What is wrong.
        fix: What to do about it.
        is_error: Whether it is wrong; if not, it only has no effect.
        line: The line of the text it was read from, if the text is known.
    """

    path: str
    field: str
    what: str
    fix: str
    is_error: bool
    line: int | None = None

    def __str__(self) -> str:
        """One line of text: where, what, and what to do."""
        place = f"line {self.line}: " if self.line else ""
        name = ".".join(part for part in (self.path, self.field) if part)
        kind = "error" if self.is_error else "warning"
        return f"{place}{kind}: {name}: {self.what} {self.fix}"


def check_schema(schema: Any, text: str | None = None) -> list[SchemaProblem]:
    """All that is wrong with a schema by itself.

    Args:
        schema: A `Schema` proto.
        text: The text it was parsed from (pbtxt), for line numbers.

    Returns:
        The problems, in the order of the text; errors make a schema useless or contradictory,
        warnings have no effect. Empty if the schema makes sense.

    Raises:
        DataError: If it is no `Schema`.

    Example:
        >>> from taurus_beam.validation.schema_text import parse_schema_text
        >>> text = '''feature { name: "age" type: INT
        ...   int_domain { min: 120 max: 0 } }'''
        >>> for problem in check_schema(parse_schema_text(text), text):
        ...     print(problem)
        line 2: error: age.int_domain.max: No integer is from 120 to 0. Exchange ...
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise DataError(f"schema is a {type(schema).__name__}.", expected="a Schema proto")
    lines = positions(text) if text is not None else {}
    found = list(_Walk(schema, lines).problems())
    return sorted(found, key=lambda problem: problem.line or 0)


class _Walk:
    """A walk through one schema, with what its parts refer to at hand."""

    def __init__(self, schema: Any, lines: Mapping[Place, int]) -> None:
        self._schema = schema
        self._lines = lines
        self._domains = [domain.name for domain in schema.string_domain]
        self._known_paths = set(_paths((), schema.feature, 0))
        self._names = sorted(map(serialize, self._known_paths))

    def problems(self) -> Iterator[SchemaProblem]:
        yield from self._container((), (), self._schema)
        for name, place, fault in part_faults(self._schema, self._known_paths):
            yield self._problem(name, place, fault)
        yield from self._unknown(self._schema, (), "schema")

    def _container(self, path: Path, place: Place, container: Any) -> Iterator[SchemaProblem]:
        """The features and sparse features of the schema or of a struct."""
        names = live_names(container)
        for index, feature in enumerate(container.feature):
            inner, at = (*path, feature.name), (*place, ("feature", index))
            if names[feature.name] > 1 and not is_retired(feature):
                fault = Fault(("name",), "There are several of that name.", "Rename or remove one.")
                yield self._problem(serialize(inner), at, fault)
            yield from self._feature(inner, at, feature)
        for index, sparse in enumerate(container.sparse_feature):
            at = (*place, ("sparse_feature", index))
            for fault in sparse_faults(sparse, names):
                yield self._problem(serialize((*path, sparse.name)), at, fault)

    def _feature(self, path: Path, place: Place, feature: Any) -> Iterator[SchemaProblem]:
        name = serialize(path)
        faults = [*self._name(feature), *constraint_faults(feature), *self._references(feature)]
        for fault in faults:
            yield self._problem(name, place, fault)
        yield from self._unknown(feature, place, name)
        if not feature.HasField("struct_domain"):
            return
        if len(path) >= DEEPEST:
            fault = Fault(
                ("struct_domain",),
                f"Structs nest deeper than {DEEPEST} levels, which protobuf cannot read again.",
                "Flatten them.",
            )
            yield self._problem(name, place, fault)
        else:
            yield from self._container(path, (*place, ("struct_domain", 0)), feature.struct_domain)

    def _name(self, feature: Any) -> Iterator[Fault]:
        if not feature.HasField("name"):
            yield Fault((), "There is no name.", "Add name: with the name of the column.")

    def _references(self, feature: Any) -> Iterator[Fault]:
        if feature.HasField("domain") and feature.domain not in self._domains:
            yield absent(("domain",), "string domain", feature.domain, self._domains)
        defaults = list(self._schema.default_environment)
        for environment in (*feature.in_environment, *feature.not_in_environment):
            if environment not in defaults:
                inside = environment in feature.in_environment
                field = "in_environment" if inside else "not_in_environment"
                yield absent((field,), "environment", environment, defaults)
        for source in feature.validation_derived_source.source_path:
            steps = from_proto(source)
            if steps not in self._known_paths:
                derived = ("validation_derived_source", "source_path")
                yield absent(derived, "feature", serialize(steps), self._names)

    def _unknown(self, message: Any, place: Place, name: str) -> Iterator[SchemaProblem]:
        """Fields and enum values that this version of schema.proto does not know."""
        numbers = sorted({each.field_number for each in unknown_fields.UnknownFieldSet(message)})
        if numbers:
            known = message.DESCRIPTOR.fields_by_number
            told = ", ".join(known[n].name if n in known else f"field {n}" for n in numbers)
            what = f"Unknown fields, or values of no known meaning: {told}."
            fault = Fault((), what, "Update tensorflow-metadata, or remove them.")
            yield self._problem(name, place, fault)

    def _problem(self, path: str, place: Place, fault: Fault) -> SchemaProblem:
        line = line_of((*place, *map(_step, fault.field)), self._lines)
        return SchemaProblem(
            path, ".".join(fault.field), fault.what, fault.fix, fault.is_error, line
        )


def _step(name: str) -> tuple[str, int]:
    found = _INDEXED.fullmatch(name)
    return (found["name"], int(found["index"])) if found else (name, 0)


def _paths(path: Path, features: Iterable[Any], depth: int) -> Iterator[Path]:
    for feature in features:
        yield (*path, feature.name)
        if depth < DEEPEST:
            yield from _paths((*path, feature.name), feature.struct_domain.feature, depth + 1)
