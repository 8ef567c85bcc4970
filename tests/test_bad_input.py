"""Data as they should not be: each case has a defined result, or a message one is glad to read.

The message tells the column or file, what was expected, and what to do. The same fault is met on
every way in: tables in memory, files read here, files read in a pipeline.
"""

from __future__ import annotations

import math
import os

import apache_beam as beam
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.errors import DataError, EngineError, TraceError
from taurus_beam.io import FORMATS, Source, files, write_batches

SCHEMA = pa.schema({"x": pa.float64(), "s": pa.string()})


def function(inputs: tb.Inputs) -> dict[str, tb.Column]:
    x, s = inputs["x"], inputs["s"]
    return {
        "z": tb.scale_to_z_score(x),
        "x01": tb.scale_to_0_1(x),
        "bucket": tb.bucketize(x, 4),
        "id": tb.compute_and_apply_vocabulary(s, num_oov_buckets=2),
        "total": tb.sum(x),
        "rows": tb.size(x),
    }


def fit_here(source):
    return tb.fit_batches(source.batches, function, source.schema)


def fit_in_pipeline(source):
    folder = f"{os.path.dirname(source.patterns[0])}/.fn-{os.urandom(4).hex()}"
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        transform_fn = pipeline | tb.AnalyzeDataset(function, source=source)
        _ = transform_fn | tb.WriteTransformFn(folder)
    return tb.load(folder)


# An Example has no doubles.
EXACT = [name for name in FORMATS if name != "tfrecord"]
EVERY_WAY = pytest.mark.parametrize("fit", [fit_here, fit_in_pipeline])


def message_of(problem):
    """The text of an error, which says all of where, expected and fix."""
    text = str(problem.value)
    for label in ("where:", "expected:", "fix:"):
        assert label in text, f"no {label} in: {text}"
    return text


# Little or nothing


@pytest.mark.parametrize("format_name", EXACT)
@EVERY_WAY
def test_files_of_no_rows(tmp_path, fit, format_name):
    write_batches(f"{tmp_path}/none", [], schema=SCHEMA, format=format_name)
    fn = fit(Source(f"{tmp_path}/none*", schema=SCHEMA, format=format_name))
    assert fn.digest == tb.fit(SCHEMA.empty_table(), function).digest
    row = fn.row({"x": 2.0, "s": "new"})
    assert (row["total"], row["rows"]) == (0.0, 0)
    assert row["id"] in (0, 1)
    assert len(fn.vocabulary("s")) == 0
    assert all(value is None or math.isfinite(value) for value in row.values())


def test_an_empty_folder(tmp_path):
    with pytest.raises(DataError) as problem:
        fit_here(Source(str(tmp_path)))
    text = message_of(problem)
    assert "No file matches" in text
    assert str(tmp_path) in text


@EVERY_WAY
def test_a_csv_file_with_only_a_header(tmp_path, fit):
    (tmp_path / "a.csv").write_text("x,s\n")
    assert fit(Source(f"{tmp_path}/a.csv", schema=SCHEMA)).row({"x": 1.0, "s": "a"})["rows"] == 0
    # Without a schema nothing tells the types, and that is said of the column that is used.
    with pytest.raises(TraceError, match=r"(?s)Column 'x' cannot be used.*Give a schema"):
        fit(Source(f"{tmp_path}/a.csv"))


@pytest.mark.parametrize("suffix", ["csv", "parquet", "avro", "arrow"])
def test_a_file_of_no_bytes(tmp_path, suffix):
    (tmp_path / f"none.{suffix}").write_bytes(b"")
    with pytest.raises(DataError) as problem:
        fit_here(Source(f"{tmp_path}/none.{suffix}"))
    assert f"none.{suffix}" in message_of(problem)
    assert "empty (0 bytes)" in str(problem.value)


def test_one_row():
    out, fn = tb.fit_transform({"x": [3.5], "s": ["only"]}, function)
    assert {name: values.tolist() for name, values in out.items()} == {
        "z": [0.0],
        "x01": [pytest.approx(1 / (1 + math.exp(-3.5)))],
        "bucket": [pytest.approx(out["bucket"][0])],
        "id": [0],
        "total": [3.5],
        "rows": [1],
    }
    assert 0 <= out["bucket"][0] < 4
    assert fn.row({"x": 3.5, "s": "only"})["id"] == 0


