"""The report that a server shows of its training data and what it served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from rest_server import serving

import taurus_beam as tb
from taurus_beam.rest import LiveSettings, Repository, Settings


def test_training_and_served_data_stand_beside_each_other(
    show: Callable[[str], Any], tmp_path: Path
) -> None:
    training = pa.table({"fare": [1.0, 2.0, 3.0, None], "zone": ["a", "b", "b", "b"]})
    fn = tb.fit(training, lambda i: {"f": i["fare"], "z": tb.upper(i["zone"])})
    fn.save(str(tmp_path / "trips"))
    tb.write_stats_binary(tb.statistics(training), str(tmp_path / "trips.statistics.pb"))
    repository = Repository.of({"trips": str(tmp_path / "trips")})
    with serving(repository, Settings(live=LiveSettings())) as client:
        rows = [{"fare": 7.0, "zone": "a"}] * 5 + [{"fare": None, "zone": "<b>new</b>"}] * 3
        client.post("/v1/models/trips:transform", json=rows)
        page = show(client.get("/v2/models/trips/drift", headers={"accept": "text/html"}).text)
    assert page.names == ["fare", "zone"]
    assert page.cell(0, "Count") == "Training: 3 Serving: 5"
    assert page.cell(0, "Missing") == "Training: 25.0 % Serving: 37.5 %"
    assert page.cell(1, "Top value") == "Training: b Serving: a"
    measured = {row.text.split()[0] for row in page.all("#distances tbody tr")}
    assert measured == {"fare", "zone"}
    assert not page.all("#anomalies")
