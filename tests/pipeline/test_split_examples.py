"""Splits in a pipeline are those of a table, whatever the batches, and no row is lost."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.io import WriteToText
from apache_beam.testing import test_stream
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms import window

import taurus_beam as tb

RANDOM = np.random.default_rng(11)
ROWS = 600
TABLE = pa.table(
    {
        "user": pa.array([f"u{n}" if n % 17 else None for n in RANDOM.integers(0, 90, ROWS)]),
        "label": pa.array(RANDOM.choice(["a", "b", None], ROWS, p=[0.7, 0.2, 0.1])),
        "day": pa.array(RANDOM.integers(0, 40, ROWS), pa.int64(), mask=RANDOM.random(ROWS) < 0.05),
        "x": RANDOM.integers(0, 3, ROWS),
    }
)
RATIOS = {"train": 0.7, "eval": 0.2, "test": 0.1}
SPLITTERS = [
    tb.SplitByHash(RATIOS, key="user", seed=4),
    tb.SplitByHash(RATIOS),
    tb.SplitByTime("day", RATIOS, gap=2),
    tb.SplitByTime("day", until={"train": 20, "test": None}, missing="train"),
    tb.SplitByStratum(RATIOS, "label"),
    tb.SplitByStratum(RATIOS, "label", key=("user", "x"), missing="drop"),
    tb.SplitByGroup(RATIOS, "user", stratum="label"),
    tb.KFold(3, key="user", missing="drop"),
    tb.StratifiedKFold(3, ("label", "x")),
    tb.GroupKFold(3, "user"),
    tb.SampleRate(0.3, rates={"b": 0.9}, stratum="label"),
    tb.SampleSize(40, weight="day"),
]


def rows(table: pa.Table | list[pa.RecordBatch]) -> list[str]:
    """The rows in no order."""
    batches = table if isinstance(table, list) else [table]
    return sorted(json.dumps(row) for batch in batches for row in batch.to_pylist())


def shuffled(seed: int, size: int) -> list[pa.RecordBatch]:
    order = np.random.default_rng(seed).permutation(ROWS)
    return TABLE.take(pa.array(order)).combine_chunks().to_batches(max_chunksize=size)


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda each: each.kind)
def test_a_pipeline_splits_as_a_table_is_split(splitter: Any) -> None:
    wanted = tb.split_table(TABLE, splitter)
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        data = pipeline | beam.Create(shuffled(1, 97), reshuffle=False)
        found = data | tb.SplitExamples(splitter, digests=True)
        assert list(found.parts) == list(splitter.names)
        for name, part in found.parts.items():
            assert part.element_type is pa.RecordBatch
            given = part | f"Rows {name}" >> tb.ToDicts()
            assert_that(given, equal_to(wanted[name].to_pylist()), f"Same {name}")
        sizes = found.summary | beam.Map(lambda s: ([p.rows for p in s.parts], s.rows))
        assert_that(sizes, equal_to([([t.num_rows for t in wanted.values()], ROWS)]), "Sizes")


def summary_of(batches: list[pa.RecordBatch], splitter: Any, **options: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        with beam.Pipeline(runner="FnApiRunner") as pipeline:
            data = pipeline | beam.Create(batches).with_output_types(pa.RecordBatch)
            summary = (data | tb.SplitExamples(splitter, **options)).summary
            _ = summary | beam.Map(lambda s: json.dumps(s.record())) | WriteToText(f"{folder}/s")
        (written,) = Path(folder).iterdir()
        return json.loads(written.read_text())


def test_the_summary_says_what_became_of_every_row() -> None:
    splitter = tb.SplitByTime("day", RATIOS, gap=2)
    options = {"labels": ["label", "x"], "times": ["x"], "digests": True}
    found = summary_of(shuffled(2, 50), splitter, **options)
    wanted = tb.split_table(TABLE, splitter)

    assert found["rows"] == ROWS
    dropped = ROWS - sum(table.num_rows for table in wanted.values())
    assert found["dropped"]["without a key"] == TABLE["day"].null_count
    assert sum(found["dropped"].values()) == dropped
    for part in found["splits"]:
        table = wanted[part["name"]]
        assert part["rows"] == table.num_rows
        days = table["day"].to_pylist()
        assert part["times"]["day"] == {"first": min(days), "last": max(days)}
        labels = ["(missing)" if v is None else v for v in table["label"].to_pylist()]
        assert part["labels"]["label"] == {v: labels.count(v) for v in sorted(set(labels))}
    # The digests too are the same for other batches in another order, and differ between splits.
    assert summary_of(shuffled(3, 200), splitter, **options) == found
    assert len({part["digest"] for part in found["splits"]}) == 3


def test_rows_without_a_key_are_counted_where_they_went() -> None:
    found = summary_of(shuffled(1, 100), tb.SplitByHash(RATIOS, key="user", missing="test"))
    assert [part["rows_without_key"] for part in found["splits"]] == [
        0,
        0,
        TABLE["user"].null_count,
    ]


def test_no_rows_are_legal() -> None:
    found = summary_of([], tb.SplitByStratum(RATIOS, "label"), labels=["label"])
    assert found["rows"] == 0
    assert found["splits"][0] == {
        "name": "train",
        "rows": 0,
        "rows_without_key": 0,
        "labels": {"label": {}},
    }


def test_a_source_is_read_again_and_only_as_far_as_needed(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "rows.parquet", row_group_size=100)
    splitter = tb.SplitByStratum(RATIOS, "label", key=("user", "x"))
    wanted = tb.split_table(TABLE, splitter)
    source = tb.io.Source(str(tmp_path / "rows.parquet"))
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        found = pipeline | "A" >> tb.SplitExamples(splitter, source)
        again = pipeline | source.read() | "B" >> tb.SplitExamples(splitter)
        for name in RATIOS:
            for label, part in (("a", found.parts[name]), ("b", again.parts[name])):
                given = part | f"{label} rows {name}" >> tb.ToDicts()
                assert_that(given, equal_to(wanted[name].to_pylist()), f"{label} {name}")


def test_dicts_and_plans(tmp_path: Path) -> None:
    splitter = tb.SplitByTime("day", {"past": 0.5, "future": 0.5})
    dicts = [{"day": n} for n in (4, 1, 3, 2)]
    schema = pa.schema([("day", pa.date32())])
    days = [{"day": np.datetime64(row["day"], "D").item()} for row in dicts]
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        found = pipeline | beam.Create(days) | tb.SplitExamples(splitter, schema=schema)
        assert_that(found.plan, equal_to([{"cuts": ["1970-01-04"]}]), "Plan")
        assert_that(found.parts["past"] | tb.ToDicts(), equal_to([days[1], days[3]]), "Past")


def test_a_column_of_folds() -> None:
    splitter = tb.StratifiedKFold(3, "label")
    wanted = tb.split_table(TABLE, splitter)
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        data = pipeline | beam.Create(shuffled(5, 64)) | tb.AssignSplits(splitter, "fold")
        labelled = [
            row | {"fold": name} for name, table in wanted.items() for row in table.to_pylist()
        ]
        assert_that(data | tb.ToDicts(), equal_to(labelled))


def test_data_without_end_are_split_by_key() -> None:
    batch = pa.record_batch({"user": ["u1", "u2"]})
    stream = test_stream.TestStream().add_elements([batch]).advance_watermark_to_infinity()
    with beam.Pipeline(runner="DirectRunner", options=streaming()) as pipeline:
        data = (
            pipeline
            | stream.with_output_types(pa.RecordBatch)
            | beam.WindowInto(window.FixedWindows(10))
        )
        found = data | tb.SplitExamples(tb.SplitByHash({"all": 1.0}, key="user"))
        assert_that(found.parts["all"] | tb.ToDicts(), equal_to([{"user": "u1"}, {"user": "u2"}]))


def streaming() -> Any:
    return beam.options.pipeline_options.PipelineOptions(["--streaming"])


def test_data_without_end_have_no_exact_shares() -> None:
    pipeline = beam.Pipeline(options=streaming())
    data = pipeline | test_stream.TestStream().with_output_types(pa.RecordBatch)
    with pytest.raises(tb.EngineError, match="looks at all data first"):
        _ = data | tb.SplitExamples(tb.SplitByStratum(RATIOS, "label"))


def test_what_is_wrong_with_known_columns_is_told_before_the_run(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "rows.parquet")
    source = tb.io.Source(str(tmp_path / "rows.parquet"))
    pipeline = beam.Pipeline()
    with pytest.raises(tb.DataError, match="'id' is missing"):
        _ = pipeline | "A" >> tb.SplitExamples(tb.KFold(2, key="id"), source)
    with pytest.raises(tb.DataError, match="'other' is missing"):
        _ = pipeline | "B" >> tb.SplitExamples(tb.KFold(2), source, labels=["other"])
    with pytest.raises(tb.EngineError, match="'x' already"):
        _ = pipeline | "C" >> tb.AssignSplits(tb.KFold(2), "x", source)
