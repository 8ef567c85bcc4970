"""TFRecord files of Examples: what TensorFlow wrote is read, what is damaged is refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import Source, write_batches

# Written by TensorFlow 2.16: tf.io.TFRecordWriter of three tf.train.Examples.
# {"i": [1, -1], "s": [b"a", b""]}, {"f": [0.5], "i": []}, {"n": no kind}
WRITTEN = bytes.fromhex(
    "2600000000000000734fe3000a240a0c0a017312070a050a01610a000a140a0169120f1a0d0a0b01"
    "ffffffffffffffffff01df87495f1a00000000000000129bd82d0a180a0d0a0166120812060a0400"
    "00003f0a070a016912021a00d7b049af090000000000000037f971390a070a050a016e1200bbbc7d"
    "06"
)


def rows(path: Path, **columns: Any) -> list[dict[str, Any]]:
    schema = pa.schema(list(columns.items())) if columns else None
    return pa.Table.from_batches(Source(str(path), schema=schema).batches()).to_pylist()


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "x.tfrecord").write_bytes(WRITTEN)
    return tmp_path / "x.tfrecord"


def test_what_tensorflow_wrote_is_read_as_lists(written: Path) -> None:
    assert rows(written) == [
        {"f": None, "i": [1, -1], "n": None, "s": ["a", ""]},
        {"f": [0.5], "i": [], "n": None, "s": None},
        {"f": None, "i": None, "n": None, "s": None},
    ]


def test_a_schema_asks_for_scalars_and_other_types(written: Path) -> None:
    found = rows(written, f=pa.float64(), s=pa.list_(pa.binary()), absent=pa.int8())
    assert found == [
        {"f": None, "s": [b"a", b""], "absent": None},
        {"f": 0.5, "s": None, "absent": None},
        {"f": None, "s": None, "absent": None},
    ]


def test_more_values_than_the_schema_has_room_for_are_refused(written: Path) -> None:
    with pytest.raises(DataError, match=r"(?s)'i' has lists of 2 values.*expected:.*i: int64"):
        rows(written, i=pa.int64())
    with pytest.raises(DataError, match=r"'i' has lists of 0, 2 values"):
        rows(written, i=pa.list_(pa.int64(), 3))


def test_bytes_that_are_no_text_stay_bytes(tmp_path: Path) -> None:
    batch = pa.record_batch({"b": [b"\xff"]})
    [path] = write_batches(f"{tmp_path}/x.tfrecord", [batch])
    assert rows(Path(path)) == [{"b": [b"\xff"]}]
    with pytest.raises(DataError, match=r"'b' has values that do not fit string"):
        rows(Path(path), b=pa.string())


@pytest.mark.parametrize("place", range(0, len(WRITTEN), 7))
def test_a_changed_byte_is_found(tmp_path: Path, place: int) -> None:
    content = bytearray(WRITTEN)
    content[place] ^= 4
    (tmp_path / "x.tfrecord").write_bytes(content)
    with pytest.raises(DataError, match=r"(?s)Cannot read the file as tfrecord.*x\.tfrecord"):
        rows(tmp_path / "x.tfrecord")


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.tfrecord.gz").write_bytes(gzip.compress(WRITTEN))
    assert len(rows(tmp_path / "x.tfrecord.gz")) == 3


def test_blocks_are_cut_between_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = pa.record_batch({"x": range(300), "s": [str(i) * (i % 9) for i in range(300)]})
    [path] = write_batches(f"{tmp_path}/x.tfrecord", [batch])
    monkeypatch.setattr("taurus_beam.io.formats.tfrecord.BLOCK_BYTES", 100)
    assert rows(Path(path), x=pa.int64(), s=pa.string()) == batch.to_pylist()


def test_what_an_example_cannot_hold_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"'x' cannot be written as tfrecord.*double"):
        write_batches(f"{tmp_path}/x.tfrecord", [pa.record_batch({"x": [0.5]})])
    with pytest.raises(DataError, match=r"'x' has a missing element"):
        write_batches(f"{tmp_path}/y.tfrecord", [pa.record_batch({"x": [[1, None]]})])
    assert list(tmp_path.iterdir()) == []
