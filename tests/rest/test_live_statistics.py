"""Statistics of the inputs: those of the same rows in a table, whatever way they came."""

from __future__ import annotations

import pyarrow as pa
import pytest
from google.protobuf import json_format
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_features import ALL, ARROW, PLAIN, dumped, json_rows, leaves, stream
from rest_server import metrics, serving
from rest_tensors import tensors
from tensorflow_metadata.proto.v0 import statistics_pb2

import taurus_beam as tb
from taurus_beam.rest import LiveSettings, Repository, Route, Settings, Split
from taurus_beam.rest.live_statistics import LiveStatistics

TABLES = {"plain": PLAIN, "all": ALL}
ROWS = "/v1/models/{}:transform"
PROTO = {"accept": "application/x-protobuf"}


def live(client, name, query=""):
    """The statistics that a server tells."""
    answer = client.get(f"/v2/models/{name}/statistics{query}", headers=PROTO)
    assert answer.status_code == 200, answer.text
    return statistics_pb2.DatasetFeatureStatisticsList.FromString(answer.content)


def as_read(function, table):
    """The columns of a table in the order in which a function reads them."""
    return table.select([name.partition(".")[0] for name in function.graph.input_columns])


def same_bytes(found, expected):
    return found.SerializeToString(deterministic=True) == expected.SerializeToString(
        deterministic=True
    )


def send(client, name, part, way):
    """Send rows in one of the ways there are."""
    if way == "tensors":
        client.post(f"/v2/models/{name}/infer", json={"inputs": tensors(leaves(part))})
    elif way == "arrow":
        body = stream(*part.combine_chunks().to_batches())
        client.post(ROWS.format(name), content=body, headers={"content-type": ARROW})
    else:
        client.post(ROWS.format(name), content=dumped(json_rows(part)))


@pytest.fixture(scope="module")
def gathering(paths):
    """A client of a server that gathers statistics, and what has been sent to it so far."""
    with serving(Repository.of(paths), Settings(live=LiveSettings(3600, 24))) as running:
        yield running, {name: [] for name in paths}


