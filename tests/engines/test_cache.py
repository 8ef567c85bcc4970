"""A cache serves each engine, and what one engine stored is of use to the others."""

from __future__ import annotations

from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from spans import features, fitted, monthly, run, written
from spine import files_of

import taurus_beam as tb

MONTHS = dict(list(monthly().items())[:3])


# What goes through Beam's job API inside one machine differs from these in nothing a cache meets.
@pytest.mark.parametrize(
    "engine", ["fn_api", "fn_api_processes", "prism", "flink", "spark"], indirect=True
)
def test_a_month_more_gives_the_bytes_of_a_full_run(
    engine: PipelineOptions, tmp_path: Path
) -> None:
    spans = written(tmp_path / "data", MONTHS)
    first = dict(list(spans.items())[:2])
    run(first, tmp_path / "cache", tmp_path / "first")
    with beam.Pipeline(options=engine) as pipeline:
        transform_fn = pipeline | tb.AnalyzeDatasetWithCache(
            features, spans, f"{tmp_path}/cache", temp_dir=f"{tmp_path}/tmp"
        )
        _ = transform_fn | tb.WriteTransformFn(f"{tmp_path}/fn")
    assert files_of(tmp_path / "fn") == fitted(MONTHS, tmp_path / "local")
    report = tb.cache_report(f"{tmp_path}/fn")
    assert report.rows_read == 2 * 150
    assert [span.misses for span in report.spans.values()][:2] == [0, 0]
    again = run(spans, tmp_path / "cache", tmp_path / "again")
    assert (again.rows_read, again.report.misses) == (0, 0)
