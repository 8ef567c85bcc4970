"""Values that Beam transforms of the user's own find are checked, frozen and served like others."""

from __future__ import annotations

import datetime
import json
import math
import os
import re
import sys
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from mean_per_key import MeanPerKey
from spine import files_of, shuffled

import taurus_beam as tb
from taurus_beam.errors import DataError, EngineError, TraceError
from taurus_beam.graph.types import ColumnType
from taurus_beam.graph.values import from_arrow
from taurus_beam.pipeline.external import as_numpy

F64, I64, STRING = pa.float64(), pa.int64(), pa.string()
TABLE = pa.table(
    {
        "s": ["a", "b", "a", None, "c", "b"] * 20,
        "x": pa.array([1, 8, 3, 4, None, 10] * 20, pa.int64()),
    }
)
IN_PROCESS = ("--runner=FnApiRunner",)
PROCESSES = (
    *IN_PROCESS,
    "--direct_running_mode=multi_processing",
    "--direct_num_workers=2",
)


class Gives(beam.PTransform):
    """Some elements, whatever the data are."""

    def __init__(self, *elements: Any) -> None:
        super().__init__()
        self.elements = elements

    def expand(self, batches):
        return batches.pipeline | beam.Create(list(self.elements))


def analyzed(path, table, fn, flags=IN_PROCESS, batch_rows=7):
    with beam.Pipeline(options=PipelineOptions(list(flags))) as pipeline:
        made = pipeline | beam.Create(table.to_batches(max_chunksize=batch_rows))
        typed = made | beam.Map(lambda batch: batch).with_output_types(pa.RecordBatch)
        transform_fn = typed | tb.AnalyzeDataset(fn, schema=table.schema)
        _ = transform_fn | tb.WriteTransformFn(str(path))
    return tb.load(str(path))


def given(path, element, dtype, shape):
    """What is frozen of one element of an output."""

    def preprocess(inputs):
        (value,) = tb.ptransform_analyzer([inputs["x"]], Gives(element), [dtype], [shape])
        first = value[0] if shape == (2,) else value
        return {"out": first if shape in ((), (2,)) else tb.apply_buckets(inputs["x"], value)}

    return analyzed(path, TABLE, preprocess)


def by_means(inputs: Any) -> dict[str, Any]:
    _, means = tb.ptransform_analyzer(
        [inputs["s"], inputs["x"]], MeanPerKey(), [STRING, pa.float32()], [(2,), (2,)]
    )
    return {"a": inputs["x"] / means[0], "z": tb.scale_to_z_score(inputs["x"])}


def expected_means() -> list[float]:
    frame = TABLE.to_pandas().dropna()
    return [float(np.float32(m)) for m in frame.groupby("s")["x"].mean()]


@pytest.mark.parametrize("flags", [IN_PROCESS, PROCESSES], ids=["in_process", "processes"])
def test_what_it_finds_is_frozen(tmp_path, monkeypatch, flags):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # what workers can import
    fn = analyzed(tmp_path / "fn", TABLE, by_means, flags)
    assert fn.row({"s": "b", "x": 6})["a"] == 6 / expected_means()[0]
    graph = json.loads((tmp_path / "fn" / "graph.json").read_text())
    assert {node["op"] for node in graph["nodes"]} == {"input", "constant", "divide", "standardize"}
    local = tb.fit(TABLE, lambda inputs: {"z": tb.scale_to_z_score(inputs["x"])})
    assert fn.row({"s": "b", "x": 6})["z"] == local.row({"x": 6})["z"]


@pytest.mark.parametrize("batch_rows", [1, 50, 1000])
def test_order_and_batches_leave_no_trace(tmp_path, batch_rows):
    one = analyzed(tmp_path / "one", TABLE, by_means)
    other = analyzed(tmp_path / "other", shuffled(TABLE, 3), by_means, batch_rows=batch_rows)
    assert other.digest == one.digest
    assert files_of(tmp_path / "one") == files_of(tmp_path / "other")


