"""Jobs without a pipeline give what those in one give: the same artifact, rows and errors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import spine
from joined import Joined, joined_functions

import taurus_beam as tb
from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import Source, write_batches
from taurus_beam.io.formats.parquet import Parquet
from taurus_beam.io.shards import Output
from taurus_beam.runners.local import data, jobs, statistics
from taurus_beam.runners.local.changeover import NeedsPipelineError

THREADS = 3
TABLE = spine.table(600)


@pytest.fixture(autouse=True)
def _many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the data and the machine are, several threads share them."""
    monkeypatch.setenv("TAURUS_BEAM_THREADS", str(THREADS))
    monkeypatch.setattr(data, "_WORTH_A_THREAD", 1)
    monkeypatch.setattr(data, "_SHARD_ROWS", 8)


@pytest.fixture(scope="module")
def functions() -> list[Joined]:
    return joined_functions(2)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("files", [1, 4])
def test_functions_made_by_hypothesis(
    tmp_path: Path, functions: list[Joined], number: int, files: int
) -> None:
    joined = functions[number]
    source = written(joined.rows, tmp_path, files)

    outcome = jobs.fit(joined.preprocess, source, f"{tmp_path}/fn", output=output(tmp_path))

    expected, fn = tb.fit_transform(joined.rows, joined.preprocess)
    fn.save(f"{tmp_path}/expected")
    assert spine.files_of(tmp_path / "fn") == spine.files_of(tmp_path / "expected")
    assert list(map(repr, in_order(tmp_path))) == list(map(repr, expected.to_pylist()))
    assert outcome.progress.rows_written == len(joined.rows)


@pytest.mark.parametrize("format_name", ["parquet", "csv", "jsonl", "arrow"])
@pytest.mark.parametrize("files", [1, 2, 5])
def test_rows_keep_their_order(tmp_path: Path, files: int, format_name: str) -> None:
    table = TABLE.drop_columns(["unused"])
    source = written(table, tmp_path, files, format_name)

    jobs.fit(spine.preprocess, source, f"{tmp_path}/fn", schema=table.schema)
    jobs.transform(f"{tmp_path}/fn", source, output(tmp_path))

    expected = tb.load(f"{tmp_path}/fn").transform(table)
    assert list(map(repr, in_order(tmp_path))) == list(map(repr, expected.to_pylist()))


def test_there_are_as_many_shards_as_threads(tmp_path: Path) -> None:
    source = written(TABLE, tmp_path, 1)

    jobs.fit(spine.preprocess, source, f"{tmp_path}/fn", output=output(tmp_path))

    names = sorted(path.name for path in tmp_path.glob("out*"))
    assert names == [f"out-0000{n}-of-00003.parquet" for n in range(THREADS)]
    # A shard ends where a batch does.
    assert [pq.read_metadata(tmp_path / name).num_rows for name in names] == [203, 203, 194]


def test_no_rows_give_one_file_of_no_rows(tmp_path: Path) -> None:
    source = written(TABLE.slice(0, 0), tmp_path, 1)

    jobs.fit(lambda i: {"y": i["x"] * 2}, source, f"{tmp_path}/fn", output=output(tmp_path))

    assert [path.name for path in tmp_path.glob("out*")] == ["out-00000-of-00001.parquet"]
    assert in_order(tmp_path) == []


@pytest.mark.parametrize("function", [spine.preprocess, lambda i: {"y": i["x"] + 1}])
def test_statistics_come_from_the_same_reading(tmp_path: Path, function: Any) -> None:
    source = written(TABLE, tmp_path, 3)

    jobs.fit(function, source, f"{tmp_path}/fn", statistics=f"{tmp_path}/stats.pb")

    assert tb.load_statistics(f"{tmp_path}/stats.pb") == tb.statistics(TABLE)


def test_the_provenance_tells_of_the_run(tmp_path: Path) -> None:
    source = written(TABLE, tmp_path, 2)

    jobs.fit(spine.preprocess, source, f"{tmp_path}/fn")

    known = tb.load(f"{tmp_path}/fn").provenance
    assert (known["run"]["runner"], known["run"]["passes"]) == ("local", 2)
    assert known["data"]["rows"] == len(TABLE)
    assert len(known["data"]["source"]["files"]) == 2


