"""Batches held for several passes: which strings are encoded, and that no value changes."""

from __future__ import annotations

import pyarrow as pa
import pytest

import taurus_beam as tb
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
