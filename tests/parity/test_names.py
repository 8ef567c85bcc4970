"""Every public name of TFT has a parity case or a reason for having none, and is in the docs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import taurus_beam as tb
from benchmarks.peers.cases import FAMILIES

PAGE = Path(__file__).parents[2] / "docs" / "migrate-from-tft.md"

PIPELINE = "Moves data; tests/pipeline holds it to the in-memory results that parity is tested on."
OUTPUT = "Reads TFT's own output folder; tests/serving and tests/artifact test ours."
TENSORFLOW = "About TensorFlow graphs or tensors; nothing corresponds."

WITHOUT_CASE = {
    "AnalyzeAndTransformDataset": PIPELINE,
    "AnalyzeDataset": PIPELINE,
    "AnalyzeDatasetWithCache": PIPELINE,
    "Context": PIPELINE,
    "EncodeTransformedDataset": PIPELINE,
    "ReadTransformFn": PIPELINE,
    "TransformDataset": PIPELINE,
    "WriteMetadata": PIPELINE,
    "WriteTransformFn": PIPELINE,
    "DatasetMetadata": "A schema with a name: an Arrow schema or a Schema proto is given instead.",
    "get_analyze_input_columns": "About columns, not values: tests/graph and the doctests.",
    "get_transform_input_columns": "About columns, not values: tests/graph and the doctests.",
    "ptransform_analyzer": "Runs the user's own PTransform: there is nothing of TFT to compare.",
    "CacheablePTransformAnalyzer": "The cache of the user's own PTransform; see the docs.",
    "PTransformAnalyzerCacheCoder": "The cache of the user's own PTransform; see the docs.",
    "SimpleJsonPTransformAnalyzerCacheCoder": "The cache of the user's own PTransform.",
    "TFTransformOutput": OUTPUT,
    "TransformFeaturesLayer": TENSORFLOW,
    "annotate_asset": TENSORFLOW,
    "annotate_sparse_output_shape": TENSORFLOW,
    "annotate_true_sparse_output": TENSORFLOW,
    "apply_pyfunc": TENSORFLOW,
    "make_and_track_object": TENSORFLOW,
}


def cased() -> set[str]:
    """Names that some case asks TFT about."""
    text = "\n".join(case.tft for family in FAMILIES.values() for case in family)
    names = set(re.findall(r"(?:tft|experimental)\.(\w+)", text))
    # Cases over all of these write the name by ``getattr`` or a loop.
    return names | {"min", "max", "sum", "size", "mean", "var"}


def test_every_name_has_a_case_or_a_reason(tft_names: dict[str, list[str]]) -> None:
    names = {name for place, found in tft_names.items() if "Output" not in place for name in found}
    assert names - cased() - set(WITHOUT_CASE) == set()
    assert set(WITHOUT_CASE) & cased() == set()
    assert set(WITHOUT_CASE) - names == set()


def test_every_name_is_in_the_migration_page(tft_names: dict[str, list[str]]) -> None:
    page = PAGE.read_text()
    mentioned = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", page))))
    names = {name for found in tft_names.values() for name in found}
    assert sorted(names - mentioned) == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`tb\.(\w+)", PAGE.read_text()))))
def test_what_the_page_names_is_there(name: str) -> None:
    assert hasattr(tb, name)
