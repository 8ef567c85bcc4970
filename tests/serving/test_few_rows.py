"""A batch of a few rows, which goes the way of rows, is what it is among many rows."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.errors import DataError
from taurus_beam.serving.few_rows import FewRows

MANY = 40
TABLE = pa.table(
    {
        "x": [None if i % 7 == 3 else i / 4 for i in range(MANY)],
        "n": pa.array([i % 5 for i in range(MANY)], pa.int32()),
        "s": [None if i % 6 == 1 else "abc"[i % 3] for i in range(MANY)],
        "b": [i % 2 == 0 for i in range(MANY)],
    }
)


def preprocess(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {
        "z": tb.scale_to_z_score(inputs["x"]),
        "bucket": tb.bucketize(inputs["n"], 3),
        "id": tb.compute_and_apply_vocabulary(inputs["s"], num_oov_buckets=2),
        "upper": tb.upper(inputs["s"]),
        "either": inputs["b"] | (inputs["x"] > 2.0),
        "root": (inputs["x"] - 1.0) ** 0.5,
    }


FN = tb.fit(TABLE, preprocess)
(BATCH,) = TABLE.combine_chunks().to_batches()
(WHOLE,) = FN.transform(TABLE).combine_chunks().to_batches()


def few_rows() -> FewRows:
    return FewRows(FN.graph, FN.row)


@pytest.mark.parametrize("size", [1, 2, 7, 8])
def test_any_few_rows_are_what_they_are_among_many(size: int) -> None:
    for start in range(0, MANY, size):
        made = FN.transform(BATCH.slice(start, size))
        made.validate(full=True)
        assert made.schema == FN.output_arrow_schema
        assert str(made.to_pydict()) == str(WHOLE.slice(start, size).to_pydict())


def test_few_plain_rows_go_the_way_of_rows() -> None:
    some = BATCH.slice(4, 3)
    shuffled = some.select(["s", "b", "n", "x"]).append_column("label", pa.array([[1], [2], []]))
    for batch in (some, shuffled, shuffled.replace_schema_metadata({"a": "b"})):
        made = few_rows()(batch)
        assert made is not None
        assert made.equals(WHOLE.slice(4, 3))


@pytest.mark.parametrize(
    "batch",
    [
        BATCH.slice(0, 0),
        BATCH,
        BATCH.slice(0, 1),  # the root of a number below 0
        BATCH.slice(4, 1).set_column(0, "x", pa.array([math.nan])),
        BATCH.slice(4, 1).set_column(0, "x", pa.array([1], pa.int8())),
        BATCH.slice(4, 1).set_column(2, "s", pa.array(["a"]).dictionary_encode()),
        BATCH.slice(4, 1).select(["x", "n", "b"]),
        BATCH.slice(4, 1).append_column("x", pa.array([1.0])),
    ],
    ids=["none", "many", "NaN out", "NaN in", "narrow", "encoded", "missing", "twice"],
)
def test_all_others_are_left_to_the_batch(batch: pa.RecordBatch) -> None:
    assert few_rows()(batch) is None


@pytest.mark.parametrize(
    "output",
    [
        lambda i: tb.ngrams(tb.split(i["s"]), (1, 2), " "),
        lambda i: tb.cast(i["x"], pa.float16()),
        lambda i: tb.cast(i["n"], pa.timestamp("s")),
    ],
    ids=["lists", "half floats", "times"],
)
def test_other_types_are_left_to_the_batch(output) -> None:
    fn = tb.fit(TABLE, lambda inputs: {"y": output(inputs)})
    assert FewRows(fn.graph, fn.row)(BATCH.slice(4, 1)) is None


def test_a_budget_of_bytes_is_the_batchs(monkeypatch) -> None:
    monkeypatch.setenv("TAURUS_BEAM_BATCH_BYTES", "8")
    with pytest.raises(DataError, match=r"take .* bytes"):
        tb.fit(TABLE.slice(0, 0), preprocess).transform(BATCH.slice(4, 1))


def test_monitors_count_few_rows() -> None:
    def monitored(inputs: tb.Inputs) -> dict[str, tb.Column]:
        low = tb.monitor(inputs["n"], inputs["n"] < 2, "low")
        return {"y": low + 1}

    fn = tb.fit(TABLE, monitored)
    fn.transform(BATCH.slice(0, 3))
    assert fn.monitor_counts["low"].rows == 3


def test_an_error_is_the_batchs() -> None:
    with pytest.raises(DataError, match="Column 'n' is missing from the data"):
        FN.transform(BATCH.slice(0, 1).select(["x", "s", "b"]))