def test_it_stands_between_passes(tmp_path):
    """Its inputs may need values of earlier passes, and analyzers may need its own."""

    class Largest(beam.PTransform):
        def expand(self, batches):
            largest = batches | beam.Map(lambda arrays: float(np.ma.max(arrays[0])))
            return largest | beam.CombineGlobally(lambda some: max(some, default=0.0))

    def preprocess(inputs):
        x = inputs["x"]
        (largest,) = tb.ptransform_analyzer([x - tb.min(x)], Largest(), [F64], [()])
        return {"out": tb.sum(x / largest)}

    present = [x for x in TABLE["x"].to_pylist() if x is not None]
    fn = analyzed(tmp_path / "fn", TABLE, preprocess)
    assert fn.row({"x": 1})["out"] == pytest.approx(sum(present) / (max(present) - min(present)))
    assert fn.provenance["run"]["passes"] == 3
    assert fn.provenance["data"]["rows"] == len(TABLE)


def test_several_transforms_of_one_class_and_one_used_twice(tmp_path):
    def preprocess(inputs):
        x, twice = [inputs["x"]], Gives(3)
        (one,) = tb.ptransform_analyzer(x, twice, [I64], [()])
        (same,) = tb.ptransform_analyzer(x, twice, [I64], [()])
        (other,) = tb.ptransform_analyzer(x, Gives(4), [I64], [()])
        (named,) = tb.ptransform_analyzer(x, Gives(5), [I64], [()], name="five")
        assert one.node is same.node
        return {"out": one + other * named}

    assert analyzed(tmp_path / "fn", TABLE, preprocess).row({})["out"] == 23


@pytest.mark.parametrize(
    ("element", "dtype", "shape", "expected"),
    [
        (2.5, F64, (), 2.5),
        (np.float64(0.1), pa.float32(), (), float(np.float32(0.1))),
        (7, F64, (), 7.0),
        (math.nan, F64, (), math.nan),
        (np.int16(-3), I64, (), -3),
        (np.uint64(2**64 - 1), pa.uint64(), (), 2**64 - 1),
        (np.array([5, 6], dtype=object), pa.int8(), (2,), 5),
        (pa.array([5, 6]), I64, (2,), 5),
        (np.ma.array([5, 6], mask=False), I64, (2,), 5),
        (True, pa.bool_(), (), True),
        ("é", STRING, (), "é"),
        (np.array(["b", "a"]), STRING, (2,), "b"),
        (["b", "a"], STRING, [2], "b"),
        (b"\xff", pa.binary(), (), b"\xff"),
    ],
)
def test_elements_of_many_kinds_are_taken(tmp_path, element, dtype, shape, expected):
    found = given(tmp_path / "fn", element, dtype, tuple(shape)).row({"x": 1})["out"]
    assert found == expected or (math.isnan(expected) and math.isnan(found))
    assert type(found) is type(expected)


def test_the_data_may_tell_the_length(tmp_path):
    fn = given(tmp_path / "fn", [0.0, 2.0, 9.0], F64, (None,))
    assert [fn.row({"x": x})["out"] for x in (-1, 1, 5, 9)] == [0, 1, 2, 3]


def test_matrices_are_taken(tmp_path):
    def preprocess(inputs):
        matrix = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
        (found,) = tb.ptransform_analyzer([inputs["v"]], Gives(matrix), [F64], [(2, 3)])
        return {"out": tb.dot(inputs["v"], found)}

    table = pa.table({"v": pa.array([[1.0, 10.0]], pa.list_(F64, 2))})
    assert analyzed(tmp_path / "fn", table, preprocess).row({"v": [1, 10]})["out"] == [41, 52, 63]


