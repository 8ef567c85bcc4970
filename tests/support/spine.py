"""One function that uses the whole spine, data for it, and what to compare of an artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import taurus_beam as tb

SCHEMA = pa.schema(
    {"x": pa.float64(), "n": pa.int32(), "s": pa.string(), "unused": pa.list_(pa.float32())}
)
PASSES = [["x", "n", "s"], ["x"]]
"""The columns that each pass over the data needs."""


def preprocess(inputs: tb.Inputs) -> dict[str, Any]:
    x = inputs["x"]
    return {
        "log_z": tb.scale_to_z_score(np.log1p(x - tb.min(x))),
        "x01": tb.scale_to_0_1(x),
        "bucket": tb.bucketize(inputs["n"], 4),
        "id": tb.compute_and_apply_vocabulary(inputs["s"], top_k=20, num_oov_buckets=3),
        "share": inputs["n"] / tb.sum(inputs["n"]),
        "hashed": tb.hash_strings(inputs["s"], 7),
    }


def table(rows: int = 3000, seed: int = 0) -> pa.Table:
    """Rows with missing values, NaN, empty strings, skewed strings and many magnitudes."""
    random = np.random.default_rng(seed)
    x = random.lognormal(0, 8, rows) * random.choice([-1, 1], rows)
    x[random.random(rows) < 0.02] = np.nan
    texts = np.array([f"t{i}" for i in random.zipf(1.3, rows) % 500], dtype=object)
    texts[random.random(rows) < 0.05] = ""
    return pa.table(
        {
            "x": pa.array(x, mask=random.random(rows) < 0.1),
            "n": pa.array(random.integers(0, 1000, rows, np.int32), mask=random.random(rows) < 0.1),
            "s": pa.array(texts, pa.string(), mask=random.random(rows) < 0.1),
            "unused": pa.array([[1.0]] * rows, pa.list_(pa.float32())),
        }
    )


def shuffled(data: pa.Table, seed: int) -> pa.Table:
    """The same rows in another order."""
    return data.take(pa.array(np.random.default_rng(seed).permutation(len(data))))


def files_of(path: str | Path) -> dict[str, bytes]:
    """Every file of an artifact that the function and the data decide."""
    folder = Path(path)
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name != "provenance.json"
    }


def row_set(batches: Any) -> list[str]:
    """The rows of some record batches in an order of their own."""
    return sorted(repr(row) for batch in batches for row in batch.to_pylist())
