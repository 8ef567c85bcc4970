"""Mistakes in a preprocessing function: refused before any data are read, naming the line."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.graph.trace import trace

SCHEMA = pa.schema(
    [
        ("x", pa.float64()),
        ("n", pa.int8()),
        ("s", pa.string()),
        ("b", pa.bool_()),
        ("v", pa.list_(pa.float64(), 2)),
        ("w", pa.list_(pa.float64(), 3)),
        ("r", pa.list_(pa.float64())),
        ("t", pa.timestamp("us")),
        ("a", pa.struct([("b", pa.int64()), ("c", pa.struct([("d", pa.string())]))])),
        ("strange", pa.map_(pa.string(), pa.int64())),
        ("nothing", pa.null()),
    ]
)


def refused(function: Callable[..., Any]) -> tb.TraceError:
    with pytest.raises(tb.TraceError) as caught:
        trace(function, SCHEMA)
    return caught.value


def marked_line(function: Callable[..., Any]) -> tuple[int, str]:
    """The number and text of the line of a function that ends in ``# here``."""
    lines, first = inspect.getsourcelines(function)
    (offset,) = [i for i, line in enumerate(lines) if line.rstrip().endswith("# here")]
    return first + offset, lines[offset].strip()


MISTAKES: list[tuple[Callable[..., Any], str]] = []


