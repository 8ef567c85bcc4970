"""Statistics in files: binary protos, text protos and TFRecords, as TFDV writes and reads them.

And JSON, protobuf's own mapping, for programs that know nothing of protocol buffers.
Local files only; the pipeline's transforms write to any file system. A file appears under its name
only when it is complete.
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from google.protobuf import json_format, text_format
from google.protobuf.message import DecodeError
from tensorflow_metadata.proto.v0 import statistics_pb2

from taurus_beam.errors import DataError, EngineError
from taurus_beam.stats.merge import merge_statistics
from taurus_beam.stats.tfrecord import read_records, write_records
from taurus_beam.stats.views import DatasetListView
from taurus_beam.whole_file import replace_file

__all__ = [
    "binary_file",
    "decode_statistics",
    "encode_statistics",
    "json_file",
    "load_sharded_statistics",
    "load_statistics",
    "load_stats_binary",
    "load_stats_text",
    "load_stats_tfrecord",
    "text_file",
    "tfrecord_file",
    "write_statistics",
    "write_stats_binary",
    "write_stats_text",
    "write_stats_tfrecord",
]

Path = str | os.PathLike[str]
_List = statistics_pb2.DatasetFeatureStatisticsList
_TEXT = (".pbtxt", ".txt", ".textproto")
_JSON = ".json"
_RECORDS = (".tfrecord", ".tfrecords", ".tfrecord.gz")


def load_statistics(input_path: Path) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics in a file, be it TFRecord, a binary proto, text or JSON.

    Args:
        input_path: A local file. Its content decides, not its name.

    Raises:
        DataError: It cannot be read, or holds no statistics.

    Example:
        >>> import tempfile, taurus_beam as tb
        >>> path = tempfile.mkdtemp() + "/stats.pbtxt"
        >>> write_statistics(tb.statistics({"x": [1, 2]}), path)
        >>> load_statistics(path).datasets[0].num_examples
        2
    """
    return decode_statistics(_read(input_path), os.fspath(input_path))


def load_stats_text(input_path: Path) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics in a text proto (pbtxt).

    Raises:
        DataError: It cannot be read, or is no such text; naming the line.
    """
    return _from_text(_read(input_path), os.fspath(input_path))


def load_stats_binary(input_path: Path) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics in a binary proto.

    Raises:
        DataError: It cannot be read, or is no such proto.
    """
    return _from_binary(_read(input_path), os.fspath(input_path))


def load_stats_tfrecord(input_path: Path) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics in a TFRecord file, plain or gzip; those of several records are merged.

    Raises:
        DataError: It cannot be read, is damaged, or its records hold no statistics.
    """
    return _from_tfrecord(_read(input_path), os.fspath(input_path))


def load_sharded_statistics(
    input_path_prefix: str | None = None, input_paths: Iterable[str] | None = None
) -> DatasetListView:
    """A view of the statistics in several TFRecord files, merged.

    Args:
        input_path_prefix: What the names of the files begin with (then ``-00000-of-00001``).
        input_paths: Or the files.

    Raises:
        DataError: There are none, not exactly one of the arguments is given, or a file is damaged.
    """
    if (input_path_prefix is None) == (input_paths is None):
        raise DataError("Give either input_path_prefix or input_paths.")
    if input_path_prefix is not None:
        input_paths = sorted(glob.glob(glob.escape(input_path_prefix) + "-*-of-*"))
    paths: Sequence[str] = list(input_paths or ())
    if not paths:
        raise DataError(
            "No input paths found.",
            where=input_path_prefix,
            expected="files PREFIX-00000-of-0000N",
        )
    return DatasetListView(merge_statistics(map(load_stats_tfrecord, paths)))


def write_statistics(stats: statistics_pb2.DatasetFeatureStatisticsList, output_path: Path) -> None:
    """Write statistics in the form that the end of the name says.

    Args:
        stats: The statistics.
        output_path: A local path: ``.pbtxt`` or ``.txt`` for text, ``.tfrecord`` or ``.tfrecords``
            for one record, ``.json`` for protobuf's JSON mapping, and anything else for a binary
            proto.

    Raises:
        EngineError: The file cannot be written.
    """
    _write(output_path, encode_statistics(stats, os.fspath(output_path)))


def write_stats_text(stats: statistics_pb2.DatasetFeatureStatisticsList, output_path: Path) -> None:
    """Write statistics as a text proto (pbtxt); see `write_statistics`."""
    _write(output_path, text_file(stats))


def write_stats_binary(
    stats: statistics_pb2.DatasetFeatureStatisticsList, output_path: Path
) -> None:
    """Write statistics as a binary proto; see `write_statistics`."""
    _write(output_path, binary_file(stats))


def write_stats_tfrecord(
    stats: statistics_pb2.DatasetFeatureStatisticsList, output_path: Path
) -> None:
    """Write statistics as a TFRecord file of one record; see `write_statistics`."""
    _write(output_path, tfrecord_file(stats))


def encode_statistics(stats: statistics_pb2.DatasetFeatureStatisticsList, name: str) -> bytes:
    """The content of a file of statistics; the end of its name says the form.

    The same statistics give the same bytes.
    """
    if name.endswith(_TEXT):
        return text_file(stats)
    if name.endswith(_RECORDS[:2]):
        return tfrecord_file(stats)
    if name.endswith(_JSON):
        return json_file(stats)
    return binary_file(stats)


def binary_file(stats: statistics_pb2.DatasetFeatureStatisticsList) -> bytes:
    """The content of a file that `load_stats_binary` reads; deterministic."""
    _check(stats)
    content: bytes = stats.SerializeToString(deterministic=True)
    return content


def text_file(stats: statistics_pb2.DatasetFeatureStatisticsList) -> bytes:
    """The content of a file that `load_stats_text` reads; deterministic."""
    _check(stats)
    text: str = text_format.MessageToString(stats)
    return text.encode()


def json_file(stats: statistics_pb2.DatasetFeatureStatisticsList) -> bytes:
    """The statistics in protobuf's JSON mapping, names as in statistics.proto; deterministic.

    Example:
        >>> import taurus_beam as tb
        >>> json.loads(json_file(tb.statistics({"x": [1, 2]})))["datasets"][0]["num_examples"]
        '2'
    """
    _check(stats)
    known = json_format.MessageToDict(stats, preserving_proto_field_name=True)
    return (json.dumps(known, indent=1, ensure_ascii=False) + "\n").encode()


def tfrecord_file(stats: statistics_pb2.DatasetFeatureStatisticsList) -> bytes:
    """The content of a file that `load_stats_tfrecord` reads; deterministic."""
    return write_records([binary_file(stats)])


def decode_statistics(content: bytes, where: str) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics in the content of a file, whichever form it has.

    Args:
        content: What is in the file.
        where: The file to name in an error.

    Raises:
        DataError: It holds no statistics.
    """
    # Of the others none can begin as text, and a TFRecord but rarely as JSON.
    likely = _printable(content) or _from_tfrecord
    for read in dict.fromkeys((likely, _from_tfrecord, _from_binary)):
        with suppress(DataError):
            return _named(read(content, where), where)
    # What is wrong is told of the form that the name says.
    named_binary = likely is _from_tfrecord and not _names_records(where)
    return _named((_from_binary if named_binary else likely)(content, where), where)


