"""What every format gives back of what was written to it."""

from datetime import date, datetime, time, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import FORMATS, Source, write_batches

SPECIAL_FLOATS = st.sampled_from([float("nan"), float("inf"), float("-inf"), -0.0, 0.0])
NAIVE = st.datetimes(min_value=datetime(1700, 1, 1), max_value=datetime(2200, 1, 1))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FLAT = [
    (pa.bool_(), st.booleans()),
    (pa.int8(), st.integers(-(2**7), 2**7 - 1)),
    (pa.uint32(), st.integers(0, 2**32 - 1)),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.float32(), st.floats(width=32) | SPECIAL_FLOATS),
    (pa.float64(), st.floats() | SPECIAL_FLOATS),
    (pa.string(), TEXT),
    (pa.large_string(), TEXT),
    (pa.date32(), st.dates()),
    (pa.time64("us"), st.times()),
    (pa.timestamp("us"), NAIVE),
    (pa.timestamp("us", "America/New_York"), NAIVE.map(lambda t: t.replace(tzinfo=timezone.utc))),
    (pa.timestamp("s"), NAIVE.map(lambda t: t.replace(microsecond=0))),
    (pa.duration("us"), st.timedeltas(timedelta(days=-9999), timedelta(days=9999))),
]
NESTED = [
    (pa.list_(pa.int64()), st.lists(st.none() | st.integers(-9, 9), max_size=3)),
    (pa.list_(pa.float32(), 2), st.lists(st.floats(width=32), min_size=2, max_size=2)),
    (pa.list_(pa.date32()), st.lists(st.dates(), max_size=2)),
    (
        pa.struct([("a", pa.string()), ("b", pa.list_(pa.bool_()))]),
        st.fixed_dictionaries({"a": st.none() | TEXT, "b": st.none() | st.lists(st.booleans())}),
    ),
]
BINARY = [(pa.binary(), st.binary(max_size=5)), (pa.binary(2), st.binary(min_size=2, max_size=2))]
HELD = {
    "parquet": FLAT + NESTED + BINARY,
    "arrow": FLAT + NESTED + BINARY,
    "arrow_stream": FLAT + NESTED + BINARY,
    "avro": FLAT + NESTED + BINARY,
    "csv": FLAT,
    "jsonl": FLAT + NESTED,
    "tfrecord": [
        (pa.bool_(), st.booleans()),
        (pa.int8(), st.integers(-(2**7), 2**7 - 1)),
        (pa.uint32(), st.integers(0, 2**32 - 1)),
        (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
        (pa.float32(), st.floats(width=32) | SPECIAL_FLOATS),
        (pa.string(), TEXT),
        (pa.binary(), st.binary(max_size=5)),
        (pa.list_(pa.int64()), st.lists(st.integers(-9, 2**62), max_size=3)),
        (pa.list_(pa.float32()), st.lists(st.floats(width=32), max_size=3)),
        (pa.list_(pa.float32(), 2), st.lists(st.floats(width=32), min_size=2, max_size=2)),
        (pa.list_(pa.string()), st.lists(TEXT, max_size=3)),
        (pa.list_(pa.bool_()), st.lists(st.booleans(), max_size=3)),
    ],
}


# An Example has lists only, and no doubles.
EXACT = [name for name in FORMATS if name != "tfrecord"]


@st.composite
def batches(draw, kinds):
    """Up to three slices of a batch of one to three columns, with offsets into its buffers."""
    columns = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3))
    rows = draw(st.integers(0, 12))
    whole = pa.record_batch(
        [
            pa.array(draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), dtype)
            for dtype, values in columns
        ],
        names=[f"c{number}" for number in range(len(columns))],
    )
    cuts = sorted(draw(st.lists(st.integers(0, rows), min_size=2, max_size=2)))
    return [whole.slice(0, cuts[0]), whole.slice(cuts[0], cuts[1]), whole.slice(cuts[1])]


def assert_equal(found, expected):
    """Same schema and values, NaN equal to NaN and -0.0 different from 0.0."""
    assert found.schema == expected.schema
    assert repr(found.to_pylist()) == repr(expected.to_pylist())


@pytest.mark.parametrize("format_name", HELD)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(format_name, tmp_path_factory, data):
    written = data.draw(batches(HELD[format_name]))
    folder = tmp_path_factory.mktemp(format_name)
    write_batches(f"{folder}/x", written, format=format_name)
    schema = written[0].schema
    source = Source(f"{folder}/*", schema=schema, batch_size=5)
    expected = pa.Table.from_batches(written)
    for _ in range(2):
        read = list(source.batches())
        assert all(0 < batch.num_rows <= 5 for batch in read)
        assert_equal(pa.Table.from_batches(read, schema), expected)
    if expected.num_rows:
        backwards = schema.names[::-1]
        read = pa.Table.from_batches(source.batches(backwards))
        assert_equal(read, expected.select(backwards))
        assert sum(batch.num_rows for batch in source.batches([])) == expected.num_rows


