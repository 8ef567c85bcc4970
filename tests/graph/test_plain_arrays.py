"""Newer forms of Arrow arrays become ones that all of its functions take, with the same values."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from taurus_beam.errors import DataError
from taurus_beam.graph.plain_arrays import is_plain, plain, plain_table

LISTS = [[1, 2], None, [], [3]]
TEXTS = ["one", None, "", "a text of more than twelve bytes"]
TERMS = pa.array(["x", "y"], pa.string_view())
FORMS: dict[str, Any] = {
    "view of text": pa.array(TEXTS, pa.string_view()),
    "view of bytes": pa.array([b"a", None, b"", b"\xff"], pa.binary_view()),
    "view of lists": pa.array(LISTS, pa.list_view(pa.int64())),
    "large view of lists": pa.array(LISTS, pa.large_list_view(pa.int64())),
    "run-ends": pc.run_end_encode(pa.array([1.5, 1.5, None, 2.0])),
    "dictionary of views": pa.DictionaryArray.from_arrays(pa.array([1, None, 0, 1]), TERMS),
    "list of views": pa.array([["a"], None, [None, "b"], []], pa.list_(pa.string_view())),
    "struct of views": pa.array(
        [{"a": "x", "b": [1]}, None, {"a": None, "b": None}, {"a": "", "b": []}],
        pa.struct([("a", pa.string_view()), ("b", pa.list_view(pa.int8()))]),
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("part", [slice(None), slice(1, None), slice(1, 3), slice(0, 0)])
def test_the_values_are_the_same(form: str, part: slice) -> None:
    array = FORMS[form][part]

    found = plain(array)

    found.validate(full=True)
    assert not is_plain(array.type)
    assert is_plain(found.type)
    assert found.to_pylist() == array.to_pylist()


@pytest.mark.parametrize(
    "array", [pa.array(LISTS), pa.array(TEXTS), pa.array(TEXTS[:1]).view("binary")]
)
def test_what_is_plain_is_left_alone(array: Any) -> None:
    assert plain(array) is array


@pytest.mark.parametrize("ordered", [False, True])
def test_a_dictionary_stays_as_ordered_as_it_is(ordered: bool) -> None:
    """An enumeration of Polars is ordered, and its terms are views."""
    array = pa.DictionaryArray.from_arrays(pa.array([1, 0]), TERMS, ordered=ordered)
    assert plain(array).type.ordered is ordered


@pytest.mark.parametrize("form", FORMS)
def test_a_table_keeps_its_other_columns_and_its_chunks(form: str) -> None:
    chunks = [FORMS[form], FORMS[form][2:], FORMS[form][:0]]
    table = pa.table({"n": pa.chunked_array([range(6)]), "form": pa.chunked_array(chunks)})

    found = plain_table(table)

    assert found.to_pylist() == table.to_pylist()
    assert found["form"].num_chunks == 3
    assert plain_table(table.schema.empty_table()).schema == found.schema


def test_the_column_is_named_that_cannot_be_made_plain() -> None:
    kind = pa.list_(pa.string_view(), 1)
    table = pa.table({"pair": pa.array([["a"]], kind)})

    with pytest.raises(DataError, match="Column 'pair'"):
        plain_table(table)
