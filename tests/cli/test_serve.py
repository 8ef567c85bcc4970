"""``taurus-beam serve`` as people run it: a process that tells its address and ends on SIGTERM."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import onnx
import pandas as pd
import pyarrow.parquet as pq
import pytest
from onnx import TensorProto, helper
from serve_process import serving

import taurus_beam as tb


def test_it_serves_until_it_is_told_to_stop(
    work: Path, flights: pd.DataFrame, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    words = ("--model", f"flights={work / 'fitted'}", "--log", log, "--log-share", "100%")
    with serving(*words) as (url, process):
        assert url.startswith("http://127.0.0.1:")
        row = {"carrier": "UA", "distance": 100, "dep_delay": 5.0}
        answer = httpx.post(f"{url}/v1/models/flights:transform", json=[row] * 3)
        assert answer.json() == [tb.load(str(work / "fitted")).row(row)] * 3
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    (file,) = log.rglob("*.parquet")
    assert pq.ParquetFile(file).metadata.num_rows == 3


def test_the_token_comes_from_a_file_or_the_environment(work: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    model = f"flights={work / 'fitted'}"
    for words, environment in (
        (["--token-file", tmp_path / "token"], {}),
        ([], {"TAURUS_BEAM_TOKEN": "secret"}),
    ):
        with serving("--model", model, *words, **environment) as (url, _):
            assert httpx.get(f"{url}/v2").status_code == 401
            headers = {"authorization": "Bearer secret"}
            assert httpx.get(f"{url}/v2", headers=headers).status_code == 200


def test_a_model_may_stand_behind_the_transform(
    work: Path, flights: pd.DataFrame, tmp_path: Path, command: Callable[..., Any]
) -> None:
    shutil.copytree(work / "fitted", tmp_path / "flights" / "1")
    words = ("--models", tmp_path, "--model-threads", "2", "--with-model")
    for name, code, message in (("flights", 5, "no file"), ("plane", 6, "There is no 'plane'")):
        result = command("serve", "--port", "0", *words, name)
        assert result.exit_code == code, result.output
        assert message in " ".join(result.output.split())
    taken = helper.make_tensor_value_info("carrier_id", TensorProto.INT64, ["n"])
    node = helper.make_node("Identity", ["carrier_id"], ["prediction"])
    given = helper.make_tensor_value_info("prediction", TensorProto.INT64, ["n"])
    model = helper.make_model(
        helper.make_graph([node], "model", [taken], [given]),
        opset_imports=[helper.make_opsetid("", 21)],
        ir_version=10,
    )
    onnx.save(model, tmp_path / "flights" / "1" / "model.onnx")
    onnx.save(model, tmp_path / "model.onnx")
    row = {"carrier": "UA", "distance": 100, "dep_delay": 5.0}
    for name in ("flights", f"flights={tmp_path / 'model.onnx'}"):
        with serving(*words, name) as (url, _):
            answer = httpx.post(f"{url}/v1/models/flights:transform", json=[row])
            expected = tb.load(str(work / "fitted")).row(row)["carrier_id"]
            assert answer.json() == [{"prediction": expected}]


def test_statistics_and_a_schema_are_read_from_files(
    work: Path, flights: pd.DataFrame, tmp_path: Path
) -> None:
    statistics = tb.statistics(flights)
    tb.write_stats_binary(statistics, str(tmp_path / "train.pb"))
    tb.write_schema_text(tb.infer_schema(statistics), str(tmp_path / "schema.pbtxt"))
    words = ("--model", f"flights={work / 'fitted'}", "--drift-window", "3600")
    files = [f"flights={tmp_path / name}" for name in ("train.pb", "schema.pbtxt")]
    with serving(*words, "--statistics", files[0], "--schema", files[1]) as (url, _):
        row = {"carrier": "??", "distance": 100, "dep_delay": 5.0}
        httpx.post(f"{url}/v1/models/flights:transform", json=[row] * 3)
        told = httpx.get(f"{url}/v2/models/flights/drift").json()
    assert (told["rows"], told["training_rows"]) == (3, len(flights))
    assert "carrier" in {anomaly["feature"] for anomaly in told["anomalies"]}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "--models DIR"),
        (["--model", "flights"], 2, "NAME=VALUE"),
        (["--model", "flights=fitted", "--canary", "flights=2"], 2, "NAME=VERSION:SHARE"),
        (["--model", "flights=fitted", "--canary", "flights=2:200%"], 2, "no share"),
        (["--model", "flights=fitted", "--host", "0.0.0.0"], 6, "--anonymous"),
        (["--model", "flights=fitted", "--statistics", "flights=nowhere.pb"], 4, "nowhere.pb"),
        (["--model", "flights=fitted", "--token-file", "nowhere"], 6, "token cannot be read"),
        (["--model", "flights=nowhere"], 5, "no artifact"),
        (["--models", "nowhere"], 6, "no folder"),
        (["--model", "flights=fitted", "--with-model", "=m.onnx"], 2, "NAME=VALUE"),
    ],
)
def test_what_is_wrong_is_told_before_it_serves(
    command: Callable[..., Any], words: list[str], code: int, said: str
) -> None:
    result = command("serve", "--port", "0", *words)
    assert result.exit_code == code, result.output
    assert said in result.output
