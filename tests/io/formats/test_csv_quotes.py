"""Quotes that are not closed swallow rows, so they are refused; odd quotes within cells are not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from taurus_beam.errors import DataError
from taurus_beam.io import Source


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('a,b\n1,"x\n2,y\n3,z\n', 2),
        ('a,b\n1,x\n2,"y\n3,z\n', 3),
        ('a\n"x\ny\n', 2),
        ('a,b\n1,"x ""y""\n2,z', 2),
    ],
)
@pytest.mark.parametrize("columns", [None, ["a"], []])
def test_a_quote_that_is_not_closed(
    tmp_path: Path, text: str, row: int, columns: list[str] | None
) -> None:
    for name, content in (("x.csv", text.encode()), ("x.csv.gz", gzip.compress(text.encode()))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(
            DataError, match=f"A quoted cell that begins in row {row} is not closed"
        ):
            list(Source(str(tmp_path / name)).batches(columns))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a,b\n1,5"\n2,y\n', ['5"', "y"]),
        ('a,b\n1,5"\n2,"y"', ['5"', "y"]),
        ('a,b\n1,"x\ny"\n2,"""z"\n', ["x\ny", '"z']),
    ],
)
def test_quotes_that_mean_themselves(tmp_path: Path, text: str, expected: list[str]) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text)
    found = [value for batch in Source(str(path)).batches() for value in batch["b"].to_pylist()]
    assert found == expected


@pytest.mark.parametrize("length", [(1 << 18) - 4, (1 << 18) - 3, 1 << 18, 600_000])
def test_quotes_are_counted_in_long_files_too(tmp_path: Path, length: int) -> None:
    closed = 'a\n"' + "x" * length + '"\n'
    for name, text in (("closed.csv", closed), ("open.csv", closed + '"y\n')):
        (tmp_path / name).write_text(text)
    (batch,) = Source(str(tmp_path / "closed.csv")).batches()
    assert batch.column(0).to_pylist() == ["x" * length]
    with pytest.raises(DataError, match="begins in row 3 is not closed"):
        list(Source(str(tmp_path / "open.csv")).batches())
