"""Every operation in real ONNX Runtime: what the batch path gives, or why there is none."""

from __future__ import annotations

import pytest
from applications import APPLICATIONS, Application
from arrow_columns import table_of, values
from fitting import corner_table, fitted
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx_agreement import differences, exactness, exported, pieces
from onnx_refusals import NONE, assert_refused_for_a_reason

from taurus_beam.errors import EngineError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.operation import operations

exportable = [a for a in APPLICATIONS if not isinstance(exported(a), EngineError)]
every_application = pytest.mark.parametrize("application", APPLICATIONS, ids=str)
BY_OPERATION: dict[str, list[Application]] = {}
for one in exportable:
    BY_OPERATION.setdefault(one.operation, []).append(one)


@every_application
def test_onnx_gives_what_the_batch_gives(application: Application) -> None:
    run = exported(application)
    if isinstance(run, EngineError):
        assert_refused_for_a_reason(run)
        return
    fn = fitted(application)
    for table in pieces(corner_table(application.types)):
        assert differences(fn.transform(table), run(table), exactness(application)) == []


def test_every_operation_is_written_or_says_why() -> None:
    written = {n.operation.name for a in exportable for n in fitted(a).graph.nodes}
    of_rows = {name for name, cls in operations().items() if not issubclass(cls, Analyzer)}
    of_data_sets = {"idf_table", "vocabulary_size"}  # computed while the graph is frozen
    assert of_rows - written - of_data_sets == set(NONE)


@pytest.mark.parametrize("name", BY_OPERATION)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_onnx_equals_the_batch_for_any_rows(name: str, data: st.DataObject) -> None:
    application = data.draw(st.sampled_from(BY_OPERATION[name]))
    row = st.tuples(*(values(t) for t in application.types))
    table = table_of(data.draw(st.lists(row, max_size=20)), application.types)
    run = exported(application)
    assert not isinstance(run, EngineError)
    expected = fitted(application).transform(table)
    assert differences(expected, run(table), exactness(application)) == []
