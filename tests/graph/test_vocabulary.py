"""A vocabulary answers alike whichever way it looks a value up, and writes itself as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taurus_beam.errors import EngineError
from taurus_beam.graph.vocabulary import INDEXED_FROM, Vocabulary


def vocabulary_of(terms: Any) -> Vocabulary:
    return Vocabulary("v", terms, pa.array(range(len(terms), 0, -1), pa.int64()))


@pytest.mark.parametrize("size", [0, 1, 500, INDEXED_FROM])
@pytest.mark.parametrize("asked", [1, 100, 3000])
def test_every_way_of_looking_up_gives_the_same(size: int, asked: int) -> None:
    terms = pa.array([f"t{i}" for i in range(size)], pa.string())
    values = [f"t{i * 7919 % (2 * size + 2)}" for i in range(asked)]
    expected = [int(v[1:]) if int(v[1:]) < size else -1 for v in values]
    for layout in (terms, pa.chunked_array([terms[: size // 3], terms[size // 3 :]], pa.string())):
        vocabulary = vocabulary_of(layout)
        assert vocabulary.places(pa.array(values)).tolist() == expected
        assert [vocabulary.place(value) for value in values] == expected


@pytest.mark.parametrize("term", ["{}", "a much longer term than fits into a few words: {}"])
def test_asking_again_and_again_gives_the_same(term: str) -> None:
    vocabulary = vocabulary_of(pa.array([term.format(i) for i in range(900)]))
    numbers = [i * 7919 % 2000 for i in range(300)]
    expected = [i if i < 900 else -1 for i in numbers]
    values = pa.array([term.format(i) for i in numbers])
    for _ in range(20):  # many enough for another way to pay
        assert vocabulary.places(values).tolist() == expected
        rows = vocabulary.places_of_rows(values)
        assert rows is None or rows.tolist() == expected


def test_large_vocabularies_need_no_dict_of_all_terms() -> None:
    vocabulary = vocabulary_of(pa.array([str(i) for i in range(INDEXED_FROM)]))
    assert vocabulary.place("77") == 77
    assert "ids" not in vars(vocabulary)
    assert vocabulary.is_indexed
    assert not vocabulary_of(pa.array(["a"])).is_indexed


def test_a_lone_surrogate_is_unknown() -> None:
    vocabulary = vocabulary_of(pa.array([str(i) for i in range(INDEXED_FROM)]))
    assert vocabulary.place("\ud800") == -1


def unescaped(line: bytes) -> bytes:
    kept = {b"n": b"\n", b"r": b"\r", b"\\": b"\\"}
    parts, rest = [], line
    while b"\\" in rest:
        head, rest = rest.split(b"\\", 1)
        parts += [head, kept[rest[:1]]]
        rest = rest[1:]
    return b"".join([*parts, rest])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ab\n\r\\é ", max_size=6), unique=True))
def test_text_has_a_line_for_each_term_and_can_be_read_back(terms: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "terms.txt"
        vocabulary_of(pa.array(terms, pa.string())).to_text(str(path))
        lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    assert [unescaped(line).decode() for line in lines] == terms


def test_text_of_integers_and_bytes_with_counts(tmp_path: Path) -> None:
    path = tmp_path / "terms.txt"
    path.write_text("replaced")
    vocabulary_of(pa.array([10, -1])).to_text(str(path), with_counts=True)
    assert path.read_text() == "2 10\n1 -1\n"
    Vocabulary("v", pa.array([b"\xff"]), pa.array([0.5])).to_text(str(path), with_counts=True)
    assert path.read_bytes() == b"0.5 \xff\n"
    assert [p.name for p in tmp_path.iterdir()] == ["terms.txt"]


def test_text_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="could not be written"):
        vocabulary_of(pa.array(["a"])).to_text(str(tmp_path / "missing" / "terms.txt"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(EngineError, match="could not be written"):
        vocabulary_of(pa.array(["a"])).to_text(str(tmp_path / "folder"))
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_the_digest_tells_terms_and_counts_but_not_layouts() -> None:
    terms, counts = pa.array(["a", "b", "c"]), pa.array([3, 2, 1])
    chunked = pa.chunked_array([terms[:1], terms[1:]])
    digests = [
        Vocabulary("v", t, c).digest
        for t, c in [
            (terms, counts),
            (chunked, counts),
            (terms.take(pa.array([0, 2, 1])), counts),
            (terms, pa.array([3, 2, 2])),
            (terms, pa.array([3.0, 2.0, 1.0])),
        ]
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4
