"""What appears under the final names, and what never does."""

import os
from pathlib import Path

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.testing.util import assert_that

from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import FORMATS, Source, WriteRecordBatches, write_batches
from taurus_beam.io.shards import Output, ShardWriter

# A writer that is dropped half way must not complain when it is collected.
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")

BATCH = pa.record_batch({"x": [1, 2, 3], "s": ["a", None, ""]})
BATCHES = (BATCH, BATCH.slice(1))


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def rows(folder):
    return sorted(map(repr, pa.Table.from_batches(Source(str(folder)).batches()).to_pylist()))


def run(path, batches=BATCHES, **options):
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        made = pipeline | "Make" >> beam.Create(list(batches)).with_output_types(pa.RecordBatch)
        written = made | "Write" >> WriteRecordBatches(path, **options)
        assert written.element_type is str
        assert_that(written, lambda found: all(map(os.path.exists, found)) or pytest.fail("lost"))


@pytest.mark.parametrize("format_name", [name for name in FORMATS if name != "tfrecord"])
def test_a_pipeline_writes_what_it_was_given(tmp_path, format_name):
    run(f"{tmp_path}/out", format=format_name)
    suffix = FORMATS[format_name].suffixes[0]
    assert all(name.startswith("out-0") and name.endswith(suffix) for name in names(tmp_path))
    expected = sorted(map(repr, BATCH.to_pylist() + BATCH.to_pylist()[1:]))
    assert rows(tmp_path) == expected


@pytest.mark.parametrize("shards", [1, 2, 5])
def test_as_many_shards_as_wanted(tmp_path, shards):
    run(f"{tmp_path}/sub/out.parquet", shards=shards)
    assert names(tmp_path / "sub") == [
        f"out-{number:05d}-of-{shards:05d}.parquet" for number in range(shards)
    ]
    assert len(rows(tmp_path / "sub")) == 5


@pytest.mark.parametrize("shards", [None, 3])
def test_no_batches_with_a_schema_are_files_of_no_rows(tmp_path, shards):
    run(f"{tmp_path}/out", batches=[], schema=BATCH.schema, shards=shards)
    assert len(names(tmp_path)) == (shards or 1)
    source = Source(str(tmp_path))
    assert source.schema == BATCH.schema
    assert list(source.batches()) == []


def test_no_batches_and_no_schema_write_nothing(tmp_path):
    with pytest.raises(DataError, match=r"(?s)nothing to write.*Pass schema="):
        run(f"{tmp_path}/out", batches=[])
    with pytest.raises(DataError, match=r"(?s)nothing to write.*Pass schema="):
        write_batches(f"{tmp_path}/out", [])
    assert [name for name in names(tmp_path) if not name.startswith(".")] == []


@pytest.mark.parametrize("shards", [None, 2])
def test_a_run_that_fails_leaves_nothing(tmp_path, shards):
    def fail_at_the_second(number):
        if number == 2:
            raise ArithmeticError("second batch")
        return BATCH

    def run_and_fail():
        with beam.Pipeline(runner="FnApiRunner") as pipeline:
            _ = (
                pipeline
                | "Make" >> beam.Create([1, 2, 3], reshuffle=False)
                | "Fail" >> beam.Map(fail_at_the_second).with_output_types(pa.RecordBatch)
                | "Write" >> WriteRecordBatches(f"{tmp_path}/out", shards=shards)
            )

    with pytest.raises(ArithmeticError):
        run_and_fail()
    assert names(tmp_path) == []


def test_batches_that_fail_leave_nothing(tmp_path):
    def batches():
        yield BATCH
        raise ArithmeticError("second batch")

    with pytest.raises(ArithmeticError):
        write_batches(f"{tmp_path}/out", batches())
    assert names(tmp_path) == []


def test_while_it_writes_nothing_has_the_final_name(tmp_path):
    def batches():
        for _ in range(3):
            assert all(name.startswith(".out-") for name in names(tmp_path))
            yield BATCH

    [path] = write_batches(f"{tmp_path}/out", batches())
    assert names(tmp_path) == [os.path.basename(path)]


def test_batches_of_two_schemas_are_refused(tmp_path):
    other = pa.record_batch({"x": ["1"], "s": ["a"]})
    with pytest.raises(DataError, match="Column 'x' is string here, not int64"):
        write_batches(f"{tmp_path}/out", [BATCH, other])
    with pytest.raises(DataError, match="Column 'x' is"):
        run(f"{tmp_path}/out", batches=[BATCH, other])
    with pytest.raises(DataError, match="Column 'x' is"):
        run(f"{tmp_path}/out", batches=[BATCH, other], shards=2)
    with pytest.raises(DataError, match="Column 's' is not expected"):
        run(f"{tmp_path}/out", schema=pa.schema([("x", pa.int64())]))
    assert [name for name in names(tmp_path) if not name.startswith(".")] == []


def test_an_output_that_exists_is_refused_before_anything_is_read(tmp_path):
    write_batches(f"{tmp_path}/out", [BATCH])
    (tmp_path / "out-00000-of-00001.parquet").rename(tmp_path / "out-00006-of-00007.parquet")
    for write in (write_batches, lambda path, _: run(path), lambda path, _: check(path)):
        with pytest.raises(EngineError, match=r"(?s)output exists.*00006-of-00007.*--overwrite"):
            write(f"{tmp_path}/out", [BATCH])
    assert names(tmp_path) == ["out-00006-of-00007.parquet"]


