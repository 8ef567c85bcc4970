"""Bad requests: refused with 4xx, a message that names the feature, and no traceback."""

from __future__ import annotations

import json
import socket

import numpy as np
import pyarrow as pa
import pytest
from rest_features import ALL, ARROW, PLAIN, json_rows, leaves, stream
from rest_server import serving
from rest_tensors import tensors

import taurus_beam as tb
from taurus_beam.rest import Limits, Repository, Settings

ROW = json_rows(ALL)[0]


def rows_of(copies=1, **changes):
    row = {k: v for k, v in {**ROW, **changes}.items() if v is not ...}
    return json.dumps([ROW] * (copies - 1) + [row])


def infer_of(**changes):
    """The tensors of the plain features, some with other entries."""
    made = {each["name"]: each for each in tensors(leaves(PLAIN))}
    for name, change in changes.items():
        made[name] = {**made.get(name, {"name": name}), **change}
    return json.dumps({"inputs": list(made.values())})


BAD_VALUES = {
    "a string for a number": {"fare": "7.5"},
    "a boolean for a number": {"fare": True},
    "a list for a number": {"fare": [7.5]},
    "an object for a number": {"fare": {"value": 7.5}},
    "a number beyond doubles": {"fare": 10**400},
    "an integer no double holds": {"fare": 2**53 + 1},
    "a fraction for an integer": {"count": 1.5},
    "an integer that is too large": {"count": 2**31},
    "a negative number for an unsigned one": {"big": -1},
    "a huge integer": {"big": 10**4000},
    "a number for a string": {"zone": 7},
    "half a surrogate pair": {"zone": "\ud800"},
    "a number for a boolean": {"flag": 1},
    "a scalar for a list": {"tags": "a"},
    "a number in a list of strings": {"tags": ["a", 1]},
    "a list of lists": {"tags": [["a"]]},
    "a vector that is too long": {"pair": [1, 2, 3]},
    "a vector that is too short": {"pair": []},
    "no base64": {"raw": "ÿ"},
    "a number for binary": {"raw": 1},
    "no date": {"day": "29.2.2024"},
    "a number for a date": {"day": 19782},
    "a date that there is none of": {"day": "2023-02-29"},
    "no time zone": {"at": "2024-02-29T10:00:00"},
    "a time zone too many": {"local": "2024-02-29T10:00:00Z"},
    "no integer of the unit": {"span": "1 s"},
    "a missing feature": {"zone": ...},
    "an extra feature": {"zzone": "north"},
}


@pytest.mark.parametrize("change", BAD_VALUES.values(), ids=BAD_VALUES)
@pytest.mark.parametrize("copies", [1, 30])
def test_a_bad_value_in_a_row_is_refused_by_name(client, change, copies):
    body = rows_of(copies, **change)
    answers = [client.post("/v1/models/all:transform", content=body)]
    if not change.keys() & set(ALL.column_names) - set(PLAIN.column_names):
        known = {*PLAIN.column_names, "zzone"}
        plain = [{k: v for k, v in row.items() if k in known} for row in json.loads(body)]
        answers.append(client.post("/v1/models/plain:transform", content=json.dumps(plain)))
    for answer in answers:
        assert answer.status_code == 400, answer.text
        assert answer.json()["feature"] == next(iter(change))
        assert repr(next(iter(change))) in answer.json()["error"]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_a_bare_nan_is_no_json(client, literal):
    for copies in (1, 30):
        body = rows_of(copies, fare="?").replace('"?"', literal)
        answer = client.post("/v1/models/all:transform", content=body)
        assert (answer.status_code, answer.json()["feature"]) == (400, "fare")
        assert literal in answer.json()["error"]


def test_a_missing_field_of_a_struct_is_named(client):
    for trip in ({}, {"miles": 1}, 7):
        answer = client.post("/v1/models/all:transform", content=rows_of(trip=trip))
        assert (answer.status_code, answer.json()["feature"]) == (400, "trip.km")


def test_missing_vectors_count_as_vectors(tmp_path, monkeypatch):
    # A null of four bytes takes as much memory as the 1,000 doubles it stands for.
    table = pa.table({"v": pa.array([None], pa.list_(pa.float64(), 1000))})
    tb.fit(table, lambda i: {"v": i["v"]}).save(str(tmp_path / "m"))
    monkeypatch.setenv("TAURUS_BEAM_BATCH_BYTES", "50000")
    with serving(Repository.of({"m": str(tmp_path / "m")})) as client:

        def status(rows, **headers):
            body = json.dumps([{"v": None}] * rows)
            answer = client.post("/v1/models/m:transform", content=body, headers=headers)
            assert answer.status_code == 200 or "TAURUS_BEAM_BATCH_BYTES" in answer.json()["fix"]
            return answer.status_code

        assert (status(8), status(9), status(100)) == (200, 413, 413)
        assert (status(6, accept=ARROW), status(8, accept=ARROW)) == (200, 413)