@pytest.mark.parametrize(
    "data",
    [
        pa.table({"x": pa.nulls(3, pa.float64()), "s": pa.nulls(3, pa.string())}),
        pa.table({"x": pa.nulls(3), "s": pa.nulls(3)}),
        pd.DataFrame({"x": [math.nan] * 3, "s": [None] * 3}),
        {"x": [None] * 3, "s": [None] * 3},
    ],
    ids=["typed", "null type", "frame", "dict"],
)
def test_columns_that_are_all_missing(data):
    fn = tb.fit(data, function, SCHEMA)
    assert fn.digest == tb.fit(SCHEMA.empty_table(), function).digest
    result = fn.transform(data)
    for name in ("z", "x01", "bucket", "id"):
        assert pd.isna(list(np.asarray(result[name], dtype=object))).all()
    assert list(np.asarray(result["rows"])) == [0] * 3


def test_a_column_of_arrows_null_type_needs_a_type():
    with pytest.raises(TraceError) as problem:
        tb.fit({"x": [None, None], "s": ["a", "b"]}, function)
    assert "Column 'x' cannot be used" in str(problem.value)
    assert "Give a schema that states the column's type" in str(problem.value)
    assert "test_bad_input.py:" in str(problem.value)


# Columns that differ


@EVERY_WAY
def test_a_file_that_lacks_a_column(tmp_path, fit):
    write_batches(f"{tmp_path}/a", [pa.record_batch({"x": [1.0], "s": ["a"]})])
    write_batches(f"{tmp_path}/b", [pa.record_batch({"x": [1.0]})])
    with pytest.raises(DataError) as problem:
        fit(Source(str(tmp_path)))
    text = message_of(problem)
    assert "Column 's' is missing" in text
    assert "b-00000-of-00001.parquet" in text


@EVERY_WAY
def test_a_file_with_a_column_more(tmp_path, fit):
    write_batches(f"{tmp_path}/a", [pa.record_batch({"x": [1.0], "s": ["a"]})])
    write_batches(f"{tmp_path}/b", [pa.record_batch({"x": [1.0], "s": ["a"], "extra": [1]})])
    with pytest.raises(DataError) as problem:
        fit(Source(str(tmp_path)))
    text = message_of(problem)
    assert "Column 'extra' is not expected" in text
    assert "b-00000-of-00001.parquet" in text


@EVERY_WAY
def test_a_column_whose_type_changes_between_files(tmp_path, fit):
    write_batches(f"{tmp_path}/a", [pa.record_batch({"x": [1.0], "s": ["a"]})])
    write_batches(f"{tmp_path}/b", [pa.record_batch({"x": ["1.0"], "s": ["a"]})])
    with pytest.raises(DataError) as problem:
        fit(Source(str(tmp_path)))
    text = message_of(problem)
    assert "Column 'x' is string here, not double" in text
    assert "b-00000-of-00001.parquet" in text


def test_a_column_whose_type_changes_between_batches():
    batches = [
        pa.record_batch({"x": [1.0], "s": ["a"]}),
        pa.record_batch({"x": ["2.0"], "s": ["b"]}),
    ]
    with pytest.raises(DataError, match=r"(?s)Column 'x' has type string.*expected: double.*fix:"):
        tb.fit_batches(lambda: batches, function, SCHEMA)


def test_two_columns_of_one_name(tmp_path):
    doubled = pa.Table.from_arrays([pa.array([1.0]), pa.array(["a"]), pa.array(["b"])], list("xss"))
    with pytest.raises(TraceError, match=r"(?s)more than one column 's'.*where: .*fix:"):
        tb.fit(doubled, function)
    with pytest.raises(DataError, match="Column 's' occurs 2 times in the data"):
        tb.fit_batches(doubled.to_batches, function, SCHEMA)
    (tmp_path / "a.csv").write_text("x,s,s\n1,a,b\n")
    with pytest.raises(DataError) as problem:
        fit_here(Source(f"{tmp_path}/a.csv"))
    assert "Column 's' occurs more than once" in message_of(problem)
    frame = pd.DataFrame([[1.0, "a", "b"]], columns=list("xss"))
    with pytest.raises(DataError, match=r"(?s)DataFrame cannot be taken.*s"):
        tb.fit(frame, function)


