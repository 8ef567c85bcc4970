"""Drift: the distances and anomalies that validation finds between training and live data."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from google.protobuf import text_format
from rest_server import metrics, serving, until
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

import taurus_beam as tb
from taurus_beam.errors import EngineError
from taurus_beam.rest import LiveSettings, Repository, Settings

TRAINING = pa.table(
    {
        "zone": ["north", "south", "south", None] * 25,
        "fare": [float(i % 10) for i in range(100)],
        "label": [1] * 100,
    }
)
LIVE = [{"zone": "north", "fare": 20.0}, {"zone": "east", "fare": 9.0}]
SCHEMA = """
feature { name: "zone" type: BYTES presence { min_fraction: 0.5 }
  string_domain { value: "north" value: "south" }
  skew_comparator { infinity_norm { threshold: 0.3 } } }
feature { name: "fare" type: FLOAT presence { min_fraction: 1 }
  drift_comparator { jensen_shannon_divergence { threshold: 1 } } }
feature { name: "label" type: INT presence { min_fraction: 1 } }
"""


def schema():
    return text_format.Parse(SCHEMA, schema_pb2.Schema())


@pytest.fixture
def trips(tmp_path: Path) -> Path:
    """An artifact of two of the three columns, with the statistics of all beside it."""
    fn = tb.fit(
        TRAINING, lambda i: {"z": tb.compute_and_apply_vocabulary(i["zone"]), "f": i["fare"]}
    )
    fn.save(str(tmp_path / "trips" / "1"))
    tb.write_stats_binary(tb.statistics(TRAINING), str(tmp_path / "trips" / "1.statistics.pb"))
    return tmp_path


def sending(client, rows=LIVE):
    assert client.post("/v1/models/trips:transform", content=json.dumps(rows)).is_success


def feature(told, name):
    return next(each for each in told["features"] if each["feature"] == name)


def test_distances_are_those_of_the_statistics(trips):
    with serving(Repository.folder(str(trips)), Settings(live=LiveSettings())) as client:
        sending(client)
        told = client.get("/v2/models/trips/drift").json()
        same = client.get("/v2/models/trips/versions/1/drift").json()
    assert told == same
    assert (told["model"], told["version"]) == ("trips", "1")
    assert (told["rows"], told["training_rows"]) == (2, 100)
    assert sum(window["rows"] for window in told["windows"]) == 2
    assert [each["feature"] for each in told["features"]] == ["fare", "zone"]

    live = tb.statistics(pa.table({name: [row[name] for row in LIVE] for name in ("zone", "fare")}))
    for row in tb.distances(live, tb.statistics(TRAINING)).to_pylist():
        found = feature(told, row["feature"])["distances"]
        measures = [n for n in row if f"{n}_at" in row and row[n] is not None]
        assert {n: d["value"] for n, d in found.items()} == {n: row[n] for n in measures}
    # Shares of 2/3 for south in training and of none here.
    assert feature(told, "zone")["distances"]["l_infinity"] == {"value": 2 / 3, "at": "south"}
    assert feature(told, "zone")["training"]["missing"] == 0.25
    assert feature(told, "zone")["live"]["top_values"] == {"north": 1, "east": 1}
    assert feature(told, "fare")["live"]["max"] == 20
    assert "anomalies" not in told


@pytest.mark.parametrize("way", ["file", "settings"])
def test_a_schema_gives_anomalies_of_the_features_that_are_read(trips, way):
    given = {}
    if way == "file":
        tb.write_schema_text(schema(), str(trips / "trips" / "1.schema.pbtxt"))
    else:
        given = {"trips": schema()}
    settings = Settings(live=LiveSettings(schemas=given))
    with serving(Repository.folder(str(trips)), settings) as client:
        sending(client)
        told = client.get("/v2/models/trips/drift").json()
    found = {(each["feature"], each["type"]): each["description"] for each in told["anomalies"]}
    assert found.keys() == {
        ("zone", "ENUM_TYPE_UNEXPECTED_STRING_VALUES"),
        ("zone", "COMPARATOR_L_INFTY_HIGH"),
    }
    assert found["zone", "COMPARATOR_L_INFTY_HIGH"] == (
        "The Linfty distance between training and serving is 0.666667 (up to six significant "
        "digits), above the threshold 0.3. The feature value with maximum difference is: south"
    )
    above = {(each["feature"], each["comparator"]): each["above"] for each in told["thresholds"]}
    assert above == {("zone", "skew_comparator"): True, ("fare", "drift_comparator"): False}


def test_nothing_is_compared_before_rows_come(trips):
    settings = Settings(live=LiveSettings(schemas={"trips": schema()}))
    with serving(Repository.folder(str(trips)), settings) as client:
        told = client.get("/v2/models/trips/drift").json()
        page = client.get("/v2/models/trips/drift", headers={"accept": "text/html"})
    assert told["rows"] == 0
    assert told["windows"] == []
    assert "nothing is compared" in told["note"]
    assert all(not each["distances"] for each in told["features"])
    assert "anomalies" not in told
    assert page.status_code == 200


def test_without_training_statistics_it_says_what_to_do(trips):
    (trips / "trips" / "1.statistics.pb").rename(trips / "elsewhere.pb")
    with serving(Repository.folder(str(trips)), Settings(live=LiveSettings())) as client:
        sending(client)
        answer = client.get("/v2/models/trips/drift")
        assert answer.status_code == 404
        assert "no training statistics" in answer.json()["error"]
        assert "--statistics trips=FILE" in answer.json()["fix"]
        # They may come later.
        (trips / "elsewhere.pb").rename(trips / "trips" / "1.statistics.pb")
        assert client.get("/v2/models/trips/drift").json()["rows"] == 2
        (trips / "trips" / "1.statistics.pb").write_bytes(b"\xff\xff no statistics")
        broken = client.get("/v2/models/trips/drift")
    assert broken.status_code == 500
    assert str(trips) not in broken.text


def test_statistics_that_are_given_go_before_files(trips):
    given = tb.statistics(pa.table({"zone": ["north"], "fare": [1.0]}))
    settings = Settings(live=LiveSettings(training={"trips": given}))
    with serving(Repository.folder(str(trips)), settings) as client:
        assert client.get("/v2/models/trips/drift").json()["training_rows"] == 1


def test_without_live_statistics_it_says_how_to_have_them(trips):
    with serving(Repository.folder(str(trips)), Settings()) as client:
        for what in ("drift", "statistics"):
            answer = client.get(f"/v2/models/trips/{what}")
            assert answer.status_code == 404
            assert "--drift" in answer.json()["fix"]
            assert client.get(f"/v2/models/nobody/{what}").status_code == 404


@pytest.mark.parametrize("query", ["0", "-1", "x", "", "1.5", "9" * 30])
def test_windows_that_are_no_number_are_refused(trips, query):
    with serving(Repository.folder(str(trips)), Settings(live=LiveSettings())) as client:
        answer = client.get("/v2/models/trips/drift", params={"windows": query})
        assert answer.status_code == 400
        assert client.get("/v2/models/trips/drift?windows=1").status_code == 200
        refused = client.get("/v2/models/trips/drift", headers={"accept": "image/png"})
    assert refused.status_code == 406


def test_a_token_is_asked_for(trips):
    settings = Settings(live=LiveSettings(), token="secret")
    with serving(Repository.folder(str(trips)), settings) as client:
        for what in ("drift", "statistics"):
            assert client.get(f"/v2/models/trips/{what}").status_code == 401
            headers = {"authorization": "Bearer secret"}
            assert client.get(f"/v2/models/trips/{what}", headers=headers).status_code == 200


def test_the_report_shows_both_and_tells_values_as_text(trips):
    attack = "<script>alert(1)</script>"
    with serving(Repository.folder(str(trips)), Settings(live=LiveSettings())) as client:
        sending(client, [{"zone": attack, "fare": None}] * 3)
        headers = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
        answer = client.get("/v2/models/trips/drift", headers=headers)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "trips 1: training data and the last 3 rows served" in answer.text
    assert "Drift and skew" in answer.text
    assert "L-infinity" in answer.text
    assert attack not in answer.text
    # Without a schema nothing was validated.
    assert "No anomalies found" not in answer.text


def test_gauges_tell_the_distances_of_windows_that_ended(trips):
    settings = Settings(live=LiveSettings(window_seconds=0.5, windows=1000))
    with serving(Repository.folder(str(trips)), settings) as client:
        sending(client)
        name = 'taurus_drift_distance{{feature="{}",measure="{}",model="trips",version="1"}}'
        zone = name.format("zone", "l_infinity")
        until(lambda: zone in metrics(client))
        found = metrics(client)
        assert found[zone] == pytest.approx(2 / 3)
        assert name.format("fare", "kolmogorov_smirnov") in found
        assert found['taurus_live_rows_total{model="trips",version="1"}'] == 2
        assert "label" not in " ".join(found)


def test_a_model_that_there_is_none_of_is_told_at_the_start(trips):
    given = statistics_pb2.DatasetFeatureStatisticsList()
    settings = Settings(live=LiveSettings(training={"tips": given}))
    with (
        pytest.raises(EngineError, match="no model 'tips'"),
        serving(Repository.folder(str(trips)), settings),
    ):
        pass
