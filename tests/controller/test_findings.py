"""What components find, as JSON and back."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from taurus_beam.controller import Distance
from taurus_beam.controller.durable_json import write_json


@pytest.mark.parametrize("figure", [0.25, math.inf, -math.inf])
def test_a_distance_is_read_as_it_was_written(figure: float, tmp_path: Path) -> None:
    distance = Distance(("trip", "fare"), "wasserstein", figure, 0.1)
    write_json(str(tmp_path / "x.json"), distance.record())
    assert Distance.of(json.loads((tmp_path / "x.json").read_text())) == distance


def test_what_json_has_no_number_for_is_written_as_text(tmp_path: Path) -> None:
    write_json(str(tmp_path / "x.json"), {"distance": math.nan})
    assert json.loads((tmp_path / "x.json").read_text()) == {"distance": "NaN"}
