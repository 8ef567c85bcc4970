"""Spans are files with a name, which are read as they were when the pipeline was made."""

from __future__ import annotations

import os

import pyarrow as pa
import pytest
from spans import written

from taurus_beam.errors import DataError
from taurus_beam.io import Source, write_batches
from taurus_beam.io.files import find
from taurus_beam.pipeline.spans import check_unchanged, open_spans

TABLE = pa.table({"x": [1.0]})


def test_a_file_in_two_spans_is_refused(tmp_path):
    written(tmp_path, {"a": TABLE, "b": TABLE})
    spans = {"one": Source(str(tmp_path)), "other": Source(str(tmp_path / "b.parquet"))}
    with pytest.raises(DataError, match=r"(?s)two spans, 'one' and 'other'.*b\.parquet"):
        open_spans(spans)


def test_data_are_known_by_names_sizes_times_and_format(tmp_path):
    spans = written(tmp_path, {"a": TABLE, "b": TABLE})
    opened = open_spans(spans)
    assert opened.names == ("a", "b")
    assert opened.data == open_spans(dict(reversed(spans.items()))).data
    assert len(set(opened.data)) == 2
    os.utime(tmp_path / "b.parquet", (1, 1))
    touched = open_spans(spans)
    assert touched.data[0] == opened.data[0]
    assert touched.data[1] != opened.data[1]
    assert touched.record["sha256"] != opened.record["sha256"]
    (tmp_path / "a.txt").write_text('{"x": 1}\n')
    kinds = [Source(str(tmp_path / "a.txt"), format=kind) for kind in ("csv", "jsonl")]
    assert len({open_spans({"a": source}).data for source in kinds}) == 2


def test_spans_may_be_in_several_formats(tmp_path):
    for kind in ("parquet", "jsonl"):
        write_batches(f"{tmp_path}/{kind}/part", TABLE.to_batches(), format=kind)
    opened = open_spans({kind: Source(f"{tmp_path}/{kind}") for kind in ("parquet", "jsonl")})
    assert [source.format.name for source in opened.sources] == ["jsonl", "parquet"]
    assert all(source.schema.equals(TABLE.schema) for source in opened.sources)
    rows = [batch.to_pydict() for source in opened.together() for batch in source.batches()]
    assert rows == [{"x": [1.0]}] * 2


def test_a_file_that_is_gone_or_another_is_refused(tmp_path):
    written(tmp_path, {"a": TABLE})
    [file] = find([str(tmp_path / "a.parquet")])
    check_unchanged(file)
    os.utime(file.path, (1, 1))
    with pytest.raises(DataError, match=r"(?s)file changed.*a\.parquet"):
        check_unchanged(file)
    os.remove(file.path)
    with pytest.raises(DataError, match=r"(?s)file changed.*a\.parquet"):
        check_unchanged(file)
