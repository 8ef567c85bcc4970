"""`tb.statistics` of whatever form the data have, and of files that somebody else broke."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import taurus_beam as tb
from taurus_beam.errors import DataError
from taurus_beam.survey import statistics_of_batches

TABLE = pa.table({"x": [1.5, None, 3.0], "s": ["a", "b", None], "n": [1, 2, 3]})
NO_BEAM = """
import sys
import pyarrow, taurus_beam
stats = taurus_beam.statistics(pyarrow.table({"x": [1, 2], "s": ["a", "b"]}))
assert stats.datasets[0].num_examples == 2
assert taurus_beam.DatasetListView(stats)
print([name for name in sys.modules if name.startswith(("apache_beam", "taurus_beam.io"))])
"""


def test_data_in_memory_need_no_beam() -> None:
    run = subprocess.run([sys.executable, "-c", NO_BEAM], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr


@pytest.mark.parametrize(
    "data",
    [
        TABLE.to_batches()[0],
        pa.concat_tables([TABLE.slice(2), TABLE.slice(0, 2)]),
        pd.DataFrame({"x": [1.5, np.nan, 3.0], "s": ["a", "b", None], "n": [1, 2, 3]}),
        {"x": [1.5, None, 3.0], "s": ["a", "b", None], "n": np.array([1, 2, 3])},
    ],
    ids=["batch", "chunks", "pandas", "dict"],
)
def test_the_form_does_not_show(data: Any) -> None:
    assert tb.statistics(data) == tb.statistics(TABLE)


@pytest.mark.parametrize("further", [{}, {"d": pa.array(["p", "q"] * 25_000).dictionary_encode()}])
def test_the_pieces_of_columns_do_not_show(further: dict[str, Any]) -> None:
    numbers = np.arange(50_000)
    whole = pa.table(
        {"s": pa.array(1_000 + numbers % 700).cast(pa.string()), "x": numbers / 8, **further}
    )
    pieces = pa.concat_tables(whole.slice(start, 3_000) for start in range(0, 50_000, 3_000))
    mixed = whole.set_column(0, "s", pieces["s"])
    for options in (None, tb.StatsOptions(desired_batch_size=999)):
        assert tb.statistics(mixed, options) == tb.statistics(whole) == tb.statistics(pieces)


def test_files_are_read_by_path_by_pattern_and_as_a_source(tmp_path: Path) -> None:
    for i in range(3):
        pq.write_table(TABLE.slice(i, 1), tmp_path / f"{i}.parquet")
    named = sorted(tmp_path.iterdir())
    expected = tb.statistics(TABLE)
    for data in (
        str(tmp_path),
        tmp_path,
        f"{tmp_path}/*.parquet",
        named,
        tb.io.Source(str(tmp_path)),
    ):
        assert tb.statistics(data) == expected


def test_names_of_tfdv(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x,s,n\n1.5,a,1\n,b,2\n3.0,,3\n")
    expected = tb.statistics(TABLE)
    written = str(tmp_path / "s.tfrecord")
    assert tb.generate_statistics_from_csv(str(tmp_path / "x.csv"), written) == expected
    assert tb.load_stats_tfrecord(written) == expected
    frame = TABLE.to_pandas()
    for jobs in (1, 2, -1):
        assert tb.generate_statistics_from_dataframe(frame, n_jobs=jobs) == expected


def test_workers_do_not_show() -> None:
    batches = [pa.record_batch({"s": [f"v{i % 7}"], "x": [0.1 * i]}) for i in range(50)]
    found = [statistics_of_batches(batches, workers=n) for n in (1, 2, 5)]
    assert found[0] == found[1] == found[2]


def test_a_failure_while_reading_comes_out() -> None:
    def batches() -> Iterator[Any]:
        yield pa.record_batch({"x": [1]})
        raise DataError("The rest is damaged.")

    with pytest.raises(DataError, match="The rest is damaged"):
        statistics_of_batches(batches(), workers=3)


def test_memory_does_not_grow_with_rows() -> None:
    def peak(count: int) -> int:
        """The most bytes that Python, NumPy and Arrow held beyond what they had."""
        pa.default_memory_pool().release_unused()
        base, most = pa.total_allocated_bytes(), 0

        def batches() -> Iterator[Any]:
            nonlocal most
            random = np.random.default_rng(1)
            for _ in range(count):
                most = max(most, pa.total_allocated_bytes() - base)
                values = random.integers(0, 500, 20_000)
                yield pa.record_batch({"x": values / 7, "s": values.astype("U8").tolist()})

        tracemalloc.start()
        statistics_of_batches(batches(), workers=1)
        python = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return python + most

    assert peak(24) < 1.5 * peak(6)


def test_types_of_text_from_the_schema(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("id,fare,more\n1,2,3\n2,,4\n")
    text = 'feature { name: "id" type: BYTES } feature { name: "fare" type: FLOAT }'
    schema = text_format.Parse(text, schema_pb2.Schema())
    options = tb.StatsOptions(schema=schema, infer_type_from_schema=True)
    (dataset,) = tb.statistics(str(tmp_path / "x.csv"), options).datasets
    assert {f.path.step[0]: f.WhichOneof("stats") for f in dataset.features} == {
        "id": "string_stats",
        "fare": "num_stats",
    }
    assert dataset.features[1].type == 1


def test_ten_thousand_columns(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(10_000)]
    lines = [",".join(names), ",".join("1" for _ in names), ",".join("" for _ in names)]
    (tmp_path / "wide.csv").write_text("\n".join(lines) + "\n")
    options = tb.StatsOptions(feature_allowlist=["c0", "c9999"])
    (dataset,) = tb.statistics(str(tmp_path / "wide.csv"), options).datasets
    missing = {f.path.step[0]: f.num_stats.common_stats.num_missing for f in dataset.features}
    assert missing == {"c0": 1, "c9999": 1}


def test_invalid_text_is_counted(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"a,b\n1,\xff\xfe\n2,ok\n3,\xff\xfe\n")
    strings = tb.statistics(str(tmp_path / "x.csv")).datasets[0].features[1].string_stats
    assert (strings.invalid_utf8_count, strings.unique) == (2, 2)
    assert strings.top_values[0].value == "__BYTES_VALUE__"


def test_quotes_within_a_cell_mean_themselves(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('a,b\n1,5"\n2,"say ""hi"""\n')
    strings = tb.statistics(str(tmp_path / "x.csv")).datasets[0].features[1].string_stats
    assert {top.value for top in strings.top_values} == {'5"', 'say "hi"'}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'a,b\n1,x\n2,"y\n3,z\n4,u\n', "A quoted cell that begins in row 3 is not closed"),
        (b"a,b\n1,2\n1,2,3\n", "Expected 2 columns, got 3"),
        (b"a,b\n" + b"1,2\n" * 10 + b"3," + b"x" * (50 << 20) + b"\n", "longer than 4 MiB"),
        (b"a,b\n" + b"1,2\n" * (5 << 20 >> 2) + b"x,3\n", "In CSV column|in column 'a'"),
        (b"a,b\nx,y\n" + b"x,y\n" * (5 << 20 >> 2) + b"\xff,3\n", "invalid UTF8"),
        (b"a,a\n1,2\n", "Column 'a' occurs more than once"),
        (b"", "The file is empty"),
    ],
    ids=["quote", "width", "long cell", "mixed types", "late bytes", "names", "nothing"],
)
def test_broken_files_are_told_of(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        tb.statistics(str(path))
    assert caught.value.where == str(path)


def test_tfrecords_of_examples_are_lists(tmp_path: Path) -> None:
    batch = pa.record_batch({"x": [1, 2, None], "s": [["a", "b"], [], ["c"]]})
    [path] = tb.io.write_batches(f"{tmp_path}/x.tfrecord", [batch])
    found = tb.generate_statistics_from_tfrecord(path, f"{tmp_path}/stats.tfrecord")
    assert found == tb.load_statistics(f"{tmp_path}/stats.tfrecord")
    features = {f.path.step[0]: f for f in found.datasets[0].features}
    assert features["x"].num_stats.common_stats.num_missing == 1
    assert features["s"].string_stats.common_stats.tot_num_values == 3