def test_bad_files_are_left_out_where_that_is_asked_for(tmp_path: Path) -> None:
    source = written(TABLE, tmp_path, 3, skip_bad_files=True)
    bad = tmp_path / "in" / "1-00000-of-00001.parquet"
    bad.write_bytes(bad.read_bytes()[:-100])

    jobs.fit(spine.preprocess, source, f"{tmp_path}/fn", output=output(tmp_path))

    good = pa.concat_tables([TABLE.slice(0, 200), TABLE.slice(400)])
    fn = tb.load(f"{tmp_path}/fn")
    assert fn.digest == tb.fit(good, spine.preprocess).digest
    assert [file["name"] for file in fn.provenance["data"]["left_out"]] == [str(bad)]
    assert len(in_order(tmp_path)) == 400


def test_a_file_that_breaks_while_it_is_read_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = written(TABLE, tmp_path, 5)
    read, readings = Parquet.read, []

    def breaking(self: Parquet, stream: Any, fragment: Any, request: Any) -> Any:
        readings.append(fragment)
        batches = read(self, stream, fragment, request)
        yield next(batches)
        if len(readings) > 12:  # in the last of the three readings, and not at its beginning
            raise OSError("the disk is broken")
        yield from batches

    monkeypatch.setattr(Parquet, "read", breaking)
    with pytest.raises(DataError, match="the disk is broken"):
        jobs.fit(spine.preprocess, source, f"{tmp_path}/fn", output=output(tmp_path))

    assert os.listdir(tmp_path) == ["in"]


@pytest.mark.parametrize("taken", ["fn", "out-00000-of-00001.parquet"])
def test_what_is_there_is_not_replaced(tmp_path: Path, taken: str) -> None:
    source = written(TABLE, tmp_path, 1)
    (tmp_path / taken).write_text("precious")

    with pytest.raises(EngineError):
        jobs.fit(spine.preprocess, source, f"{tmp_path}/fn", output=output(tmp_path))

    assert sorted(os.listdir(tmp_path)) == sorted(["in", taken])


def test_missing_columns_are_told_before_anything_is_read(tmp_path: Path) -> None:
    source = written(TABLE, tmp_path, 1)
    tb.fit(TABLE, spine.preprocess).save(f"{tmp_path}/fn")
    other = written(TABLE.drop_columns(["s"]), tmp_path / "other", 1)

    with pytest.raises(DataError, match="'s'"):
        jobs.transform(f"{tmp_path}/fn", other, output(tmp_path))
    with pytest.raises(tb.errors.TraceError):
        jobs.fit(lambda i: {"y": i["none"]}, source, f"{tmp_path}/other_fn")

    assert sorted(os.listdir(tmp_path)) == ["fn", "in", "other"]


def test_monitors_are_counted(tmp_path: Path) -> None:
    def watched(inputs: tb.Inputs) -> dict[str, Any]:
        return {"n": tb.monitor(inputs["n"], inputs["n"] > 900, "many")}

    source = written(TABLE, tmp_path, 2)

    outcome = jobs.fit(watched, source, f"{tmp_path}/fn", output=output(tmp_path))

    many = sum(n is not None and n > 900 for n in TABLE["n"].to_pylist())
    assert outcome.violations == {"many": many}


@pytest.mark.parametrize(
    ("path", "target", "reason"),
    [
        ("gs://bucket/x.parquet", "fn", "gs://bucket/x.parquet is on another file system"),
        ("x.parquet", "s3://bucket/fn", "s3://bucket/fn is on another file system"),
    ],
)
def test_other_file_systems_need_a_pipeline(path: str, target: str, reason: str) -> None:
    with pytest.raises(NeedsPipelineError, match=reason):
        jobs.fit(spine.preprocess, Source(path), target)


def test_statistics_that_outgrow_memory_need_a_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = written(TABLE, tmp_path, 1)
    monkeypatch.setattr(statistics, "_MOST_KEYS", 10)

    with pytest.raises(NeedsPipelineError, match="more than 10 distinct values"):
        jobs.fit(spine.preprocess, source, f"{tmp_path}/fn", statistics=f"{tmp_path}/stats.pb")

    assert os.listdir(tmp_path) == ["in"]


def written(
    rows: pa.Table, folder: Path, files: int, format_name: str = "parquet", **options: Any
) -> Source:
    """The rows in some files, which are read in batches that are smaller yet."""
    each = -(-len(rows) // files)
    for number in range(files):
        part = rows.slice(number * each, each).to_batches()
        path = f"{folder}/in/{number}"
        write_batches(path, part, schema=rows.schema, format=format_name)
    return Source(f"{folder}/in", batch_size=7, **options)


def output(folder: Path) -> Output:
    return Output.at(f"{folder}/out", None, overwrite=False)


def in_order(folder: Path) -> list[dict[str, Any]]:
    """The rows of the output, shard by shard."""
    return [row for batch in Source(f"{folder}/out-*").batches() for row in batch.to_pylist()]
