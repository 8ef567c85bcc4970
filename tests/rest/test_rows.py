"""Rows of JSON and Arrow streams: what comes back is what the function gives, bit for bit."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from rest_features import ALL, ARROW, PLAIN, dumped, from_json, json_rows, leaves, same, stream

TABLES = {"plain": PLAIN, "all": ALL}
both = pytest.mark.parametrize("name", ["plain", "all"])


def post(client, name, body, **headers):
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    return client.post(f"/v1/models/{name}:transform", content=body, headers=headers)


@both
@pytest.mark.parametrize("copies", [1, 3], ids=["row path", "batch path"])
def test_rows_give_what_the_function_gives(client, functions, name, copies):
    table = pa.concat_tables([TABLES[name]] * copies)
    answer = post(client, name, dumped(json_rows(table)))
    assert answer.status_code == 200, answer.text
    expected = functions[name].transform(table)
    assert same(from_json(answer.json(), expected.schema), expected)


@pytest.mark.parametrize("copies", [1, 30], ids=["row path", "batch path"])
def test_beyond_a_narrow_float_is_infinite(client, copies):
    rows = [{**json_rows(PLAIN)[0], "small": 1e308, "pair": [-1e308, 1.0]}] * copies
    found = post(client, "plain", dumped(rows)).json()
    assert (found[-1]["small"], found[-1]["pair"]) == ("Infinity", ["-Infinity", 2.0])


@both
def test_fields_of_structs_may_come_by_their_paths(client, name):
    nested = post(client, name, dumped(json_rows(TABLES[name])))
    assert post(client, name, dumped(json_rows(leaves(TABLES[name])))).json() == nested.json()


@both
def test_a_stream_gives_what_the_function_gives(client, functions, name):
    table = TABLES[name]
    body = stream(*table.to_batches(), *table.slice(2).to_batches())
    answer = post(client, name, body, content_type=ARROW)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == ARROW
    expected = functions[name].transform(pa.concat_tables([table, table.slice(2)]))
    assert same(pa.ipc.open_stream(answer.content).read_all(), expected)


@both
def test_the_answer_comes_in_the_form_that_is_accepted(client, functions, name):
    table, expected = TABLES[name], functions[name].transform(TABLES[name])
    given = post(client, name, dumped(json_rows(table)), accept=ARROW)
    assert same(pa.ipc.open_stream(given.content).read_all(), expected)
    given = post(
        client, name, stream(*table.to_batches()), content_type=ARROW, accept="application/json"
    )
    assert same(from_json(given.json(), expected.schema), expected)


def test_other_physical_types_are_taken_where_no_value_changes(client, functions):
    table = PLAIN.set_column(2, "count", PLAIN["count"].cast(pa.int64()))
    table = table.set_column(4, "zone", table["zone"].dictionary_encode())
    table = table.set_column(0, "fare", table["fare"].cast(pa.float64()))
    answer = post(client, "plain", stream(*table.to_batches()), content_type=ARROW)
    assert answer.status_code == 200, answer.text
    assert same(pa.ipc.open_stream(answer.content).read_all(), functions["plain"].transform(PLAIN))


def test_views_are_taken(client, functions):
    table = PLAIN.set_column(4, "zone", PLAIN["zone"].cast(pa.string_view()))
    answer = post(client, "plain", stream(*table.to_batches()), content_type=ARROW)
    assert answer.status_code == 200, answer.text
    assert same(pa.ipc.open_stream(answer.content).read_all(), functions["plain"].transform(PLAIN))


@both
def test_no_rows_give_none(client, functions, name):
    assert post(client, name, b"[]").json() == []
    empty = TABLES[name].slice(0, 0)
    answer = post(
        client, name, stream(pa.RecordBatch.from_pylist([], empty.schema)), content_type=ARROW
    )
    assert pa.ipc.open_stream(answer.content).read_all() == functions[name].transform(empty)


def test_integral_floats_are_integers_and_integers_floats(client):
    row = {**json_rows(PLAIN)[0], "count": 3.0, "fare": 2}
    for copies in (1, 20):
        answer = post(client, "plain", dumped([row] * copies)).json()
        assert answer[0]["count"] == 3
        assert isinstance(answer[0]["fare"], float)


def test_a_request_has_an_id(client):
    body = dumped(json_rows(PLAIN))
    assert post(client, "plain", body, x_request_id="my-7").headers["x-request-id"] == "my-7"
    made = {
        post(client, "plain", body, x_request_id="not an id").headers["x-request-id"] for _ in "ab"
    }
    assert len(made) == 2
    assert "not an id" not in made


def test_an_error_is_json_that_names_the_feature(client):
    row = {**json_rows(PLAIN)[0], "count": "three"}
    answer = post(client, "plain", json.dumps([row]), x_request_id="r1")
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Column 'count' got a str: 'three'",
        "feature": "count",
        "where": "feature 'count', row 0",
        "expected": "int32, as when the function was traced",
        "fix": "Convert the value before it comes here, or give None if it is not known.",
        "request_id": "r1",
    }
