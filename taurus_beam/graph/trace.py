"""Calling the user's function once with symbolic columns, and checking what it returns."""

from __future__ import annotations

import difflib
import inspect
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import pyarrow as pa

from taurus_beam.errors import TaurusError, TraceError
from taurus_beam.graph.column import Column, as_column
from taurus_beam.graph.node import Graph, InputColumn, Node
from taurus_beam.graph.recorder import Recorder, raised_location, recording, user_location
from taurus_beam.graph.types import ColumnType, VocabularyType, flatten_schema

__all__ = ["Inputs", "PreprocessingFn", "trace"]

PreprocessingFn: TypeAlias = Callable[[Mapping[str, Column]], Mapping[str, Any]]


class Inputs(Mapping[str, Column]):
    """The columns of the data, by name; fields of structs by path (``inputs["a.b"]``)."""

    def __init__(self, schema: pa.Schema, recorder: Recorder) -> None:
        paths = list(flatten_schema(schema))
        self._types = dict(paths)
        self._doubled = {path for path, times in Counter(p for p, _ in paths).items() if times > 1}
        self._recorder = recorder

    def __getitem__(self, name: str) -> Column:
        if name not in self._types:
            raise TraceError(
                f"There is no column {name!r}.",
                where=str(user_location()),
                expected=f"one of: {', '.join(self._types)}",
                fix=self._suggest(name),
            )
        if name in self._doubled:
            raise TraceError(
                f"There is more than one column {name!r}.",
                where=str(user_location()),
                expected="each column of the data once",
                fix="Rename or drop the columns of the same name.",
            )
        try:
            column_type = ColumnType.from_arrow(self._types[name])
        except TraceError as problem:
            raise TraceError(
                f"Column {name!r} cannot be used. {problem.what}",
                where=str(user_location()),
                expected=problem.expected,
                fix=problem.fix,
            ) from None
        return Column(self._recorder.node(InputColumn(name, column_type), (), column_type, True))

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def __contains__(self, name: object) -> bool:
        return name in self._types

    def _suggest(self, name: str) -> str | None:
        inside = [path for path in self._types if path.startswith(f"{name}.")]
        if inside:
            return f"{name!r} is a struct: name one of its fields, such as {inside[0]!r}."
        close = difflib.get_close_matches(str(name), self._types, 1)
        return f"Did you mean {close[0]!r}?" if close else None


def trace(preprocessing_fn: PreprocessingFn, schema: pa.Schema) -> Graph:
    """Record the graph of a preprocessing function for data of a schema. No data are read.

    Raises:
        TraceError: If the function is wrong, naming its line.
    """
    with recording() as recorder:
        try:
            outputs = preprocessing_fn(Inputs(schema, recorder))
        except TraceError as problem:
            if problem.where:
                raise
            raise TraceError(
                problem.what,
                where=str(raised_location(problem)),
                expected=problem.expected,
                fix=problem.fix,
            ) from problem
        except (TaurusError, KeyboardInterrupt):
            raise
        except Exception as problem:
            raise TraceError(
                f"The preprocessing function raised {type(problem).__name__}: {problem}",
                where=str(raised_location(problem)),
                fix="It is called once, with symbolic columns; compute with them alone.",
            ) from problem
        return Graph(_checked(outputs, preprocessing_fn), schema, recorder.monitors)


def function_place(function: Any) -> str:
    """The file, line and name of a function, for messages."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    name = getattr(function, "__name__", type(function).__name__)
    if code is None:
        return f"{name}()"
    return f"{os.path.basename(code.co_filename)}:{code.co_firstlineno}: {name}()"


def _checked(outputs: Any, function: Any) -> dict[str, Node]:
    place = function_place(function)
    if outputs is None:
        raise TraceError(
            "The preprocessing function returned nothing.",
            where=place,
            expected="a dict of output names to columns",
            fix="End it with `return {...}`.",
        )
    if not isinstance(outputs, Mapping):
        raise TraceError(
            f"The preprocessing function returned a {type(outputs).__name__}.",
            where=place,
            expected="a dict of output names to columns",
        )
    if not outputs:
        raise TraceError(
            "The preprocessing function returned no outputs.",
            where=place,
            expected="a dict with at least one output",
        )
    nodes: dict[str, Node] = {}
    for name, value in outputs.items():
        if not isinstance(name, str) or not name:
            raise TraceError(f"An output's name is {name!r}.", where=place, expected="a string")
        nodes[name] = _output(name, value, place)
    return nodes


def _output(name: str, value: Any, place: str) -> Node:
    if not isinstance(value, Column):
        try:
            value = as_column(value)
        except TraceError:
            raise TraceError(
                f"Output {name!r} is a {type(value).__name__}, not a column: {value!r:.60}",
                where=place,
                expected="a column computed from the inputs, or a constant",
            ) from None
    node: Node = value.node
    if isinstance(node.type, VocabularyType) or len(node.type.shape) > 1:
        raise TraceError(
            f"Output {name!r} is a {node.type}, which is no column.",
            where=str(node.location),
            fix="Apply it to a column, as tb.apply_vocabulary or tb.apply_buckets do.",
        )
    return node
