"""Large contents are mapped and gone through in pieces, and are what the file holds."""

from __future__ import annotations

import hashlib
import mmap
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from taurus_beam.artifact import contents, vocabulary_file
from taurus_beam.artifact.contents import Parts, forget, pieces, read_local, sha256_of
from taurus_beam.artifact.vocabulary_file import rebatched


@pytest.mark.parametrize("size", [0, 1, 8192, 100_000])
def test_a_file_is_read_whole_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(contents, "_MAPPED_FROM", 5000)
    monkeypatch.setattr(contents, "_PIECE", 4096)
    path, written = tmp_path / "file", bytes(i * i % 251 for i in range(size))
    path.write_bytes(written)
    content = read_local(str(path))
    assert isinstance(content, mmap.mmap) == (size >= 5000)
    assert sha256_of(content) == hashlib.sha256(written).hexdigest()
    assert [len(piece) for piece in pieces(content)][:-1] == [4096] * (max(size - 1, 0) // 4096)
    forget(content)
    assert b"".join(map(bytes, pieces(content))) == written


def test_a_content_in_parts_is_one_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "_PIECE", 4)
    whole = bytes(range(23))
    content = Parts([whole[:9], b"", pa.py_buffer(whole[9:10]), np.frombuffer(whole[10:], "u1")])
    assert len(content) == len(whole)
    assert bytes(content) == whole
    assert b"".join(map(bytes, pieces(content))) == whole
    assert max(len(piece) for piece in pieces(content)) == 4
    assert sha256_of(content) == sha256_of(whole)
    assert content == Parts([whole])
    assert content != Parts([whole[1:]])


@pytest.mark.parametrize("sizes", [[0], [0, 3], [4, 4], [1, 2, 9, 0, 13, 1], [16]])
def test_tables_are_cut_anew(monkeypatch: pytest.MonkeyPatch, sizes: list[int]) -> None:
    monkeypatch.setattr(vocabulary_file, "_BATCH_TERMS", 4)
    numbers = list(range(sum(sizes)))
    whole = pa.table({"n": pa.array(numbers, pa.int64())})
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    tables = [whole.slice(end - n, n) for end, n in zip(ends, sizes, strict=True)]
    found = [table["n"].to_pylist() for table in rebatched(iter(tables))]
    assert found == [numbers[i : i + 4] for i in range(0, max(len(numbers), 1), 4)]
