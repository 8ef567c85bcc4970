from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pyarrow.parquet as pq
from onnx import TensorProto, helper

import taurus_beam as tb
from taurus_beam.onnx.session import OnnxTransform

Command = Callable[..., Any]


def test_the_file_computes_what_the_artifact_does(
    work: Path, command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "features.onnx"
    result = command("export", work / "fitted", "--format", "onnx", "-o", path)
    assert result.exit_code == 0, result.output
    assert "carrier, carrier_missing" in result.stdout
    table = pq.read_table(work / "flights.parquet")
    expected, found = tb.load(str(work / "fitted")).transform(table), OnnxTransform(path)(table)
    for name in ("distance_01", "delay_bucket", "carrier_id"):
        assert found[name].to_pylist() == expected[name].to_pylist()


def test_outputs_columns_and_a_model(work: Path, command: Command, tmp_path: Path) -> None:
    value = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n"]) for n in ("distance_01", "y")
    ]
    node = helper.make_node("Neg", ["distance_01"], ["y"])
    graph = helper.make_graph([node], "g", value[:1], value[1:])
    opset = helper.make_opsetid("", 21)
    onnx.save(helper.make_model(graph, opset_imports=[opset]), tmp_path / "model.onnx")
    path = tmp_path / "both.onnx"
    words = ("--with-model", tmp_path / "model.onnx", "--outputs", "carrier_id")
    result = command("export", work / "fitted", "-o", path, *words, "--required", "distance")
    assert result.exit_code == 0, result.output
    names = [o.name for o in onnx.load(path).graph.output]
    assert names == ["carrier_id", "carrier_id_missing", "y"]


def test_what_is_refused_says_so(work: Path, command: Command, tmp_path: Path) -> None:
    result = command("export", work / "fitted", "-o", tmp_path / "m.onnx", "--outputs", "nothing")
    assert result.exit_code == 6
    assert "There is no output 'nothing'" in result.output
    assert list(tmp_path.iterdir()) == []