@pytest.mark.parametrize(
    ("element", "dtype", "shape"),
    [
        ([1.0, 2.0, 3.0], F64, (2,)),
        (1.0, F64, (2,)),
        ([[1.0, 2.0]], F64, (2,)),
        ([1.0, 2.0], F64, ()),
        ([[1.0], [1.0, 2.0]], F64, (2,)),
        ([1.0, None], F64, (2,)),
        (np.ma.array([1.0, 2.0], mask=[False, True]), F64, (2,)),
        (pa.array([1.0, None]), F64, (2,)),
        (None, F64, ()),
        (2.0, I64, ()),
        (300, pa.int8(), ()),
        (-1, pa.uint64(), ()),
        (np.uint64(2**64 - 1), I64, ()),
        (1e300, pa.float32(), ()),
        (1, pa.bool_(), ()),
        (True, I64, ()),
        ("1", F64, ()),
        (["a", 1], STRING, (2,)),
        (b"a", STRING, ()),
        ("a", pa.binary(), ()),
        ({"a": 1}, F64, ()),
    ],
)
def test_another_type_or_shape_is_refused_with_the_line(tmp_path, element, dtype, shape):
    with pytest.raises(
        DataError, match=r"(?s)Gives\('x'\): output 0 is.*test_ptransform_analyzer\.py:\d+.*as outp"
    ):
        given(tmp_path / "fn", element, dtype, shape)


@pytest.mark.parametrize("elements", [(), (1.0, 2.0)])
def test_each_output_is_one_element(tmp_path, elements):
    def preprocess(inputs):
        return {"x": tb.ptransform_analyzer([inputs["x"]], Gives(*elements), [F64], [()])[0]}

    with pytest.raises(DataError, match=rf"(?s)output 0 is {len(elements)} elements.*exactly one"):
        analyzed(tmp_path / "fn", TABLE, preprocess)


class Fails(beam.PTransform):
    def expand(self, batches):
        raise KeyError("oops")


@pytest.mark.parametrize(
    ("ptransform", "what"),
    [
        (Fails(), r"cannot be applied: KeyError: 'oops'"),
        (MeanPerKey(), "gives 2 PCollections"),
        (beam.ParDo(Fails().expand), None),
    ],
)
def test_a_transform_that_does_not_fit_is_refused_with_the_line(tmp_path, ptransform, what):
    def preprocess(inputs):
        s, x = inputs["s"], inputs["x"]
        return {"x": tb.ptransform_analyzer([s, x], ptransform, [F64], [()])[0]}

    if what is None:
        with pytest.raises(Exception, match="oops"):
            analyzed(tmp_path / "fn", TABLE, preprocess)
        return
    with pytest.raises(EngineError, match=rf"(?s){what}.*test_ptransform_analyzer\.py:\d+"):
        analyzed(tmp_path / "fn", TABLE, preprocess)


def test_without_a_pipeline_it_says_what_to_do():
    with pytest.raises(EngineError) as caught:
        tb.fit(TABLE, by_means)
    assert re.search(
        r"(?s)MeanPerKey\('s', 'x'\).*here is no pipeline.*test_ptransform_analyzer\.py:\d+"
        r".*AnalyzeDataset.*FnApiRunner",
        str(caught.value),
    )