@pytest.mark.parametrize("name", ["plain", "all"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_they_are_those_of_the_same_rows_in_a_table(gathering, functions, name, data):
    client, sent = gathering
    start = data.draw(st.integers(0, 20))
    part = pa.concat_tables([TABLES[name]] * 4).slice(start, data.draw(st.integers(1, 8)))
    # A missing vector comes as one of missing elements in a tensor, so not that way.
    send(client, name, part, data.draw(st.sampled_from(["rows", "arrow"])))
    sent[name].append(part)
    expected = tb.statistics(as_read(functions[name], pa.concat_tables(sent[name])))
    assert same_bytes(live(client, name), expected)


def test_tensors_count_as_well(paths, functions):
    part = PLAIN.take([0, 3, 4, 5, 6])
    with serving(Repository.of({"m": paths["plain"]}), Settings(live=LiveSettings())) as client:
        send(client, "m", part, "tensors")
        send(client, "m", part, "rows")
        found = live(client, "m")
    both = pa.concat_tables([part, part])
    assert same_bytes(found, tb.statistics(as_read(functions["plain"], both)))


def test_they_come_as_json_too(paths):
    with serving(Repository.of({"m": paths["plain"]}), Settings(live=LiveSettings())) as client:
        send(client, "m", PLAIN, "rows")
        answer = client.get("/v2/models/m/statistics")
        found = live(client, "m")
    parsed = json_format.Parse(answer.text, statistics_pb2.DatasetFeatureStatisticsList())
    assert same_bytes(parsed, found)
    assert answer.headers["cache-control"] == "no-store"


def test_each_version_has_its_own_and_a_shadow_none(versions):
    for number in (1, 2, 3):
        folder = versions(number)
    route = {"scaled": Route(canary=Split("2", 0.0), shadow=Split("3", 1.0))}
    live_settings = Settings(live=LiveSettings(), routes=route)
    with serving(Repository.folder(folder), live_settings) as client:
        for version, count in (("1", 3), ("2", 2)):
            for _ in range(count):
                url = f"/v1/models/scaled/versions/{version}:transform"
                client.post(url, content=b'[{"x": 1.0}]')
        client.post(
            ROWS.format("scaled"), content=b'[{"x": 1.0}]', headers={"taurus-canary": "true"}
        )
        rows = {
            version: live(client, f"scaled/versions/{version}").datasets[0].num_examples
            for version in ("1", "2", "3")
        }
        assert rows == {"1": 3, "2": 3, "3": 0}
        assert live(client, "scaled").datasets[0].num_examples == 3


def test_requests_that_are_refused_do_not_count(paths):
    with serving(Repository.of({"m": paths["plain"]}), Settings(live=LiveSettings())) as client:
        rows = json_rows(PLAIN)
        assert client.post(ROWS.format("m"), content=dumped([*rows, {}])).status_code == 400
        assert live(client, "m").datasets[0].num_examples == 0


def test_a_share_is_chosen_by_the_requests_ids(paths):
    def counted():
        settings = Settings(live=LiveSettings(share=0.3))
        with serving(Repository.of({"m": paths["plain"]}), settings) as client:
            body = dumped(json_rows(PLAIN)[:1])
            for i in range(60):
                client.post(ROWS.format("m"), content=body, headers={"x-request-id": f"r{i}"})
            return live(client, "m").datasets[0].num_examples

    first = counted()
    assert 5 < first < 35
    assert counted() == first


def test_what_finds_no_room_is_dropped_and_counted(paths):
    settings = Settings(live=LiveSettings(waiting_bytes=10))
    with serving(Repository.of({"m": paths["plain"]}), settings) as client:
        assert client.post(ROWS.format("m"), content=dumped(json_rows(PLAIN))).is_success
        assert live(client, "m").datasets[0].num_examples == 0
        assert metrics(client)["taurus_live_dropped_total"] == 1


@pytest.fixture
def gathered(versions):
    """Makes the live statistics of one model by a clock of our own; and that model."""
    made = []

    def make(clock, **settings):
        repository = Repository.folder(versions(1))
        repository.refresh()
        model = repository.model("scaled")
        closed = []
        live = LiveStatistics(
            LiveSettings(window_seconds=10, **settings),
            lambda model: None,
            lambda model, rows: None,
            lambda: None,
            closed.append,
            clock,
        )
        live.retain([model])
        made.append(live)
        return live, model

    yield make
    for live in made:
        live.close()


def test_windows_go_by_time_and_only_some_are_kept(gathered):
    now = [1000.0]
    live, model = gathered(lambda: now[0], windows=3)
    for step in range(6):
        live.offer(model, "r", [{"x": float(step)}] * (step + 1), 10)
        now[0] += 10
    now[0] -= 10  # within the last one's window
    found = live.data(model)
    assert [(w.number, w.rows) for w in found.windows] == [(103, 4), (104, 5), (105, 6)]
    assert same_bytes(
        found.statistics,
        tb.statistics(pa.table({"x": [3.0] * 4 + [4.0] * 5 + [5.0] * 6})),
    )
    assert [w.rows for w in live.data(model, 1).windows] == [6]
    now[0] += 20
    assert [w.number for w in live.data(model).windows] == [105]
    now[0] += 10
    assert live.data(model).rows == 0
    assert live.data(model).statistics.datasets[0].num_examples == 0


def test_a_version_that_went_is_forgotten(gathered):
    live, model = gathered(lambda: 1000.0)
    live.offer(model, "r", [{"x": 1.0}], 10)
    assert live.data(model).rows == 1
    live.offer(model, "late", [{"x": 1.0}], 10)
    live.retain([])
    assert live.data(model).rows == 0


def test_a_value_of_another_type_ends_nothing(gathered):
    live, model = gathered(lambda: 1000.0)
    live.offer(model, "r", [{"x": object()}], 10)
    live.offer(model, "r", pa.record_batch({"y": [1.0]}), 10)
    assert live.data(model).rows == 0
    live.offer(model, "r", pa.record_batch({"x": pa.array([1], pa.int8())}), 10)
    assert same_bytes(live.data(model).statistics, tb.statistics(pa.table({"x": [1.0]})))
