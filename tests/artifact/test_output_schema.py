"""The output schema says what TFT 1.16 infers for the same function: types, shapes, domains."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.errors import ArtifactError

TABLE = pa.table(
    {
        "s": ["a", "b"],
        "list": [["b", "c"], []],
        "x": [1.0, 2.0],
        "vector": pa.array([[1.0, 2.0, 3.0]] * 2, pa.list_(pa.float32(), 3)),
    }
)


def preprocess(inputs: Any) -> dict[str, Any]:
    s, vocabulary = inputs["s"], tb.compute_and_apply_vocabulary
    return {
        "id": vocabulary(s, vocab_filename="sv"),
        "oov": vocabulary(s, num_oov_buckets=3),
        "low": vocabulary(s, default_value=-7, top_k=1),
        "high": vocabulary(s, default_value=99),
        "reserved": vocabulary(s, reserved_tokens=["<p>"]),
        "ids": vocabulary(inputs["list"]),
        "bucket": tb.bucketize(inputs["x"], 4),
        "buckets": tb.bucketize(inputs["vector"], 4),
        "cut": tb.apply_buckets(inputs["x"], [1.0, 2.0]),
        "approximate": tb.compute_and_apply_approximate_vocabulary(s, top_k=5),
        "hashed": tb.hash_strings(s, 10),
        "z": tb.scale_to_z_score(inputs["x"]),
        "s": s,
        "vector": inputs["vector"],
        "list": inputs["list"],
    }


@pytest.fixture(scope="module")
def fn() -> tb.TransformFn:
    return tb.fit(TABLE, preprocess)


# Lowest and highest value, as TFT 1.16 wrote them (hashes have no domain there).
DOMAINS = {
    "id": (-1, 1),
    "oov": (0, 4),
    "low": (-7, 0),
    "high": (0, 99),
    "reserved": (-1, 2),
    "ids": (-1, 1),
    "bucket": (0, 3),
    "buckets": (0, 3),
    "cut": (0, 2),
    "approximate": (-1, 1),
    "hashed": (0, 9),
}


def test_domains_of_categories(fn: tb.TransformFn) -> None:
    found = {
        f.name: (f.int_domain.min, f.int_domain.max)
        for f in fn.output_schema.feature
        if f.int_domain.is_categorical
    }
    assert found == DOMAINS


def test_shapes_and_presence(fn: tb.TransformFn) -> None:
    features = {f.name: f for f in fn.output_schema.feature}
    assert list(features) == list(preprocess_names())
    ragged = {"ids", "list"}
    for name, feature in features.items():
        sizes = [d.size for d in feature.shape.dim]
        assert feature.HasField("shape") == (name not in ragged)
        assert feature.HasField("value_count") == (name in ragged)
        assert feature.presence.min_fraction == (0.0 if name in ragged else 1.0)
        assert sizes == ([3] if name in ("buckets", "vector") else [])


def preprocess_names() -> list[str]:
    return [*DOMAINS, "z", "s", "vector", "list"]


def test_annotations_name_the_vocabulary(fn: tb.TransformFn) -> None:
    tags = {f.name: list(f.annotation.tag) for f in fn.output_schema.feature}
    assert tags["id"] == ["arrow:int64", "vocabulary:sv"]
    assert tags["bucket"] == ["arrow:int64"]


def test_numbers_of_categories(fn: tb.TransformFn) -> None:
    wanted = {n: high + 1 for n, (low, high) in DOMAINS.items() if low == 0}
    assert {n: fn.num_buckets_for_transformed_feature(n) for n in wanted} == wanted


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("id", "begin at -1"),
        ("z", "no output of categories"),
        ("nowhere", "no output of categories(?s:.*)one of: id, oov"),
    ],
)
def test_what_has_no_number_of_categories(fn: tb.TransformFn, name: str, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        fn.num_buckets_for_transformed_feature(name)


def test_vocabularies_by_name(fn: tb.TransformFn) -> None:
    assert fn.vocabulary_by_name("sv") == fn.vocabulary_by_name("id") == ["b", "a"]
    assert fn.vocabulary_size_by_name("sv") == 2
    assert fn.vocabulary_size_by_name("reserved") == 3
    for find in (fn.vocabulary_by_name, fn.vocabulary_size_by_name):
        with pytest.raises(ArtifactError, match="no vocabulary 'nowhere'"):
            find("nowhere")


def test_columns_that_analysis_and_transforming_read() -> None:
    schema = pa.schema({name: pa.float64() for name in "abcd"})

    def nested(inputs: Any) -> dict[str, Any]:
        scaled = tb.scale_to_0_1(inputs["a"] * inputs["b"])
        return {"x": tb.scale_to_z_score(scaled) - tb.max(inputs["d"]), "y": inputs["c"]}

    assert tb.get_analyze_input_columns(nested, schema) == ["a", "b", "d"]
    assert tb.get_transform_input_columns(nested, schema) == ["a", "b", "c"]
    with pytest.raises(tb.DataError, match="no schema"):
        tb.get_analyze_input_columns(nested, None)
