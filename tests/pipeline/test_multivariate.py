"""Analyses of several columns on a Beam runner give the artifact that they give locally."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

import taurus_beam as tb
from taurus_beam.graph.analyzer import KeyedAccumulator
from taurus_beam.graph.gathering import Gatherer
from taurus_beam.graph.phases import phases
from taurus_beam.graph.trace import trace


def everything(inputs: Any) -> Any:
    x, y, label, tag = (inputs[name] for name in ("x", "y", "label", "tag"))
    both = tb.stack([x, y])
    counts, categories = tb.histogram(tag, categorical=True)
    return {
        **{m: tb.correlation(x, y, m) for m in ("pearson", "spearman", "kendall")},
        "axes": tb.dot(both, tb.pca(both, 2)),
        "chi2": tb.chi2(tag, label),
        "information": tb.mutual_information(tag, label),
        "f": tb.f_classif(x, label),
        "best": tb.select_k_best([x, y], label, 1),
        "percentile": tb.select_percentile([x, y], label, 100, "spearman"),
        "varying": tb.variance_threshold([x, y], 1.5),
        "counts": counts,
        "categories": categories,
        "bucket": tb.histogram(x, 5)[0],
        "density": tb.estimated_probability_density(x, 5),
        "share": tb.estimated_probability_density(tag, categorical=True),
    }


def test_a_pipeline_gives_the_local_artifact(tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    x = random.normal(size=4000)
    table = pa.table(
        {
            "x": pa.array(x, mask=random.random(4000) < 0.1),
            "y": 2 * x + random.normal(size=4000),
            "label": pa.array(random.integers(0, 3, 4000)),
            "tag": pa.array(random.choice(["", "a", "b", "c"], 4000)),
        }
    )
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        batches = pipeline | beam.Create(table.to_batches(max_chunksize=500)) | beam.Reshuffle()
        _ = (
            batches
            | tb.AnalyzeDataset(everything, schema=table.schema)
            | tb.WriteTransformFn(str(tmp_path / "fn"))
        )
    frozen = tb.load(str(tmp_path / "fn"))
    local = tb.fit(table, everything)
    assert frozen.digest == local.digest
    assert frozen.transform(table).equals(local.transform(table))


def test_states_survive_the_wire_and_being_empty() -> None:
    schema = pa.schema(
        {"x": pa.float64(), "y": pa.float64(), "label": pa.int64(), "tag": pa.string()}
    )
    rows = [
        {"x": 1.0, "y": 3.0, "label": 0, "tag": "a"},
        {"x": 2.0, "y": 1.0, "label": 1, "tag": ""},
        {"x": None, "y": 2.0, "label": 0, "tag": None},
        {"x": 4.0, "y": float("nan"), "label": 1, "tag": "a"},
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema)
    values: dict[Any, Any] = {}
    for phase in phases(trace(everything, schema)):
        gatherer = Gatherer(phase, values)
        states = gatherer.add(gatherer.add(gatherer.zero(), batch), batch.slice(4))
        for accumulator, state in zip(gatherer.accumulators, states, strict=True):
            for each in (state, accumulator.zero()):
                wire = accumulator.to_wire(each)
                copies = [accumulator.from_wire(wire), accumulator.zero()]
                assert accumulator.to_wire(accumulator.merge(copies)).equals(wire)
                assert accumulator.to_wire(accumulator.merge(copies[::-1])).equals(wire)
                if isinstance(accumulator, KeyedAccumulator):
                    parts = accumulator.shards(accumulator.from_wire(wire), 3)
                    assert accumulator.to_wire(accumulator.merge(parts)).equals(wire)
        values.update(phase.values(states))
