"""The laws that hold for every registered operation; see `applications` for what is sampled."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from applications import APPLICATIONS, Application
from arrow_columns import bits, edges, layouts, table_of, values
from fitting import by_batch, by_row, corner_table, fitted, graph_of
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.node import InputColumn

MOST_PIECES = 30
# Elements of their results do not stand where those of their inputs stood.
REARRANGING = {
    *("deduplicate_per_row", "dense_to_sparse", "ngrams", "select_positions"),
    *("to_ragged", "truncate"),
}
BY_OPERATION: dict[str, list[Application]] = {}
for one in APPLICATIONS:
    BY_OPERATION.setdefault(one.operation, []).append(one)

every_application = pytest.mark.parametrize("application", APPLICATIONS, ids=str)
every_operation = pytest.mark.parametrize("name", BY_OPERATION)


@every_application
def test_rows_equal_the_batch_to_the_bit(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    assert by_row(fn, table) == by_batch(fn, table)


@every_application
def test_a_split_of_the_batch_leaves_no_trace(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    whole = by_batch(fn, table)
    for size in (1, 3, 17):
        first = table.slice(0, MOST_PIECES * size)
        pieces = [first.slice(start, size) for start in range(0, len(first), size)]
        expected = whole[: len(first)]
        assert [v for piece in pieces for v in by_batch(fn, piece)] == expected
        assert by_batch(fn, pa.concat_tables(pieces)) == expected


@every_application
def test_a_batch_of_few_rows_equals_the_batch(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    whole, (batch,) = by_batch(fn, table), table.combine_chunks().to_batches()
    for start in range(0, MOST_PIECES, 3):
        made = fn.transform(batch.slice(start, 3)).to_pylist()
        assert [bits(list(row.values())) for row in made] == whole[start : start + 3]


@every_application
def test_the_layout_of_the_column_leaves_no_trace(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    expected = by_batch(fn, table)
    for position, column in enumerate(table.columns):
        for layout, array in layouts(column.combine_chunks()):
            other = table.set_column(position, f"c{position}", array)
            assert by_batch(fn, other) == expected, layout


@every_application
def test_no_rows_and_no_values(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    empty = fn.transform(table.slice(0, 0))
    assert empty.schema == fn.output_arrow_schema
    assert len(empty) == 0
    missing = table_of([[None] * len(application.types)] * 9, application.types)
    assert by_batch(fn, missing) == by_row(fn, missing)
    for nothing in (table.slice(0, 0), missing, table.slice(len(table) // 2, 1)):
        fn = tb.fit(nothing, application.preprocess)
        assert by_batch(fn, table) == by_row(fn, table)


@every_application
def test_a_missing_value_in_gives_a_missing_value_out(application: Application) -> None:
    fn, table = fitted(application), corner_table(application.types)
    for name, node in graph_of(application).outputs.items():
        direct = all(isinstance(i.operation, InputColumn | Constant) for i in node.inputs)
        if node.operation.null_in_null_out and node.per_row and node.inputs and direct:
            shapes = {i.type.shape for i in node.inputs} - {()}
            aligned = shapes == {node.type.shape} and node.operation.name not in REARRANGING
            for row in table.to_pylist():
                arguments, result = list(row.values()), fn.row(row)[name]
                if aligned and result is not None:
                    assert elements_miss_what_is_missing(arguments, result)
                else:
                    assert result is None or None not in arguments


def elements_miss_what_is_missing(arguments: list[Any], result: list[Any]) -> bool:
    spread = [a if isinstance(a, list) else [a] * len(result) for a in arguments]
    elements = zip(result, *spread, strict=True)
    return all(out is None or None not in given for out, *given in elements)


@every_operation
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_laws_hold_for_any_rows(name: str, data: st.DataObject) -> None:
    application = data.draw(st.sampled_from(BY_OPERATION[name]))
    row = st.tuples(*(values(t) for t in application.types))
    table = table_of(data.draw(st.lists(row, max_size=20)), application.types)
    fn = fitted(application)
    whole = by_batch(fn, table)
    assert by_row(fn, table) == whole
    cut = data.draw(st.integers(0, len(table)))
    assert by_batch(fn, table.slice(0, cut)) + by_batch(fn, table.slice(cut)) == whole


@every_operation
def test_saving_and_loading_is_the_identity(name: str, tmp_path: Path) -> None:
    samples = BY_OPERATION[name]
    types = {f"{i}_{j}": t for i, a in enumerate(samples) for j, t in enumerate(a.types)}
    columns = {
        n: pa.array(itertools.islice(itertools.cycle(edges(t)), 20), t) for n, t in types.items()
    }
    table = pa.table(columns)

    def preprocess(inputs: Mapping[str, Any]) -> dict[str, Any]:
        outputs = {}
        for i, sample in enumerate(samples):
            own = {f"c{j}": inputs[f"{i}_{j}"] for j in range(len(sample.types))}
            outputs |= {f"{i}_{name}": out for name, out in sample.preprocess(own).items()}
        return outputs

    fn = tb.fit(table, preprocess)
    fn.save(str(tmp_path / "artifact"))
    loaded = tb.load(str(tmp_path / "artifact"))
    assert loaded.digest == fn.digest
    assert loaded.output_arrow_schema == fn.output_arrow_schema
    before, after = fn.transform(table), loaded.transform(table)
    assert [bits(c.to_pylist()) for c in after.columns] == [
        bits(c.to_pylist()) for c in before.columns
    ]
    assert by_row(loaded, table) == by_row(fn, table)