def _named(stats: Any, where: str) -> Any:
    """The statistics; DataError for names that are no text, which protobuf reads as bytes."""
    for dataset in stats.datasets:
        for feature in dataset.features:
            for name in (feature.name, *feature.path.step):
                if not isinstance(name, str):
                    raise DataError(
                        f"The name of a feature is no UTF-8: {name!r:.80}",
                        where=where,
                        expected="a file as write_statistics gives it",
                        fix="Compute the statistics again.",
                    )
    return stats


def _names_records(name: str) -> bool:
    return ".tfrecord" in name or name.endswith(".gz")


def _check(stats: Any) -> None:
    if not isinstance(stats, _List):
        raise DataError(
            f"A {type(stats).__name__} is no statistics.",
            expected="a DatasetFeatureStatisticsList, as tb.statistics gives",
        )


def _from_tfrecord(content: bytes, where: str) -> Any:
    records = [_from_binary(record, where) for record in read_records(content, where)]
    return records[0] if len(records) == 1 else merge_statistics(records)


def _from_binary(content: bytes, where: str) -> Any:
    try:
        return _List.FromString(content)
    except DecodeError as problem:
        raise _no_statistics(str(problem), where) from problem


def _from_json(content: bytes, where: str) -> Any:
    try:
        return json_format.Parse(content.decode(), _List())
    except (UnicodeDecodeError, json_format.ParseError) as problem:
        raise _no_statistics(str(problem), where) from problem


def _from_text(content: bytes, where: str) -> Any:
    try:
        return text_format.Parse(content.decode(), _List())
    except (UnicodeDecodeError, text_format.ParseError) as problem:
        raise _no_statistics(str(problem), where) from problem


def _printable(content: bytes) -> Callable[[bytes, str], Any] | None:
    """What reads content that begins as text; None for what does not."""
    head = content[:256].lstrip()
    if head.startswith(b"{"):
        return _from_json
    return _from_text if head.startswith((b"datasets", b"#")) or not head else None


def _no_statistics(why: str, where: str) -> DataError:
    return DataError(
        f"The file holds no statistics: {why}",
        where=where,
        expected="a DatasetFeatureStatisticsList as TFRecord, binary or text proto, or JSON",
        fix="Check the path, or write the statistics again.",
    )


def _read(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as problem:
        raise DataError(
            f"The statistics cannot be read: {problem.strerror or problem}",
            where=str(path),
            expected="a file of statistics",
            fix="Check the path and its permissions.",
        ) from problem


def _write(path: Path, content: bytes) -> None:
    try:
        replace_file(os.fspath(path), content)
    except OSError as problem:
        raise EngineError(
            f"The statistics cannot be written: {problem.strerror or problem}",
            where=str(path),
            expected="a folder that exists and may be written, with room",
            fix="Check the path, its permissions and the free space.",
        ) from problem