def test_its_columns_are_read(tmp_path):
    assert tb.get_analyze_input_columns(by_means, TABLE.schema) == ["s", "x"]
    assert tb.get_transform_input_columns(by_means, TABLE.schema) == ["x"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"inputs": lambda x: x}, "no list of columns"),
        ({"inputs": lambda x: [1.0]}, "no list of columns"),
        ({"inputs": lambda x: []}, "at least one column"),
        ({"inputs": lambda x: [x, tb.mean(x)]}, "Input 1 .* value of the whole data set"),
        ({"ptransform": MeanPerKey}, "is no PTransform"),
        ({"ptransform": len}, "is no PTransform"),
        ({"output_dtypes": [F64, F64]}, "output_dtypes is .*two lists of one length"),
        ({"output_dtypes": F64}, "output_dtypes is .*two lists of one length"),
        ({"output_dtypes": [], "output_shapes": []}, "output_dtypes is .*two lists of one length"),
        ({"output_dtypes": [float]}, "cannot be of type"),
        ({"output_dtypes": [pa.timestamp("us")]}, "cannot be of type"),
        ({"output_shapes": [3]}, "cannot have shape 3"),
        ({"output_shapes": [(0,)]}, r"cannot have shape \(0,\)"),
        ({"output_shapes": [(None, 2)]}, "cannot have shape"),
        ({"output_shapes": [(1, 2, 3)]}, "cannot have shape"),
        ({"output_shapes": [(True,)]}, "cannot have shape"),
    ],
)
def test_wrong_arguments_are_refused_with_the_line(change, what):
    arguments = {
        "inputs": lambda x: [x],
        "ptransform": Gives(1),
        "output_dtypes": [F64],
        "output_shapes": [()],
        **change,
    }

    def preprocess(inputs):
        columns = arguments.pop("inputs")(inputs["x"])
        return {"x": tb.ptransform_analyzer(columns, **arguments)[0]}

    with pytest.raises(TraceError, match=rf"(?s){what}") as caught:
        tb.get_analyze_input_columns(preprocess, TABLE.schema)
    assert "test_ptransform_analyzer.py:" in str(caught.value)


def test_a_name_given_twice_is_refused():
    def preprocess(inputs):
        x = [inputs["x"]]
        for _ in range(2):
            (value,) = tb.ptransform_analyzer(x, Gives(1), [F64], [()], name="same")
        return {"x": value}

    with pytest.raises(TraceError, match="'same' is used for two different results"):
        tb.get_analyze_input_columns(preprocess, TABLE.schema)


DAY = datetime.date(2024, 2, 29)
MOMENT = datetime.datetime(2024, 2, 29, 23, 59)


@pytest.mark.parametrize(
    ("array", "dtype", "shape"),
    [
        (pa.array([1, 2], pa.int8()), "int8", (2,)),
        (pa.array([1.5, math.nan], pa.float32()), "float32", (2,)),
        (pa.array([True, False]), "bool", (2,)),
        (pa.array([DAY]), "datetime64[D]", (1,)),
        (pa.array([MOMENT], pa.timestamp("ms")), "datetime64[ms]", (1,)),
        (pa.array([MOMENT - MOMENT], pa.duration("us")), "timedelta64[us]", (1,)),
        (pa.array(["a", ""]), "object", (2,)),
        (pa.array([b"a"]).dictionary_encode(), "object", (1,)),
        (pa.array([[1, 2, 3], [4, 5, 6]], pa.list_(pa.int32(), 3)), "int32", (2, 3)),
        (pa.array([["a", "b"]], pa.list_(STRING, 2)), "object", (1, 2)),
        (pa.array([[1, 2], []], pa.list_(I64)), "object", (2,)),
        (pa.array([], I64), "int64", (0,)),
    ],
)
def test_columns_are_the_arrays_that_numpy_would_have(array, dtype, shape):
    found = as_numpy(from_arrow(array, ColumnType.from_arrow(array.type)))
    assert type(found) is np.ndarray
    assert (str(found.dtype), found.shape) == (dtype, shape)
    plain = [e.tolist() if hasattr(e, "tolist") else e for e in found]
    for one, other in zip(plain, array.to_pylist(), strict=True):
        assert one == other or (one != one and other != other)


def test_missing_values_are_masked_or_none():
    def arrays(values, arrow_type):
        array = pa.array(values, arrow_type)
        return as_numpy(from_arrow(array, ColumnType.from_arrow(array.type)))

    numbers = arrays([1, None], I64)
    assert isinstance(numbers, np.ma.MaskedArray)
    assert numbers.tolist() == [1, None]
    assert arrays([[1, None], None], pa.list_(I64, 2)).tolist() == [[1, None], [None, None]]
    assert arrays(["a", None], STRING).tolist() == ["a", None]
    ragged = arrays([[1, None], None, []], pa.list_(I64))
    assert [None if row is None else row.tolist() for row in ragged] == [[1, None], None, []]
