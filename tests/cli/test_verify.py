from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from taurus_beam.cli.verify import WayName
from taurus_beam.runners.ways import WAYS

Command = Callable[..., Any]


def test_an_artifact_is_the_same_every_way(work: Path, command: Command) -> None:
    result = command("verify", work / "fitted", "-i", work / "flights.parquet", "--rows", "300")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(WAYS)
    assert all("the same: 300 rows" in line for line in lines)


def test_json_tells_the_ways(work: Path, command: Command) -> None:
    result = command(
        *("verify", work / "fitted", "-i", work / "flights.parquet"),
        *("--way", "row", "--way", "split", "--rows", "20", "--json"),
    )
    found = json.loads(result.stdout)
    assert found["same"]
    assert [way["way"] for way in found["ways"]] == ["row", "split"]


def test_the_options_are_the_ways() -> None:
    assert [way.value for way in WayName] == list(WAYS)
