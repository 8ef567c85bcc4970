"""Vocabularies by weight, by label, with coverage, reserved tokens and shuffled ids.

The recorded results are those of TensorFlow Transform 1.16 with ``store_frequency``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import DataError, TraceError

KEY = "^[^_]*"
LETTERS = pa.schema({"s": pa.string(), "w": pa.float64(), "l": pa.int64()})


def learned(inputs: Any, **arguments: Any) -> dict[str, Any]:
    terms = tb.vocabulary(inputs["s"], vocab_filename="v", **arguments)
    return {"id": tb.apply_vocabulary(inputs["s"], terms)}


def vocabulary(columns: dict[str, Any], **arguments: Any) -> list[tuple[float, Any]]:
    """Pairs of count and term; arguments that name a column stand for it."""

    def preprocess(inputs: Any) -> dict[str, Any]:
        beside = {n: inputs[arguments[n]] for n in ("weights", "labels") if n in arguments}
        return learned(inputs, **{**arguments, **beside})

    found = tb.fit(pa.table(columns), preprocess).vocabulary("v")
    return list(zip(found.counts.to_pylist(), found.terms.to_pylist(), strict=True))


def column(**times: int) -> dict[str, Any]:
    return {"s": [term for term, n in times.items() for _ in range(n)]}


def labelled(*groups: tuple[str, int, int]) -> dict[str, Any]:
    return {
        "s": [term for term, _, n in groups for _ in range(n)],
        "l": [label for _, label, n in groups for _ in range(n)],
    }


WEIGHTED = {
    "s": ["a", "b", "a", "c", "b", "", "d"],
    "w": pa.array([0.5, 1.0, 0.25, 0.75, -0.5, 3.0, 0.0], pa.float32()),
}
SHORT = {"s": ["a", "b", "a", "c", "d", "d", "d"]}
COVERED = column(x_a=5, x_b=4, x_c=3, y_a=2, y_b=1, z_a=1, z_b=1)
BINARY = labelled(
    ("hello", 1, 4), ("hello", 0, 1), ("world", 0, 5), ("goodbye", 1, 3), ("goodbye", 0, 3),
    ("aaaaa", 1, 4), ("bb", 0, 2),
)  # fmt: skip
CLASSES = labelled(
    ("a", 0, 3), ("a", 1, 1), ("b", 2, 4), ("c", 1, 2), ("c", 2, 2), ("d", 0, 1), ("e", 4, 2),
    ("", 1, 2),
)  # fmt: skip
HEAVY = {
    **CLASSES,
    "w": [1.0, 0.5, 2.0, 1.5, 1.0, 1.0, 3.0, 0.5, 2.0, 2.0, 1.0, 1.0, 0.25, 4.0, 1.0, 2.0, 3.0],
}
RAGGED = {
    "s": [["a", "b"], ["a"], ["b", "c", "c"], [], ["a", "c"], ["b"]],
    "l": [0, 1, 1, 1, 0, 0],
}
VECTORS = {
    "s": pa.array(
        [["a", "b"], ["a", "a"], ["b", "c"], ["a", "c"], ["b", "b"]], pa.list_(pa.string(), 2)
    ),
    "l": [0, 1, 1, 0, 0],
}
MI = {"labels": "l", "min_diff_from_avg": 0}
AMI = {**MI, "use_adjusted_mutual_info": True}
# What is asked, and the vocabulary file's lines that TFT 1.16 wrote.
RECORDED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (WEIGHTED, {"weights": "w"}, "0.75 c, 0.75 a, 0.5 b, 0.0 d"),
    (WEIGHTED, {"weights": "w", "frequency_threshold": 1}, ""),
    (WEIGHTED, {"weights": "w", "top_k": 2}, "0.75 c, 0.75 a"),
    (
        {"s": [1, 2, 3, 10, -1]},
        {"weights": "s"},
        "10.0 10, 3.0 3, 2.0 2, 1.0 1, -1.0 -1",
    ),
    (
        BINARY,
        MI,
        "4.9998931286855575 world, 3.9999145029484455 aaaaa, 1.9999572514742228 bb, "
        "1.3903596537703151 hello, 0.0 goodbye",
    ),
    (
        BINARY,
        AMI,
        "4.3410397942575365 world, 3.2644064191680817 aaaaa, 1.0475762990932735 bb, "
        "0.7315063193422942 hello, -0.5988527465874464 goodbye",
    ),
    (
        BINARY,
        {"labels": "l", "min_diff_from_avg": 1},
        "4.9998931286855575 world, 3.9999145029484455 aaaaa, 1.3903596537703151 hello, "
        "0 goodbye, 0 bb",
    ),
    (
        BINARY,
        {**AMI, "min_diff_from_avg": 1},
        "4.3410397942575365 world, 3.2644064191680817 aaaaa, 0.7315063193422942 hello, "
        "0 goodbye, 0 bb",
    ),
    (BINARY, {"labels": "l"}, "4.9998931286855575 world, 0 hello, 0 goodbye, 0 bb, 0 aaaaa"),
    (
        BINARY,
        {**MI, "frequency_threshold": 1},
        "4.9998931286855575 world, 3.9999145029484455 aaaaa, 1.9999572514742228 bb, "
        "1.3903596537703151 hello",
    ),
    (BINARY, {**MI, "top_k": 2}, "4.9998931286855575 world, 3.9999145029484455 aaaaa"),
    (
        CLASSES,
        MI,
        "6.174807743770797 e, 6.009778164356976 b, 4.782669679581636 a, 2.5359314209384958 c, "
        "2.087405871885399 d",
    ),
    (
        CLASSES,
        AMI,
        "3.896283882301149 e, 3.810748970473104 b, 2.5836404856977637 a, 0.3369022270546238 c, "
        "0.1834380587976343 d",
    ),
    (
        HEAVY,
        {**MI, "weights": "w"},
        "12.09740672729152 e, 10.089859323919635 b, 7.538108785522638 a, 3.555768471538493 c, "
        "0.7086294692690743 d",
    ),
    (
        HEAVY,
        {**AMI, "weights": "w"},
        "9.830361715958034 e, 7.879012994588944 b, 5.271063774189152 a, 1.4049266875690924 c, "
        "0.7086294692690743 d",
    ),
    (
        HEAVY,
        {"labels": "l", "weights": "w"},
        "12.09767560930901 e, 10.090049673539582 b, 8.120010881078933 a, 0 d, 0 c",
    ),
    (RAGGED, MI, "0.24511263412844375 c, 0.24511263412844375 b, 0.24511263412844375 a"),
    (RAGGED, AMI, "-0.2754886139244347 c, -0.2754886139244347 b, -0.2754886139244347 a"),
    (VECTORS, MI, "0.2877123795494487 b, 0.11778737810713658 a, 0.05889368905356829 c"),
    (labelled(("a", 0, 1), ("a", 1, 2)), MI, "0 a"),
    (SHORT, {"reserved_tokens": ["<p>", "<u>"]}, "-1 <p>, -1 <u>, 3 d, 2 a, 1 c, 1 b"),
    (SHORT, {"reserved_tokens": ["<p>", "a"]}, "-1 <p>, -1 a, 3 d, 1 c, 1 b"),
    (SHORT, {"reserved_tokens": ["<p>", "a"], "top_k": 1}, "-1 <p>, -1 a, 3 d"),
    (
        SHORT,
        {"reserved_tokens": ["<p>"], "fingerprint_shuffle": True},
        "-1 <p>, 3 d, 1 c, 2 a, 1 b",
    ),
    (SHORT, {"fingerprint_shuffle": True}, "3 d, 1 c, 2 a, 1 b"),
    (SHORT, {"fingerprint_shuffle": True, "top_k": 2}, "3 d, 2 a"),
    ({"s": [1, 2, 3, 10, -1]}, {"fingerprint_shuffle": True}, "1 1, 1 3, 1 -1, 1 10, 1 2"),
    (COVERED, {"top_k": 2, "coverage_top_k": 1}, "5 x_a, 4 x_b, 2 y_a, 1 z_b"),
    (
        COVERED,
        {"frequency_threshold": 3, "coverage_top_k": 1},
        "5 x_a, 4 x_b, 3 x_c, 2 y_a, 1 z_b",
    ),
    (COVERED, {"top_k": 1, "coverage_frequency_threshold": 2}, "5 x_a, 4 x_b, 3 x_c, 2 y_a"),
    (
        COVERED,
        {"top_k": 1, "coverage_top_k": 2, "coverage_frequency_threshold": 2},
        "5 x_a, 4 x_b, 2 y_a",
    ),
    (
        COVERED,
        {"top_k": 3, "coverage_top_k": 2},
        "5 x_a, 4 x_b, 3 x_c, 2 y_a, 1 z_b, 1 z_a, 1 y_b",
    ),
]


@pytest.mark.parametrize(("columns", "arguments", "lines"), RECORDED)
def test_recorded_results_of_tft(
    columns: dict[str, Any], arguments: dict[str, Any], lines: str
) -> None:
    if any(name.startswith("coverage") for name in arguments):
        arguments = {**arguments, "coverage_key": KEY}
    expected = [line.split(" ") for line in lines.split(", ") if line]
    got = vocabulary(columns, **arguments)
    assert [str(term) for _, term in got] == [term for _, term in expected]
    counts = [float(count) for count, _ in expected]
    assert [count for count, _ in got] == pytest.approx(counts, rel=1e-6, abs=1e-9)


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "ab", "c", "", None]),
        st.sampled_from([0.1, -0.2, 1e17, 1.0, 0.0, 3e-9, None]),
        st.sampled_from([0, 1, 7, None]),
    ),
    min_size=1,
    max_size=40,
)


def table_of(rows: list[Any]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table([list(column) for column in columns], schema=LETTERS)


def columns_of(rows: list[Any]) -> dict[str, Any]:
    table = table_of(rows)
    return {name: table[name] for name in table.column_names}


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_weights_are_summed_exactly(rows: list[Any]) -> None:
    from fractions import Fraction

    sums: dict[str, Fraction] = defaultdict(Fraction)
    for term, weight, _ in rows:
        if term and weight is not None:
            sums[term] += Fraction(weight)
    got = vocabulary(columns_of(rows), weights="w")
    for weight, term in got:
        assert weight == pytest.approx(float(sums[term]), rel=4e-16)
    assert got == sorted(got, reverse=True)
    assert {term for _, term in got} == set(sums)


def test_weights_of_elements_and_of_rows() -> None:
    lists = {"s": [["a", "b"], ["a", None], [], None], "w": [[1.0, 2.0], [0.5, 9.0], [], None]}
    assert vocabulary(lists, weights="w") == [(2.0, "b"), (1.5, "a")]
    per_row = {"s": [["a", "b"], ["a", None], [], ["c"]], "w": [1.0, 0.5, 7.0, None]}
    assert vocabulary(per_row, weights="w") == [(1.5, "a"), (1.0, "b")]


def test_several_columns_share_a_vocabulary() -> None:
    table = pa.table({"a": ["x", "y", "x"], "b": [["y", "z"], [], ["y"]], "w": [1.0, 2.0, 4.0]})

    def preprocess(inputs: Any, **arguments: Any) -> Any:
        both = [inputs["a"], inputs["b"]]
        shared = tb.vocabulary(both, vocab_filename="v", **arguments)
        return {name: tb.apply_vocabulary(inputs[name], shared) for name in "ab"}

    fn = tb.fit(table, preprocess)
    assert fn.vocabulary_by_name("v") == ["y", "x", "z"]
    assert fn.transform(table).to_pydict() == {"a": [1, 0, 1], "b": [[0, 2], [], [0]]}
    heavy = tb.fit(table, lambda i: preprocess(i, weights=i["w"])).vocabulary("v")
    assert dict(zip(heavy.terms.to_pylist(), heavy.counts.to_pylist(), strict=True)) == {
        "y": 1.0 + 2.0 + 4.0,
        "x": 1.0 + 4.0,
        "z": 1.0,
    }


def test_coverage_keys_come_from_a_pattern() -> None:
    columns = {"s": ["1-a", "1-b", "1-b", "22-c", "none", "none", "none", "none"]}
    got = vocabulary(columns, top_k=1, coverage_top_k=1, coverage_key=r"^\d+-")
    assert got == [(4, "none"), (2, "1-b"), (1, "22-c")]
    tens = vocabulary({"s": [10, 11, 11, 25]}, top_k=1, coverage_top_k=1, coverage_key="^.")
    assert tens == [(2, 11), (1, 25)]


@settings(max_examples=25, deadline=None)
@given(ROWS, st.integers(1, 3))
def test_coverage_holds_the_best_of_each_key(rows: list[Any], top: int) -> None:
    terms = [term for term, _, _ in rows if term]
    counts = sorted(((n, t) for t, n in Counter(terms).items()), reverse=True)
    wanted = {t for _, t in counts[:1]}
    for first in {t[0] for t in terms}:
        wanted |= {t for _, t in [c for c in counts if c[1][0] == first][:top]}
    arguments = {"top_k": 1, "coverage_top_k": top, "coverage_key": "^."}
    got = vocabulary(columns_of(rows), **arguments)
    assert got == [(n, t) for n, t in counts if t in wanted]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weights": "s"}, "weights are string"),
        ({"weights": "lists"}, "weights are double\\[\\]"),
        ({"labels": "w"}, "labels are double"),
        ({"labels": "lists"}, "labels are double"),
        ({"labels": "l", "weights": "lists"}, "weights are double\\[\\] and the labels int64"),
        ({"use_adjusted_mutual_info": True}, "about labels"),
        ({"min_diff_from_avg": 3}, "about labels"),
        ({"coverage_top_k": 1}, "needs coverage_key"),
        ({"coverage_key": "a"}, "needs coverage_key"),
        ({"coverage_key": "(a)", "coverage_top_k": 1}, "no regular expression.*unnamed"),
        ({"coverage_key": "[", "coverage_top_k": 1}, "no regular expression"),
        ({"coverage_key": KEY, "coverage_top_k": 0}, "coverage_top_k is 0"),
        ({"frequency_threshold": -1}, "frequency_threshold is -1"),
        ({"frequency_threshold": float("nan")}, "frequency_threshold is nan"),
        ({"top_k": 1.5}, "top_k is 1.5"),
        ({"reserved_tokens": ["a", "a"]}, "names a token twice"),
        ({"reserved_tokens": [1]}, "no values of type string"),
        ({"reserved_tokens": "abc"}, "expected: +a list"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments: dict[str, Any], message: str) -> None:
    table = {"s": ["a"], "w": [1.0], "l": [1], "lists": [[1.0]]}
    with pytest.raises(TraceError, match=f"(?s){message}"):
        vocabulary(table, **arguments)


def test_constants_and_mixed_types_are_refused() -> None:
    table = pa.table({"s": ["a"], "l": [1]})
    with pytest.raises(TraceError, match="differ from row to row"):
        tb.fit(table, lambda i: learned(i, labels=tb.max(i["l"])))
    with pytest.raises(TraceError, match="several types: int64, string"):
        tb.fit(table, lambda i: {"v": tb.apply_vocabulary(i["s"], tb.vocabulary([i["s"], i["l"]]))})
    with pytest.raises(TraceError, match="at least one column"):
        tb.fit(table, lambda i: {"v": tb.apply_vocabulary(i["s"], tb.vocabulary([]))})


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_have_no_sum_are_an_error(weight: float) -> None:
    with pytest.raises(
        DataError, match=r"(?s)weighted_vocabulary.*NaN or infinite.*test_vocabulary_variants"
    ):
        vocabulary({"s": ["a", "b"], "w": [1.0, weight]}, weights="w")


def test_negative_weights_are_an_error_with_labels() -> None:
    with pytest.raises(DataError, match=r"negative: -1\.0"):
        vocabulary({"s": ["a"], "w": [-1.0], "l": [0]}, weights="w", labels="l")


def test_a_term_that_repeats_in_rows_is_an_error_with_labels() -> None:
    with pytest.raises(DataError, match=r"(?s)'a' occurs more often.*deduplicate"):
        vocabulary({"s": [["a", "a", "a"], ["b"]], "l": [0, 1]}, labels="l")


def test_lists_of_different_lengths_are_an_error() -> None:
    with pytest.raises(DataError, match="differ in length"):
        vocabulary({"s": [["a", "b"], ["c"]], "w": [[1.0], [2.0, 3.0]]}, weights="w")


@pytest.mark.parametrize("arguments", [{}, {"weights": "w"}, {"labels": "l"}])
def test_without_data_only_reserved_tokens_are_left(arguments: dict[str, Any]) -> None:
    columns = columns_of([])
    assert vocabulary(columns, **arguments) == []
    assert vocabulary(columns, reserved_tokens=["", "b"], **arguments) == [(-1, ""), (-1, "b")]


def test_reserved_tokens_of_other_types() -> None:
    binary = pa.array([b"\xff", b"a"], pa.binary())
    assert vocabulary({"s": binary}, reserved_tokens=[b"\x00"])[0] == (-1, b"\x00")
    assert vocabulary({"s": [5, 5, 7]}, reserved_tokens=[7, -1]) == [(-1, 7), (-1, -1), (2, 5)]


def test_line_breaks_are_kept() -> None:
    assert vocabulary({"s": ["a\nb", "\r", "a\nb"]}) == [(2, "a\nb"), (1, "\r")]


@pytest.mark.parametrize("beside", ["weights", "labels"])
def test_a_dictionary_with_a_value_twice_is_no_other_column(beside: str) -> None:
    indices = pa.array([0, 1, 2, None, 1], pa.int8())
    doubled = pa.DictionaryArray.from_arrays(indices, pa.array(["a", "b", "a"]))
    columns = {"s": doubled, "n": [1, 2, 4, 8, 16]}
    plain = {"s": doubled.cast(pa.string()), "n": columns["n"]}
    arguments = {beside: "n"}
    assert vocabulary(columns, **arguments) == vocabulary(plain, **arguments)