# Damaged files


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
@EVERY_WAY
def test_a_truncated_parquet_file(tmp_path, fit, keep):
    rows = {"x": np.arange(10_000.0), "s": [f"s{i}" for i in range(10_000)]}
    [good] = write_batches(f"{tmp_path}/a", [pa.record_batch(rows)])
    [bad] = write_batches(f"{tmp_path}/b", [pa.record_batch(rows)])
    os.truncate(bad, int(os.path.getsize(bad) * keep))
    with pytest.raises(DataError) as problem:
        fit(Source(str(tmp_path)))
    text = message_of(problem)
    assert "Cannot read the file as parquet" in text
    assert bad in text
    assert good not in text


@EVERY_WAY
def test_a_parquet_file_with_bytes_overwritten(tmp_path, fit):
    rows = {"x": np.arange(10_000.0), "s": [f"s{i}" for i in range(10_000)]}
    [path] = write_batches(f"{tmp_path}/a", [pa.record_batch(rows)])
    with open(path, "r+b") as file:
        file.seek(4)
        file.write(b"\xff" * 2000)
    with pytest.raises(DataError, match=r"(?s)Cannot read the file as parquet.*a-00000"):
        fit(Source(path))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2.0", "Expected 2 columns"),
        ("2.0,a,b", "Expected 2 columns"),
        ("two,a", "column 'x'.*conversion error to double.*'two'"),
        ('2.0,"never closed', "begins in row 3 is not closed"),
    ],
)
@EVERY_WAY
def test_a_corrupted_csv_line(tmp_path, fit, line, problem):
    (tmp_path / "a.csv").write_text(f"x,s\n1.0,a\n{line}\n3.0,b\n")
    source = Source(f"{tmp_path}/a.csv", schema=SCHEMA)
    with pytest.raises(DataError, match=problem) as found:
        fit(source)
    text = message_of(found)
    assert "a.csv" in text
    assert "#3" in text or "row 3" in text


@EVERY_WAY
def test_a_csv_file_that_is_not_utf_8(tmp_path, fit):
    (tmp_path / "a.csv").write_bytes("x,s\n1.0,Zürich\n".encode("latin-1"))
    with pytest.raises(DataError) as problem:
        fit(Source(f"{tmp_path}/a.csv", schema=SCHEMA))
    text = message_of(problem)
    assert "column 's'" in text
    assert "Row #2" in text
    assert "invalid UTF8 data" in text
    assert "a.csv" in text
    assert "Convert the file to UTF-8" in text


def test_a_csv_header_that_is_not_utf_8(tmp_path):
    (tmp_path / "a.csv").write_bytes("x,größe\n1.0,2\n".encode("latin-1"))
    with pytest.raises(DataError) as problem:
        fit_here(Source(f"{tmp_path}/a.csv"))
    text = message_of(problem)
    assert r"b'gr\xf6\xdfe'" in text
    assert "Convert the file to UTF-8" in text


def test_a_file_of_another_format(tmp_path):
    (tmp_path / "a.parquet").write_text("x,s\n1.0,a\n")
    with pytest.raises(
        DataError, match=r"(?s)Cannot read the file as parquet.*a\.parquet.*format="
    ):
        fit_here(Source(f"{tmp_path}/a.parquet"))


# Odd values


def test_infinities_and_nan_are_values():
    x = np.array([1.0, np.inf, 2.0, np.nan, -np.inf, 4.0])
    data = pa.table({"x": x, "s": list("abcdef")})
    for values in (x, x[::-1]):
        shuffled = data.set_column(0, "x", pa.array(values))
        assert tb.fit(shuffled, function).row({"x": 0.0, "s": ""})["rows"] == 6
    out, fn = tb.fit_transform(data, function)
    assert math.isnan(out["total"][0].as_py())
    assert out["bucket"].null_count == 0
    assert [fn.row(row) for row in data.to_pylist()][5]["bucket"] == out["bucket"][5].as_py()
    bounded = tb.fit(pa.table({"x": x}), lambda i: {"low": tb.min(i["x"]), "high": tb.max(i["x"])})
    assert bounded.row({}) == {"low": -math.inf, "high": math.inf}


