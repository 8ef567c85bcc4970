"""What operators and ufuncs record: types, sharing, operand order, and where they stand."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.graph.node import Graph
from taurus_beam.graph.trace import trace

TYPES = {
    "b": pa.bool_(),
    "i1": pa.int8(),
    "i4": pa.int32(),
    "i8": pa.int64(),
    "u1": pa.uint8(),
    "u8": pa.uint64(),
    "f2": pa.float16(),
    "f4": pa.float32(),
    "f8": pa.float64(),
    "s": pa.string(),
    "t": pa.timestamp("us"),
    "d": pa.duration("us"),
    "day": pa.date32(),
    "v": pa.list_(pa.float32(), 3),
    "r": pa.list_(pa.int16()),
    "words": pa.list_(pa.string()),
    "cat": pa.dictionary(pa.int32(), pa.large_string()),
}
SCHEMA = pa.schema(list(TYPES.items()))
NUMBERS = ["i1", "i4", "i8", "u1", "u8", "f2", "f4", "f8"]
FUNCTIONS = {"add": np.add, "multiply": np.multiply, "divide": np.divide, "remainder": np.remainder}


def traced(function: Callable[..., Any]) -> Graph:
    return trace(lambda inputs: {"out": function(inputs)}, SCHEMA)


def type_of(function: Callable[..., Any]) -> str:
    return str(traced(function).outputs["out"].type)


@pytest.mark.parametrize("left", NUMBERS)
@pytest.mark.parametrize("right", NUMBERS)
def test_arithmetic_promotes_as_numpy_does(left: str, right: str) -> None:
    arrays = [np.ones(1, TYPES[name].to_pandas_dtype()) for name in (left, right)]
    for function in FUNCTIONS.values():
        found = traced(lambda i, f=function: f(i[left], i[right])).outputs["out"].type
        assert found.dtype.to_pandas_dtype() == function(*arrays).dtype.type


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("number", [2, 0.5, np.float32(2), np.int64(2)], ids=repr)
def test_python_numbers_take_the_column_s_type_as_in_numpy(name: str, number: Any) -> None:
    array = np.ones(1, TYPES[name].to_pandas_dtype())
    for function in FUNCTIONS.values():
        found = traced(lambda i, f=function: f(i[name], number)).outputs["out"].type
        assert found.dtype.to_pandas_dtype() == function(array, number).dtype.type


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda i: i["cat"], "string"),
        (lambda i: i["b"] + i["b"], "int64"),
        (lambda i: i["b"] * 2.5, "double"),
        (lambda i: -i["u1"], "uint8"),
        (lambda i: abs(i["i4"]), "int32"),
        (lambda i: +i["f4"], "float"),
        (lambda i: i["i8"] ** 2, "double"),
        (lambda i: i["f4"] ** 2, "float"),
        (lambda i: i["i4"] // i["i4"], "int32"),
        (lambda i: i["i4"] / i["i4"], "double"),
        (lambda i: np.log1p(i["i4"]), "double"),
        (lambda i: np.log1p(i["f4"]), "float"),
        (lambda i: np.exp(i["v"]), "float[3]"),
        (lambda i: i["v"] + i["f8"], "double[3]"),
        (lambda i: i["r"] + 1, "int16[]"),
        (lambda i: i["v"][1], "float"),
        (lambda i: i["v"][-1], "float"),
        (lambda i: i["v"] > 0, "bool[3]"),
        (lambda i: i["s"] + "!", "string"),
        (lambda i: i["s"] == "a", "bool"),
        (lambda i: i["words"] == i["s"], "bool[]"),
        (lambda i: i["t"] - i["t"], "duration[us]"),
        (lambda i: i["t"] + i["d"], "timestamp[us]"),
        (lambda i: i["d"] + i["t"], "timestamp[us]"),
        (lambda i: i["t"] - datetime.datetime(2000, 1, 1), "duration[us]"),
        (lambda i: i["day"] > datetime.date(2000, 1, 1), "bool"),
        (lambda i: tb.cast(i["t"], pa.int64()), "int64"),
        (lambda i: tb.cast(i["f8"], np.float32), "float"),
        (lambda i: tb.where(i["b"], i["i4"], i["f4"]), "double"),
        (lambda i: tb.where(i["b"], "a", "b"), "string"),
        (lambda i: tb.fill_null(i["f4"], 0), "float"),
        (lambda i: tb.is_null(i["v"]), "bool[3]"),
        (lambda i: tb.clip(i["f4"], 0, 1), "float"),
        (lambda i: tb.scale_to_z_score(i["i4"]), "float"),
        (lambda i: tb.scale_to_z_score(i["f8"]), "double"),
        (lambda i: tb.scale_to_z_score(i["i4"], output_dtype=pa.float64()), "double"),
        (lambda i: tb.scale_to_0_1(i["v"], elementwise=True), "float[3]"),
        (lambda i: tb.bucketize(i["r"], 3), "int64[]"),
        (lambda i: tb.compute_and_apply_vocabulary(i["words"]), "int64[]"),
        (lambda i: tb.hash_strings(i["s"], 5), "int64"),
        (lambda i: tb.one_hot(i["i1"], 4), "float[4]"),
        (lambda i: tb.one_hot(i["i1"], 4, np.int8), "int8[4]"),
        (lambda i: tb.min(i["t"]), "timestamp[us]"),
        (lambda i: tb.mean(i["i4"]), "float"),
        (lambda i: tb.mean(i["v"], reduce_instance_dims=False), "float[3]"),
        (lambda i: tb.sum(i["u1"]), "uint64"),
        (lambda i: tb.sum(i["b"]), "int64"),
        (lambda i: tb.size(i["words"]), "int64"),
        (lambda i: tb.quantiles(i["i4"], 4), "int32[3]"),
        (lambda i: 1, "int64"),
        (lambda i: [1.5, 2.5], "double[2]"),
    ],
)
def test_types_are_inferred(function: Callable[..., Any], expected: str) -> None:
    assert type_of(function) == expected


OPERATORS = [
    (operator.add, 7.0, 2.0),
    (operator.sub, 7.0, 2.0),
    (operator.mul, 7.0, 2.0),
    (operator.truediv, 7.0, 2.0),
    (operator.floordiv, 7.0, 2.0),
    (operator.mod, 7.0, 2.0),
    (operator.pow, 7.0, 2.0),
    (operator.lt, 7.0, 2.0),
    (operator.le, 7.0, 2.0),
    (operator.gt, 7.0, 2.0),
    (operator.ge, 7.0, 2.0),
    (operator.eq, 7.0, 2.0),
    (operator.ne, 7.0, 2.0),
    (operator.and_, True, False),
    (operator.or_, True, False),
    (operator.xor, True, True),
    (operator.add, "ab", "c"),
    (operator.lt, "ab", "b"),
    (operator.ge, "ab", "b"),
]


@pytest.mark.parametrize(("function", "left", "right"), OPERATORS, ids=lambda v: str(v))
def test_operators_with_the_column_on_either_side(function: Any, left: Any, right: Any) -> None:
    table = pa.table({"l": [left], "r": [right]})

    def preprocess(inputs: Any) -> Any:
        return {
            "both": function(inputs["l"], inputs["r"]),
            "right": function(inputs["l"], right),
            "left": function(left, inputs["r"]),
        }

    out, _ = tb.fit_transform(table, preprocess)
    expected = function(left, right)
    assert out.to_pydict() == {"both": [expected], "right": [expected], "left": [expected]}


def test_numpy_scalars_and_arrays_on_the_left_keep_their_order() -> None:
    table = pa.table({"x": [2.0], "v": pa.array([[1.0, 2.0]], pa.list_(pa.float64(), 2))})

    def preprocess(inputs: Any) -> Any:
        return {
            "scalar": np.float64(7) - inputs["x"],
            "array": np.array([5.0, 6.0]) - inputs["v"],
            "list": [5.0, 6.0] - inputs["v"],
            "spread": np.array([5.0, 6.0]) / inputs["x"],
        }

    out, _ = tb.fit_transform(table, preprocess)
    assert out.to_pydict() == {
        "scalar": [5.0],
        "array": [[4.0, 4.0]],
        "list": [[4.0, 4.0]],
        "spread": [[2.5, 3.0]],
    }


SAME = [
    (np.true_divide, operator.truediv),
    (np.mod, operator.mod),
    (np.logical_and, operator.and_),
    (np.bitwise_or, operator.or_),
    (np.bitwise_xor, operator.xor),
    (np.less_equal, operator.le),
    (np.fabs, np.absolute),
    (np.deg2rad, np.radians),
    (np.rad2deg, np.degrees),
    (np.logical_not, operator.invert),
    (np.invert, operator.invert),
]


@pytest.mark.parametrize(("ufunc", "plain"), SAME, ids=lambda v: v.__name__)
def test_ufuncs_of_other_names_are_the_same_operations(ufunc: Any, plain: Any) -> None:
    logical = "logical" in ufunc.__name__ or "bitwise" in ufunc.__name__ or ufunc is np.invert
    name = "b" if logical else "f8"

    def preprocess(inputs: Any) -> Any:
        arguments = [inputs[name]] * ufunc.nin
        return {"one": ufunc(*arguments), "other": plain(*arguments)}

    outputs = trace(preprocess, SCHEMA).outputs
    assert outputs["one"] is outputs["other"]


def test_equal_expressions_are_one_node() -> None:
    def preprocess(inputs: Any) -> Any:
        x = inputs["f8"]
        return {
            "a": np.log1p(x) * 2,
            "b": np.log1p(inputs["f8"]) * 2.0,
            "c": tb.scale_to_z_score(x) + tb.mean(x),
            "d": tb.scale_to_z_score(x),
        }

    graph = trace(preprocess, SCHEMA)
    names = [n.operation.name for n in graph.nodes]
    assert graph.outputs["a"] is graph.outputs["b"]
    assert names.count("input") == 1
    assert names.count("log1p") == 1
    assert names.count("constant") == 1
    assert names.count("standardize") == 1
    # mean and variance of x as float64, and the mean again: x is float64, but asked for by default
    assert names.count("moment") == 3
    assert len(graph.nodes) == 10


def test_unlike_expressions_stay_apart() -> None:
    def preprocess(inputs: Any) -> Any:
        x = inputs["f8"]
        return {
            "one": x + 1.0,
            "other": x + 2.0,
            "zero": x * 0.0,
            "minus zero": x * -0.0,
            "swapped": 1.0 - x,
            "straight": x - 1.0,
            "first": inputs["v"][0],
            "second": inputs["v"][1],
            "int": inputs["i8"] + 1,
            "bool": inputs["i8"] + True,
        }

    nodes = trace(preprocess, SCHEMA).outputs.values()
    assert len({id(node) for node in nodes}) == len(nodes)


def test_a_column_tells_its_type_and_where_it_came_from() -> None:
    seen = {}

    def preprocess(inputs: Any) -> Any:
        total = inputs["v"] + inputs["f8"]
        seen["column"] = total, repr(total), total.dtype, total.shape
        return {"total": total}

    graph = trace(preprocess, SCHEMA)
    column, text, dtype, shape = seen["column"]
    assert text == str(column) == "<Column add('v', 'f8'): double[3]>"
    assert dtype == pa.float64()
    assert shape == (3,)
    location = graph.outputs["total"].location
    assert location.file == "test_column.py"
    assert location.code == 'total = inputs["v"] + inputs["f8"]'


def test_columns_are_no_keys() -> None:
    with pytest.raises(tb.TraceError, match="unhashable"):
        trace(lambda inputs: {"y": {inputs["f8"]: 1}}, SCHEMA)
