"""Profiles: results do not change, every step is there, and the parts make the whole."""

from __future__ import annotations

import inspect
import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

import taurus_beam as tb
from taurus_beam.errors import EngineError
from taurus_beam.profiling.active import active

ROWS = 150_000
BATCHES = 3  # of at most 65,536 rows, in one thread


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several would have as many batches each."""
    monkeypatch.setenv("TAURUS_BEAM_THREADS", "1")


def table() -> pa.Table:
    numbers = np.random.default_rng(3).normal(size=ROWS)
    terms = pa.array(["north", "south", None, "west"])
    return pa.table(
        {
            "fare": pa.array(numbers, mask=numbers > 2),
            "zone": terms.take(pa.array(np.arange(ROWS) % 4)),
        }
    )


def preprocess(inputs: tb.Inputs) -> dict[str, tb.Column]:
    fare = inputs["fare"] - tb.min(inputs["fare"])
    return {
        "z": tb.scale_to_z_score(fare),
        "zone": tb.compute_and_apply_vocabulary(inputs["zone"]),
    }


FIRST_LINE = inspect.getsourcelines(preprocess)[1]


def steps(profile: tb.Profile, phase: str) -> set[tuple[str, str]]:
    return {(row.kind, row.name) for row in profile.rows if row.phase == phase}


def counts(profile: tb.Profile) -> dict[tuple[str, str, str, str], tuple[int, int, int, int]]:
    """All but the times, of rows that are done batch by batch."""
    return {
        (row.phase, row.kind, row.name, row.place): (
            row.batches,
            row.rows,
            row.bytes_in,
            row.bytes_out,
        )
        for row in profile.rows
        if row.kind in ("intake", "operation", "add", "output")
    }


def test_the_artifact_and_the_features_are_the_same_bytes():
    plain, plain_fn = tb.fit_transform(table(), preprocess)
    with tb.profile():
        features, fn = tb.fit_transform(table(), preprocess)

    assert features.equals(plain)
    assert fn.digest == plain_fn.digest
    assert fn.graph.schema == plain_fn.graph.schema


def test_each_step_of_each_pass_is_there():
    with tb.profile() as profile:
        tb.fit(table(), preprocess)

    assert [phase.phase for phase in profile.phases] == ["pass 1", "pass 2", "freeze"]
    assert steps(profile, "pass 1") == {
        ("read", ""),
        ("intake", "fare"),
        ("intake", "zone"),
        ("add", "min(fare)"),
        ("add", "vocabulary(zone)"),
        ("result", "min(fare)"),
        ("result", "vocabulary(zone)"),
        ("not accounted for", ""),
    }
    assert steps(profile, "pass 2") == {
        ("read", ""),
        ("intake", "fare"),
        ("operation", "subtract(fare)"),
        ("add", "mean, var(fare)"),
        ("result", "mean(fare)"),
        ("result", "var(fare)"),
        ("not accounted for", ""),
    }


@pytest.mark.usefixtures("one_thread")
def test_a_row_names_the_line_and_counts_rows_batches_and_bytes():
    data = table()
    with tb.profile() as profile:
        fn = tb.fit(data, preprocess)
        fn.transform(data)

    (row,) = [r for r in profile.rows if r.phase == "pass 2" and r.kind == "operation"]
    assert row.place == f"{Path(__file__).name}:{FIRST_LINE + 1}"
    assert (row.batches, row.rows) == (BATCHES, ROWS)
    # float64 and a byte for whether it is missing, each; one number for the constant of a batch
    assert row.bytes_in == 9 * ROWS + 8 * BATCHES
    assert row.bytes_out == 9 * ROWS
    (written,) = [r for r in profile.rows if r.kind == "output"]
    assert written.rows == 2 * ROWS  # two output columns


@pytest.mark.usefixtures("one_thread")
def test_the_steps_make_up_the_time_of_a_phase_in_one_thread():
    with tb.profile() as profile:
        tb.fit(table(), preprocess)

    for phase in profile.phases:
        assert phase.seconds == pytest.approx(phase.elapsed)
    assert sum(row.share for row in profile.rows) == pytest.approx(1)
    elapsed = sum(phase.elapsed for phase in profile.phases)
    assert profile.elapsed == pytest.approx(elapsed + profile.outside)


def test_what_lies_between_steps_is_not_accounted_for():
    def slow():
        yield from table().to_batches(max_chunksize=ROWS)
        time.sleep(0.05)

    with tb.profile() as profile:
        tb.fit_batches(slow, preprocess, table().schema)

    read = sum(row.seconds for row in profile.rows if row.kind == "read")
    idle = sum(row.cpu_seconds for row in profile.rows if row.kind == "read")
    assert read >= 0.1  # two passes
    assert idle < read


def test_threads_add_up():
    data = table()
    fn = tb.fit(data, preprocess)
    with tb.profile() as one:
        fn.transform(data, threads=1)
    with tb.profile() as several:
        fn.transform(data, threads=3)

    assert counts(one) == counts(several)
    assert one.phases[0].seconds <= one.elapsed


def test_nothing_is_measured_outside_of_the_block_or_in_other_threads():
    data = table()
    fn = tb.fit(data, preprocess)
    with tb.profile() as profile:
        assert active() is profile
        other = threading.Thread(target=fn.transform, args=(data,))
        other.start()
        other.join()
    fn.transform(data)
    fn.row({"fare": 1.0, "zone": "north"})

    assert active() is None
    assert profile.rows == []
    assert profile.outside == pytest.approx(profile.elapsed)


@pytest.mark.usefixtures("one_thread")
def test_a_failure_leaves_a_profile_of_what_was_done():
    fn = tb.fit(table(), preprocess)
    with pytest.raises(tb.DataError), tb.profile() as profile:
        fn.transform(table().drop(["zone"]))
    with tb.profile() as next_one:
        fn.transform(table())

    assert [phase.phase for phase in profile.phases] == ["transform"]
    (rest,) = [row for row in next_one.rows if row.kind == "not accounted for"]
    assert rest.batches == BATCHES  # brackets that failed are closed


def test_json_says_what_the_rows_say():
    with tb.profile() as profile:
        tb.fit(table(), preprocess)
    document = json.loads(profile.to_json())

    assert [row["name"] for row in document["rows"]] == [row.name for row in profile.rows]
    assert document["phases"][0]["phase"] == "pass 1"
    assert document["before"] <= document["outside"] <= document["elapsed"] == profile.elapsed
    assert 0 < document["cpu_seconds"] == profile.cpu_seconds


def test_the_table_sums_up_small_steps():
    with tb.profile() as profile:
        tb.fit(table(), preprocess)

    assert profile.table(least=0).count("add to min(fare)") == 1
    short = profile.table(least=2.0)
    assert "add to" not in short
    assert "7 smaller steps" in short
    assert short.count("not accounted for") == 2  # of the passes


@pytest.mark.usefixtures("one_thread")
def test_a_pipeline_tells_by_metrics_what_the_process_measures_itself(tmp_path: Path):
    pq.write_table(table(), tmp_path / "x.parquet", row_group_size=ROWS)
    with tb.profile() as here:
        features, fn = tb.fit_transform(table(), preprocess)
    with tb.profile() as there:
        pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
        batches, path = pipeline | tb.AnalyzeAndTransformDataset(
            preprocess, source=tb.io.Source(str(tmp_path / "x.parquet"))
        )
        _ = batches | tb.io.WriteRecordBatches(str(tmp_path / "out"))
        _ = path | tb.WriteTransformFn(str(tmp_path / "fn"))
        result = pipeline.run()
        result.wait_until_finish()
    there.collect(result)

    assert tb.load(str(tmp_path / "fn")).digest == fn.digest
    assert pq.read_table(tmp_path / "out-00000-of-00001.parquet").equals(features)
    # Strings may be dictionaries where files are read: other bytes, the same rows.
    rows = {step: (n[0], n[1]) for step, n in counts(there).items()}
    assert rows == {step: (n[0], n[1]) for step, n in counts(here).items()}
    kinds = {(row.phase, row.kind) for row in there.rows}
    assert {("pass 1", "send"), ("pass 1", "send shards"), ("pass 1", "merge shards")} <= kinds
    assert {("pass 2", "merge"), ("pass 2", "results"), ("freeze", "freeze")} <= kinds
    (read,) = [r for r in there.rows if (r.phase, r.kind) == ("transform", "read")]
    assert (read.batches, read.rows) == (BATCHES, ROWS)
    for phase in there.phases:
        # One worker is never longer at work than a phase lasts; spans are in whole milliseconds.
        assert 0 < phase.seconds <= phase.elapsed + 0.002
    rest = {row.phase for row in there.rows if row.kind == "not accounted for"}
    assert rest == {"pass 1", "pass 2", "transform"}  # the sink is a part of what feeds it


def test_a_pipeline_made_outside_of_a_block_carries_nothing(tmp_path: Path):
    fn = tb.fit(table(), preprocess)
    fn.save(str(tmp_path / "fn"))
    pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
    data = pipeline | beam.Create(table().to_batches())
    _ = (data, pipeline | tb.ReadTransformFn(str(tmp_path / "fn"))) | tb.TransformDataset()
    result = pipeline.run()
    result.wait_until_finish()
    names = [m.key.metric.namespace for m in result.metrics().query()["counters"]]
    with tb.profile() as profile:
        profile.collect(result)

    assert "taurus_beam.profile" not in names
    assert profile.rows == []


def test_what_a_cache_spares_is_not_read(tmp_path: Path):
    pq.write_table(table(), tmp_path / "day.parquet")
    spans = {"day": tb.io.Source(str(tmp_path / "day.parquet"))}

    def fitted(name: str) -> set[str]:
        with tb.profile() as profile:
            pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
            path = pipeline | tb.AnalyzeDatasetWithCache(preprocess, spans, str(tmp_path / "cache"))
            _ = path | tb.WriteTransformFn(str(tmp_path / name))
            result = pipeline.run()
            result.wait_until_finish()
            profile.collect(result)
        return {row.kind for row in profile.rows}

    first, second = fitted("first"), fitted("second")

    assert {"read", "add", "look up in cache", "store in cache", "merge shards"} <= first
    assert {"look up in cache", "merge shards", "results"} <= second
    assert not {"read", "add", "store in cache"} & second


def test_rows_of_dicts_are_made_into_batches():
    rows = [{"fare": 1.0, "zone": "north"}, {"fare": 3.0, "zone": None}]
    with tb.profile() as profile:
        pipeline = beam.Pipeline(options=PipelineOptions(["--runner=FnApiRunner"]))
        _ = pipeline | beam.Create(rows) | tb.AnalyzeDataset(preprocess, schema=table().schema)
        result = pipeline.run()
        result.wait_until_finish()
        profile.collect(result)

    made = [row for row in profile.rows if row.kind == "make batches of rows"]
    assert {(row.phase, row.rows) for row in made} == {("pass 1", 2), ("pass 2", 2)}


def test_a_runner_without_metrics_is_named():
    with tb.profile() as profile, pytest.raises(EngineError, match="keeps no metrics"):
        profile.collect(SimpleNamespace())
