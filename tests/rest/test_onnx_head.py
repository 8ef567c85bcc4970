"""An ONNX model behind the transform: real models, in real ONNX Runtime, behind a real server."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import skl2onnx
from onnx import TensorProto, helper
from rest_features import ARROW, stream
from rest_server import metrics, serving, until
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

import taurus_beam as tb
from taurus_beam.errors import ArtifactError, EngineError
from taurus_beam.rest import LogSettings, OnnxModels, Repository, Route, Settings, Split
from taurus_beam.rest.onnx_head import OnnxHead

FAST = Settings(reload_seconds=0.02)
ROWS_URL, TENSORS_URL = "/v1/models/m:transform", "/v2/models/m/infer"
BEHIND = OnnxModels({"m": None})
DRAW = np.random.default_rng(7)
SIZE = 60
TABLE = pa.table(
    {
        "fare": DRAW.lognormal(2, 1, SIZE),
        "zone": DRAW.choice(["n", "s", "w"], SIZE).tolist(),
        "pair": pa.FixedSizeListArray.from_arrays(pa.array(DRAW.normal(size=2 * SIZE)), 2),
    }
)
ROWS = TABLE.to_pylist()
UNKNOWN = {"fare": None, "zone": None, "pair": [0.0, 1.0]}
WITH_MISSING = pa.Table.from_pylist([UNKNOWN, *ROWS[:8]], TABLE.schema)


def preprocess(inputs: Any) -> dict[str, Any]:
    z = tb.cast(tb.scale_to_z_score(np.log1p(inputs["fare"])), pa.float32())
    zone = tb.compute_and_apply_vocabulary(inputs["zone"])
    return {
        "X": tb.stack([tb.fill_null(z, 0.0), tb.fill_null(tb.cast(zone, pa.float32()), -1.0)]),
        "z": z,
        "zone": zone,
        "name": inputs["zone"],
        "pair": inputs["pair"],
        "words": tb.split(inputs["zone"]),
    }


@pytest.fixture(scope="module")
def fn() -> tb.TransformFn:
    return tb.fit(TABLE, preprocess)


def classifier(fn: tb.TransformFn, estimator: Any) -> Any:
    """Trained on the transform's own output, written by skl2onnx."""
    features = np.array(fn.transform(TABLE)["X"].to_pylist(), np.float32)
    estimator.fit(features, features[:, 0] + features[:, 1] > 0.5)
    kind = [("X", FloatTensorType([None, 2]))]
    return skl2onnx.to_onnx(estimator, initial_types=kind, options={"zipmap": False})


@pytest.fixture
def place(fn: tb.TransformFn, tmp_path: Path) -> Any:
    """Writes a version of `m` and the model in its folder; returns the models' folder."""

    def write(model: Any, version: int = 1) -> str:
        folder = tmp_path / "models" / "m" / str(version)
        if not folder.exists():
            fn.save(str(folder))
        put(model, folder / "model.onnx")
        return str(tmp_path / "models")

    return write


def put(model: Any, path: Path) -> None:
    """In its place at once, as one should."""
    onnx.save(model, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


def made(
    nodes: list[Any], taken: dict[str, Any], given: dict[str, Any], constants: Any = ()
) -> Any:
    """A model by hand; inputs and outputs as name: (element type, shape)."""
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info(name, *kind) for name, kind in taken.items()],
        [helper.make_tensor_value_info(name, *kind) for name, kind in given.items()],
        list(constants),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def same(name: str, element: int, shape: list[Any] | None) -> Any:
    """A model that gives what it takes."""
    node = helper.make_node("Identity", [name], ["same"])
    return made([node], {name: (element, shape)}, {"same": (element, shape)})


