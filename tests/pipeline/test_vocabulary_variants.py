"""Every kind of vocabulary is the same from a pipeline as in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

import taurus_beam as tb
from taurus_beam.graph.vocabulary import INDEXED_FROM


def preprocess(inputs: Any) -> dict[str, Any]:
    s, weight, label = inputs["s"], inputs["w"], inputs["l"]
    vocabulary = tb.compute_and_apply_vocabulary
    return {
        "top": vocabulary(s, top_k=7, reserved_tokens=["<p>", "k3"]),
        "weight": vocabulary(s, weights=weight, top_k=9),
        "label": vocabulary(s, labels=label, use_adjusted_mutual_info=True),
        "heavy": vocabulary(s, labels=label, weights=weight, min_diff_from_avg=0),
        "cover": vocabulary(s, top_k=3, coverage_top_k=1, coverage_key="^.."),
        "shuffled": vocabulary(s, fingerprint_shuffle=True),
        "binary": vocabulary(inputs["b"], reserved_tokens=[b"\xff"]),
        "approximate": tb.compute_and_apply_approximate_vocabulary(s, top_k=4, weights=weight),
        "common": tb.rare_to_other(s, min_frequency=0.05),
    }


def test_a_pipeline_gives_the_same_artifact(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    terms = [f"k{i}" for i in random.zipf(1.3, 600) % 90]
    table = pa.table(
        {
            "s": [None if i % 50 == 0 else term for i, term in enumerate(terms)],
            "b": [term.encode() for term in terms],
            "w": random.random(600),
            "l": random.integers(0, 3, 600),
        }
    )
    batches = table.to_batches(max_chunksize=70)
    path = str(tmp_path / "fn")
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        _ = (
            pipeline
            | beam.Create(batches[::-1])
            | tb.AnalyzeDataset(preprocess, schema=table.schema)
            | tb.WriteTransformFn(path)
        )
    assert tb.load(path).digest == tb.fit(table, preprocess).digest


def test_a_later_pass_looks_up_a_large_vocabulary(tmp_path: Path) -> None:
    table = pa.table({"s": [f"t{i}" for i in range(INDEXED_FROM)]})

    def greatest_id(inputs: Any) -> dict[str, Any]:
        ids = tb.compute_and_apply_vocabulary(inputs["s"])
        return {"share": ids / tb.max(ids)}

    path = str(tmp_path / "fn")
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        _ = (
            pipeline
            | beam.Create(table.to_batches())
            | tb.AnalyzeDataset(greatest_id, schema=table.schema)
            | tb.WriteTransformFn(path)
        )
    assert tb.load(path).row({"s": "t0"}) == {"share": 1.0}
