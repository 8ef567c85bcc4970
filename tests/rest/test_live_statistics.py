"""Statistics of the inputs: those of the same rows in a table, whatever way they came."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_features import ALL, ARROW, PLAIN, dumped, json_rows, leaves, stream
from rest_server import serving
from rest_tensors import tensors
from tensorflow_metadata.proto.v0 import statistics_pb2

import taurus_beam as tb
from taurus_beam.rest import LiveSettings, Repository, Settings

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
    part = pa.concat_tables([TABLES[name]] * 4).slice(start, data.draw(st.integers(0, 20)))
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
