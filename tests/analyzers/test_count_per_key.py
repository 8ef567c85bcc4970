from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taurus_beam as tb
from taurus_beam.errors import TraceError


def frequencies(inputs: Any) -> dict[str, Any]:
    keys, counts = tb.count_per_key(inputs["k"])
    index = tb.apply_vocabulary(inputs["k"], keys)
    return {"index": index, "times": tb.take(counts, index, default=0)}


def counted(array: Any) -> tb.TransformFn:
    return tb.fit(pa.table({"k": array}), frequencies)


def test_keys_and_counts_as_tft_gives_them() -> None:
    # tft.count_per_key of TensorFlow Transform 1.16 on the same strings.
    strings = ["b", "a", "c", "a", "", "d", "d", "b", "a", "é"]
    vocabulary = counted(pa.array(strings)).vocabulary("k_keys")
    assert vocabulary.terms.to_pylist() == ["", "a", "b", "c", "d", "é"]
    assert vocabulary.counts.to_pylist() == [1, 3, 2, 1, 2, 1]


@settings(max_examples=30, deadline=None)
@given(
    st.one_of(
        st.lists(st.none() | st.text(max_size=3)).map(lambda v: pa.array(v, pa.string())),
        st.lists(st.none() | st.binary(max_size=3)).map(lambda v: pa.array(v, pa.binary())),
        st.lists(st.none() | st.integers(-3, 3)).map(lambda v: pa.array(v, pa.int32())),
        st.lists(st.none() | st.booleans()).map(lambda v: pa.array(v, pa.bool_())),
    )
)
def test_counts_of_every_type_are_counters(array: Any) -> None:
    fn = counted(array)
    values = array.to_pylist()
    times = Counter(v for v in values if v is not None)
    out = fn.transform(pa.table({"k": array}))
    assert out["times"].to_pylist() == [None if v is None else times[v] for v in values]
    assert [fn.row({"k": v})["times"] for v in values] == out["times"].to_pylist()
    order = sorted(times, key=lambda v: v.encode() if isinstance(v, str) else v)
    assert out["index"].to_pylist() == [None if v is None else order.index(v) for v in values]


def test_elements_of_lists_count_one_by_one() -> None:
    fn = counted(pa.array([["a", "b"], None, ["a", None], []]))
    assert fn.vocabulary("k_keys").counts.to_pylist() == [2, 1]


def test_one_list_of_keys_serves_all_that_is_per_key() -> None:
    table = pa.table({"k": ["a", "b"], "x": [1.0, 2.0], "y": [3, 4]})
    fn = tb.fit(
        table,
        lambda i: {
            "x": tb.scale_to_z_score_per_key(i["x"], i["k"]),
            "y": tb.scale_to_0_1_per_key(i["y"], i["k"]),
            "b": tb.bucketize_per_key(i["y"], i["k"], 2),
        },
    )
    assert sum(node.operation.name == "apply_vocabulary" for node in fn.graph.nodes) == 1


def test_the_asset_has_the_name_that_was_asked_for() -> None:
    table = pa.table({"k": ["a"], "x": [1.0]})
    fn = tb.fit(
        table,
        lambda i: {
            "z": tb.scale_to_z_score_per_key(i["x"], i["k"], key_vocabulary_filename="places"),
            "s": tb.scale_to_0_1_per_key(i["x"], i["k"], key_vocabulary_filename="places"),
        },
    )
    assert fn.vocabulary("places").terms.to_pylist() == ["a"]


@pytest.mark.parametrize("name", ["", "../x", "a b", ".x"])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(TraceError, match="cannot name a file"):
        tb.fit(
            pa.table({"k": ["a"]}),
            lambda i: {"n": tb.take(tb.count_per_key(i["k"], name)[1], i["k"])},
        )


def test_two_key_columns_cannot_share_a_name() -> None:
    with pytest.raises(TraceError, match="two different results"):
        tb.fit(
            pa.table({"j": ["a"], "k": ["a"], "x": [1]}),
            lambda i: {
                "a": tb.scale_to_0_1_per_key(i["x"], i["j"], key_vocabulary_filename="n"),
                "b": tb.scale_to_0_1_per_key(i["x"], i["k"], key_vocabulary_filename="n"),
            },
        )
