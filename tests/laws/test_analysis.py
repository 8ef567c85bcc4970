"""The laws of analysis: order, split and layout of the data leave no trace in the artifact."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from applications import Application
from arrow_columns import large_table, layouts, table_of, values
from fitting import ANALYSES, analyzers_of, by_batch, by_row, corner_table, fitted, graph_of
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.graph.freeze import freeze
from taurus_beam.local import fit_batches

every_analysis = pytest.mark.parametrize("application", ANALYSES, ids=str)
ONE_OF_EACH = {name: a for a in reversed(ANALYSES) for name in analyzers_of(a)}


@every_analysis
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_any_order_and_split_of_the_rows_gives_the_same_artifact(
    application: Application, data: st.DataObject
) -> None:
    row = st.tuples(*(values(t) for t in application.types))
    rows = data.draw(st.lists(row, max_size=12))
    table = table_of(rows, application.types)
    shuffled = table_of(data.draw(st.permutations(rows)), application.types)
    size = data.draw(st.integers(1, 5))
    fn = tb.fit(table, application.preprocess)
    pieces = [b for i in range(0, len(table), size) for b in shuffled.slice(i, size).to_batches()]
    split = fit_batches(lambda: pieces, application.preprocess, application.schema)
    assert split.digest == fn.digest
    assert by_row(fn, table) == by_batch(fn, table)


@every_analysis
def test_the_layout_of_a_column_leaves_no_trace_in_the_artifact(application: Application) -> None:
    expected, table = fitted(application).digest, corner_table(application.types)
    for position, column in enumerate(table.columns):
        for layout, array in layouts(column.combine_chunks()):
            other = table.set_column(position, f"c{position}", array)
            assert tb.fit(other, application.preprocess).digest == expected, layout


def files_of(fn: tb.TransformFn) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        fn.save(f"{folder}/artifact")
        files = [p for p in Path(folder).rglob("*") if p.is_file() and p.name != "provenance.json"]
        return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_many_rows_in_any_order_and_split_give_the_same_bytes(name: str) -> None:
    application = ONE_OF_EACH[name]
    table = large_table(application.types, 12_000)
    shuffled = table.take(np.random.default_rng(1).permutation(len(table)))
    bounds = [0, 1, 700, 4_000, 4_000, 9_999, len(table)]
    pieces = [shuffled.slice(a, b - a) for a, b in itertools.pairwise(bounds)]
    batches = [batch for piece in pieces for batch in piece.to_batches()]
    one = files_of(tb.fit(table, application.preprocess))
    other = files_of(fit_batches(lambda: batches, application.preprocess, table.schema))
    assert other == one


def test_freezing_needs_every_value() -> None:
    application: Any = ONE_OF_EACH["moment"]
    unknown = tb.TransformFn(freeze(graph_of(application), {}))
    with pytest.raises(tb.DataError, match="has no value yet"):
        unknown.transform(corner_table(application.types))
