"""What tf.Transform 1.16 gave for small inputs, and what we give; differences are on purpose.

``data/tft_cases.jsonl`` holds facts observed by running tf.Transform 1.16 (TensorFlow 2.16): its
call, the rows it was fitted on with what it made of them, and further rows it was applied to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import taurus_beam as tb

TYPES = {
    "float": pa.float32(),
    "int": pa.int64(),
    "text": pa.string(),
    "pair": pa.list_(pa.float32(), 2),
    "words": pa.list_(pa.string()),
    "numbers": pa.list_(pa.float32()),
}
FILE = Path(__file__).parent.parent / "data" / "tft_cases.jsonl"
CASES = {case["case"]: case for case in map(json.loads, FILE.read_text("utf-8").splitlines())}

Outputs = dict[str, Any]
compute = tb.compute_and_apply_vocabulary

OURS: dict[str, Callable[[Any], Outputs]] = {
    "analyzers": lambda i: {
        name: tb.cast(getattr(tb, name)(i["x"]), pa.float32())
        for name in ("mean", "var", "min", "max", "sum", "size")
    },
    "apply_buckets at the edges": lambda i: {"b": tb.apply_buckets(i["x"], [2.0, 3.0])},
    "bucketize 3 of 1..9": lambda i: {"b": tb.bucketize(i["x"], 3)},
    "bucketize 4 of 1..4": lambda i: {"b": tb.bucketize(i["x"], 4)},
    "bucketize 10 of 1..25": lambda i: {"b": tb.bucketize(i["x"], 10)},
    "bucketize with ties": lambda i: {"b": tb.bucketize(i["x"], 4)},
    "constant: -1 to 3": lambda i: {"z": tb.scale_by_min_max(i["x"], -1.0, 3.0)},
    "constant: bucketize": lambda i: {"b": tb.bucketize(i["x"], 3)},
    "constant: z-score of the data": lambda i: {"z": tb.scale_to_z_score(i["x"])},
    "hash 10": lambda i: {"h": tb.hash_strings(i["s"], 10, hash="farmhash64")},
    "hash 1000": lambda i: {"h": tb.hash_strings(i["s"], 1000, hash="farmhash64")},
    "infinity: bucketize": lambda i: {"b": tb.bucketize(i["x"], 2)},
    "integers": lambda i: {
        "z": tb.scale_to_z_score(i["x"]),
        "m": tb.scale_to_0_1(i["x"]),
        "b": tb.bucketize(i["x"], 2),
    },
    "integers: sum and mean": lambda i: {
        "s": tb.sum(i["x"]),
        "n": tb.size(i["x"]),
        "m": tb.mean(i["x"]),
    },
    "min-max -1 to 1": lambda i: {"z": tb.scale_by_min_max(i["x"], -1.0, 1.0)},
    "NaN: bucketize": lambda i: {"b": tb.bucketize(i["x"], 2)},
    "no data: bucketize": lambda i: {"b": tb.bucketize(i["x"], 3)},
    "out of vocabulary: buckets": lambda i: {
        "v": compute(i["s"], num_oov_buckets=3, hash="farmhash64")
    },
    "out of vocabulary: default": lambda i: {"v": compute(i["s"], default_value=7)},
    "ragged: 0-1 and buckets": lambda i: {
        "z": tb.scale_to_0_1(i["x"]),
        "b": tb.bucketize(i["x"], 3),
    },
    "vectors": lambda i: {
        "a": tb.scale_to_z_score(i["x"]),
        "e": tb.scale_to_z_score(i["x"], elementwise=True),
        "b": tb.bucketize(i["x"], 2),
        "be": tb.bucketize(i["x"], 2, elementwise=True),
        "m": tb.scale_by_min_max(i["x"], 0, 2, elementwise=True),
    },
    "vocabulary: integers": lambda i: {"v": compute(i["x"])},
    "vocabulary: integers as text": lambda i: {"v": compute(i["x"])},
    "vocabulary: threshold": lambda i: {"v": compute(i["s"], frequency_threshold=2)},
    "vocabulary: top_k and buckets": lambda i: {
        "v": compute(i["s"], top_k=2, num_oov_buckets=3, hash="farmhash64")
    },
    "vocabulary: top_k in a tie": lambda i: {"v": compute(i["s"], top_k=2)},
    **dict.fromkeys(
        ["vocabulary: ties", "vocabulary: bytes order", "words: vocabulary", "no data: vocabulary"],
        lambda i: {"v": compute(i["s"])},
    ),
    **dict.fromkeys(
        [
            "z-score",
            *(f"{kind}: z-score" for kind in ("NaN", "infinity", "no data", "constant", "ragged")),
        ],
        lambda i: {"z": tb.scale_to_z_score(i["x"])},
    ),
    **dict.fromkeys(
        [f"{kind}: 0-1" for kind in ("NaN", "infinity", "no data", "constant")],
        lambda i: {"z": tb.scale_to_0_1(i["x"])},
    ),
    **{
        f"{kind}: {name}": lambda i, name=name: {"v": getattr(tb, name)(i["x"])}
        for kind in ("NaN", "infinity", "no data")
        for name in ("min", "max", "mean", "var", "sum", "size")
        if f"{kind}: {name}" in CASES
    },
}

# One NaN makes TFT's minimum, maximum and sum NaN, and with them the scaling of every row. Here
# NaN takes no part in them, as it takes none in the mean and the variance.
NAN_TAKES_NO_PART = {
    "NaN: min": [1.0, 1.0, 1.0],
    "NaN: max": [5.0, 5.0, 5.0],
    "NaN: sum": [6.0, 6.0, 6.0],
    "NaN: 0-1": [0.0, math.nan, 1.0],
}


def close(value: Any) -> Any:
    if isinstance(value, list):
        return [close(v) for v in value]
    return (
        pytest.approx(value, rel=2e-6, abs=1e-7, nan_ok=True) if isinstance(value, float) else value
    )


def applied(fn: tb.TransformFn, rows: list[Any], schema: pa.Schema) -> list[Outputs]:
    table = pa.Table.from_pylist(rows, schema)
    batch: list[Outputs] = fn.transform(table).to_pylist()
    assert [fn.row(row) for row in rows] == [close_row(row) for row in batch]
    return batch


def close_row(row: Outputs) -> Outputs:
    return {name: close(value) for name, value in row.items()}


def test_every_case_is_tried() -> None:
    assert set(OURS) == set(CASES)
    assert set(NAN_TAKES_NO_PART) <= set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_what_tft_gives(name: str) -> None:
    case = CASES[name]
    schema = pa.schema([(column, TYPES[kind]) for column, kind in case["types"].items()])
    fn = tb.fit(pa.Table.from_pylist(case["input"], schema), OURS[name])
    found = applied(fn, case["input"], schema) + applied(fn, case["serve"], schema)
    expected = [close_row(row) for row in case["output"] + case["served"]]
    if name not in NAN_TAKES_NO_PART:
        assert found == expected
        return
    (output,) = fn.graph.outputs
    assert [row[output] for row in found] == close(NAN_TAKES_NO_PART[name])
    assert found != expected
