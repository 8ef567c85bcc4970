"""Writes the artifacts that every later release must load, each beside rows and what it gave.

Run once for a release, from the root: ``PYTHONPATH=tests/support python tests/golden/write.py``.
What is there already is left as it is, for it is what users have.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from applications import APPLICATIONS, Application
from fitting import corner_table

import taurus_beam as tb
from taurus_beam.graph import vocabulary

ROWS = 24
KEYS = 300


def samples() -> list[Application]:
    """One application of every operation."""
    return list({a.operation: a for a in reversed(APPLICATIONS)}.values())[::-1]


def operations() -> tuple[pa.Table, Callable[[Any], dict[str, Any]]]:
    """Rows with many corners, and every operation once."""
    columns, used = {}, samples()
    for application in used:
        corners = corner_table(application.types)
        rows = corners.take(pa.array(np.linspace(0, len(corners) - 1, ROWS).astype(int)))
        for name, column in zip(application.schema.names, rows.columns, strict=True):
            columns[f"{application.operation}_{name}"] = column

    def preprocess(inputs: Any) -> dict[str, Any]:
        outputs = {}
        for application in used:
            names = application.schema.names
            given = {name: inputs[f"{application.operation}_{name}"] for name in names}
            for name, column in application.preprocess(given).items():
                outputs[f"{application.operation}_{name}"] = column
        return outputs

    return pa.table(columns), preprocess


def keys() -> tuple[pa.Table, Callable[[Any], dict[str, Any]]]:
    """So many keys that tables of them have files of their own, and the keys a lookup table."""
    random = np.random.default_rng(1)
    names = [f"k{i * i}" for i in range(KEYS)]
    which = np.concatenate([np.arange(KEYS), random.integers(0, KEYS, 2 * KEYS)])
    key = pa.array([names[i] for i in which] + [None, ""])
    table = pa.table({"key": key, "x": random.normal(size=len(key))})

    def preprocess(inputs: Any) -> dict[str, Any]:
        x, key = inputs["x"], inputs["key"]
        return {
            "id": tb.compute_and_apply_vocabulary(key, num_oov_buckets=3),
            "score": tb.scale_to_z_score_per_key(x, key),
            "bucket": tb.bucketize_per_key(x, key, 3),
        }

    return table, preprocess


def main() -> None:
    """Write what this version has not written yet."""
    folder = Path(__file__).parent / tb.__version__
    vocabulary.INDEXED_FROM = KEYS  # or files would be larger than a repository likes
    for made in (operations, keys):
        place = folder / made.__name__
        if place.exists():
            continue
        table, preprocess = made()
        fn = tb.fit(table, preprocess)
        fn.save(place / "transform_fn")
        try:
            for name, rows in {"given": table, "found": fn.transform(table)}.items():
                with pa.ipc.new_file(str(place / f"{name}.arrow"), rows.schema) as writer:
                    writer.write_table(rows.combine_chunks())
        except BaseException:
            shutil.rmtree(place)
            raise


if __name__ == "__main__":
    main()