def factor(by: float) -> Any:
    weight = helper.make_tensor("by", TensorProto.FLOAT, [], [by])
    node = helper.make_node("Mul", ["z", "by"], ["y"])
    kind = (TensorProto.FLOAT, ["n"])
    return made([node], {"z": kind}, {"y": kind}, [weight])


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), GradientBoostingClassifier(n_estimators=9)]
)
@pytest.mark.parametrize("rows", [1, 9])
def test_it_predicts_what_the_merged_file_and_scikit_learn_predict(
    fn: tb.TransformFn, place: Any, estimator: Any, rows: int
) -> None:
    model, table = classifier(fn, estimator), WITH_MISSING.slice(0, rows)
    features = np.array(fn.transform(table)["X"].to_pylist(), np.float32)
    with serving(Repository.folder(place(model), BEHIND)) as client:
        by_rows = client.post(ROWS_URL, json=table.to_pylist()).json()
        headers = {"content-type": ARROW}
        answer = client.post(ROWS_URL, content=stream(*table.to_batches()), headers=headers)
        by_arrow = pa.ipc.open_stream(answer.content).read_all()
        answer = client.post(TENSORS_URL, json={"inputs": tensors(table)})
        by_tensors = {tensor["name"]: tensor for tensor in answer.json()["outputs"]}
    label, probabilities = merged_predictions(fn, model, table)
    assert by_arrow["label"].to_pylist() == label.tolist()
    assert by_arrow["probabilities"].to_pylist() == probabilities.tolist()
    assert by_arrow.schema.field("probabilities").type == pa.list_(pa.float32(), 2)
    assert [row["label"] for row in by_rows] == label.tolist()
    assert shortest(by_rows, "probabilities") == probabilities.tolist()
    assert by_tensors["label"]["data"] == label.tolist()
    assert by_tensors["probabilities"]["shape"] == [rows, 2]
    assert (
        np.float32(by_tensors["probabilities"]["data"]).tolist() == probabilities.ravel().tolist()
    )
    assert label.tolist() == estimator.predict(features).tolist()
    assert np.allclose(probabilities, estimator.predict_proba(features), atol=1e-6)


def merged_predictions(fn: tb.TransformFn, model: Any, table: pa.Table) -> Any:
    """What the features and the model give as one file, fed as docs/onnx.md says."""
    both = tb.to_onnx(fn, with_model=model).SerializeToString()
    missing = {name: np.array(table[name].is_null()) for name in ("fare", "zone")}
    feeds = {
        "fare": table["fare"].fill_null(0).to_numpy(),
        "fare_missing": missing["fare"],
        "zone": np.array(table["zone"].fill_null("").to_pylist(), object),
        "zone_missing": missing["zone"],
    }
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(both, options).run(["label", "probabilities"], feeds)


def shortest(rows: Any, name: str) -> Any:
    """Float32 values that came as the shortest numbers which read back as the same."""
    return np.float32([row[name] for row in rows]).tolist()


def tensors(table: pa.Table) -> list[dict[str, Any]]:
    rows = table.num_rows
    kinds = (("fare", "FP64", [rows]), ("zone", "BYTES", [rows]), ("pair", "FP64", [rows, 2]))
    return [
        {"name": name, "shape": shape, "datatype": kind, "data": table[name].to_pylist()}
        for name, kind, shape in kinds
    ]


def test_clients_see_what_the_model_gives(fn: tb.TransformFn, place: Any, tmp_path: Path) -> None:
    folder = place(classifier(fn, LogisticRegression()))
    settings = Settings(log=LogSettings(str(tmp_path / "log"), 1.0))
    with serving(Repository.folder(folder, BEHIND), settings) as client:
        described = client.get("/v2/models/m").json()
        assert [(o["name"], o["datatype"], o["shape"]) for o in described["outputs"]] == [
            ("label", "INT64", [-1]),
            ("probabilities", "FP32", [-1, 2]),
        ]
        assert {i["name"] for i in described["inputs"]} == {"fare", "zone", "pair"}
        schemas = client.get("/openapi.json").json()["components"]["schemas"]
        assert schemas["m.Features"]["required"] == ["label", "probabilities"]
        request = {"inputs": tensors(TABLE.slice(0, 3)), "outputs": [{"name": "label"}]}
        outputs = client.post(TENSORS_URL, json=request).json()["outputs"]
        assert [output["name"] for output in outputs] == ["label"]
        request["outputs"] = [{"name": "zone"}]
        refused = client.post(TENSORS_URL, json=request)
        assert (refused.status_code, refused.json()["feature"]) == (400, "zone")
        assert client.post(ROWS_URL, json=[]).json() == []
        assert client.post(ROWS_URL, json=[{**ROWS[0], "zone": "elsewhere"}]).is_success
        counted = metrics(client)
        assert counted['taurus_out_of_vocabulary_total{model="m",output="zone",version="1"}'] == 1
        assert counted['taurus_head_seconds_count{model="m",version="1"}'] == 3
    (file,) = (tmp_path / "log").rglob("*.parquet")
    logged = pq.read_table(file)
    assert set(logged["_outputs"][0].as_py()) == {"label", "probabilities"}
    assert logged["zone"].to_pylist()[-1] == "elsewhere"


