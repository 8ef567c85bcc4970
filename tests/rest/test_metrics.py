"""What is counted for Prometheus, against a count of our own."""

from __future__ import annotations

import pytest
from rest_features import ARROW, PLAIN, dumped, json_rows, leaves, stream
from rest_server import metrics, serving
from rest_tensors import tensors

from taurus_beam.rest import Repository, Settings


@pytest.mark.parametrize("form", ["rows", "tensors", "arrow", "one by one"])
def test_rows_nulls_unknown_values_and_violations_are_counted(paths, functions, form):
    with serving(Repository.of({"m": paths["plain"]}), Settings()) as client:
        rows = json_rows(PLAIN)
        if form == "tensors":
            client.post("/v2/models/m/infer", json={"inputs": tensors(leaves(PLAIN))})
        elif form == "arrow":
            body = stream(*PLAIN.to_batches())
            client.post("/v1/models/m:transform", content=body, headers={"content-type": ARROW})
        else:
            for part in [[row] for row in rows] if form == "one by one" else [rows]:
                client.post("/v1/models/m:transform", content=dumped(part))
        found = metrics(client)

    def total(name, **labels):
        said = {"model": "m", "version": "1", **labels}
        inner = ",".join(f'{k}="{v}"' for k, v in sorted(said.items()))
        return found.get(f"taurus_{name}_total{{{inner}}}", 0)

    assert total("rows") == len(PLAIN)
    for name in ("fare", "count", "zone", "tags", "flag"):
        assert total("input_nulls", feature=name) == PLAIN[name].null_count > 0
    assert total("input_nulls", feature="trip.km") == 1
    given = functions["plain"].transform(PLAIN)
    assert (
        total("out_of_vocabulary", output="zone_id") == given["zone_id"].to_pylist().count(-1) > 0
    )
    ids = given["zone_bucket"].drop_null().to_pylist()
    assert total("out_of_vocabulary", output="zone_bucket") == sum(i >= 1 for i in ids) > 0
    tags = [i for row in given["tag_ids"].drop_null().to_pylist() for i in row]
    assert total("out_of_vocabulary", output="tag_ids") == tags.count(-1) > 0
    assert total("monitor_violations", monitor="zone_not_null") == 1
    assert total("monitor_violations", monitor="fare_range") == 2  # NaN and 1e308


def test_requests_are_counted_by_status_and_timed(paths):
    with serving(Repository.of({"m": paths["plain"]}), Settings()) as client:
        for body in (b"[]", b"[]", b"{"):
            client.post("/v1/models/m:transform", content=body)
        client.post("/v1/models/nobody:transform", content=b"[]")
        found = metrics(client)
        text = client.get("/metrics")
    labels = 'model="m",protocol="rows",status="{}",version="1"'
    assert found[f"taurus_requests_total{{{labels.format(200)}}}"] == 2
    assert found[f"taurus_requests_total{{{labels.format(400)}}}"] == 1
    unknown = 'taurus_requests_total{model="",protocol="",status="404",version=""}'
    assert found[unknown] == 1
    assert found['taurus_request_seconds_count{model="m",protocol="rows",version="1"}'] == 3
    assert found['taurus_model_loaded{model="m",version="1"}'] == 1
    assert "nobody" not in text.text
    assert text.headers["content-type"].startswith("text/plain; version=0.0.4")