def check(path):
    WriteRecordBatches(path).check()


def test_other_outputs_beside_it_are_left_alone(tmp_path):
    write_batches(f"{tmp_path}/out", [BATCH])
    write_batches(f"{tmp_path}/out-more", [BATCH])
    write_batches(f"{tmp_path}/out.csv", [BATCH])
    (tmp_path / "out-notes.parquet").write_text("")
    before = names(tmp_path)
    run(f"{tmp_path}/out", overwrite=True, shards=1)
    assert names(tmp_path) == before


def test_overwriting_leaves_no_stale_shard(tmp_path):
    run(f"{tmp_path}/out", shards=5)
    run(f"{tmp_path}/out", shards=2, overwrite=True)
    assert names(tmp_path) == ["out-00000-of-00002.parquet", "out-00001-of-00002.parquet"]
    assert len(rows(tmp_path)) == 5
    write_batches(f"{tmp_path}/out", [BATCH], overwrite=True)
    assert names(tmp_path) == ["out-00000-of-00001.parquet"]


def test_a_commit_that_was_interrupted_can_be_repeated(tmp_path):
    output = Output.at(f"{tmp_path}/out", None, False)
    folder = output.waiting_folder()
    os.makedirs(folder)
    shards = []
    for number in range(3):
        writer = ShardWriter(output, folder, None, f"{number}")
        writer.write(BATCH)
        shards.append(writer.close())
    os.rename(shards[1].path, output.name(1, 3))
    expected = [output.name(number, 3) for number in range(3)]
    assert output.commit(shards, folder) == expected
    assert output.commit(shards, folder) == expected
    assert names(tmp_path) == [os.path.basename(path) for path in expected]


def test_a_commit_that_fails_leaves_no_final_name(tmp_path):
    output = Output.at(f"{tmp_path}/out", None, True)
    folder = output.waiting_folder()
    os.makedirs(folder)
    shards = []
    for number in range(2):
        writer = ShardWriter(output, folder, None, f"{number}")
        writer.write(BATCH)
        shards.append(writer.close())
    os.makedirs(f"{output.name(1, 2)}/in-the-way")
    with pytest.raises(EngineError, match="Cannot write"):
        output.commit(shards, folder)
    assert names(tmp_path) == ["out-00001-of-00002.parquet"]


@pytest.mark.parametrize("write", [write_batches, lambda path, _: run(path)])
@pytest.mark.parametrize("path", ["{}/file/out", "/proc/no/out", "/dev/null/out"])
def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path, write, path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match=r"(?s)Cannot write .*fix:"):
        write(path.format(tmp_path), [BATCH])


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_full_disk_says_so(tmp_path, format_name):
    output = Output.at(f"{tmp_path}/out", format_name, False)
    os.symlink("/dev/full", f"{tmp_path}/shard{output.suffix}")
    writer = ShardWriter(output, str(tmp_path), None, "shard")

    def fill():
        writer.write(pa.record_batch({"x": range(200_000)}))
        writer.close()

    with pytest.raises(EngineError, match=r"(?s)No space left on device.*free space"):
        fill()
    writer.abandon()
    assert names(tmp_path) == []


def test_a_type_the_format_cannot_hold_is_refused_before_anything_is_read(tmp_path):
    schema = pa.schema([("v", pa.list_(pa.int64()))])
    with pytest.raises(EngineError, match="Column 'v' cannot be written as csv"):
        WriteRecordBatches(f"{tmp_path}/out.csv", schema=schema).check()


def test_a_suffix_that_contradicts_the_format_is_refused(tmp_path):
    with pytest.raises(EngineError, match=r"called \.csv but the format is avro"):
        WriteRecordBatches(f"{tmp_path}/out.csv", format="avro")


def test_a_folder_gets_a_name_of_its_own(tmp_path):
    write_batches(f"{tmp_path}/out/", [BATCH], format="avro")
    assert names(tmp_path / "out") == ["part-00000-of-00001.avro"]


def test_a_relative_path_is_fine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert write_batches("out.csv", [BATCH]) == ["out-00000-of-00001.csv"]
    assert len(rows("out-*.csv")) == 3


def test_what_a_failed_commit_was_to_replace_stands_again(tmp_path):
    run(f"{tmp_path}/out", shards=2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    output = Output.at(f"{tmp_path}/out", None, True)
    folder = output.waiting_folder()
    os.makedirs(folder)
    writer = ShardWriter(output, folder, None, "0")
    writer.write(BATCH)
    os.makedirs(f"{output.name(0, 1)}/in-the-way")
    with pytest.raises(EngineError, match="Cannot write"):
        output.commit([writer.close()], folder)
    os.rmdir(f"{output.name(0, 1)}/in-the-way")
    os.rmdir(output.name(0, 1))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_part_of_an_output_is_read_unless_its_commit_was_killed(tmp_path):
    run(f"{tmp_path}/out", shards=3)
    os.remove(f"{tmp_path}/out-00001-of-00003.parquet")
    source = Source(f"{tmp_path}/*.parquet")
    assert len(source.files()) == 2
    (tmp_path / ".out-0123").mkdir()
    (tmp_path / ".out-0123" / "1.parquet").write_text("")
    with pytest.raises(DataError, match="The output is incomplete"):
        source.files()
    with pytest.raises(EngineError, match="It is incomplete: its writer was killed"):
        write_batches(f"{tmp_path}/out", [BATCH])
    assert Source(f"{tmp_path}/out-00000-of-00003.parquet").files()
