"""Batches held for several passes: which strings are encoded, and that no value changes."""

from __future__ import annotations

import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.artifact.content import artifact_files
from taurus_beam.graph.threads import THREADS_VARIABLE
from taurus_beam.serving.held_text import HeldBatches

ROWS = 64
TABLE = pa.table(
    {
        "few": ["a", None, "b", ""] * 40,
        "many": [str(n) for n in range(160)],
        "binary": pa.array([b"x", b"y"] * 80),
        "x": [1.0, 2.0] * 80,
    }
)


def test_only_strings_that_repeat_are_held_as_codes():
    held = HeldBatches(TABLE, ROWS, ["few", "many", "binary"])
    assert len(held) == 3
    for number in range(3):
        batch = held.batch(number)
        kinds = {f.name: pa.types.is_dictionary(f.type) for f in batch.schema}
        assert kinds == {"few": True, "many": False, "binary": True, "x": False}
        plain = TABLE.slice(number * ROWS, ROWS)
        assert batch.to_pylist() == plain.to_pylist()
        assert held.batch(number) is batch
    assert held.batches() == [held.batch(n) for n in range(3)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()])
def test_what_is_held_never_shows_in_a_result(kind):
    few = pa.array([None if n % 5 == 0 else str(n % 7) for n in range(70_000)], kind)
    table = pa.table({"a": few, "b": pa.array([str(n % 60_000) for n in range(70_000)], kind)})

    def function(inputs):
        ids = {n: tb.compute_and_apply_vocabulary(inputs[n]) for n in "ab"}
        return {**ids, "same": inputs["a"]}

    outputs, fn = tb.fit_transform(table, function)
    assert fn.digest == tb.fit(table, function).digest
    assert outputs.equals(fn.transform(table))


def test_strings_inside_of_structs_stay_as_they_are():
    table = pa.table({"z": [[1], [2]] * 8, "a": [{"b": "x"}, {"b": "y"}] * 8})
    assert HeldBatches(table, ROWS, ["a.b"]).batch(0).schema == table.schema
    outputs, _ = tb.fit_transform(
        table, lambda inputs: {"id": tb.compute_and_apply_vocabulary(inputs["a.b"])}
    )
    assert outputs["id"].to_pylist() == [1, 0] * 8


MANY = [f"k{n * 7919 % 50_000}" for n in range(60_000)]
HALVES = [pa.array(MANY[:30_000]), pa.array([*MANY[30_000:], None, "", "k1"])]
COLUMNS = {
    "plain": pa.chunked_array(HALVES),
    "binary": pa.chunked_array([half.cast(pa.binary()) for half in HALVES]),
    "a dictionary by chunk": pa.chunked_array([half.dictionary_encode() for half in HALVES]),
    "one dictionary": pa.chunked_array(HALVES).dictionary_encode(),
    "a dictionary with a null": pa.chunked_array(
        [
            pa.DictionaryArray.from_arrays(pa.array(range(3), pa.int32()), ["a", None, "b"]),
            HALVES[1].dictionary_encode(),
        ]
    ),
}


@pytest.mark.parametrize("form", COLUMNS)
def test_the_terms_of_a_whole_column_give_the_same(form, monkeypatch):
    table = pa.table({"s": COLUMNS[form]})
    monkeypatch.setattr("taurus_beam.local._BATCH_ROWS", 10_000)

    def function(inputs):
        s = inputs["s"]
        return {
            "all": tb.compute_and_apply_vocabulary(s),
            "some": tb.compute_and_apply_vocabulary(s, frequency_threshold=2, num_oov_buckets=3),
            "reserved": tb.compute_and_apply_vocabulary(s, reserved_tokens=["k1", "new"]),
            "shuffled": tb.compute_and_apply_vocabulary(s, fingerprint_shuffle=True, top_k=999),
            "same": s,
        }

    outputs, fn = tb.fit_transform(table, function)
    assert fn.digest == tb.fit(table, function).digest
    assert outputs.equals(fn.transform(table))


def test_several_columns_share_a_vocabulary(monkeypatch):
    monkeypatch.setattr("taurus_beam.local._BATCH_ROWS", 10_000)
    table = pa.table(
        {"s": COLUMNS["plain"], "t": ["k1", "x"] * (len(COLUMNS["plain"]) // 2) + ["k1"]}
    )

    def function(inputs):
        shared = tb.vocabulary([inputs["s"], inputs["t"]])
        return {name: tb.apply_vocabulary(inputs[name], shared) for name in "st"}

    outputs, fn = tb.fit_transform(table, function)
    assert fn.digest == tb.fit(table, function).digest
    assert outputs.equals(fn.transform(table))


def test_a_column_that_hardly_repeats_is_encoded_by_its_own_terms():
    table = pa.table({"s": COLUMNS["plain"], "few": ["a", "b", "c"] * 20_001})
    held = HeldBatches(table, 10_000, ["s", "few"], ["s", "few"])
    batches = [held.batch(number) for number in range(len(held))]
    assert {len(batch["s"].dictionary) for batch in batches} == {50_001}
    assert len(batches[0]["few"].dictionary) == 3
    assert [row for batch in batches for row in batch.to_pylist()] == table.to_pylist()
    only = HeldBatches(table, 10_000, ["s"]).batch(0)
    assert only["s"].type == pa.string()


MANY_ARE_FEW = {
    "taurus_beam.local._BATCH_ROWS": 10_000,
    "taurus_beam.graph.column_terms._PIECE_ROWS": 4_000,
    "taurus_beam.graph.column_terms._SHARD_ROWS": 5_000,
    "taurus_beam.analyzers.text_order._MANY": 1_000,
    "taurus_beam.analyzers.choice._TAKEN_AT_ONCE": 3_000,
    "taurus_beam.graph.lookup._MANY": 1_000,
    "taurus_beam.graph.lookup._BLOCK": 3_000,
    "taurus_beam.graph.number_ranges._BLOCK": 3_000,
    "taurus_beam.graph.number_ranges._RANGE_NUMBERS": 1_000,
    "taurus_beam.graph.vocabulary.INDEXED_FROM": 1_000,
}


def test_neither_threads_nor_chunks_show_in_an_artifact(monkeypatch):
    def function(inputs):
        return {"id": tb.compute_and_apply_vocabulary(inputs["s"])}

    table = pa.table({"s": COLUMNS["plain"]})
    outputs, fn = tb.fit_transform(table, function)
    expected = artifact_files(fn.graph, {})
    for name, value in MANY_ARE_FEW.items():
        monkeypatch.setattr(name, value)
    indexed = None
    for threads in ("1", "2", "5"):
        monkeypatch.setenv(THREADS_VARIABLE, threads)
        for rows in (len(table), 7_001):
            batches = table.combine_chunks().to_batches(max_chunksize=rows)
            found, fn = tb.fit_transform(pa.Table.from_batches(batches), function)
            assert found.equals(outputs)
            files = artifact_files(fn.graph, {})
            indexed = indexed or files
            assert {name: bytes(content) for name, content in files.items()} == {
                name: bytes(content) for name, content in indexed.items()
            }
    assert files["assets/s.arrow"] == expected["assets/s.arrow"]
    assert "assets/s.lookup.arrow" in files
