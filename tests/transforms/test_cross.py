from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import farmhash
import mmh3
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError

WORDS = st.none() | st.sampled_from(["", "a", "b", "é"])
NUMBERS = st.none() | st.integers(-3, 3)
SCHEMA = pa.schema(
    {
        "s": pa.string(),
        "n": pa.int16(),
        "words": pa.list_(pa.string()),
        "pair": pa.list_(pa.int64(), 2),
    }
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "s": WORDS,
            "n": NUMBERS,
            "words": st.none() | st.lists(WORDS, max_size=3),
            "pair": st.none() | st.lists(NUMBERS, min_size=2, max_size=2),
        }
    ),
    max_size=8,
)


def bucket(values: Any, separator: str = "_X_") -> Any:
    if None in values:
        return None
    return mmh3.hash(separator.join(map(str, values)), signed=False) % 1000


def crossed(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    values = [row[name] for name in names]
    if not any(isinstance(v, list) for v in values) and not {"words", "pair"} & set(names):
        return bucket(values)
    if None in values:
        return None
    lists = [v if isinstance(v, list) else [v] for v in values]
    return [bucket(combination) for combination in itertools.product(*lists)]


@pytest.mark.parametrize(
    "names", [("s", "n"), ("n", "n", "s"), ("s", "words"), ("pair", "n"), ("words", "pair", "s")]
)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
def test_combinations_are_hashed_in_order(names: tuple[str, ...], rows: Any) -> None:
    table = pa.Table.from_pylist(rows, SCHEMA)
    fn = tb.fit(table, lambda i: {"o": tb.cross(*(i[n] for n in names), num_buckets=1000)})
    assert fn.transform(table)["o"].to_pylist() == [crossed(row, names) for row in rows]


def test_vectors_and_scalars_give_vectors() -> None:
    schema = pa.schema({"pair": pa.list_(pa.int64(), 2), "s": pa.string()})
    fn = tb.fit(
        schema.empty_table(),
        lambda i: {"o": tb.cross(i["pair"], i["s"], i["pair"], num_buckets=5)},
    )
    assert fn.output_arrow_schema.field("o").type == pa.list_(pa.int64(), 4)
    domain = fn.output_schema.feature[0].int_domain
    assert (domain.min, domain.max, domain.is_categorical) == (0, 4, True)


def test_hash_and_separator_are_chosen() -> None:
    table = pa.table({"s": ["a", "b"], "n": [1, 2]})

    def function(i: Any) -> dict[str, Any]:
        return {"o": tb.cross(i["s"], i["n"], num_buckets=97, hash="farmhash64", separator="")}

    out, _ = tb.fit_transform(table, function)
    assert out["o"].to_pylist() == [farmhash.fingerprint64(v) % 97 for v in ("a1", "b2")]


MISTAKES: list[tuple[Callable[[Any], Any], str]] = [
    (lambda i: tb.cross(i["s"], num_buckets=3), "takes two or more columns, not 1"),
    (lambda i: tb.cross(i["s"], i["f"], num_buckets=3), "takes strings and integers, not double"),
    (lambda i: tb.cross(i["s"], i["s"], num_buckets=0), "num_buckets is 0"),
    (lambda i: tb.cross(i["s"], i["s"], num_buckets=3, hash="md5"), "Unknown hash 'md5'"),
    (lambda i: tb.cross(i["s"], i["s"], num_buckets=3, separator=1), "separator is 1"),
]


@pytest.mark.parametrize(("function", "what"), MISTAKES)
def test_a_mistake_is_told_with_the_line(function: Callable[[Any], Any], what: str) -> None:
    schema = pa.schema({"s": pa.string(), "f": pa.float64()})
    with pytest.raises(TraceError, match=re.escape(what)) as caught:
        tb.fit(schema.empty_table(), lambda i: {"o": function(i)})
    assert caught.value.where is not None
    assert caught.value.where.startswith("test_cross.py:")
