"""The sampled log: whole Parquet files that read as a data set, and nothing waited for."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rest_features import ALL, ARROW, PLAIN, dumped, json_rows, leaves, same, stream
from rest_server import metrics, serving, until
from rest_tensors import tensors

from taurus_beam.errors import EngineError
from taurus_beam.rest import LogSettings, Repository, Settings


def logged(folder):
    files = sorted(Path(folder).rglob("*.parquet"))
    return pa.concat_tables(pq.read_table(file, partitioning=None) for file in files)


def with_lists(table):
    """A table with its vectors as lists."""
    columns = {}
    for field in table.schema:
        fixed = pa.types.is_fixed_size_list(field.type)
        kind = pa.list_(field.type.value_type) if fixed else field.type
        columns[field.name] = (
            pa.array(table[field.name].to_pylist(), kind) if fixed else table[field.name]
        )
    return pa.table(columns)


@pytest.mark.parametrize("name", ["plain", "all"])
def test_every_row_is_logged_as_it_was_taken_and_answered(paths, functions, tmp_path, name):
    table = {"plain": PLAIN, "all": ALL}[name]
    settings = Settings(log=LogSettings(str(tmp_path), share=1.0))
    before = datetime.datetime.now(datetime.timezone.utc)
    with serving(Repository.of({name: paths[name]}), settings) as client:
        url = f"/v1/models/{name}:transform"
        many = json_rows(pa.concat_tables([table] * 3))
        client.post(url, content=dumped(many), headers={"x-request-id": "many"})
        client.post(url, content=dumped(json_rows(table)), headers={"x-request-id": "few"})
        headers = {"x-request-id": "arrow", "content-type": ARROW}
        client.post(url, content=stream(*table.to_batches()), headers=headers)
        body = {"inputs": tensors(leaves(table))}
        client.post(f"/v2/models/{name}/infer", json=body, headers={"x-request-id": "v2"})
        client.post(url, content=b"[{}]")
    found = logged(tmp_path)
    serving_of = found["_serving"].combine_chunks()
    ids = serving_of.field("request_id").to_pylist()
    assert [ids.count(i) for i in ("many", "few", "arrow", "v2")] == [21, 7, 7, 7]
    assert len(ids) == 42
    assert serving_of.field("row").to_pylist() == [*range(21), *range(7), *range(7), *range(7)]
    assert set(serving_of.field("model").to_pylist()) == {name}
    assert set(serving_of.field("version").to_pylist()) == {"1"}
    after = datetime.datetime.now(datetime.timezone.utc)
    assert all(before <= moment <= after for moment in serving_of.field("time").to_pylist())

    inputs = found.drop_columns(["_serving", "_outputs"])
    assert set(inputs.column_names) == set(leaves(table).column_names)
    outputs = pa.Table.from_batches(
        [pa.RecordBatch.from_struct_array(c) for c in found["_outputs"].chunks]
    )
    # The vectors of tensors have no missing rows, so without the last request.
    expected = with_lists(functions[name].transform(pa.concat_tables([table] * 5)))
    assert same(with_lists(functions[name].transform(inputs.slice(0, 35))), expected)
    assert same(outputs.slice(0, 35), expected)


def test_a_share_is_logged_by_the_requests_ids(paths, tmp_path):
    ids = []
    for run in ("a", "b"):
        settings = Settings(log=LogSettings(str(tmp_path / run), share=0.3))
        with serving(Repository.of({"m": paths["plain"]}), settings) as client:
            body = dumped(json_rows(PLAIN)[:1])
            for i in range(100):
                client.post(
                    "/v1/models/m:transform", content=body, headers={"x-request-id": f"r{i}"}
                )
        column = logged(tmp_path / run)["_serving"].combine_chunks().field("request_id")
        ids.append(column.to_pylist())
    assert ids[0] == ids[1]
    assert 10 < len(ids[0]) < 60


def test_files_are_closed_by_rows_and_by_age(paths, tmp_path):
    log = LogSettings(str(tmp_path), share=1.0, file_rows=10, file_seconds=0.05)
    with serving(Repository.of({"m": paths["plain"]}), Settings(log=log)) as client:
        body = dumped(json_rows(PLAIN))
        client.post("/v1/models/m:transform", content=body)
        until(lambda: len(list(tmp_path.rglob("*.parquet"))) == 1)
        for _ in range(4):
            client.post("/v1/models/m:transform", content=body)
        until(lambda: metrics(client).get("taurus_log_rows_total") == 35)
    assert len(logged(tmp_path)) == 35
    hidden = [path for path in tmp_path.rglob("*") if path.name.startswith(".")]
    assert not hidden


def test_what_finds_no_room_is_dropped_and_counted(paths, tmp_path):
    log = LogSettings(str(tmp_path), share=1.0, waiting_bytes=10)
    with serving(Repository.of({"m": paths["plain"]}), Settings(log=log)) as client:
        answer = client.post("/v1/models/m:transform", content=dumped(json_rows(PLAIN)))
        assert answer.status_code == 200
        assert metrics(client)["taurus_log_dropped_total"] == 1
    assert not list(tmp_path.rglob("*.parquet"))


def test_the_strings_of_a_row_count_for_the_room(paths, tmp_path):
    log = LogSettings(str(tmp_path), share=1.0, waiting_bytes=100_000)
    row = json_rows(PLAIN)[0]
    with serving(Repository.of({"m": paths["plain"]}), Settings(log=log)) as client:
        for text in ("short", "x" * 200_000):
            body = dumped([{**row, "zone": text}])
            assert client.post("/v1/models/m:transform", content=body).status_code == 200
        assert metrics(client)["taurus_log_dropped_total"] == 1
    assert logged(tmp_path)["zone"].to_pylist() == ["short"]


def test_a_folder_that_cannot_be_written_is_told_at_the_start(paths, tmp_path):
    (tmp_path / "file").write_text("")
    settings = Settings(log=LogSettings(str(tmp_path / "file" / "log")))
    with (
        pytest.raises(EngineError, match="request log"),
        serving(Repository.of({"m": paths["plain"]}), settings),
    ):
        pass
