"""Every operation in real ONNX Runtime: what the batch path gives, or why there is none."""

from __future__ import annotations

import re

import pytest
from applications import APPLICATIONS, Application
from arrow_columns import table_of, values
from fitting import corner_table, fitted
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx_agreement import differences, exactness, exported, pieces

from taurus_beam.errors import EngineError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.operation import operations

BINARY = "ONNX has no type for binary values"
NO_ROWS = "read no column"
REASONS = {
    "cast": "read numbers from strings|eight digits",
    "cross": "computes no farmhash64|All pairs of several lists",
    "date_part": "knows no clocks of (Europe/Berlin|Asia/Kathmandu)",
    **dict.fromkeys(("less", "less_equal", "greater", "greater_equal"), "Strings under"),
    **dict.fromkeys(("apply_vocabulary", "hash_strings"), "computes no farmhash64"),
}
"""What is refused of operations that are written for other types or arguments."""

FREEZING = "while the graph is frozen"
NONE = {
    "change_case": "changes the case of few characters",
    "hash_strings_with_key": "computes no SipHash",
    "normalize_unicode": "no Unicode normal forms",
    "parse_timestamp": "reads no dates",
    "positions_above": FREEZING,
    "regex_replace": "replaces nothing",
    "sparse_to_dense": "outside the vector is an error",
    "string_length": "does not count characters",
    "strip": "no substrings",
    "tokenize": "at separators only",
    "top_positions": FREEZING,
}
"""What is always refused."""

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


def assert_refused_for_a_reason(refusal: EngineError) -> None:
    assert refusal.fix
    if NO_ROWS in refusal.what:
        return
    found = re.fullmatch(
        r"Output 'out\d' cannot be written as ONNX: ('?\w+'?)(?:\(.*\))?: (.+)", refusal.what, re.S
    )
    assert found, refusal.what
    name, why = found.groups()
    assert refusal.where
    assert re.search({**REASONS, **NONE}.get(name, BINARY), why) or BINARY in why, refusal.what


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
