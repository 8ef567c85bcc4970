"""Whatever comes, the server answers: with outputs, or with a refusal in JSON, never with 5xx."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_features import ALL, ARROW, PLAIN, json_rows, leaves, stream
from rest_tensors import tensors

TABLES = {"plain": PLAIN, "all": ALL}
ROWS = {name: json_rows(table) for name, table in TABLES.items()}
TENSORS = {name: tensors(leaves(table)) for name, table in TABLES.items()}
STREAMS = {
    name: stream(*table.to_batches(), *table.slice(3).to_batches())
    for name, table in TABLES.items()
}
both = pytest.mark.parametrize("name", ["plain", "all"])

# json writes what JSON has not (NaN, half surrogates), too: such bodies come as well.
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=6)
    | st.text(st.characters(categories=["Cs", "Lu"]), max_size=3)
    | st.sampled_from(["NaN", "Infinity", "2024-02-29", "2024-02-29T01:02:03Z", "AAAA", 1e308])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def answered(answer):
    assert answer.status_code in (200, 400, 413, 415), answer.text
    if answer.status_code != 200:
        assert isinstance(answer.json()["error"], str)
        assert "Traceback" not in answer.text


def post(client, url, body, kind="application/json"):
    answered(client.post(url, content=body, headers={"content-type": kind}))


@both
@settings(max_examples=50, deadline=None)
@given(body=st.binary(max_size=60) | VALUES.map(lambda v: json.dumps(v).encode()))
def test_any_body(client, name, body):
    for url in (f"/v1/models/{name}:transform", f"/v2/models/{name}/infer"):
        post(client, url, body)
    post(client, f"/v1/models/{name}:transform", body, ARROW)


@both
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_rows_with_any_values(client, name, data):
    rows = copy.deepcopy(data.draw(st.sampled_from([ROWS[name][:1], ROWS[name], ROWS[name] * 3])))
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        row[data.draw(st.sampled_from(sorted(ROWS[name][0])))] = data.draw(VALUES)
    post(client, f"/v1/models/{name}:transform", json.dumps(rows))


@both
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_tensors_with_any_entries(client, name, data):
    made = copy.deepcopy(TENSORS[name])
    for _ in range(data.draw(st.integers(1, 2))):
        each = data.draw(st.sampled_from([t for t in made if isinstance(t["data"], list)]))
        key = data.draw(st.sampled_from(["name", "shape", "datatype", "data", "element"]))
        if key == "element":
            values, place = each["data"], data.draw(st.integers(0, 3))
            each["data"] = [*values[:place], data.draw(VALUES), *values[place + 1 :]]
        elif key == "shape":
            each["shape"] = data.draw(st.lists(st.integers(-1, 9), max_size=3) | VALUES)
        elif key == "datatype":
            each["datatype"] = data.draw(st.sampled_from(["FP64", "INT8", "BOOL", "BYTES"]))
        else:
            each[key] = data.draw(VALUES)
    body = {"inputs": made, "parameters": {"nulls": data.draw(st.sampled_from(["mask", "", None]))}}
    post(client, f"/v2/models/{name}/infer", json.dumps(body))


@both
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_streams_with_other_bytes(client, name, data):
    body = bytearray(STREAMS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255))
    end = data.draw(st.none() | st.integers(0, len(body)))
    post(client, f"/v1/models/{name}:transform", bytes(body[:end]), ARROW)
