"""Exported features merged with real models: from raw columns to predictions in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
import pytest
import skl2onnx
from onnx import TensorProto, helper
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import taurus_beam as tb
from taurus_beam.errors import EngineError

ROWS = 200
DRAW = np.random.default_rng(5)
TABLE = pa.table(
    {"fare": DRAW.lognormal(2, 1, ROWS), "zone": DRAW.choice(["n", "s", "w"], ROWS).tolist()}
)
FEEDS = {"fare": TABLE["fare"].to_numpy(), "zone": np.array(TABLE["zone"].to_pylist(), object)}
REQUIRED = ["fare", "zone"]


def preprocess(inputs: Any) -> dict[str, Any]:
    z = tb.cast(tb.scale_to_z_score(np.log1p(inputs["fare"])), pa.float32())
    zone = tb.compute_and_apply_vocabulary(inputs["zone"])
    return {
        "X": tb.stack([z, tb.cast(zone, pa.float32())]),
        "z": z,
        "place": tb.cast(zone, pa.float32()),
        "zone": zone,
        "words": tb.split(inputs["zone"]),
    }


@pytest.fixture(scope="module")
def fn() -> tb.TransformFn:
    return tb.fit(TABLE, preprocess)


@pytest.fixture(scope="module")
def features(fn: tb.TransformFn) -> Any:
    return np.array(fn.transform(TABLE)["X"].to_pylist(), np.float32)


@pytest.mark.parametrize("model", [LogisticRegression(), RandomForestClassifier(9, random_state=1)])
def test_predictions_are_those_of_the_model(
    model: Any, fn: tb.TransformFn, features: Any, tmp_path: Path
) -> None:
    model.fit(features, features[:, 0] + features[:, 1] > 0.5)
    kind = [("X", FloatTensorType([None, 2]))]
    own = skl2onnx.to_onnx(model, initial_types=kind, options={"zipmap": False})
    onnx.save(own, tmp_path / "model.onnx")
    path = tmp_path / "both.onnx"
    tb.to_onnx(fn, path, ["zone"], tmp_path / "model.onnx", required=REQUIRED)
    session = onnxruntime.InferenceSession(path)
    assert [o.name for o in session.get_outputs()] == ["zone_output", "label", "probabilities"]
    zone, label, probabilities = session.run(None, FEEDS)
    assert zone.tolist() == fn.transform(TABLE)["zone"].to_pylist()
    assert label.tolist() == model.predict(features).tolist()
    assert np.allclose(probabilities, model.predict_proba(features), atol=1e-6)


def test_columns_of_one_value_a_row_become_matrices_of_one_column(
    fn: tb.TransformFn, features: Any
) -> None:
    model = LogisticRegression().fit(features, features[:, 0] > 0)
    kinds = [("z", FloatTensorType([None, 1])), ("place", FloatTensorType([None, 1]))]
    own = skl2onnx.to_onnx(
        make_pipeline(FunctionTransformer(), model),
        initial_types=kinds,
        options={"zipmap": False},
    )
    both = tb.to_onnx(fn, with_model=own, required=REQUIRED)
    session = onnxruntime.InferenceSession(both.SerializeToString())
    label = session.run(["label"], FEEDS)[0]
    assert label.tolist() == model.predict(features).tolist()


def plain(name: str, kind: int, shape: list[Any], opset: int = 21) -> Any:
    """A model that gives what it takes."""
    taken = helper.make_tensor_value_info(name, kind, shape)
    given = helper.make_tensor_value_info("same", kind, shape)
    graph = helper.make_graph(
        [helper.make_node("Identity", [name], ["same"])], "g", [taken], [given]
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


@pytest.mark.parametrize("opset", [13, 21, 22])
def test_other_opsets_are_converted(fn: tb.TransformFn, opset: int) -> None:
    own = plain("z", TensorProto.FLOAT, ["n"], opset)
    both = tb.to_onnx(fn, with_model=own, required=REQUIRED)
    fare = {"fare": FEEDS["fare"]}
    (same,) = onnxruntime.InferenceSession(both.SerializeToString()).run(None, fare)
    assert np.allclose(same, fn.transform(TABLE)["z"].to_numpy())


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (plain("y", TensorProto.FLOAT, ["n"]), "takes 'y', and there is no such output"),
        (plain("z", TensorProto.DOUBLE, ["n"]), "'z' as double, and the output is float"),
        (plain("X", TensorProto.FLOAT, ["n", 3]), "rows of 3, and the output has rows of 2"),
        (plain("z", TensorProto.FLOAT, ["n", 2]), "rows of 2, and the output has one value a row"),
        (plain("words", TensorProto.STRING, ["n", "m"]), "ragged lists"),
    ],
)
def test_what_does_not_fit_is_refused(fn: tb.TransformFn, own: Any, message: str) -> None:
    with pytest.raises(EngineError, match=message) as caught:
        tb.to_onnx(fn, with_model=own, required=REQUIRED)
    assert caught.value.fix


def test_what_the_model_does_not_take_need_not_have_an_onnx_form() -> None:
    fn = tb.fit(TABLE, lambda inputs: {**preprocess(inputs), "key": tb.upper(inputs["zone"])})
    own = plain("z", TensorProto.FLOAT, ["n"])
    both = tb.to_onnx(fn, with_model=own)
    assert [given.name for given in both.graph.input] == ["fare", "fare_missing"]
    with pytest.raises(EngineError, match="'key' cannot be written"):
        tb.to_onnx(fn, with_model=own, outputs=["key"])


def test_a_category_that_may_be_missing_is_refused(fn: tb.TransformFn) -> None:
    own = plain("zone", TensorProto.INT64, ["n"])
    with pytest.raises(EngineError, match="'zone' may be missing") as caught:
        tb.to_onnx(fn, with_model=own)
    assert "fill_null" in str(caught.value.fix)


def test_a_file_that_is_no_model(fn: tb.TransformFn, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    for path in ("model.onnx", "nowhere.onnx"):
        with pytest.raises(EngineError, match="cannot be read"):
            tb.to_onnx(fn, with_model=tmp_path / path)