NOT_ROWS = {
    "nothing": (b"", 400),
    "no JSON": (b"[{", 400),
    "no UTF-8": (b'["\xff"]', 400),
    "UTF-16": ("[]".encode("utf-16"), 400),
    "an object": (b"{}", 400),
    "a number": (b"7", 400),
    "a list of numbers": (b"[1]", 400),
    "a list of lists": (b"[[]]", 400),
    "deep nesting": (b"[" * 100_000, 400),
    "deep nesting of objects": (b'{"a":' * 30_000, 400),
    "an endless number": (b"[" + b"1" * 10_000 + b"]", 400),
    "too many rows": (b"[" + b",".join([b"{}"] * 1001) + b"]", 413),
    "a large body": (b" " * 200_001, 413),
    "a huge body": (b" " * 1_000_000, 413),
}


@pytest.mark.parametrize(("body", "status"), NOT_ROWS.values(), ids=NOT_ROWS)
def test_what_are_no_rows_is_refused(client, body, status):
    answer = client.post("/v1/models/plain:transform", content=body)
    assert answer.status_code == status, answer.text
    assert "Traceback" not in answer.text
    assert answer.json()["error"]


BAD_TENSORS = {
    "another type": {"fare": {"datatype": "BYTES"}},
    "no datatype": {"fare": {"datatype": "DOUBLE"}},
    "a datatype that is no string": {"fare": {"datatype": ["FP64"]}},
    "values of another type": {"count": {"data": ["a"] * 7}},
    "values the datatype cannot hold": {"count": {"data": [2**31] * 7}},
    "values the feature cannot hold": {"count": {"datatype": "INT64", "data": [2**31] * 7}},
    "fractions": {"count": {"datatype": "FP64", "data": [1.5] * 7}},
    "fewer rows": {"zone": {"shape": [6], "data": ["a"] * 6}},
    "fewer values than the shape says": {"zone": {"data": ["a"] * 6}},
    "a ragged batch": {"pair": {"data": [[1, 2]] * 6 + [[1]]}},
    "another width": {"pair": {"shape": [7, 3], "data": [1] * 21}},
    "a matrix for a scalar": {"fare": {"shape": [7, 2], "data": [1] * 14}},
    "no matrix for a vector": {"pair": {"shape": [7], "data": [1] * 7}},
    "three dimensions": {"pair": {"shape": [7, 1, 2]}},
    "a negative size": {"fare": {"shape": [-1], "data": []}},
    "a size that is no integer": {"fare": {"shape": [7.0]}},
    "a huge shape": {"fare": {"shape": [2**62]}},
    "no shape": {"fare": {"shape": None}},
    "no data": {"fare": {"data": None}},
    "nested data in a scalar": {"fare": {"data": [[1]] * 7}},
    "binary data": {"fare": {"parameters": {"binary_data_size": 56}}},
    "an extra feature": {"fair": {"shape": [7], "datatype": "FP64", "data": [1] * 7}},
    "lengths beyond the tensor": {"tags:lengths": {"data": [9] * 7}},
    "negative lengths": {"tags:lengths": {"data": [-2] * 7}},
    "a mask of another size": {"fare:missing": {"shape": [1], "datatype": "BOOL", "data": [True]}},
    "a mask of nulls": {"fare:missing": {"shape": [7], "datatype": "BOOL", "data": [None] * 7}},
}


@pytest.mark.parametrize("change", BAD_TENSORS.values(), ids=BAD_TENSORS)
def test_a_bad_tensor_is_refused_by_name(client, change):
    answer = client.post("/v2/models/plain/infer", content=infer_of(**change))
    assert answer.status_code == 400, answer.text
    assert answer.json()["feature"] == next(iter(change))


def test_a_missing_tensor_and_one_given_twice_are_named(client):
    made = tensors(leaves(PLAIN))
    for inputs, feature in ((made[1:], made[0]["name"]), ([*made, made[0]], made[0]["name"])):
        answer = client.post("/v2/models/plain/infer", json={"inputs": inputs})
        assert (answer.status_code, answer.json()["feature"]) == (400, feature)


