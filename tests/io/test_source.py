"""Which files a source reads, in which order, and what it says when they do not fit."""

import os
import pickle
import shutil
from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.testing.util import assert_that

from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import FORMATS, Source, progress, write_batches

# An Example has lists only, and no doubles.
EXACT = [name for name in FORMATS if name != "tfrecord"]
BATCH = pa.record_batch({"x": [1, 2, 3], "s": ["a", None, "c"], "y": [0.5, None, -1.0]})


def values(source, columns=None):
    return pa.Table.from_batches(source.batches(columns)).to_pydict()


@pytest.fixture
def folder(tmp_path):
    """Three files of three rows, and what else may lie in a folder."""
    for number in (2, 0, 1):
        table = pa.table({"x": [number * 10 + row for row in range(3)]})
        pq.write_table(table, tmp_path / f"part-{number}.parquet")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".part.parquet").write_text("junk")
    (tmp_path / "README.md").write_text("words")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "part-9.parquet").write_text("junk")
    return tmp_path


@pytest.mark.parametrize(
    "pattern", ["{}", "{}/", "{}/*.parquet", "{}/part-?.parquet", "file://{}/*.parquet"]
)
def test_files_are_read_by_name(folder, pattern):
    source = Source(pattern.format(folder), format="parquet" if pattern == "{}/" else None)
    if pattern == "{}/":
        (folder / "README.md").unlink()
    if pattern == "{}":
        (folder / "README.md").rename(folder / "_README.md")
    assert values(source) == {"x": [0, 1, 2, 10, 11, 12, 20, 21, 22]}


def test_several_patterns_read_each_file_once(folder):
    source = Source([f"{folder}/part-1.parquet", f"{folder}/part-[01].parquet"])
    assert values(source) == {"x": [0, 1, 2, 10, 11, 12]}


def test_a_name_that_looks_like_a_pattern_is_a_name(tmp_path):
    path = tmp_path / "odd[1]*.parquet"
    pq.write_table(pa.table({"x": [1]}), path)
    assert values(Source(str(path))) == {"x": [1]}


def test_a_hidden_file_is_read_if_it_is_named(folder):
    pq.write_table(pa.table({"x": [1]}), folder / "_part.parquet")
    assert values(Source(f"{folder}/_part.parquet")) == {"x": [1]}


def test_a_name_without_suffix_needs_a_format(tmp_path):
    path = tmp_path / "data"
    pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(EngineError, match=r"(?s)does not tell the format.*\.jsonl.*--format"):
        _ = Source(str(path)).schema
    assert values(Source(str(path), format="parquet")) == {"x": [1]}


def test_an_unknown_format_lists_the_known():
    with pytest.raises(EngineError, match=r"(?s)'xlsx'.*parquet, csv, avro"):
        Source("x", format="xlsx")


def test_a_folder_of_two_formats_needs_a_format(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "a.jsonl").write_text('{"x": 2}\n')
    with pytest.raises(EngineError, match="several formats: csv, jsonl"):
        _ = Source(str(tmp_path)).format
    assert values(Source(str(tmp_path), format="csv")) == {"x": [1]}


@pytest.mark.parametrize("path", ["{}/none/*.csv", "{}/none.csv", "{}"])
def test_no_match_says_so(tmp_path, path):
    with pytest.raises(DataError, match=r"(?s)No file matches.*where:"):
        _ = Source(path.format(tmp_path)).schema


def test_a_file_system_beam_does_not_have_is_named():
    with pytest.raises(DataError, match=r"(?s)nosuch://x/a\.csv.*extra"):
        _ = Source("nosuch://x/a.csv").schema


def test_a_folder_in_place_of_a_file_and_a_file_in_place_of_a_folder(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match="No file matches"):
        _ = Source(f"{tmp_path}/a.csv").schema
    (tmp_path / "b").write_text("")
    with pytest.raises(DataError, match="No file matches"):
        _ = Source(f"{tmp_path}/b/c.csv").schema


def test_an_unknown_column_lists_the_known(folder):
    with pytest.raises(DataError, match=r"(?s)'fare' is not in the data.*one of x"):
        Source(f"{folder}/*.parquet").read(["fare"])


