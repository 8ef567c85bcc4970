from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import taurus_beam as tb

Command = Callable[..., Any]


def saved(path: Path, function: Callable[..., Any], **columns: Any) -> Path:
    tb.fit(pa.table(columns), function).save(str(path))
    return path


@pytest.fixture
def found(command: Command) -> Callable[[Path, Path], dict[str, Any]]:
    def run(a: Path, b: Path) -> dict[str, Any]:
        result = command("diff", a, b, "--json")
        known: dict[str, Any] = json.loads(result.stdout)
        assert result.exit_code == (0 if known["same"] else 1)
        return known

    return run


def test_an_artifact_is_the_same_as_itself(work: Path, command: Command) -> None:
    result = command("diff", work / "fitted", work / "fitted")

    assert result.exit_code == 0
    assert "They are the same." in result.stdout


def test_two_runs_over_the_same_data_are_the_same(
    work: Path, command: Command, fit: Command, tmp_path: Path
) -> None:
    assert fit("-o", tmp_path / "again").exit_code == 0

    result = command("diff", work / "fitted", tmp_path / "again")

    assert result.exit_code == 0
    assert "They are the same." in result.stdout


def test_only_the_lines_differ(work: Path, command: Command, tmp_path: Path) -> None:
    (tmp_path / "prep.py").write_text("# moved\n\n" + (work / "prep.py").read_text())
    words = ("-i", work / "flights.parquet", "-o", tmp_path / "fn")
    assert command("fit", "-p", tmp_path / "prep.py", *words).exit_code == 0

    result = command("diff", work / "fitted", tmp_path / "fn")

    assert result.exit_code == 0
    assert "the lines of their source differ" in result.stdout


def test_other_data_give_other_values_side_by_side(
    found: Callable[..., Any], flights: pd.DataFrame, tmp_path: Path
) -> None:
    def function(inputs: Any) -> Any:
        return {"z": tb.scale_to_z_score(inputs["x"])}

    halves = [flights.distance[:1000].to_numpy(), flights.distance[1000:].to_numpy()]
    a, b = (saved(tmp_path / str(i), function, x=half) for i, half in enumerate(halves))

    differences = found(a, b)["computation"]

    assert [d["outputs"] for d in differences] == [["z"], ["z"]]
    for difference, statistic in zip(differences, (np.mean, np.std), strict=True):
        assert [difference["a"], difference["b"]] == pytest.approx([statistic(h) for h in halves])
        assert "scale_to_z_score" in difference["code"]


def test_buckets_are_compared_one_by_one(
    found: Callable[..., Any], command: Command, tmp_path: Path
) -> None:
    def function(inputs: Any) -> Any:
        return {"b": tb.apply_buckets(inputs["x"], bounds)}

    bounds = [1.0, 2.0, 3.0]
    a = saved(tmp_path / "a", function, x=[1.0])
    bounds = [1.0, 2.5, 3.0]
    b = saved(tmp_path / "b", function, x=[1.0])

    [difference] = found(a, b)["computation"]
    assert (difference["a"], difference["b"]) == ([1.0, 2.0, 3.0], [1.0, 2.5, 3.0])
    text = command("diff", a, b).stdout
    assert "[1]" in text
    assert "+25 %" in text
    assert "[0]" not in text


def test_another_operation(found: Callable[..., Any], command: Command, tmp_path: Path) -> None:
    a = saved(tmp_path / "a", lambda i: {"y": np.log1p(i["x"]) * 2, "k": i["x"]}, x=[1.0])
    b = saved(tmp_path / "b", lambda i: {"y": np.sqrt(i["x"]) * 2, "k": i["x"]}, x=[1.0])

    [difference] = found(a, b)["computation"]

    assert difference["outputs"] == ["y"]
    assert difference["role"] == "multiply, argument 1"
    assert "log1p" in difference["a"]
    assert "sqrt" in difference["b"]
    assert command("diff", a, b).exit_code == 1


def test_inputs_and_outputs_that_came_went_and_changed(
    found: Callable[..., Any], tmp_path: Path
) -> None:
    a = saved(tmp_path / "a", lambda i: {"n": i["n"], "x": i["x"]}, n=[1], x=[1.0])
    b = saved(tmp_path / "b", lambda i: {"s": i["s"], "x": i["x"]}, s=["a"], x=[1])

    known = found(a, b)

    for what in ("inputs", "outputs"):
        assert known[what]["added"] == {"s": "string"}
        assert known[what]["removed"] == {"n": "int64"}
        assert known[what]["changed"] == {"x": ["double", "int64"]}


def test_vocabulary_terms_added_removed_moved(
    found: Callable[..., Any], command: Command, tmp_path: Path
) -> None:
    def function(inputs: Any) -> Any:
        return {"id": tb.compute_and_apply_vocabulary(inputs["s"])}

    a = saved(tmp_path / "a", function, s=["x"] * 4 + ["y"] * 3 + ["z"] * 2 + ["w"])
    b = saved(tmp_path / "b", function, s=["y"] * 4 + ["x"] * 3 + ["z"] * 2 + ["new"])

    known = found(a, b)

    assert known["computation"] == []
    assert known["vocabularies"]["changed"] == {
        "s": {
            "sizes": [4, 4],
            "types": ["string", "string"],
            "added": ["new"],
            "removed": ["w"],
            "moved": [["x", 0, 1], ["y", 1, 0]],
            "recounted": 2,
        }
    }
    assert "other id 2: x 0 → 1, y 1 → 0" in command("diff", a, b).stdout


def test_outputs_in_another_order(found: Callable[..., Any], tmp_path: Path) -> None:
    a = saved(tmp_path / "a", lambda i: {"p": i["x"], "q": i["x"]}, x=[1])
    b = saved(tmp_path / "b", lambda i: {"q": i["x"], "p": i["x"]}, x=[1])

    known = found(a, b)

    assert not known["same"]
    assert known["outputs"]["reordered"]


def test_trouble_is_more_than_one(work: Path, command: Command, tmp_path: Path) -> None:
    result = command("diff", work / "fitted", tmp_path / "none")

    assert result.exit_code == 5
    assert "none" in result.stderr
