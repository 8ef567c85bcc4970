"""Whole graphs made by hypothesis from the samples of every operation, and rows to feed them.

A graph is a list of steps, each a sample applied to columns that are there by then. Types are
respected by the operations' own rules: most steps are drawn where they fit, some are tried on any
columns and dropped where the trace refuses them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from applications import APPLICATIONS, Application
from arrow_columns import BINARY, BOOL, DATE, INTEGERS, SPAN, STRING, TIME, values
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column
from taurus_beam.graph.node import Node
from taurus_beam.graph.trace import trace
from taurus_beam.graph.types import ColumnType

__all__ = ["Example", "Recipe", "Step", "examples", "followed"]

F16, F32, F64 = pa.float16(), pa.float32(), pa.float64()
ZONED = pa.timestamp("ns", "Europe/Berlin")
INPUT_TYPES = [
    *(F64, F64, F32, F32, F16, *INTEGERS, pa.int64(), BOOL, STRING, STRING, BINARY),
    *(DATE, TIME, ZONED, SPAN, pa.list_(F64), pa.list_(pa.int64()), pa.list_(pa.int32())),
    *(pa.list_(F64, 3), pa.list_(F32, 3), pa.list_(STRING), pa.list_(STRING, 2), pa.list_(BOOL)),
]
STRUCT = "record"
SOME_ROWS = 12

BY_OPERATION: dict[str, list[Application]] = {}
for _one in APPLICATIONS:
    if _one.operation not in ("input", "constant"):
        BY_OPERATION.setdefault(_one.operation, []).append(_one)


@dataclass(frozen=True)
class Step:
    """A sample, and which of the columns that are there it is applied to."""

    application: Application
    columns: tuple[int, ...]

    def __repr__(self) -> str:
        return f"{self.application}{list(self.columns)}"


@dataclass(frozen=True)
class Recipe:
    """A preprocessing function as data.

    Attributes:
        types: Of the input columns.
        in_struct: How many of the first are fields of one struct.
        steps: In their order.
        outputs: Which columns are given.
        monitored: Which columns a monitor watches for missing values.
    """

    types: tuple[Any, ...]
    in_struct: int
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    monitored: tuple[int, ...]

    @property
    def schema(self) -> pa.Schema:
        fields = [pa.field(f"c{i}", t) for i, t in enumerate(self.types)]
        inside, beside = fields[: self.in_struct], fields[self.in_struct :]
        return pa.schema([*([pa.field(STRUCT, pa.struct(inside))] if inside else []), *beside])

    def preprocess(self, inputs: Mapping[str, Column], prefix: str = "") -> dict[str, Any]:
        """The function; a prefix tells its results from those of others."""
        columns = [inputs[name] for name in inputs]
        for step in self.steps:
            columns += results(step, columns)
        for i in self.monitored:
            tb.monitor_not_null(columns[i], f"{prefix}missing_{i}")
        return {f"{prefix}y{i}": columns[i] for i in self.outputs}


@dataclass(frozen=True)
class Example:
    """A recipe, the rows that it is fitted on and the rows that it is applied to."""

    recipe: Recipe
    fitted_on: pa.Table
    rows: pa.Table


def results(step: Step, columns: Sequence[Column]) -> list[Column]:
    """What a step gives, constants left out."""
    found = step.application.apply(*(columns[i] for i in step.columns))
    return [c for c in (found if isinstance(found, tuple) else (found,)) if isinstance(c, Column)]


@st.composite
def examples(draw: Callable[..., Any], most_steps: int = 12) -> Example:
    """Any recipe and any rows for it."""
    recipe = draw(recipes(most_steps))
    row = st.tuples(*(values(t) for t in recipe.types))
    some = st.lists(row, max_size=SOME_ROWS)
    lost = st.sampled_from([False, False, False, True])
    fitted_on, applied_to = (_table(recipe, draw(some), draw(lost)) for _ in range(2))
    return Example(recipe, fitted_on, applied_to)


@st.composite
def recipes(draw: Callable[..., Any], most_steps: int) -> Recipe:
    """Any recipe, traced while it is drawn."""
    types = tuple(draw(st.lists(st.sampled_from(INPUT_TYPES), min_size=2, max_size=6)))
    in_struct = draw(st.sampled_from([0, 0, 1, 2]))
    drawn: list[Recipe] = []

    def draw_recipe(inputs: Mapping[str, Column]) -> dict[str, Any]:
        columns = [inputs[name] for name in inputs]
        steps: list[Step] = []
        for _ in range(draw(st.integers(2, most_steps))):
            step = draw(_steps(columns))
            try:
                columns += results(step, columns)
            except TraceError:
                continue
            steps.append(step)
        usable = [i for i, c in enumerate(columns) if _can_be_given(c.node)]
        asked = st.lists(st.sampled_from(usable), min_size=1, max_size=5, unique=True)
        watchable = [i for i in usable if columns[i].node.per_row]
        watched = st.lists(st.sampled_from(watchable), max_size=2, unique=True)
        # The last columns are those that most steps lead to.
        outputs = tuple(dict.fromkeys([usable[-1], *draw(asked)]))
        drawn.append(Recipe(types, in_struct, tuple(steps), outputs, tuple(draw(watched))))
        return {"drawn": columns[outputs[0]]}

    trace(draw_recipe, Recipe(types, in_struct, (), (), ()).schema)
    return drawn[0]


def _steps(columns: Sequence[Column]) -> st.SearchStrategy[Step]:
    by_type: dict[Any, list[int]] = {}
    for i, column in enumerate(columns):
        if column.node.per_row and _can_be_given(column.node):
            by_type.setdefault(column.node.column_type().to_arrow(), []).append(i)
    fitting = {
        name: [a for a in some if all(t in by_type for t in a.types)]
        for name, some in BY_OPERATION.items()
    }
    names = [name for name, some in fitting.items() if some]
    fits = st.sampled_from(names).flatmap(lambda name: st.sampled_from(fitting[name]))
    return fits.flatmap(lambda a: _applied(a, [by_type[t] for t in a.types])) | st.sampled_from(
        list(BY_OPERATION)
    ).flatmap(lambda name: st.sampled_from(BY_OPERATION[name])).flatmap(
        lambda a: _applied(a, [range(len(columns))] * len(a.types))
    )


def _applied(application: Application, choices: Sequence[Sequence[int]]) -> st.SearchStrategy[Step]:
    places = st.tuples(*(st.sampled_from(some) for some in choices))
    return places.map(lambda columns: Step(application, columns))


def _can_be_given(node: Node) -> bool:
    return isinstance(node.type, ColumnType) and len(node.type.shape) < 2


def _table(recipe: Recipe, rows: Sequence[Sequence[Any]], lost: bool) -> pa.Table:
    """The rows; where structs are lost, every third of them is missing."""
    names = [f"c{i}" for i in range(len(recipe.types))]
    made = []
    for number, row in enumerate(rows):
        values_by_name = dict(zip(names, row, strict=True))
        if recipe.in_struct:
            inside = {n: values_by_name.pop(n) for n in names[: recipe.in_struct]}
            values_by_name[STRUCT] = None if lost and number % 3 == 0 else inside
        made.append(values_by_name)
    return pa.Table.from_pylist(made, recipe.schema)


def followed(last: Node) -> list[Node]:
    """A node and, after it, all that it is computed from."""
    found = {last: None}
    waiting = [last]
    while waiting:
        fresh = [i for i in waiting.pop().inputs if i not in found]
        found |= dict.fromkeys(fresh)
        waiting += fresh
    return list(found)
