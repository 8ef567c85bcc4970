"""Files of statistics: every form is read back, and what is damaged is told of."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import statistics_pb2

import taurus_beam as tb
from taurus_beam.errors import DataError, EngineError
from taurus_beam.stats.tfrecord import read_records, write_records

STATS = tb.statistics({"x": [1.5, None, 2.5], "s": ["a", "é", "a"]})
# What TFDV 1.16 wrote for `datasets { features { type: STRING path { step: "a" step: "b" } ... } }`
# begins with this frame: a length of 36 and its masked CRC-32C.
TFDV_HEAD = b"$\x00\x00\x00\x00\x00\x00\x00B+\x80M"


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("s.pb", tb.load_stats_binary),
        ("s", tb.load_stats_binary),
        ("s.pbtxt", tb.load_stats_text),
        ("s.txt", tb.load_stats_text),
        ("s.tfrecord", tb.load_stats_tfrecord),
        ("s.json", tb.load_statistics),
    ],
)
def test_every_form_is_read_back(tmp_path: Path, name: str, load: Any) -> None:
    path = str(tmp_path / name)
    tb.write_statistics(STATS, path)
    tb.write_statistics(STATS, path)
    assert load(path) == tb.load_statistics(path) == STATS
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert stat.S_IMODE(Path(path).stat().st_mode) & 0o400


def test_writers_by_form(tmp_path: Path) -> None:
    for write, load in (
        (tb.write_stats_binary, tb.load_stats_binary),
        (tb.write_stats_text, tb.load_stats_text),
        (tb.write_stats_tfrecord, tb.load_stats_tfrecord),
    ):
        write(STATS, str(tmp_path / "any"))
        assert load(str(tmp_path / "any")) == STATS


def test_statistics_of_nothing_are_read_back(tmp_path: Path) -> None:
    nothing = statistics_pb2.DatasetFeatureStatisticsList()
    for name in ("n.pb", "n.pbtxt", "n.tfrecord", "n.json"):
        tb.write_statistics(nothing, str(tmp_path / name))
        assert tb.load_statistics(str(tmp_path / name)) == nothing


def test_a_record_that_begins_as_json_does_is_read_back(tmp_path: Path) -> None:
    stats = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = stats.datasets.add()
    # A TFRecord begins with its length: of 123 bytes, that is an opening brace.
    dataset.name = "x" * (ord("{") - 4)
    path = str(tmp_path / "s.tfrecord")
    tb.write_statistics(stats, path)
    assert Path(path).read_bytes().startswith(b"{")
    assert tb.load_statistics(path) == stats


def test_compressed_records_and_shards(tmp_path: Path) -> None:
    halves = [statistics_pb2.DatasetFeatureStatisticsList() for _ in range(2)]
    for half, feature in zip(halves, STATS.datasets[0].features, strict=True):
        half.datasets.add(num_examples=3).features.append(feature)
    contents = [write_records([half.SerializeToString()]) for half in halves]
    (tmp_path / "p-00000-of-00002").write_bytes(contents[0])
    (tmp_path / "p-00001-of-00002").write_bytes(gzip.compress(contents[1]))
    assert tb.load_sharded_statistics(str(tmp_path / "p")).proto() == STATS
    together = tmp_path / "both.tfrecord"
    together.write_bytes(b"".join(contents))
    assert tb.load_statistics(str(together)) == STATS


def test_the_frame_is_that_of_tfdv() -> None:
    assert write_records([b"\x00" * 36]).startswith(TFDV_HEAD)


@pytest.mark.parametrize("size", [0, 1, 16_384, 16_385, 200_003])
def test_long_records_have_the_checksum_of_short_ones(size: int) -> None:
    record = np.random.default_rng(size).integers(0, 256, size, np.uint8).tobytes()
    framed = write_records([record])
    assert int.from_bytes(framed[-4:], "little") == masked_crc32c(record)
    assert list(read_records(framed, "x")) == [record]


@pytest.mark.parametrize("damage", ["cut", "length", "record", "gzip"])
def test_damaged_records_are_told_of(damage: str) -> None:
    framed = bytearray(write_records([b"statistics"]))
    if damage == "cut":
        del framed[-1]
    elif damage == "length":
        framed[1] ^= 1
    elif damage == "record":
        framed[14] ^= 1
    else:
        framed = bytearray(gzip.compress(bytes(framed))[:-9])
    with pytest.raises(DataError, match="no complete TFRecord file"):
        list(read_records(bytes(framed), "x.tfrecord"))


@pytest.mark.parametrize(
    "content", [b"datasets { nonsense: 3 }", b"\xff\xfe\x00garbage", b"a,b\n1,2\n"]
)
def test_files_of_something_else_are_told_of(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        tb.load_statistics(str(path))
    assert caught.value.where == str(path)


def test_text_errors_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "x.pbtxt"
    path.write_text(text_format.MessageToString(STATS).replace("median", "medium", 1))
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "medium" in text)
    with pytest.raises(DataError, match=f"{line}:"):
        tb.load_statistics(str(path))


def test_places_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        tb.load_statistics(str(tmp_path / "x"))
    with pytest.raises(EngineError, match="No such file"):
        tb.write_statistics(STATS, str(tmp_path / "no" / "x"))
    with pytest.raises(DataError, match="No input paths found"):
        tb.load_sharded_statistics(str(tmp_path / "x"))
    with pytest.raises(DataError, match="either"):
        tb.load_sharded_statistics()
    with pytest.raises(DataError, match="A dict is no statistics"):
        tb.write_statistics({}, str(tmp_path / "x"))


def masked_crc32c(data: bytes) -> int:
    """Bit by bit, as RFC 3720 defines it; masked as TFRecord does."""
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_names_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "stats.pb"
    tb.write_statistics(tb.statistics({"name": [1]}), str(path))
    path.write_bytes(path.read_bytes().replace(b"name", b"na\xffe"))
    with pytest.raises(DataError, match=r"The name of a feature is no UTF-8: b'na\\xffe'"):
        tb.load_statistics(str(path))


@pytest.mark.parametrize("name", ["stats.pb", "stats.pbtxt", "stats.tfrecord"])
def test_a_path_may_be_a_path_object(tmp_path: Path, name: str) -> None:
    statistics = tb.statistics({"x": [1, 2]})
    tb.write_statistics(statistics, tmp_path / name)
    assert tb.load_statistics(tmp_path / name) == statistics
