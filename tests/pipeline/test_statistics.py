"""Statistics from a pipeline are those of the same rows in memory, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.testing.util import assert_that
from object_store import STORE

import taurus_beam as tb
from taurus_beam.errors import EngineError
from taurus_beam.pipeline import shards, statistics

RANDOM = np.random.default_rng(11)
ROWS = 3000
KEYS = (RANDOM.zipf(1.3, ROWS) % 900).tolist()
DATA = pa.table(
    {
        "s": [None if key % 50 == 49 else f"{'é' * (key % 3)}{key:x}" for key in KEYS],
        "b": pa.array([[b"\xff" + str(key).encode(), b""][: key % 3] for key in KEYS]),
        "x": RANDOM.normal(size=ROWS),
        "n": pa.array(KEYS, pa.int32()),
        "w": RANDOM.random(ROWS),
        "zone": [f"z{key % 3}" for key in KEYS],
    }
)
SLICED = tb.StatsOptions(
    weight_feature="w",
    num_rank_histogram_buckets=15,
    experimental_slice_functions=[tb.get_feature_value_slicer({"zone": None})],
)


def content(found: Any) -> bytes:
    return bytes(found.SerializeToString(deterministic=True))


def piped(path: Path, options: Any, size: int, *words: str, temp_dir: str | None = None) -> Any:
    """The statistics of the data in batches of some size."""
    with beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner", *words])) as pipeline:
        batches = pipeline | beam.Create(DATA.to_batches(max_chunksize=size)) | beam.Reshuffle()
        found = batches | tb.GenerateStatistics(options, temp_dir=temp_dir)
        _ = found | tb.WriteStatistics(str(path))
    return tb.load_statistics(str(path))


@pytest.mark.parametrize("size", [211, 5000])
@pytest.mark.parametrize("options", [tb.StatsOptions(), SLICED], ids=["plain", "sliced"])
def test_batches_do_not_show(tmp_path: Path, options: Any, size: int) -> None:
    assert content(piped(tmp_path / "s.pb", options, size)) == content(tb.statistics(DATA, options))


def test_worker_processes_do_not_show(tmp_path: Path) -> None:
    words = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")
    found = piped(tmp_path / "s.pb", SLICED, 400, *words)
    assert content(found) == content(tb.statistics(DATA, SLICED))


@pytest.mark.parametrize("weighted", [False, True])
def test_more_values_than_a_worker_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weighted: bool
) -> None:
    monkeypatch.setattr(statistics, "_MOST_KEYS", 300)
    monkeypatch.setattr(shards, "_SENT_KEYS", 40)
    monkeypatch.setattr(shards, "_MERGED_KEYS", 30)
    options = tb.StatsOptions(num_top_values=3, num_rank_histogram_buckets=5)
    options = SLICED if weighted else options
    STORE.clear()
    found = piped(tmp_path / "s.pb", options, 500, temp_dir="inmemory://bucket/tmp")
    assert any("/bundles/" in name for name in STORE)
    assert content(found) == content(tb.statistics(DATA, options))


def test_a_source_is_read_for_the_columns_that_are_needed(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pq.write_table(DATA, path, row_group_size=700)
    options = tb.StatsOptions(feature_allowlist=["s", "x"])
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        found = pipeline | tb.GenerateStatistics(options, source=tb.io.Source(str(path)))
        _ = found | tb.WriteStatistics(str(tmp_path / "s.pb"))
    assert tb.load_statistics(str(tmp_path / "s.pb")) == tb.statistics(DATA, options)
    assert tb.statistics(str(path), options) == tb.statistics(DATA, options)


def test_one_reading_serves_an_analysis_too(tmp_path: Path) -> None:
    path = tmp_path / "d.parquet"
    pq.write_table(DATA, path, row_group_size=700)

    def scaled(inputs: tb.Inputs) -> dict[str, tb.Column]:
        return {"z": tb.scale_to_z_score(inputs["x"])}

    pipeline = beam.Pipeline(runner="FnApiRunner")
    batches = pipeline | tb.io.Source(str(path)).read()
    _ = batches | tb.GenerateStatistics() | tb.WriteStatistics(str(tmp_path / "s.pb"))
    _ = batches | tb.AnalyzeDataset(scaled) | tb.WriteTransformFn(str(tmp_path / "fn"))
    result = pipeline.run()
    result.wait_until_finish()
    counters = result.metrics().query(beam.metrics.MetricsFilter().with_name("rows_read"))
    assert [counter.result for counter in counters["counters"]] == [ROWS]
    assert tb.load_statistics(str(tmp_path / "s.pb")) == tb.statistics(DATA)
    assert tb.load(tmp_path / "fn").row({"x": 0.0}) == tb.fit(DATA, scaled).row({"x": 0.0})


def test_no_batches_give_one_data_set_of_none(tmp_path: Path) -> None:
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        nothing = pipeline | beam.Create([]).with_output_types(pa.RecordBatch)
        _ = nothing | tb.GenerateStatistics() | tb.WriteStatisticsToText(str(tmp_path / "s.txt"))
    assert (tmp_path / "s.txt").read_text() == "datasets {\n}\n"


def test_the_features_in_several_parts(tmp_path: Path) -> None:
    options = tb.StatsOptions(experimental_result_partitions=3)

    def check(parts: list[Any]) -> None:
        assert len(parts) == 3
        names = [f.path.step[0] for part in parts for f in part.datasets[0].features]
        assert sorted(names) == sorted(DATA.column_names)

    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        found = pipeline | beam.Create(DATA.to_batches()) | tb.GenerateStatistics(options)
        assert_that(found, check)
        _ = found | tb.WriteStatisticsToRecordsAndBinaryFile(
            str(tmp_path / "s.pb"), str(tmp_path / "records")
        )
    whole = {f.path.step[0]: f for f in tb.statistics(DATA).datasets[0].features}
    loaded = tb.load_stats_binary(str(tmp_path / "s.pb"))
    assert {f.path.step[0]: f for f in loaded.datasets[0].features} == whole
    assert tb.load_sharded_statistics(str(tmp_path / "records")).proto() == loaded


def test_there_must_be_one_thing_to_read() -> None:
    with pytest.raises(EngineError, match="nothing to read"):
        _ = beam.Pipeline() | tb.GenerateStatistics()
    source = tb.io.Source("x.csv")
    with pytest.raises(EngineError, match="both data before"):
        _ = beam.Pipeline() | beam.Create([1]) | tb.GenerateStatistics(source=source)


def test_elements_that_are_no_batches_are_told_of() -> None:
    with (
        pytest.raises(Exception, match="record batches, not of a dict"),
        beam.Pipeline(runner="FnApiRunner") as pipeline,
    ):
        _ = pipeline | beam.Create([{"x": 1}]) | tb.GenerateStatistics()