def test_a_tensor_of_no_rows_has_no_size_however_wide_it_says_it_is(client):
    empty = [
        {**each, "shape": [0, *each["shape"][1:]], "data": []} for each in tensors(leaves(PLAIN))
    ]
    for each in empty:
        if each["name"] == "tags":
            each["shape"] = [0, 2**62]
    answer = client.post("/v2/models/plain/infer", json={"inputs": empty})
    assert answer.status_code == 200, answer.text
    assert all(each["data"] == [] for each in answer.json()["outputs"])


def test_too_many_rows_of_tensors(client):
    body = infer_of(fare={"shape": [1001], "data": [1] * 1001})
    assert client.post("/v2/models/plain/infer", content=body).status_code == 413


NOT_REQUESTS = {
    "a list": [],
    "no inputs": {},
    "inputs that are no list": {"inputs": {}},
    "an input that is no object": {"inputs": [1]},
    "an input without a name": {"inputs": [{"shape": [1]}]},
    "an id that is no string": {"inputs": [], "id": 7},
    "parameters that are no object": {"inputs": tensors(leaves(PLAIN)), "parameters": 1},
    "outputs that are no list": {"inputs": tensors(leaves(PLAIN)), "outputs": {}},
    "an output without a name": {"inputs": tensors(leaves(PLAIN)), "outputs": [{}]},
}


@pytest.mark.parametrize("body", NOT_REQUESTS.values(), ids=NOT_REQUESTS)
def test_what_is_no_request_is_refused(client, body):
    answer = client.post("/v2/models/plain/infer", content=json.dumps(body))
    assert answer.status_code == 400, answer.text


def arrow(client, body, name="plain"):
    url = f"/v1/models/{name}:transform"
    return client.post(url, content=body, headers={"content-type": ARROW})


WHOLE = stream(*PLAIN.to_batches())


def test_a_stream_that_was_cut_off_is_refused_wherever(client):
    assert arrow(client, WHOLE).status_code == 200
    for end in range(0, len(WHOLE), 8):
        answer = arrow(client, WHOLE[:end])
        assert answer.status_code == 400, (end, answer.text)


def with_column(name, array):
    columns = {**{n: PLAIN[n] for n in PLAIN.column_names}, name: array}
    return stream(*pa.table(columns).to_batches())


COLUMNS = {
    "another type": ("fare", pa.array(["a"] * 7)),
    "another list": ("tags", pa.array([[1]] * 7)),
    "a wider vector": ("pair", pa.array([[1.0] * 3] * 7, pa.list_(pa.float32(), 3))),
    "values that do not fit": ("count", pa.array([2**40] * 7)),
    "a type that nothing takes": ("zone", pa.array([{"a": 1}] * 7)),
    "an extra feature": ("zzone", pa.array(["a"] * 7)),
}


@pytest.mark.parametrize(("name", "array"), COLUMNS.values(), ids=COLUMNS)
def test_a_bad_column_of_a_stream_is_refused_by_name(client, name, array):
    answer = arrow(client, with_column(name, array))
    assert (answer.status_code, answer.json().get("feature")) == (400, name), answer.text


def test_a_missing_and_a_repeated_column_are_named(client):
    answer = arrow(client, stream(*PLAIN.drop_columns(["zone"]).to_batches()))
    assert (answer.status_code, answer.json()["feature"]) == (400, "zone")
    batch = PLAIN.to_batches()[0]
    twice = pa.RecordBatch.from_arrays(
        [*batch.columns, batch["zone"]], [*batch.schema.names, "zone"]
    )
    answer = arrow(client, stream(twice))
    assert (answer.status_code, answer.json()["feature"]) == (400, "zone")


def test_more_after_the_end_of_a_stream_is_refused(client):
    assert arrow(client, WHOLE + WHOLE).status_code == 400
    assert arrow(client, b"").status_code == 400
    assert arrow(client, b"PAR1" * 100).status_code == 400


def test_a_stream_cannot_unpack_to_more_than_is_allowed(client):
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, PLAIN.schema, options=options) as writer:
        writer.write_table(PLAIN)
    assert arrow(client, sink.getvalue().to_pybytes()).status_code == 415

    long = pa.DictionaryArray.from_arrays(np.zeros(7, np.int32), pa.array(["a" * 50_000]))
    assert arrow(client, with_column("zone", long)).status_code == 413
    nothing = pa.RecordBatch.from_arrays([pa.nulls(10**9)], ["zone"])
    assert arrow(client, stream(nothing)).status_code == 413


