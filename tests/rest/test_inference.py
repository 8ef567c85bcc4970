"""The Open Inference Protocol: metadata, tensors both ways, nulls and rows of different lengths."""

from __future__ import annotations

import pyarrow as pa
import pytest
from rest_features import ALL, PLAIN, dumped, leaves, same
from rest_tensors import table_of, tensors

TABLES = {"plain": PLAIN, "all": ALL}


def with_missing_vectors_as_nulls(table):
    """Tensors cannot tell a missing vector from one of nulls."""
    for index, field in enumerate(table.schema):
        if pa.types.is_fixed_size_list(field.type):
            values = [v or [None] * field.type.list_size for v in table[field.name].to_pylist()]
            table = table.set_column(index, field, pa.array(values, field.type))
    return table


def infer(client, name, body):
    return client.post(f"/v2/models/{name}/infer", content=dumped(body))


@pytest.mark.parametrize("name", ["plain", "all"])
@pytest.mark.parametrize("copies", [1, 3], ids=["row path", "batch path"])
@pytest.mark.parametrize("masked", [False, True], ids=["null", "mask"])
def test_tensors_give_what_the_function_gives(client, functions, name, copies, masked):
    table = pa.concat_tables([TABLES[name]] * copies)
    answer = infer(client, name, {"inputs": tensors(leaves(table), masked), "id": "mine"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert {k: body[k] for k in ("model_name", "model_version", "id")} == {
        "model_name": name,
        "model_version": "1",
        "id": "mine",
    }
    expected = functions[name].transform(table)
    assert same(
        with_missing_vectors_as_nulls(table_of(body["outputs"], expected.schema)),
        with_missing_vectors_as_nulls(expected),
    )


def test_missing_outputs_come_as_masks_where_asked_for(client):
    inputs = tensors(leaves(PLAIN))
    answer = infer(client, "plain", {"inputs": inputs, "parameters": {"nulls": "mask"}}).json()
    found = {each["name"]: each for each in answer["outputs"]}
    for name, each in found.items():
        assert None not in each["data"], name
    assert found["count:missing"]["data"] == [False, False, True, False, False, False, False]
    assert found["count"]["data"][2] == 0
    assert found["tags:lengths"]["data"] == [2, 0, -1, 2, 1, 1, 3]
    assert found["tags:missing"]["shape"] == [7, 3]


def test_nested_data_and_columns_of_one_element_are_taken(client):
    inputs = {each["name"]: each for each in tensors(leaves(PLAIN))}
    plain = infer(client, "plain", {"inputs": list(inputs.values())}).json()["outputs"]
    pair = inputs["pair"]
    pair["data"] = [pair["data"][2 * i : 2 * i + 2] for i in range(7)]
    inputs["fare"]["shape"] = [7, 1]
    inputs["fare"]["data"] = [[v] for v in inputs["fare"]["data"]]
    assert infer(client, "plain", {"inputs": list(inputs.values())}).json()["outputs"] == plain


def test_only_the_outputs_asked_for_come(client):
    body = {"inputs": tensors(leaves(PLAIN)), "outputs": [{"name": "km"}, {"name": "count"}]}
    outputs = infer(client, "plain", body).json()["outputs"]
    assert [each["name"] for each in outputs] == ["km", "count"]
    body["outputs"] = [{"name": "fair"}]
    answer = infer(client, "plain", body)
    assert (answer.status_code, answer.json()["feature"]) == (400, "fair")


def test_metadata_says_what_is_read_and_given(client, functions):
    known = client.get("/v2/models/all").json()
    assert known["name"] == "all"
    assert known["versions"] == ["1"]
    assert known["platform"] == "taurus_beam"
    inputs = {each["name"]: (each["datatype"], each["shape"]) for each in known["inputs"]}
    assert inputs["trip.km"] == ("FP64", [-1])
    assert inputs["pair"] == ("FP32", [-1, 2])
    assert inputs["tags"] == ("BYTES", [-1, -1])
    assert inputs["at"] == ("INT64", [-1])
    outputs = [(each["name"], each["parameters"]["arrow_type"]) for each in known["outputs"]]
    schema = functions["all"].output_arrow_schema
    assert outputs == [(f.name, str(f.type)) for f in schema]
    assert client.get("/v2/models/all/versions/1").json() == known


def test_health_and_server_metadata(client):
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2/models/plain/ready").json() == {"name": "plain", "ready": True}
    assert client.get("/v2/models/plain/versions/1/ready").status_code == 200
    assert client.get("/v2").json()["name"] == "taurus_beam"
    index = client.post("/v2/repository/index").json()
    assert index == [{"name": name, "version": "1", "state": "READY"} for name in ("all", "plain")]
