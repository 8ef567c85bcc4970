"""Analysis in a pipeline gives the artifact that fitting here gives, however the data come."""

from __future__ import annotations

import dataclasses
import typing
from collections import Counter

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.periodicsequence import PeriodicImpulse
from spine import SCHEMA, files_of, preprocess, shuffled, table

import taurus_beam as tb
from taurus_beam.errors import DataError, EngineError, TraceError
from taurus_beam.graph import gathering
from taurus_beam.io import Source

DATA = table()
PYTHON_ROWS = [{"x": 1.5, "s": "a"}, {"x": None, "s": "b"}, {"x": 4.0, "s": "b"}]
ROWS_SCHEMA = pa.schema({"x": pa.float64(), "s": pa.string()})


class Odd(typing.NamedTuple):
    x: float
    others: dict[str, object]


class Trip(typing.NamedTuple):
    x: float | None
    s: str


@dataclasses.dataclass
class DataTrip:
    x: float | None
    s: str


def small(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {
        "z": tb.scale_to_z_score(inputs["x"]),
        "id": tb.compute_and_apply_vocabulary(inputs["s"]),
    }


def analyzed(path, elements, fn=small, options=None, hint=None, **arguments):
    """The files of the artifact that a pipeline makes of some elements."""
    with beam.Pipeline(options=options or PipelineOptions(["--runner=FnApiRunner"])) as pipeline:
        made = pipeline | "Make" >> beam.Create(elements)
        if hint is not None:
            made = made | "Hint" >> beam.Map(lambda e: e).with_output_types(hint)
        _ = made | tb.AnalyzeDataset(fn, **arguments) | tb.WriteTransformFn(str(path))
    return files_of(path)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    path = tmp_path_factory.mktemp("fitted") / "fn"
    tb.fit(DATA, preprocess).save(path)
    return files_of(path)


@pytest.mark.parametrize("batch_rows", [1, 97, 3000])
@pytest.mark.parametrize("workers", [1, 3])
def test_any_order_bundles_and_batches_give_the_same_bytes(tmp_path, fitted, batch_rows, workers):
    rows = 200 if batch_rows == 1 else 3000
    data = DATA.slice(0, rows)
    if rows < 3000:
        tb.fit(data, preprocess).save(tmp_path / "local")
        fitted = files_of(tmp_path / "local")
    batches = shuffled(data, workers).to_batches(max_chunksize=batch_rows)
    flags = [f"--direct_num_workers={workers}", "--direct_running_mode=multi_threading"]
    options = PipelineOptions(["--runner=FnApiRunner", *flags])
    found = analyzed(
        tmp_path / "fn", batches, preprocess, options, hint=pa.RecordBatch, schema=SCHEMA
    )
    assert found == fitted


@pytest.mark.parametrize(
    ("elements", "hint", "schema"),
    [
        (PYTHON_ROWS, None, ROWS_SCHEMA),
        ([beam.Row(**row) for row in PYTHON_ROWS], None, ROWS_SCHEMA),
        ([Trip(**row) for row in PYTHON_ROWS], Trip, None),
        ([DataTrip(**row) for row in PYTHON_ROWS], DataTrip, None),
        (
            [beam.Row(**row) for row in PYTHON_ROWS],
            beam.row_type.RowTypeConstraint.from_fields([("x", float | None), ("s", str)]),
            None,
        ),
        (pa.Table.from_pylist(PYTHON_ROWS, ROWS_SCHEMA).to_batches(), None, ROWS_SCHEMA),
        (pa.Table.from_pylist(PYTHON_ROWS, ROWS_SCHEMA).to_batches(), pa.RecordBatch, ROWS_SCHEMA),
    ],
    ids=["dicts", "rows", "tuples", "data classes", "typed rows", "untyped batches", "batches"],
)
def test_rows_in_any_form_give_the_same_bytes(tmp_path, elements, hint, schema):
    tb.fit(pa.Table.from_pylist(PYTHON_ROWS, ROWS_SCHEMA), small).save(tmp_path / "local")
    assert analyzed(tmp_path / "fn", elements, hint=hint, schema=schema) == files_of(
        tmp_path / "local"
    )


def test_a_proto_schema_serves_too(tmp_path):
    fn = tb.fit(pa.Table.from_pylist(PYTHON_ROWS, ROWS_SCHEMA), small)
    fn.save(tmp_path / "local")
    assert analyzed(tmp_path / "fn", PYTHON_ROWS, schema=fn.input_schema) == files_of(
        tmp_path / "local"
    )


def test_no_rows_give_what_no_rows_give_here(tmp_path):
    empty = DATA.slice(0, 0)
    tb.fit(empty, preprocess).save(tmp_path / "local")
    assert analyzed(tmp_path / "fn", [], preprocess, schema=SCHEMA) == files_of(tmp_path / "local")


def test_a_function_without_analyzers_needs_no_pass(tmp_path):
    def doubled(inputs):
        return {"y": inputs["x"] * 2, "one": 1}

    analyzed(tmp_path / "fn", PYTHON_ROWS, doubled, schema=ROWS_SCHEMA)
    fn = tb.load(tmp_path / "fn")
    assert fn.row({"x": 4.0}) == {"y": 8.0, "one": 1}
    assert fn.provenance["run"]["passes"] == 0


def test_an_artifact_may_read_no_column(tmp_path):
    analyzed(tmp_path / "fn", PYTHON_ROWS, lambda i: {"n": tb.size(i["s"])}, schema=ROWS_SCHEMA)
    assert tb.load(tmp_path / "fn").row({}) == {"n": 3}


def test_the_provenance_tells_of_the_run(tmp_path):
    batches = DATA.to_batches(max_chunksize=500)
    analyzed(tmp_path / "fn", batches, preprocess, hint=pa.RecordBatch, schema=SCHEMA)
    known = tb.load(tmp_path / "fn").provenance
    assert known["data"]["rows"] == len(DATA)
    assert list(known["data"]["schema"]) == ["x", "n", "s"]
    assert known["run"]["passes"] == 2
    assert known["run"]["runner"] == "FnApiRunner"


@pytest.mark.parametrize("most_keys", [1, 10, 100])
def test_vocabularies_of_more_keys_than_a_worker_holds(tmp_path, monkeypatch, most_keys):
    monkeypatch.setattr(gathering, "_MOST_KEYS", most_keys)
    terms = [f"term-{i * i % 1009}" for i in range(2000)] + [None, ""]
    data = pa.table({"s": terms, "n": [len(t or "") * 7 % 300 for t in terms]})

    def vocabularies(inputs):
        return {
            "s": tb.compute_and_apply_vocabulary(inputs["s"], frequency_threshold=2),
            "top": tb.compute_and_apply_vocabulary(inputs["s"], top_k=5, vocab_filename="top"),
            "n": tb.compute_and_apply_vocabulary(inputs["n"]),
        }

    tb.fit(data, vocabularies).save(tmp_path / "local")
    found = analyzed(
        tmp_path / "fn",
        data.to_batches(max_chunksize=64),
        vocabularies,
        hint=pa.RecordBatch,
        schema=data.schema,
    )
    assert found == files_of(tmp_path / "local")
    counts = Counter(term for term in terms if term)
    wanted = sorted(counts.items(), key=lambda item: (item[1], item[0]), reverse=True)
    vocabulary = tb.load(tmp_path / "fn").vocabulary("s")
    expected = [(term, count) for term, count in wanted if count >= 2]
    found = zip(vocabulary.terms.to_pylist(), vocabulary.counts.to_pylist(), strict=True)
    assert list(found) == expected
    assert tb.load(tmp_path / "fn").vocabulary("top").terms.to_pylist() == [
        term for term, _ in wanted[:5]
    ]


def test_a_value_of_another_type_is_named_by_its_column(tmp_path):
    with pytest.raises(DataError, match=r"(?s)Column 'x' has a value that is no double.*'seven'"):
        analyzed(tmp_path / "fn", [*PYTHON_ROWS, {"x": "seven", "s": ""}], schema=ROWS_SCHEMA)


def test_a_column_that_rows_lack_is_named(tmp_path):
    with pytest.raises(DataError, match="Column 's' is missing from a row of type dict"):
        analyzed(tmp_path / "fn", [{"x": 1.0}], schema=ROWS_SCHEMA)
    with pytest.raises(DataError, match="Column 'x' is missing from a row of type int"):
        analyzed(tmp_path / "fn2", [1, 2], schema=ROWS_SCHEMA)


def test_columns_that_are_not_read_may_be_missing(tmp_path):
    schema = pa.schema([*ROWS_SCHEMA, ("other", pa.int64())])
    assert "graph.json" in analyzed(tmp_path / "fn", PYTHON_ROWS, schema=schema)


def test_a_batch_of_another_type_is_named_by_its_column(tmp_path):
    wrong = pa.record_batch({"x": ["1"], "s": ["a"]})
    with pytest.raises(DataError, match=r"(?s)Column 'x' has type string.*expected: double"):
        analyzed(tmp_path / "fn", [wrong], hint=pa.RecordBatch, schema=ROWS_SCHEMA)


@pytest.mark.parametrize("elements", [PYTHON_ROWS, [pa.record_batch({"x": [1.0]})], []])
def test_a_schema_that_nothing_tells_is_asked_for(tmp_path, elements):
    with pytest.raises(EngineError, match=r"(?s)schema of the data is not known.*Pass schema="):
        analyzed(tmp_path / "fn", elements)


def test_row_fields_without_an_arrow_type_are_refused(tmp_path):
    with pytest.raises(EngineError, match=r"(?s)field that Arrow has no type for.*Pass schema="):
        analyzed(tmp_path / "fn", [Odd(1.0, {})], hint=Odd)


def test_a_wrong_function_fails_while_the_pipeline_is_made(tmp_path):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    made = pipeline | "Make" >> beam.Create(PYTHON_ROWS)
    with pytest.raises(TraceError, match=r"(?s)no column 'y'.*test_analyze\.py:\d+"):
        _ = made | tb.AnalyzeDataset(lambda inputs: {"y": inputs["y"]}, schema=ROWS_SCHEMA)


def test_there_is_one_place_to_read_from(tmp_path):
    pipeline = beam.Pipeline(runner="FnApiRunner")
    with pytest.raises(EngineError, match=r"(?s)nothing to read.*source="):
        _ = pipeline | "Nothing" >> tb.AnalyzeDataset(small, schema=ROWS_SCHEMA)
    made = pipeline | "Make" >> beam.Create(PYTHON_ROWS)
    with pytest.raises(EngineError, match=r"both data before the \| and a source"):
        _ = made | "Both" >> tb.AnalyzeDataset(small, source=Source(f"{tmp_path}/*.csv"))


def test_data_without_an_end_are_refused():
    endless = beam.Pipeline(runner="FnApiRunner") | "Endless" >> PeriodicImpulse()
    with pytest.raises(EngineError, match="data never end"):
        _ = endless | tb.AnalyzeDataset(small, schema=ROWS_SCHEMA)
