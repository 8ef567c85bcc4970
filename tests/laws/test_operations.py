"""The laws that hold for every registered operation; see `applications` for what is sampled."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from applications import APPLICATIONS, SAMPLES, Application
from arrow_columns import bits, corners, edges, layouts, table_of, values
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import InputColumn
from taurus_beam.graph.operation import operations
from taurus_beam.graph.trace import trace

every_application = pytest.mark.parametrize("application", APPLICATIONS, ids=str)
every_operation = pytest.mark.parametrize("name", SAMPLES)


@functools.cache
def corner_table(types: tuple[Any, ...]) -> pa.Table:
    return corners(types)


@functools.cache
def fitted(application: Application) -> tb.TransformFn:
    return tb.fit(corner_table(application.types), application.preprocess)


def by_batch(fn: tb.TransformFn, table: pa.Table) -> list[Any]:
    return [bits(value) for value in fn.transform(table)["out"].to_pylist()]


def by_row(fn: tb.TransformFn, table: pa.Table) -> list[Any]:
    return [bits(fn.row(row)["out"]) for row in table.to_pylist()]


def test_every_operation_has_samples_and_every_sample_an_operation() -> None:
    assert set(SAMPLES) == set(operations())


@every_application
def test_a_sample_uses_its_operation(application: Application) -> None:
    graph = trace(application.preprocess, corner_table(application.types).schema)
    assert application.operation in {node.operation.name for node in graph.nodes}


@every_application
def test_rows_equal_the_batch_to_the_bit(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    assert by_row(fn, table) == by_batch(fn, table)


@every_application
def test_a_split_of_the_batch_leaves_no_trace(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    whole = by_batch(fn, table)
    for size in (1, 3, 17):
        pieces = [table.slice(start, size) for start in range(0, len(table), size)]
        assert [v for piece in pieces for v in by_batch(fn, piece)] == whole
        assert by_batch(fn, pa.concat_tables(pieces)) == whole


@every_application
def test_the_layout_of_the_column_leaves_no_trace(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    expected = by_batch(fn, table)
    for position, column in enumerate(table.columns):
        for layout, array in layouts(column.combine_chunks()):
            name = f"c{position}"
            other = table.set_column(position, name, array)
            assert by_batch(fn, other) == expected, layout


@every_application
def test_no_rows_and_no_values(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    empty = fn.transform(table.slice(0, 0))
    assert empty.schema == fn.output_arrow_schema
    assert len(empty) == 0
    missing = table_of([[None] * len(application.types)] * 9, application.types)
    assert by_batch(fn, missing) == by_row(fn, missing)
    for nothing in (table.slice(0, 0), missing):
        fn = tb.fit(nothing, application.preprocess)
        assert by_batch(fn, table) == by_row(fn, table)


@every_application
def test_a_missing_value_in_gives_a_missing_value_out(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    node = trace(application.preprocess, table.schema).outputs["out"]
    direct = all(isinstance(i.operation, InputColumn | Constant) for i in node.inputs)
    if not (node.operation.null_in_null_out and node.per_row and node.inputs and direct):
        return
    for row in table.to_pylist():
        assert misses_what_is_missing(list(row.values()), fn.row(row)["out"])


def misses_what_is_missing(arguments: list[Any], result: Any) -> bool:
    lists = [a for a in arguments if isinstance(a, list)]
    if not lists or not isinstance(result, list):
        return result is None or None not in arguments
    spread = [a if isinstance(a, list) else [a] * len(lists[0]) for a in arguments]
    elements = zip(result, *spread, strict=True)
    return all(out is None or None not in given for out, *given in elements)


@every_operation
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_laws_hold_for_any_rows(name: str, data: st.DataObject) -> None:
    samples = [application for application in APPLICATIONS if application.operation == name]
    application = data.draw(st.sampled_from(samples))
    row = st.tuples(*(values(t) for t in application.types))
    table = table_of(data.draw(st.lists(row, max_size=20)), application.types)
    fn = fitted(application)
    whole = by_batch(fn, table)
    assert by_row(fn, table) == whole
    cut = data.draw(st.integers(0, len(table)))
    assert by_batch(fn, table.slice(0, cut)) + by_batch(fn, table.slice(cut)) == whole


@every_operation
def test_saving_and_loading_is_the_identity(name: str, tmp_path: Path) -> None:
    samples = [application for application in APPLICATIONS if application.operation == name]
    types = {f"{i}_{j}": t for i, a in enumerate(samples) for j, t in enumerate(a.types)}
    columns = {
        n: pa.array(itertools.islice(itertools.cycle(edges(t)), 20), t) for n, t in types.items()
    }
    table = pa.table(columns)

    def preprocess(inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {
            str(i): a.apply(*(inputs[f"{i}_{j}"] for j in range(len(a.types))))
            for i, a in enumerate(samples)
        }

    fn = tb.fit(table, preprocess)
    fn.save(str(tmp_path / "artifact"))
    loaded = tb.load(str(tmp_path / "artifact"))
    assert loaded.digest == fn.digest
    assert loaded.output_arrow_schema == fn.output_arrow_schema
    before, after = fn.transform(table), loaded.transform(table)
    assert [bits(c.to_pylist()) for c in after.columns] == [
        bits(c.to_pylist()) for c in before.columns
    ]
    rows = table.to_pylist()
    assert [bits(list(loaded.row(r).values())) for r in rows] == [
        bits(list(fn.row(r).values())) for r in rows
    ]
