"""What a function returns, which columns it sees, and which of them are read."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.graph.trace import trace
from taurus_beam.local import fit_batches

SCHEMA = pa.schema(
    [
        ("x", pa.float64()),
        ("n", pa.int8()),
        ("a", pa.struct([("b", pa.int64()), ("c", pa.struct([("d", pa.string())]))])),
        ("strange", pa.map_(pa.string(), pa.int64())),
    ]
)


def refused(function: Callable[..., Any]) -> tb.TraceError:
    with pytest.raises(tb.TraceError) as caught:
        trace(function, SCHEMA)
    return caught.value


def returns_nothing(inputs: Any) -> Any:
    inputs["x"]


def returns_a_list(inputs: Any) -> Any:
    return [inputs["x"]]


def returns_no_outputs(inputs: Any) -> Any:
    return {}


def names_an_output_by_a_number(inputs: Any) -> Any:
    return {7: inputs["x"]}


def names_an_output_by_nothing(inputs: Any) -> Any:
    return {"": inputs["x"]}


def returns_no_column(inputs: Any) -> Any:
    return {"x": inputs["x"], "y": object()}


def returns_none_as_a_column(inputs: Any) -> Any:
    return {"y": None}


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (returns_nothing, "returned nothing"),
        (returns_a_list, "returned a list"),
        (returns_no_outputs, "no outputs"),
        (names_an_output_by_a_number, "name is 7"),
        (names_an_output_by_nothing, "name is ''"),
        (returns_no_column, "Output 'y' is a object, not a column"),
        (returns_none_as_a_column, "Output 'y' is a NoneType, not a column"),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_what_a_function_returns_is_checked_at_its_first_line(
    function: Callable[..., Any], message: str
) -> None:
    problem = refused(function)
    assert message in problem.what
    first = function.__code__.co_firstlineno
    assert problem.where == f"test_trace.py:{first}: {function.__name__}()"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_leaving_is_not_held_up(stop: type[BaseException]) -> None:
    def leaves(inputs: Any) -> Any:
        raise stop

    with pytest.raises(stop):
        trace(leaves, SCHEMA)


def test_a_close_name_is_suggested() -> None:
    problem = refused(lambda inputs: {"y": inputs["stange"]})
    assert problem.fix == "Did you mean 'strange'?"
    assert "x, n, a.b" in str(problem.expected)


def test_no_data_are_read_before_a_mistake_is_told() -> None:
    def batches() -> Any:
        raise AssertionError("data were read")

    with pytest.raises(tb.TraceError, match="no column 'z'"):
        fit_batches(batches, lambda inputs: {"z": inputs["z"]}, SCHEMA)


def test_fields_of_structs_are_columns_by_path() -> None:
    def preprocess(inputs: Any) -> Any:
        assert "a.c.d" in inputs
        assert "a" not in inputs
        return {"b": inputs["a.b"] + 1, "d": inputs["a.c.d"]}

    table = pa.table(
        {
            "a": pa.array(
                [{"b": 1, "c": {"d": "x"}}, {"b": 2, "c": None}, None], SCHEMA.field("a").type
            )
        }
    )
    fn = tb.fit(table, preprocess)
    assert fn.transform(table).to_pydict() == {"b": [2, 3, None], "d": ["x", None, None]}
    assert [fn.row(r) for r in table.to_pylist()] == fn.transform(table).to_pylist()
    problem = refused(lambda inputs: {"y": inputs["a"]})
    assert problem.fix == "'a' is a struct: name one of its fields, such as 'a.b'."


def test_columns_used_outside_their_function_are_refused() -> None:
    leaked = []
    trace(lambda inputs: leaked.append(inputs["x"]) or {"x": inputs["x"]}, SCHEMA)
    with pytest.raises(tb.TraceError, match="outside its preprocessing function"):
        leaked[0] + 1


def test_callables_of_all_kinds_are_traced() -> None:
    class Preprocess:
        def __call__(self, inputs: Any) -> Any:
            return {"y": inputs["x"] * 2}

    def scaled(inputs: Any, factor: float) -> Any:
        return {"y": inputs["x"] * factor}

    for function in (Preprocess(), functools.partial(scaled, factor=2.0)):
        graph = trace(function, SCHEMA)
        assert list(graph.outputs) == ["y"]
    nothing: Any = functools.partial(lambda inputs, k: None, k=1)
    assert "returned nothing" in refused(nothing).what


def test_only_columns_that_are_read_are_in_the_input_schema() -> None:
    def preprocess(inputs: Any) -> Any:
        inputs["n"] + 1  # looked at, in no output
        assert len(inputs) == 5
        return {"y": inputs["x"], "z": inputs["a.b"]}

    graph = trace(preprocess, SCHEMA)
    assert list(graph.input_columns) == ["a.b", "x"]
    assert graph.input_schema.names == ["x", "a"]
