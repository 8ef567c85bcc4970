"""The recorded answers of TFT, by case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

RESULTS = Path(__file__).parent / "results"


@pytest.fixture(scope="session")
def answers() -> dict[str, dict[str, Any]]:
    """What TFT answered, by the name of the case."""
    lines = [line for file in RESULTS.glob("*.jsonl") for line in file.read_text().splitlines()]
    return {record["case"]: record for record in map(json.loads, lines)}


@pytest.fixture(scope="session")
def tft_names() -> dict[str, list[str]]:
    """The names TFT is known by, of each of its modules."""
    found: dict[str, list[str]] = json.loads((RESULTS / "names.json").read_text())["names"]
    return found