def test_buffers_that_point_outside_themselves_are_refused(client):
    one = stream(pa.record_batch({"zone": ["north", "south"]}))
    offsets = np.array([0, 5, 10], np.int32).tobytes()
    assert one.count(offsets) == 1
    wrong = one.replace(offsets, np.array([0, 5, 10**9], np.int32).tobytes())
    answer = arrow(client, wrong)
    assert answer.status_code == 400
    assert "no Arrow stream" in answer.json()["error"]


def test_addresses_and_methods_there_are_none_of(client):
    for url in ("/v2/models/nobody", "/v2/models/plain/versions/9", "/v2/models/nobody/ready"):
        answer = client.get(url)
        assert answer.status_code == 404, url
        assert "expected" in answer.json()
    assert client.post("/v2/models/nobody/infer", json={}).status_code == 404
    assert client.post("/v1/models/plain/versions/7:transform", json=[]).status_code == 404
    assert client.get("/v3").json()["error"] == "There is nothing at this address."
    assert client.get("/v2/models/plain/infer").status_code == 405
    assert client.get("/v2/models/../../etc/passwd/ready").status_code == 404


def test_media_types(client):
    url = "/v1/models/plain:transform"
    for header, value, status in (
        ("content-type", "text/csv", 415),
        ("content-encoding", "gzip", 415),
        ("accept", "text/csv", 406),
        ("accept", "text/html, application/json;q=0.5", 200),
        ("content-type", "application/json; charset=utf-8", 200),
    ):
        answer = client.post(url, content=b"[]", headers={header: value})
        assert answer.status_code == status, (header, value)
    body = infer_of()
    answer = client.post("/v2/models/plain/infer", content=body, headers={"content-type": ARROW})
    assert answer.status_code == 415


def test_a_body_that_never_comes_is_not_waited_for(paths):
    limits = Limits(read_seconds=0.1)
    with serving(Repository.of(paths), Settings(limits)) as client:
        with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
            head = (
                b"POST /v1/models/plain:transform HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n["
            )
            connection.sendall(head)
            assert connection.recv(4096).startswith(b"HTTP/1.1 408")
        assert client.get("/v2/health/live").status_code == 200


@pytest.mark.parametrize("sent", [b"", b"GET /v2 HTTP/1.1\r\nHost: a\r\n"])
@pytest.mark.parametrize("before", [b"", b"GET /v2 HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_a_request_that_never_begins_is_not_waited_for(paths, before, sent):
    with serving(Repository.of(paths), Settings(Limits(read_seconds=0.3))) as client:
        with socket.create_connection(("127.0.0.1", client.base_url.port)) as slow:
            slow.settimeout(30)
            slow.sendall(before)
            if before:
                assert slow.recv(65536).startswith(b"HTTP/1.1 200")
            slow.sendall(sent)
            while slow.recv(65536):
                pass
        assert client.get("/v2/health/live").status_code == 200


@pytest.mark.parametrize("url", ["/v1/models/all:transform", "/v2/models/all/infer"])
def test_a_name_that_is_given_twice_is_refused(client, url):
    answer = client.post(url, content=b'[{"zone": "a", "fare": 1, "zone": "b"}]')
    assert (answer.status_code, answer.json()["feature"]) == (400, "zone")
    assert "twice" in answer.json()["error"]


MANY = 2**31 - 2
ENDLESS = {
    "nulls in a list": pa.ListArray.from_arrays(pa.array([0, MANY], pa.int32()), pa.nulls(MANY)),
    "nulls in a vector": pa.FixedSizeListArray.from_arrays(pa.nulls(10**8), 10**8),
    "a run": pa.RunEndEncodedArray.from_arrays(pa.array([1], pa.int32()), pa.array([1.0])),
    "a view": pa.ListViewArray.from_arrays(
        pa.array([0], pa.int32()), pa.array([3], pa.int32()), pa.array([1.0, 2.0, 3.0])
    ),
    "no bytes": pa.array([b""], pa.binary(0)),
    "no fields": pa.array([{}], pa.struct([])),
}


@pytest.mark.parametrize("array", ENDLESS.values(), ids=ENDLESS)
def test_a_type_whose_values_are_more_than_their_bytes_is_refused(client, array):
    body = stream(pa.record_batch({"tags": array}))
    answer = client.post(
        "/v1/models/plain:transform", content=body, headers={"content-type": ARROW}
    )
    assert (answer.status_code, answer.json()["feature"]) == (400, "tags")
    assert "Arrow type" in answer.json()["error"]
