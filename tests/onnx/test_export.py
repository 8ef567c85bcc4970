"""What a model takes and gives, and what is refused; run in real ONNX Runtime."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
import pytest
from forging import forged, load

import taurus_beam as tb
from taurus_beam import extend
from taurus_beam.artifact.content import artifact_files
from taurus_beam.errors import DataError, EngineError
from taurus_beam.onnx.session import OnnxTransform
from taurus_beam.serving import TransformFn

TABLE = pa.table(
    {
        "fare": [7.5, 12.0, None, 52.0],
        "zone": ["north", None, "north", ""],
        "tags": pa.array([["a", None], [], None, ["b", "a", "b"]], pa.list_(pa.string())),
        "place": pa.array([[1.0, 2.0], [3.0, None], None, [5.0, 6.0]], pa.list_(pa.float32(), 2)),
    }
)


def preprocess(inputs: Any) -> dict[str, Any]:
    return {
        "fare": tb.scale_to_z_score(inputs["fare"]),
        "zone_id": tb.compute_and_apply_vocabulary(inputs["zone"], num_oov_buckets=2),
        "tags": tb.deduplicate_per_row(inputs["tags"]),
        "place": inputs["place"] * 2,
        "fare_is_known": ~tb.is_null(inputs["fare"]),
    }


@pytest.fixture(scope="module")
def fn() -> tb.TransformFn:
    return tb.fit(TABLE, preprocess)


def session(model: Any) -> Any:
    return onnxruntime.InferenceSession(model.SerializeToString())


def names(model: Any) -> tuple[list[str], list[str]]:
    return [i.name for i in model.graph.input], [o.name for o in model.graph.output]


def test_columns_that_may_be_missing_have_masks_and_lists_have_lengths(fn: tb.TransformFn) -> None:
    taken, given = names(tb.to_onnx(fn))
    assert taken == [
        *("fare", "fare_missing"),
        *("place", "place_missing", "place_element_missing"),
        *("tags", "tags_lengths", "tags_missing", "tags_element_missing"),
        *("zone", "zone_missing"),
    ]
    # An output named like an input gets another name; what cannot be missing has no mask.
    assert given == [
        *("fare_output", "fare_output_missing"),
        *("zone_id", "zone_id_missing"),
        *("tags_output", "tags_output_lengths", "tags_output_missing"),
        "tags_output_element_missing",
        *("place_output", "place_output_missing", "place_output_element_missing"),
        "fare_is_known",
    ]


def test_a_client_without_this_package(fn: tb.TransformFn) -> None:
    model = tb.to_onnx(fn, outputs=["zone_id", "tags"], required=["tags"])
    feeds = {
        "zone": np.array(["north", "anything", "south"], object),
        "zone_missing": np.array([False, True, False]),
        "tags": np.array([["b", "b"], ["a", "not of the list"], ["", ""]], object),
        "tags_lengths": np.array([2, 1, 0]),
    }
    _, given = names(model)
    found = dict(zip(given, session(model).run(None, feeds), strict=True))
    known = fn.transform(pa.table({**TABLE.to_pydict(), "zone": ["north", None, "south", ""]}))
    north, _, south, _ = known["zone_id"].to_pylist()
    assert found["zone_id_missing"].tolist() == [False, True, False]
    assert found["zone_id"].tolist() == [north, 0, south]
    assert found["tags_output_lengths"].tolist() == [1, 1, 0]
    assert found["tags_output"].tolist() == [["b", ""], ["a", ""], ["", ""]]
    assert "tags_output_missing" not in given


def test_what_is_missing_is_nan_nothing_or_false(fn: tb.TransformFn) -> None:
    model = tb.to_onnx(fn, outputs=["fare", "zone_id"])
    feeds = {
        "fare": np.array([1e300]),
        "fare_missing": np.array([True]),
        "zone": np.array(["north"], object),
        "zone_missing": np.array([True]),
    }
    fare, fare_missing, zone, zone_missing = session(model).run(None, feeds)
    assert np.isnan(fare).tolist() == fare_missing.tolist() == [True]
    assert (zone.tolist(), zone_missing.tolist()) == ([0], [True])


def test_one_row_no_row_and_many(fn: tb.TransformFn) -> None:
    run = OnnxTransform(tb.to_onnx(fn))
    for table in (TABLE, TABLE.slice(1, 1), TABLE.slice(0, 0), pa.concat_tables([TABLE] * 50)):
        assert run(table).equals(fn.transform(table))


def test_the_same_artifact_gives_the_same_bytes(fn: tb.TransformFn, tmp_path: Path) -> None:
    fn.save(str(tmp_path / "artifact"))
    tb.to_onnx(fn, tmp_path / "one.onnx")
    tb.to_onnx(tb.load(str(tmp_path / "artifact")), tmp_path / "two.onnx")
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["artifact", "one.onnx", "two.onnx"]


def test_versions_metadata_and_shapes(fn: tb.TransformFn) -> None:
    model = tb.to_onnx(fn)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 10
    opsets = {o.domain: o.version for o in model.opset_import}
    assert opsets == {"": 21, "ai.onnx.ml": 4, "com.microsoft": 1}
    metadata = {p.key: p.value for p in model.metadata_props}
    assert metadata["taurus_beam.artifact"] == fn.digest
    assert json.loads(metadata["taurus_beam.outputs"])["place"]["type"] == "float[2]"
    place = next(i for i in model.graph.input if i.name == "place")
    assert [d.dim_param or d.dim_value for d in place.type.tensor_type.shape.dim] == ["N", 2]


def test_a_monitor_can_be_given(fn: tb.TransformFn) -> None:
    def watched(inputs: Any) -> dict[str, Any]:
        return {"fare": tb.monitor_range(inputs["fare"], 8, 60, name="fare_range")}

    model = tb.to_onnx(tb.fit(TABLE, watched), outputs=["fare_range"], required=["fare"])
    assert session(model).run(None, {"fare": np.array([1.0, 9.0])})[0].tolist() == [True, False]


def test_values_of_the_data_set_are_given_for_every_row() -> None:
    fn = tb.fit(TABLE, lambda i: {"mean": tb.mean(i["fare"]), "n": tb.is_null(i["fare"])})
    assert OnnxTransform(tb.to_onnx(fn))(TABLE).equals(fn.transform(TABLE))


@extend.operation
@dataclass(frozen=True)
class Softsign(extend.Elementwise):
    name = "onnx_test.softsign"

    def result(self, dtype: Any) -> Any:
        return pa.float64()

    def kernel(self, dtype: Any) -> Any:
        return lambda x: np.where(np.isnan(x), 0.0, x / (1.0 + np.abs(x)))

    def scalar(self, dtype: Any) -> Any:
        return lambda x: 0.0 if x != x else x / (1.0 + abs(x))


@extend.operation
@dataclass(frozen=True)
class Ranked(Softsign):
    name = "onnx_test.ranked"

    def kernel(self, dtype: Any) -> Any:
        return lambda x: x.cumsum()


def test_operations_of_other_packages_are_written_by_their_kernels() -> None:
    fn = tb.fit(TABLE, lambda i: {"s": extend.apply(Softsign(), i["fare"])})
    assert OnnxTransform(tb.to_onnx(fn))(TABLE).equals(fn.transform(TABLE))
    problem = refusal(tb.fit(TABLE, lambda i: {"r": extend.apply(Ranked(), i["fare"])}))
    assert "'r' cannot be written as ONNX: onnx_test.ranked('fare')" in problem.what
    assert ".cumsum" in problem.what
    assert "`onnx` method" in str(problem.fix)


def refusal(fn: tb.TransformFn, **options: Any) -> EngineError:
    with pytest.raises(EngineError) as caught:
        tb.to_onnx(fn, **options)
    return caught.value


def test_an_operation_without_a_form_is_refused_by_name() -> None:
    fn = tb.fit(TABLE, lambda i: {"z": i["fare"], "low": tb.lower(i["zone"])})
    problem = refusal(fn)
    assert problem.what == (
        "Output 'low' cannot be written as ONNX: change_case('zone'): 'change_case' has no ONNX "
        "form: ONNX changes the case of few characters beyond ASCII."
    )
    assert "test_export.py" in str(problem.where)
    assert "before the model" in str(problem.fix)
    assert names(tb.to_onnx(fn, outputs=["z"]))[1] == ["z", "z_missing"]


def test_binary_columns_and_data_of_no_rows_are_refused() -> None:
    table = pa.table({"b": [b"x", b"y"]})
    assert "no type for binary" in refusal(tb.fit(table, lambda i: {"b": i["b"]})).what
    assert "read no column" in refusal(tb.fit(TABLE, lambda i: {"m": tb.mean(i["fare"])})).what


def test_lists_of_different_columns_cannot_be_combined() -> None:
    table = pa.table({n: pa.array([[1.0], [2.0]], pa.list_(pa.float64())) for n in "ab"})
    fn = tb.fit(table, lambda i: {"sum": i["a"] + i["b"]})
    assert "ragged lists of different columns" in refusal(fn).what


def test_unknown_names_are_refused(fn: tb.TransformFn) -> None:
    assert refusal(fn, outputs=["fere"]).expected == (
        "one of: fare, zone_id, tags, place, fare_is_known"
    )
    assert "'fere' is not read" in refusal(fn, required=["fere"]).what
    both = tb.fit(pa.table({"x": [1], "x_missing": [2]}), lambda i: {"y": i["x"] + i["x_missing"]})
    assert "'x_missing'" in refusal(both).what


def test_files_that_cannot_be_written_or_loaded(fn: tb.TransformFn, tmp_path: Path) -> None:
    problem = refusal(fn, path=tmp_path / "nowhere" / "model.onnx")
    assert problem.where == str(tmp_path / "nowhere" / "model.onnx")
    with pytest.raises(EngineError, match="cannot load"):
        OnnxTransform(b"no model")
    with pytest.raises(DataError, match="zone"):
        OnnxTransform(tb.to_onnx(fn))(TABLE.drop_columns(["zone"]))


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_a_package_that_is_not_installed_is_named(
    fn: tb.TransformFn, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tb.to_onnx(fn)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineError, match=rf"not installed: {package}\.") as caught:
        OnnxTransform(model) if package == "onnxruntime" else tb.to_onnx(fn)
    assert caught.value.fix == "pip install 'taurus-beam[onnx]'"


def test_what_is_constant_is_computed_without_warnings() -> None:
    fn = tb.fit(pa.table({"x": [1.0]}), lambda i: {"y": i["x"] * 1e308 + i["x"]})
    files = artifact_files(fn.graph, {})
    document = json.loads(files["graph.json"])
    scaled = next(n for n in document["nodes"] if n["op"] == "multiply")
    # `fit` folds what has constants alone; whoever writes an artifact need not.
    scaled["inputs"] = [scaled["inputs"][1]] * 2
    forgery = forged(files, {"graph.json": json.dumps(document).encode()})
    model = OnnxTransform(tb.to_onnx(TransformFn(load(forgery)[0])))
    assert model(pa.table({"x": [1.0]}))["y"].to_pylist() == [np.inf]


def test_lists_where_there_was_nothing_to_learn() -> None:
    def preprocess(inputs: tb.Inputs) -> dict[str, tb.Column]:
        v = inputs["v"]
        return {
            "rank": tb.quantile_transform(v),
            "between": tb.apply_buckets_with_interpolation(v, tb.quantiles(v, 4)),
        }

    lists = pa.list_(pa.float64())
    fn = tb.fit(pa.table({"v": pa.array([], lists)}), preprocess)
    rows = pa.record_batch({"v": pa.array([[1.0, 2.0], None, [], [3.0, None]], lists)})
    for name in ("rank", "between"):
        found = OnnxTransform(tb.to_onnx(fn, outputs=[name]))(rows)
        assert str(found.to_pydict()) == str(fn.transform(rows).select([name]).to_pydict())