@pytest.mark.parametrize("format_name", ["parquet", "avro", "arrow", "arrow_stream"])
@pytest.mark.parametrize("dtype", [dtype for dtype, _ in FLAT + NESTED + BINARY], ids=str)
def test_files_that_have_a_schema_keep_every_type(format_name, dtype, tmp_path):
    schema = pa.schema([("x", dtype)])
    write_batches(f"{tmp_path}/x", [], schema=schema, format=format_name)
    source = Source(f"{tmp_path}/")
    assert source.schema == schema
    assert list(source.batches()) == []


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_file_of_no_rows_is_legal(format_name, tmp_path):
    schema = pa.schema([("x", pa.int64()), ("s", pa.string())])
    [path] = write_batches(f"{tmp_path}/x", [], schema=schema, format=format_name)
    assert list(Source(path, schema=schema).batches()) == []


@pytest.mark.parametrize("format_name", EXACT)
def test_a_dictionary_is_written_as_its_values(format_name, tmp_path):
    one = pa.record_batch({"s": pa.array(["a", None, "a"]).dictionary_encode()})
    other = pa.record_batch({"s": pa.array(["b", "a"]).dictionary_encode()})
    write_batches(f"{tmp_path}/x", [one, other], format=format_name)
    table = pa.Table.from_batches(Source(f"{tmp_path}/*").batches())
    assert_equal(table, pa.table({"s": ["a", None, "a", "b", "a"]}))


@pytest.mark.parametrize("format_name", EXACT)
def test_numbers_keep_their_bits(format_name, tmp_path):
    random = np.random.default_rng(1)
    doubles = random.integers(0, 2**63, 2000).view(np.float64)
    doubles = doubles[np.isfinite(doubles)]
    floats = random.integers(0, 2**31, len(doubles)).astype(np.uint32).view(np.float32)
    batch = pa.record_batch({"d": doubles, "f": np.nan_to_num(floats)})
    write_batches(f"{tmp_path}/x", [batch], format=format_name)
    [read] = Source(f"{tmp_path}/*", schema=batch.schema).batches()
    for name in batch.schema.names:
        assert read[name].to_numpy().tobytes() == batch[name].to_numpy().tobytes()


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.bz2", ".csv.zst", ".jsonl.gz", ".ndjson.zst"])
def test_text_is_compressed_as_its_name_says(suffix, tmp_path):
    batch = pa.record_batch({"s": ["word"] * 10_000})
    [path] = write_batches(f"{tmp_path}/x{suffix}", [batch])
    assert path.endswith(f"x-00000-of-00001{suffix}")
    assert Source(path).nbytes() < 1_000
    assert pa.Table.from_batches(Source(path).batches()) == pa.Table.from_batches([batch])


@pytest.mark.parametrize(
    ("format_name", "column"),
    [
        ("csv", pa.array([[1]])),
        ("csv", pa.array([{"a": 1}])),
        ("jsonl", pa.array([b"\xff"])),
        ("avro", pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64()))),
    ],
)
def test_a_type_without_a_form_is_refused_by_column(format_name, column, tmp_path):
    batch = pa.record_batch({"fine": ["a"], "odd": column})
    with pytest.raises(EngineError, match=r"(?s)Column 'odd' cannot be written as .*Parquet"):
        write_batches(f"{tmp_path}/x", [batch], format=format_name)
    assert list(tmp_path.iterdir()) == []


def test_avro_refuses_a_name_it_does_not_allow(tmp_path):
    with pytest.raises(EngineError, match="Avro does not allow that name"):
        write_batches(f"{tmp_path}/x", [pa.record_batch({"a b": [1]})], format="avro")


def test_values_beyond_the_format_are_refused(tmp_path):
    batch = pa.record_batch({"x": pa.array([2**64 - 1], pa.uint64())})
    with pytest.raises(DataError, match=r"Column 'x' has values that do not fit int64"):
        write_batches(f"{tmp_path}/x", [batch], format="avro")
    assert list(tmp_path.iterdir()) == []


def test_times_of_day_and_dates_are_what_python_says(tmp_path):
    batch = pa.record_batch({"d": [date(2024, 2, 29)], "t": [time(1, 2, 3, 4)]})
    for name in EXACT:
        [path] = write_batches(f"{tmp_path}/{name}", [batch], format=name)
        [read] = Source(path, schema=batch.schema).batches()
        assert read.to_pylist() == [{"d": date(2024, 2, 29), "t": time(1, 2, 3, 4)}]
