from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]

FUNCTION = """
import taurus_beam as tb

def preprocessing_fn(inputs):
    distance = tb.monitor_range(inputs["distance"], max={most})
    return {{"distance": distance * 2, "carrier": tb.monitor_not_null(inputs["carrier"])}}
"""


def fitted(command: Command, folder: Path, most: int) -> Path:
    (folder / f"{most}.py").write_text(FUNCTION.format(most=most))
    (folder / "data.csv").write_text("distance,carrier\n100,UA\n900,AA\n3000,\n")
    target = folder / f"fn{most}"
    result = command("fit", "-p", folder / f"{most}.py", "-i", folder / "data.csv", "-o", target)
    assert result.exit_code == 0, result.output
    return target


def test_a_run_tells_what_monitors_found(command: Command, tmp_path: Path) -> None:
    artifact = fitted(command, tmp_path, 500)
    result = command(
        *("transform", "-a", artifact, "-i", tmp_path / "data.csv", "-o", tmp_path / "out/part")
    )
    assert result.exit_code == 0, result.output
    assert "distance_range: 2 rows (66.67%)" in result.stdout
    assert "carrier_not_null: 1 row (33.33%)" in result.stdout


def test_inspect_lists_monitors(command: Command, tmp_path: Path) -> None:
    artifact = fitted(command, tmp_path, 500)
    assert "Monitors (2)" in command("inspect", artifact).stdout
    known = json.loads(command("inspect", artifact, "--json").stdout)
    assert [(m["name"], m["at"]) for m in known["monitors"]] == [
        ("distance_range", "500.py:5"),
        ("carrier_not_null", "500.py:6"),
    ]


def test_diff_finds_another_bound(command: Command, tmp_path: Path) -> None:
    result = command("diff", fitted(command, tmp_path, 500), fitted(command, tmp_path, 600))
    assert result.exit_code == 1, result.output
    assert "monitor distance_range" in result.stdout
    assert "500" in result.stdout
    assert "600" in result.stdout