def test_missing_values_come_as_nan_or_are_refused(fn: tb.TransformFn, place: Any) -> None:
    """As a vector or alone; an integer has no NaN that could be given instead."""
    row, url = {"fare": 1.0, "zone": "n", "pair": [1.0, None]}, ROWS_URL
    with serving(Repository.folder(place(same("pair", TensorProto.DOUBLE, ["n", 2])), BEHIND)) as c:
        answer = c.post(url, json=[row, {**row, "pair": None}]).json()
        assert answer == [{"same": [1.0, "NaN"]}, {"same": ["NaN", "NaN"]}]
    with serving(Repository.folder(place(same("z", TensorProto.FLOAT, None)), BEHIND)) as c:
        assert c.post(url, json=[{**row, "fare": None}] * 20).json() == [{"same": "NaN"}] * 20
    for kind, output in ((TensorProto.INT64, "zone"), (TensorProto.STRING, "name")):
        model = same(output, kind, ["n"])
        with serving(Repository.folder(place(model), BEHIND)) as c:
            refused = c.post(url, json=[row, row, {**row, "zone": None}])
            assert refused.status_code == 400
            said = refused.json()
            assert (said["feature"], said["where"]) == (output, "row 2")
            assert c.post(url, json=[row]).json() == [{"same": fn.row(row)[output]}]


def test_one_value_a_row_becomes_a_matrix_of_one_column(fn: tb.TransformFn, place: Any) -> None:
    model = same("z", TensorProto.FLOAT, ["n", 1])
    with serving(Repository.folder(place(model), BEHIND)) as client:
        answer = client.post(ROWS_URL, json=ROWS[:4]).json()
    expected = [[value] for value in fn.transform(TABLE)["z"].to_pylist()[:4]]
    assert shortest(answer, "same") == expected


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (same("y", TensorProto.FLOAT, ["n"]), "takes 'y', and there is no such output"),
        (same("z", TensorProto.DOUBLE, ["n"]), "takes 'z' as double, and the output is float"),
        (same("X", TensorProto.FLOAT, ["n", 3]), "rows of 3, and the output has rows of 2"),
        (same("z", TensorProto.FLOAT, ["n", 2]), "rows of 2, and the output has one value a row"),
        (same("z", TensorProto.FLOAT, [1]), "takes 'z' with 1 rows"),
        (same("words", TensorProto.STRING, ["n", "m"]), "'words' is of ragged lists"),
        (
            made(
                [helper.make_node("ReduceSum", ["z"], ["total"], keepdims=0)],
                {"z": (TensorProto.FLOAT, ["n"])},
                {"total": (TensorProto.FLOAT, [])},
            ),
            r"gives 'total' of shape \[\] for 2 rows",
        ),
        (
            made(
                [helper.make_node("SequenceConstruct", ["z"], ["all"])],
                {"z": (TensorProto.FLOAT, ["n"])},
                {},
            ),
            None,
        ),
    ],
)
def test_what_does_not_fit_is_refused_when_it_is_loaded(
    place: Any, model: Any, message: str | None
) -> None:
    if message is None:
        sequence = helper.make_tensor_sequence_value_info("all", TensorProto.FLOAT, None)
        model.graph.output.append(sequence)
        message = r"gives 'all' as seq\(tensor\(float\)\), which is no column"
    with (
        pytest.raises(EngineError, match=message) as caught,
        serving(Repository.folder(place(model), BEHIND)),
    ):
        pass
    assert str(caught.value.where).endswith("m/1/model.onnx")
    assert caught.value.fix or caught.value.expected


def test_a_model_made_for_another_artifact_is_refused(fn: tb.TransformFn, tmp_path: Path) -> None:
    model, path = same("z", TensorProto.FLOAT, ["n"]), tmp_path / "model.onnx"
    helper.set_model_props(model, {"taurus_beam.artifact": fn.digest})
    onnx.save(model, path)
    assert OnnxHead(str(path), fn).schema.names == ["same"]
    other = tb.fit(TABLE.slice(1), preprocess)
    with pytest.raises(EngineError, match="another artifact"):
        OnnxHead(str(path), other)