def mistake(message: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A function that must be refused with a message, at its marked line."""

    def remember(function: Callable[..., Any]) -> Callable[..., Any]:
        MISTAKES.append((function, message))
        return function

    return remember


@mistake("There is no column 'z'")
def unknown_column(inputs: Any) -> Any:
    x = inputs["x"]
    z = inputs["z"]  # here
    return {"z": x + z}


@mistake("'add' takes numbers, not string")
def wrong_type(inputs: Any) -> Any:
    total = inputs["x"] + inputs["s"]  # here
    return {"total": total}


@mistake("'log' takes numbers, not string")
def wrong_type_for_a_ufunc(inputs: Any) -> Any:
    return {"y": inputs["x"], "z": np.log(inputs["s"])}  # here


@mistake("cannot decide an `if`")
def python_if(inputs: Any) -> Any:
    x = inputs["x"]
    if x > 0:  # here
        x = -x
    return {"x": x}


@mistake("cannot decide an `if`")
def conditional_expression(inputs: Any) -> Any:
    return {
        "x": inputs["x"],
        "y": 1 if inputs["b"] else 0,  # here
    }


@mistake("cannot decide an `if`, `and`")
def python_and(inputs: Any) -> Any:
    x = inputs["x"]
    inside = x > 0 and x < 1  # here
    return {"inside": inside}


@mistake("cannot decide an `if`, `and`, `or`")
def python_or(inputs: Any) -> Any:
    return {"outside": (inputs["x"] < 0) or (inputs["x"] > 1)}  # here


@mistake("`not`")
def python_not(inputs: Any) -> Any:
    return {"no": not inputs["b"]}  # here


@mistake("cannot decide an `if`")
def chained_comparison(inputs: Any) -> Any:
    return {"inside": 0 < inputs["x"] < 1}  # here


@mistake("cannot be looped over")
def iteration(inputs: Any) -> Any:
    total = 0
    for element in inputs["v"]:  # here
        total += element
    return {"total": total}


@mistake("cannot be looped over")
def python_sum(inputs: Any) -> Any:
    return {"total": sum(inputs["v"])}  # here


@mistake("cannot tell its length")
def python_len(inputs: Any) -> Any:
    return {"n": len(inputs["s"])}  # here


@mistake("cannot be searched with `in`")
def python_in(inputs: Any) -> Any:
    return {"n": "a" in inputs["s"]}  # here


@mistake("cannot become a Python number")
def python_math(inputs: Any) -> Any:
    return {"y": math.log(inputs["x"])}  # here


@mistake("cannot serve as an index")
def python_index(inputs: Any) -> Any:
    return {"y": ["a", "b"][inputs["n"]]}  # here


@mistake("cannot be turned into an array")
def to_array(inputs: Any) -> Any:
    return {"y": np.asarray(inputs["x"])}  # here


@mistake("np.mean needs data")
def numpy_reduction(inputs: Any) -> Any:
    return {"y": inputs["x"] - np.mean(inputs["x"])}  # here


@mistake("NumPy's np.add.reduce cannot be used")
def ufunc_method(inputs: Any) -> Any:
    return {"y": np.add.reduce(inputs["x"])}  # here


@mistake("NumPy's where cannot be used")
def ufunc_option(inputs: Any) -> Any:
    return {"y": np.sqrt(inputs["x"], where=True)}  # here


@mistake("np.spacing is not known")
def unknown_ufunc(inputs: Any) -> Any:
    return {"y": np.spacing(inputs["x"])}  # here


@mistake("None is not a value")
def none(inputs: Any) -> Any:
    return {"y": inputs["x"] == None}  # noqa: E711  # the mistake under test  # here


@mistake("A dict is not a column or a constant")
def strange_constant(inputs: Any) -> Any:
    return {"y": inputs["x"] + {}}  # here


@mistake("300 does not fit into int8")
def constant_too_large(inputs: Any) -> Any:
    return {"y": inputs["n"] + 300}  # here


@mistake("no vector of numbers")
def matrix_constant(inputs: Any) -> Any:
    return {"y": inputs["v"] + np.ones((2, 2))}  # here


@mistake("cannot combine columns of shapes (2,), (3,)")
def unequal_vectors(inputs: Any) -> Any:
    return {"y": inputs["v"] + inputs["w"]}  # here


@mistake("x[5] is outside a vector of 2 elements")
def index_outside(inputs: Any) -> Any:
    return {"y": inputs["v"][5]}  # here


@mistake("x[0] needs a vector")
def index_of_ragged(inputs: Any) -> Any:
    return {"y": inputs["r"][0]}  # here


@mistake("cannot be indexed with slice")
def slicing(inputs: Any) -> Any:
    return {"y": inputs["v"][0:1]}  # here


@mistake("'equal' cannot compare string with double")
def unlike_comparison(inputs: Any) -> Any:
    return {"y": inputs["s"] == inputs["x"]}  # here


@mistake("'and' takes booleans, not double")
def bitwise_on_numbers(inputs: Any) -> Any:
    return {"y": inputs["x"] & inputs["b"]}  # here


@mistake("'where' needs a condition, not double")
def where_without_a_condition(inputs: Any) -> Any:
    return {"y": tb.where(inputs["x"], 1, 0)}  # here


@mistake("double cannot be cast to timestamp[us]")
def impossible_cast(inputs: Any) -> Any:
    return {"y": tb.cast(inputs["x"], pa.timestamp("us"))}  # here


@mistake("takes strings, not double")
def hash_of_numbers(inputs: Any) -> Any:
    return {"y": tb.hash_strings(inputs["x"], 10)}  # here


@mistake("num_buckets is 0")
def no_hash_buckets(inputs: Any) -> Any:
    return {"y": tb.hash_strings(inputs["s"], 0)}  # here


@mistake("Unknown hash 'md5'")
def unknown_hash(inputs: Any) -> Any:
    return {"y": tb.hash_strings(inputs["s"], 10, hash="md5")}  # here


@mistake("boundaries are not ascending")
def descending_boundaries(inputs: Any) -> Any:
    return {"y": tb.apply_buckets(inputs["x"], [2, 1])}  # here


@mistake("output_min is 1")
def empty_range(inputs: Any) -> Any:
    return {"y": tb.scale_by_min_max(inputs["x"], 1, 1)}  # here


@mistake("output_max is inf")
def endless_range(inputs: Any) -> Any:
    return {"y": tb.scale_by_min_max(inputs["x"], 0, math.inf)}  # here


@mistake("num_buckets is 2.5")
def half_a_bucket(inputs: Any) -> Any:
    return {"y": tb.bucketize(inputs["x"], 2.5)}  # here


@mistake("default_value is 18446744073709551616")
def id_beyond_int64(inputs: Any) -> Any:
    return {"y": tb.compute_and_apply_vocabulary(inputs["s"], default_value=2**64)}  # here


@mistake("top_k is 'all'")
def top_k_in_words(inputs: Any) -> Any:
    return {"y": tb.compute_and_apply_vocabulary(inputs["s"], top_k="all")}  # here


@mistake("output_dtype is string")
def scaled_to_text(inputs: Any) -> Any:
    return {"y": tb.scale_to_z_score(inputs["x"], output_dtype=pa.string())}  # here


@mistake("depth is 0")
def one_hot_of_nothing(inputs: Any) -> Any:
    return {"y": tb.one_hot(inputs["n"], 0)}  # here


@mistake("one_hot cannot give string")
def one_hot_of_text(inputs: Any) -> Any:
    return {"y": tb.one_hot(inputs["n"], 3, pa.string())}  # here


@mistake("needs a vocabulary, not double")
def no_vocabulary(inputs: Any) -> Any:
    return {"y": tb.apply_vocabulary(inputs["s"], inputs["x"])}  # here


@mistake("vocabulary of string cannot be applied to int8")
def vocabulary_of_another_type(inputs: Any) -> Any:
    terms = tb.vocabulary(inputs["s"])
    return {"y": tb.apply_vocabulary(inputs["n"], terms)}  # here


@mistake("OOV buckets hash strings")
def integers_in_oov_buckets(inputs: Any) -> Any:
    return {"y": tb.compute_and_apply_vocabulary(inputs["n"], num_oov_buckets=2)}  # here


@mistake("'weighted_quantiles' got a value of the whole data set")
def quantiles_of_a_mean_with_weights(inputs: Any) -> Any:
    return {"y": tb.quantiles(tb.mean(inputs["x"]), 4, weights=inputs["x"])}  # here


@mistake("'moment' got a value of the whole data set")
def analyzer_of_a_constant(inputs: Any) -> Any:
    return {"y": inputs["x"] - tb.mean(tb.min(inputs["x"]))}  # here


@mistake("'s' cannot be used as a number")
def own_exception(inputs: Any) -> Any:
    raise ValueError("'s' cannot be used as a number")  # here


@mistake("raised TypeError")
def own_slip(inputs: Any) -> Any:
    return {"y": inputs["x"].no_such_thing()} if False else {"y": None + 1}  # here


@mistake("raised ValueError: could not convert")
def slip_inside_a_library(inputs: Any) -> Any:
    limits = np.loadtxt(["a"])  # here
    return {"y": inputs["x"] + limits}


@mistake("There is no column 'z'")
def unknown_column_by_get(inputs: Any) -> Any:
    return {"y": inputs.get("z")}  # here


@mistake("Column 'strange' cannot be used")
def unusable_type(inputs: Any) -> Any:
    return {"y": inputs["strange"]}  # here


@mistake("every value is missing")
def unknown_type(inputs: Any) -> Any:
    return {"y": inputs["nothing"]}  # here


@mistake("is a vocabulary<string>, which is no column")
def vocabulary_as_output(inputs: Any) -> Any:
    terms = tb.vocabulary(inputs["s"])  # here
    return {"terms": terms}


@pytest.mark.parametrize(
    ("function", "message"), MISTAKES, ids=lambda v: getattr(v, "__name__", "")
)
def test_a_mistake_names_its_line(function: Callable[..., Any], message: str) -> None:
    line, code = marked_line(function)
    problem = refused(function)
    assert message in problem.what
    assert problem.where == f"test_mistakes.py:{line}: {code}"


def test_a_wrong_type_names_the_columns() -> None:
    problem = refused(lambda inputs: {"y": inputs["x"] + inputs["s"]})
    assert "'x': double, 's': string" in problem.what


def test_a_mistake_in_a_called_function_is_found_where_it_is() -> None:
    line, code = marked_line(deeper)
    assert (
        refused(lambda inputs: {"y": deeper(inputs["s"])}).where
        == f"test_mistakes.py:{line}: {code}"
    )


def deeper(column: Any) -> Any:
    return np.sqrt(column)  # here


def test_the_own_exception_is_kept_as_the_cause() -> None:
    assert isinstance(refused(own_exception).__cause__, ValueError)