@pytest.mark.parametrize("format_name", EXACT)
def test_projection_gives_the_columns_in_the_order_asked(tmp_path, format_name):
    [path] = write_batches(f"{tmp_path}/x", [BATCH, BATCH.slice(1)], format=format_name)
    source = Source(path)
    [*batches] = source.batches(["y", "s"])
    assert batches[0].schema.names == ["y", "s"]
    assert values(source, ["s"]) == {"s": ["a", None, "c", None, "c"]}
    empty = list(source.batches([]))
    assert {batch.num_columns for batch in empty} == {0}
    assert sum(batch.num_rows for batch in empty) == 5


@pytest.mark.parametrize("format_name", ["parquet", "avro", "arrow", "arrow_stream"])
@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ({"x": pa.array([1], pa.int32()), "s": ["a"]}, r"Column 'x' is int32 here, not int64"),
        ({"s": ["a"]}, r"Column 'x' is missing"),
        ({"x": [1], "s": ["a"], "t": [1]}, r"Column 't' is not expected"),
    ],
)
def test_a_file_of_another_schema_is_named(tmp_path, format_name, other, fault):
    write_batches(f"{tmp_path}/1", [pa.record_batch({"x": [1], "s": ["b"]})], format=format_name)
    write_batches(f"{tmp_path}/2", [pa.record_batch(other)], format=format_name)
    with pytest.raises(DataError, match=rf"(?s){fault}.*2-00000-of-00001.*expected:.*fix:"):
        list(Source(f"{tmp_path}").batches(["s"]))


def test_a_csv_file_of_other_columns_is_named(tmp_path):
    (tmp_path / "1.csv").write_text("x,s\n1,a\n")
    (tmp_path / "2.csv").write_text("x\n1\n")
    with pytest.raises(DataError, match=r"(?s)Column 's' is missing.*2\.csv"):
        list(Source(f"{tmp_path}").batches())