def test_what_is_no_model_or_not_there(place: Any, tmp_path: Path) -> None:
    folder = place(factor(1))
    (tmp_path / "models/m/1/model.onnx").write_bytes(b"not a model")
    for heads, error, message in (
        (BEHIND, EngineError, "cannot load"),
        (OnnxModels({"m": str(tmp_path / "nowhere.onnx")}), ArtifactError, "no file"),
    ):
        with pytest.raises(error, match=message), serving(Repository.folder(folder, heads)):
            pass


def test_without_onnxruntime_the_extra_is_named(
    place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    repository = Repository.folder(place(factor(1)), BEHIND)
    with pytest.raises(EngineError, match=r"taurus-beam\[onnx\]"), serving(repository):
        pass


def test_models_are_reloaded_and_one_that_does_not_fit_leaves_the_old_one(
    place: Any, fn: tb.TransformFn, tmp_path: Path
) -> None:
    z = fn.row(ROWS[0])["z"]

    def answered() -> tuple[float, str]:
        answer = client.post(ROWS_URL, json=ROWS[:1])
        assert answer.status_code == 200, answer.text
        return np.float32(answer.json()[0]["y"]) / z, answer.headers["taurus-model-version"]

    def failures() -> float:
        return metrics(client).get("taurus_reload_failures_total", 0)

    with serving(Repository.folder(place(factor(1)), BEHIND), FAST) as client:
        assert answered() == (1.0, "1")
        place(factor(2))
        until(lambda: answered() == (2.0, "1"))
        # A version is not there before its model is: it would answer with features.
        fn.save(str(tmp_path / "models/m/2"))
        until(failures)
        assert answered() == (2.0, "1")
        place(factor(4), 2)
        until(lambda: answered() == (4.0, "2"))
        before = failures()
        place(same("z", TensorProto.DOUBLE, ["n"]), 2)
        until(lambda: failures() > before)
        assert answered() == (4.0, "2")
        place(factor(8), 2)
        until(lambda: answered() == (8.0, "2"))
        shutil.rmtree(tmp_path / "models/m/2")
        until(lambda: answered() == (2.0, "1"))


def test_a_shadow_compares_predictions(place: Any) -> None:
    place(factor(1))
    settings = Settings(routes={"m": Route(shadow=Split("2", 1.0))})
    with serving(Repository.folder(place(factor(2), 2), BEHIND), settings) as client:
        client.post(ROWS_URL, json=ROWS[:5])
        different = 'taurus_shadow_different_rows_total{model="m",output="y",version="2"}'
        until(lambda: metrics(client).get(different) == 5)


def test_one_file_may_follow_an_artifact(fn: tb.TransformFn, tmp_path: Path) -> None:
    fn.save(str(tmp_path / "artifact"))
    onnx.save(factor(3), tmp_path / "three.onnx")
    heads = OnnxModels({"m": str(tmp_path / "three.onnx")}, threads=2)
    paths = {"m": str(tmp_path / "artifact"), "bare": str(tmp_path / "artifact")}
    with serving(Repository.of(paths, heads)) as client:
        assert set(client.post(ROWS_URL, json=ROWS[:1]).json()[0]) == {"y"}
        bare = client.post("/v1/models/bare:transform", json=ROWS[:1]).json()
        assert bare == [json.loads(json.dumps(fn.row(ROWS[0])))]


def test_a_model_that_fails_is_told_of_in_the_log_only(
    place: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """It looks ids up in a table that is shorter than the vocabulary."""
    table = helper.make_tensor("table", TensorProto.FLOAT, [1], [0.5])
    model = made(
        [helper.make_node("Gather", ["table", "zone"], ["weight"])],
        {"zone": (TensorProto.INT64, ["n"])},
        {"weight": (TensorProto.FLOAT, ["n"])},
        [table],
    )
    zones = {zone: {**ROWS[0], "zone": zone} for zone in ("n", "s", "w")}
    with serving(Repository.folder(place(model), BEHIND)) as client:
        answers = {zone: client.post(ROWS_URL, json=[row]) for zone, row in zones.items()}
        assert sorted(a.status_code for a in answers.values()) == [200, 500, 500]
        failed = next(a for a in answers.values() if a.status_code == 500)
        assert failed.json()["error"] == "The model behind the transform failed on these rows."
        assert "Gather" not in failed.text
        assert client.get("/v2/health/live").is_success
    assert "out of data bounds" in caplog.text
    assert "Traceback" not in caplog.text
