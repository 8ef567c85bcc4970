"""Equal computations have equal fingerprints, whatever surrounds them; others have others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.analyzers.value_counts import ValueCounts
from taurus_beam.errors import EngineError
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.phases import phases
from taurus_beam.graph.trace import trace
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import from_arrow
from taurus_beam.pipeline.fingerprints import fingerprint, fingerprints
from taurus_beam.pipeline.plan import encode_plan, encode_values, graph_of

SCHEMA = pa.schema({"x": pa.float64(), "y": pa.float64(), "n": pa.int32(), "s": pa.string()})


def prints(fn, schema=SCHEMA):
    """The fingerprints of what a function's first pass gathers."""
    return fingerprints(encode_plan(trace(fn, schema)), 0, ())


def only(fn, schema=SCHEMA):
    [found] = prints(fn, schema)
    return found


def test_lines_names_and_neighbours_do_not_matter():
    def one(inputs):
        return {"a": tb.mean(np.log1p(inputs["x"] + 2)), "b": tb.min(inputs["n"])}

    def other(inputs):
        least = tb.max(inputs["n"])

        shifted = inputs["x"] + 2
        return {
            "z": least,
            "v": tb.var(np.log1p(shifted)),
        }

    assert prints(one) == tuple(reversed(prints(other)))


def test_the_order_and_number_of_columns_do_not_matter():
    wide = pa.schema([("before", pa.bool_()), *reversed(list(SCHEMA))])
    assert only(lambda i: {"m": tb.mean(i["x"])}) == only(lambda i: {"m": tb.mean(i["x"])}, wide)


DIFFERENT = [
    lambda i: tb.mean(i["x"]),
    lambda i: tb.mean(i["y"]),
    lambda i: tb.mean(i["n"]),
    lambda i: tb.max(i["x"]),
    lambda i: tb.size(i["x"]),
    lambda i: tb.mean(i["x"] + 1),
    lambda i: tb.mean(i["x"] + 2),
    lambda i: tb.mean(i["x"] - 1),
    lambda i: tb.mean(i["x"] + i["y"]),
    lambda i: tb.mean(i["y"] + i["x"]),
    lambda i: tb.mean(i["x"] * float("nan")),
    lambda i: tb.mean(tb.where(i["x"] > 0, 1, 0)),
    lambda i: tb.mean(tb.hash_strings(i["s"], 5)),
    lambda i: tb.mean(tb.hash_strings(i["s"], 6)),
    lambda i: tb.mean(tb.apply_buckets(i["x"], [1.0, 2.0])),
    lambda i: tb.mean(tb.apply_buckets(i["x"], list(range(300)))),
    lambda i: tb.mean(tb.apply_buckets(i["x"], [*range(299), 299.5])),
    lambda i: tb.bucketize(i["x"], 5, epsilon=0.01),
    lambda i: tb.bucketize(i["x"], 5, epsilon=0.0001),
    lambda i: tb.compute_and_apply_vocabulary(i["s"]),
    lambda i: tb.compute_and_apply_vocabulary(i["n"]),
]


def test_what_differs_differs():
    found = [only(lambda i, each=each: {"a": each(i)}) for each in DIFFERENT]
    assert len(set(found)) == len(DIFFERENT)


def test_the_type_of_a_column_matters():
    narrow = pa.schema({"x": pa.float32()})
    assert only(lambda i: {"m": tb.mean(i["x"])}) != only(lambda i: {"m": tb.mean(i["x"])}, narrow)


def test_cuts_of_a_vocabulary_do_not_matter():
    same = [
        only(lambda i, cut=cut: {"a": tb.compute_and_apply_vocabulary(i["s"], **cut)})
        for cut in ({}, {"top_k": 3}, {"frequency_threshold": 2}, {"vocab_filename": "other"})
    ]
    assert len(set(same)) == 1
    # The law behind it: the states are the same bytes.
    column = from_arrow(pa.array(["a", "b", "a", ""]), ColumnType(pa.string()))
    states = [c.to_wire(c.add(c.zero(), column)) for c in map(cut_counts, (None, 1))]
    assert states[0].equals(states[1])


def cut_counts(top_k):
    return ValueCounts(pa.string(), top_k, 1 if top_k is None else 5)


def test_values_of_earlier_passes_matter(tmp_path):
    graph = trace(lambda i: {"z": tb.scale_to_z_score(i["x"] - tb.min(i["x"]))}, SCHEMA)
    plan = encode_plan(graph)
    # As the workers have it: the node of the plan that travelled.
    [node] = [n for g in phases(graph_of(plan))[0].gatherings for n in g.analyzers]

    def second(least, folder):
        value = Constant(ColumnType(pa.float64()), pa.array([least]))
        return fingerprints(plan, 1, (encode_values(plan, {node: value}, folder),))

    assert second(1.5, f"{tmp_path}/a") == second(1.5, f"{tmp_path}/b") != second(2.5, "")


@dataclass(frozen=True)
class Odd:
    """The fields of an accumulator; more is not looked at."""

    field: Any
    cut: int = 0
    not_in_state: ClassVar[tuple[str, ...]] = ("cut",)


@dataclass(frozen=True)
class Newer(Odd):
    version: ClassVar[int] = 2


class Newest(Newer):
    version: ClassVar[int] = 3


def versions(*kinds):
    """Their fingerprints, told apart by nothing but the version."""
    found = set()
    for kind in kinds:
        kind.__qualname__ = "Same"
        found.add(fingerprint(kind(1), []))
    return found


def test_fields_and_versions_of_an_accumulator_matter():
    fields = [None, 0, 1, True, 1.0, -1.0, "1", b"1", pa.int8(), "int8", np.dtype("int16"), (1,)]
    fields += [(1, 2), ((1,), 2), Odd(1), Odd(2)]
    assert len({fingerprint(Odd(field), []) for field in fields}) == len(fields)
    assert fingerprint(Odd([1, 2]), []) == fingerprint(Odd((1, 2), cut=7), [])
    assert len(versions(Newer, Newest)) == 2


def test_a_field_that_cannot_be_written_down_is_refused():
    with pytest.raises(EngineError, match=r"(?s)field of type function.*without a cache"):
        fingerprint(Odd(cut_counts), [])
