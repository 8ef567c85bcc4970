from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

import taurus_beam as tb
from taurus_beam.validation.infer import infer_schema

# Each line: statistics, options, and the schema that TFDV 1.16.1 infers.
CASES = Path(__file__).parents[1] / "data" / "infer_schema_cases.jsonl"


def statistics_of(text: str) -> Any:
    return text_format.Parse(text, statistics_pb2.DatasetFeatureStatisticsList())


def schema_of(text: str) -> Any:
    return text_format.Parse(text, schema_pb2.Schema())


def cases() -> list[Any]:
    found = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    return [pytest.param(case, id=case["title"]) for case in found]


@pytest.mark.parametrize("case", cases())
def test_as_tfdv(case: dict[str, Any]) -> None:
    statistics = statistics_of(case["statistics"])
    before = statistics.SerializeToString(deterministic=True)

    found = infer_schema(statistics, **case["options"])

    assert found == schema_of(case["schema"])
    assert statistics.SerializeToString(deterministic=True) == before


def strings(labels: list[str], kind: str = "STRING", unique: int = 0) -> Any:
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    feature = statistics.datasets.add(num_examples=5).features.add(type=kind)
    feature.path.step.append("x")
    feature.string_stats.unique = unique
    common = feature.string_stats.common_stats
    common.num_non_missing, common.min_num_values, common.max_num_values = 5, 1, 1
    for label in labels:
        feature.string_stats.rank_histogram.buckets.add(label=label, sample_count=1)
    return statistics


@pytest.mark.parametrize(("size", "has_domain"), [(99, True), (100, True), (101, False)])
def test_a_hundred_values_are_a_domain(size: int, has_domain: bool) -> None:
    found = infer_schema(strings([f"v{i}" for i in range(size)], unique=size))

    assert [len(domain.value) for domain in found.string_domain] == ([size] if has_domain else [])


def test_no_domain_lacks_the_rare_values(caplog: pytest.LogCaptureFixture) -> None:
    truncated = strings([f"v{i}" for i in range(1000)], unique=1500)

    with caplog.at_level(logging.WARNING):
        found = infer_schema(truncated, max_string_domain_size=2000)

    assert not found.string_domain
    assert not found.feature[0].HasField("domain")
    assert "x has 1500 values and the statistics hold 1000 of them" in caplog.text


def test_a_boolean_is_not_guessed_from_the_frequent_values() -> None:
    found = infer_schema(strings(["true", "false"], unique=3))

    assert found.feature[0].WhichOneof("domain_info") is None


@pytest.mark.parametrize(
    ("kind", "labels", "expected"),
    [
        ("INT", ["10", "-3"], schema_pb2.Feature(int_domain={"is_categorical": True})),
        ("INT", ["0", "1"], schema_pb2.Feature(bool_domain={})),
        ("INT", ["0"], schema_pb2.Feature(int_domain={"is_categorical": True})),
        ("FLOAT", ["1.5"], schema_pb2.Feature(float_domain={"is_categorical": True})),
    ],
)
def test_categorical_numbers_stay_so(kind: str, labels: list[str], expected: Any) -> None:
    """TFDV gives them a string domain, which its own validation refuses."""
    feature = infer_schema(strings(labels, kind)).feature[0]

    assert feature.WhichOneof("domain_info") == expected.WhichOneof("domain_info")
    assert feature.int_domain == expected.int_domain
    assert feature.float_domain == expected.float_domain


def test_transformations_are_applied_in_order() -> None:
    statistics = strings(["a"])
    seen = []

    def name(step: str) -> Any:
        def transformation(schema: Any, dataset: Any) -> Any:
            seen.append(dataset.num_examples)
            changed = schema_pb2.Schema()
            changed.CopyFrom(schema)
            changed.default_environment.append(step)
            return changed

        return transformation

    found = infer_schema(statistics, schema_transformations=[name("first"), name("second")])

    assert list(found.default_environment) == ["first", "second"]
    assert seen == [5, 5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "none of all examples"),
        ('datasets { name: "a" } datasets { name: "b" }', "none of all examples"),
        (
            'datasets { features { path { step: "x" } num_stats {} } '
            'features { path { step: "x" } num_stats {} } }',
            "a feature twice",
        ),
        (
            'datasets { features { path { step: "x" step: "y" } num_stats {} } }',
            "feature x.y without the struct",
        ),
        (
            'datasets { features { path { step: "x" } num_stats {} } '
            'features { path { step: "x" step: "y" } num_stats {} } }',
            "feature x.y without the struct",
        ),
    ],
)
def test_statistics_that_make_no_sense(text: str, message: str) -> None:
    with pytest.raises(tb.DataError, match=message):
        infer_schema(statistics_of(text))


def test_not_statistics() -> None:
    with pytest.raises(tb.DataError, match="Schema"):
        infer_schema(schema_pb2.Schema())
