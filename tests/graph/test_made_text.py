"""Strings made when looked at: only the form that is asked for is made, and once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from taurus_beam.graph.made_text import MadeText

VALUES = ["b", "a", "b"]


class Maker:
    """Counts what is made."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def plain(self) -> pa.Array:
        self.made.append("plain")
        return pa.array(VALUES)

    def encoded(self) -> tuple[pa.Array, list[int]]:
        self.made.append("encoded")
        return pa.array(["b", "a"]), [0, 1, 0]


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def text(maker: Maker) -> MadeText:
    return MadeText(len(VALUES), 15, maker.plain, maker.encoded)


def test_nothing_is_made_to_tell_how_much_there_is(text: MadeText, maker: Maker) -> None:
    assert (len(text), text.nbytes, text.dtype) == (3, 15, pa.string())
    assert text.missing is None
    assert not text.is_encoded
    assert not maker.made


def test_the_plain_form_alone(text: MadeText, maker: Maker) -> None:
    assert text.plain.to_pylist() == text.plain.to_pylist() == VALUES
    assert text.take(np.array([1])).plain.to_pylist() == ["a"]
    assert maker.made == ["plain"]


def test_the_encoded_form_alone(text: MadeText, maker: Maker) -> None:
    terms, counts = text.counts()
    assert dict(zip(terms.to_pylist(), counts.tolist(), strict=True)) == {"b": 2, "a": 1}
    assert text.is_encoded
    assert text.take(np.array([1, 1])).plain.to_pylist() == ["a", "a"]
    assert maker.made == ["encoded"]


def test_some_made_missing(text: MadeText) -> None:
    assert text.without(np.array([True, False, False])).plain.to_pylist() == [None, "a", "b"]