def test_huge_strings(tmp_path):
    huge = ["x" * (20 * 2**20), "y" * (20 * 2**20), "", "short"]
    data = pa.table({"s": huge})
    fn = tb.fit(data, lambda i: {"id": tb.compute_and_apply_vocabulary(i["s"])})
    fn.save(tmp_path / "fn")
    loaded = tb.load(tmp_path / "fn")
    assert loaded.transform(data)["id"].to_pylist() == [1, 0, -1, 2]
    assert loaded.row({"s": huge[0]}) == {"id": 1}


def test_strings_of_every_kind_of_character(tmp_path):
    texts = ["\0", "a\nb", "a\r\n", ",", '"', "é", "e\u0301", "\U0001f600", "\u202e", " ", "\ufeff"]
    data = pa.record_batch({"x": [float(i) for i in range(len(texts))], "s": texts})
    expected = sorted(texts, key=str.encode, reverse=True)
    for format_name in EXACT:
        write_batches(f"{tmp_path}/{format_name}/a", [data], format=format_name)
        fn = fit_here(Source(f"{tmp_path}/{format_name}", schema=SCHEMA))
        assert fn.vocabulary("s").terms.to_pylist() == expected
        fn.save(tmp_path / format_name / "fn")
        assert tb.load(tmp_path / format_name / "fn").vocabulary("s").ids == fn.vocabulary("s").ids


def test_ten_million_rows():
    rows, size = 10_000_000, 250_000
    ramp = np.arange(size, dtype=np.float64)
    flags = pa.array(np.arange(size) % 2 == 0)

    def batches():
        for start in range(0, rows, size):
            yield pa.record_batch({"x": pa.array(ramp + start), "even": flags})

    schema = pa.schema({"x": pa.float64(), "even": pa.bool_()})
    fn = tb.fit_batches(
        batches,
        lambda i: {
            "count": tb.size(i["x"]),
            "mean": tb.mean(i["x"]),
            "low": tb.min(i["x"]),
            "high": tb.max(i["x"]),
            "evens": tb.sum(tb.cast(i["even"], pa.int64())),
        },
        schema,
    )
    assert fn.row({}) == {
        "count": rows,
        "mean": (rows - 1) / 2,
        "low": 0.0,
        "high": rows - 1.0,
        "evens": rows // 2,
    }
    assert fn.provenance["data"]["rows"] == rows


# Nowhere to write


def test_a_disk_that_is_full_while_rows_are_written(tmp_path, monkeypatch):
    # The device that is always full stands in for each shard; all else is real.
    create = files.create

    def create_on_full_disk(path):
        return create(path if path.endswith("probe") else "/dev/full")

    monkeypatch.setattr(files, "create", create_on_full_disk)
    (tmp_path / "out").mkdir()
    batch = pa.record_batch({"x": np.arange(100_000.0)})
    with pytest.raises(EngineError) as problem:
        write_batches(f"{tmp_path}/out/rows", [batch])
    assert "No space left on device" in message_of(problem)
    assert os.listdir(tmp_path / "out") == []


@pytest.mark.parametrize("path", ["{}/file/out", "/proc/taurus/out"])
def test_an_output_folder_that_takes_no_files(tmp_path, path):
    (tmp_path / "file").write_text("")
    batch = pa.record_batch({"x": [1.0], "s": ["a"]})
    with pytest.raises(EngineError) as problem:
        write_batches(path.format(tmp_path), [batch])
    assert "Cannot write" in message_of(problem)
    fn = tb.fit(pa.Table.from_batches([batch]), function)
    with pytest.raises(EngineError) as problem:
        fn.save(path.format(tmp_path))
    assert "not be written" in message_of(problem)