def test_files_may_store_the_same_type_in_other_ways(tmp_path):
    pq.write_table(pa.table({"s": ["a"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"s": pa.array(["b"], pa.large_string())}), tmp_path / "2.parquet")
    coded = pa.array(["c"]).dictionary_encode()
    pq.write_table(pa.table({"s": coded}), tmp_path / "3.parquet")
    batches = list(Source(str(tmp_path)).batches())
    assert pa.Table.from_batches(batches).to_pydict() == {"s": ["a", "b", "c"]}


def test_columns_of_one_name_are_refused(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["x", "x"])
    with pa.OSFile(f"{tmp_path}/x.arrow", "wb") as file, pa.ipc.new_file(file, table.schema) as out:
        out.write_table(table)
    with pytest.raises(DataError, match="'x' occurs more than once"):
        _ = Source(f"{tmp_path}/x.arrow").schema


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_a_truncated_file_is_named(tmp_path, format_name, kept):
    batch = pa.record_batch({"x": range(1000), "s": [f"word {row}" for row in range(1000)]})
    [path] = write_batches(f"{tmp_path}/x", [batch], format=format_name)
    schema = batch.schema
    # Text cut between two lines is a shorter text, so the cut is put inside a value.
    end = int(os.path.getsize(path) * kept)
    content = Path(path).read_bytes()[:end]
    if format_name in ("csv", "jsonl") and content:
        content = content[: content.rindex(b"\n")] + b'\n{"x'
    Path(path).write_bytes(content)
    source = Source(path, schema=schema)
    if format_name in ("jsonl", "tfrecord") and not kept:
        assert list(source.batches()) == []
        return
    with pytest.raises(DataError, match=r"(?s)x-00000-of-00001.*fix:"):
        list(source.batches())


@pytest.mark.parametrize("format_name", ["parquet", "avro", "arrow", "arrow_stream"])
def test_noise_is_no_file(tmp_path, format_name):
    path = tmp_path / "x"
    path.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(DataError, match=rf"(?s)Cannot read the file as {format_name}.*where:"):
        _ = Source(str(path), format=format_name).schema


def test_a_file_that_vanishes_is_named(folder):
    source = Source(f"{folder}/part-0.parquet")
    [file] = source.files()
    fragments = source.fragments(file)
    shutil.rmtree(folder)
    with pytest.raises(DataError, match=r"(?s)Cannot read .*part-0\.parquet"):
        list(source.read_fragment(fragments[0], ("x",), False))


def test_a_source_is_small_when_pickled(folder):
    source = Source(f"{folder}/*.parquet")
    assert len(source.schema) == 1
    copied = pickle.loads(pickle.dumps(source))
    assert values(copied) == values(source)
    assert len(pickle.dumps(source)) < 1_000


def test_the_fingerprint_follows_the_files(folder):
    source = Source(f"{folder}/*.parquet")
    before = source.fingerprint()
    assert [entry["name"] for entry in before["files"]] == [
        f"part-{number}.parquet" for number in range(3)
    ]
    assert before == source.fingerprint()
    os.utime(folder / "part-1.parquet", (1, 1))
    assert source.fingerprint()["sha256"] != before["sha256"]


@pytest.mark.parametrize("format_name", FORMATS)
def test_progress_counts_rows_and_reaches_the_files_size(tmp_path, format_name):
    batch = pa.record_batch({"x": range(5000)})
    before = progress()
    write_batches(f"{tmp_path}/x", [batch, batch], format=format_name)
    source = Source(f"{tmp_path}", batch_size=1000)
    for _ in source.batches():
        assert (progress() - before).bytes_read <= source.nbytes()
    done = progress() - before
    assert (done.rows_written, done.rows_read) == (10_000, 10_000)
    # A Parquet or Arrow file's footer belongs to no rows.
    assert source.nbytes() * 0.3 < done.bytes_read <= source.nbytes()


@pytest.mark.parametrize("format_name", EXACT)
def test_a_pipeline_reads_what_is_read_here(tmp_path, format_name):
    for number in range(3):
        write_batches(f"{tmp_path}/{number}", [BATCH, BATCH.slice(number)], format=format_name)
    source = Source(f"{tmp_path}", batch_size=2)
    expected = sorted(map(repr, pa.Table.from_batches(source.batches(["s", "x"])).to_pylist()))

    def check(batches):
        assert all(batch.num_rows <= 2 for batch in batches)
        assert sorted(repr(row) for batch in batches for row in batch.to_pylist()) == expected

    pipeline = beam.Pipeline(runner="FnApiRunner")
    batches = pipeline | "Read" >> source.read(["s", "x"])
    assert batches.element_type is pa.RecordBatch
    assert_that(batches, check)
    result = pipeline.run()
    result.wait_until_finish()
    found = result.metrics().query(beam.metrics.MetricsFilter().with_namespace("taurus_beam"))
    counters = {entry.key.metric.name: entry.committed for entry in found["counters"]}
    assert counters["rows_read"] == len(expected)
    assert 0 < counters["bytes_read"] <= source.nbytes()


def test_a_pipeline_over_no_rows_gives_no_batches(tmp_path):
    write_batches(f"{tmp_path}/x", [], schema=BATCH.schema)
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        batches = pipeline | "Read" >> Source(f"{tmp_path}").read()
        assert_that(batches, lambda found: found == [] or pytest.fail(str(found)))


def test_a_worker_names_the_file_it_cannot_read(tmp_path):
    write_batches(f"{tmp_path}/1", [BATCH])
    (tmp_path / "2.parquet").write_bytes(b"PAR1")
    with (
        pytest.raises(DataError, match=r"(?s)Cannot read the file as parquet.*2\.parquet"),
        beam.Pipeline(runner="FnApiRunner") as pipeline,
    ):
        _ = pipeline | "Read" >> Source(f"{tmp_path}").read()


@pytest.fixture
def folder_with_bad_files(tmp_path):
    """Three files, of which the first two are damaged and of no bytes."""
    for number in range(3):
        write_batches(f"{tmp_path}/{number}.parquet", [pa.record_batch({"x": [number]})])
    first, second, _ = sorted(tmp_path.iterdir())
    first.write_bytes(first.read_bytes()[:-8])
    second.write_bytes(b"")
    return tmp_path


def test_bad_files_are_skipped_where_that_is_asked_for(folder_with_bad_files):
    source = Source(str(folder_with_bad_files), skip_bad_files=True)
    before = progress()
    assert [batch.to_pydict() for batch in source.batches()] == [{"x": [2]}]
    names = sorted(os.path.basename(path)[0] for path in (progress() - before).left_out)
    assert names == ["0", "1"]
    with pytest.raises(DataError, match="0-00000"):
        list(Source(str(folder_with_bad_files)).batches())


def test_where_all_files_are_bad_nothing_is_read(folder_with_bad_files):
    source = Source(
        f"{folder_with_bad_files}/[01]-*",
        schema=pa.schema({"x": pa.int64()}),
        skip_bad_files=True,
    )
    with pytest.raises(DataError, match="None of the files can be read"):
        list(source.batches())
    with (
        pytest.raises(DataError, match="None of the files can be read"),
        beam.Pipeline(runner="FnApiRunner") as pipeline,
    ):
        _ = pipeline | source.read()
