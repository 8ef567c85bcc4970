"""What pages of the documentation find in their folder before their first block: trips by taxi."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import taurus_beam as tb

FUNCTION = """import taurus_beam as tb


def preprocessing_fn(inputs):
    fare = tb.fill_null(inputs["fare"], tb.mean(inputs["fare"]))
    return {
        "fare_z": tb.scale_to_z_score(fare),
        "zone_id": tb.compute_and_apply_vocabulary(inputs["zone"], num_oov_buckets=1),
    }
"""

FUNCTIONS = {"incremental.md"}
TRIPS = {
    "configuration.md",
    "README.md",
    "onnx.md",
    "report.md",
    "running.md",
    "serving.md",
    "lineage.md",
    "profiling.md",
}
FITTED = {"onnx.md", "verify.md"}
STATISTICS = {"report.md"}
SCHEMAS = {"spec.md"}
SPEC = Path(__file__).parents[2] / "docs" / "spec"


def write(page: str, folder: Path) -> None:
    """Write the files that a page speaks of as the reader's own."""
    if page in FUNCTIONS | TRIPS | FITTED:
        (folder / "trips.py").write_text(FUNCTION)
    if page in TRIPS | FITTED:
        for at, name in enumerate(("trips", "new")):
            (folder / name).mkdir()
            pq.write_table(trips(at), folder / name / "part.parquet")
    if page in FITTED:
        names: dict[str, object] = {}
        exec(FUNCTION, names)
        tb.fit(trips(0), names["preprocessing_fn"]).save(folder / "transform_fn")
    if page in SCHEMAS:
        shutil.copytree(SPEC, folder / "spec")
    if page in STATISTICS:
        for at, name in enumerate(("train", "serving", "yesterday")):
            tb.write_statistics(tb.statistics(trips(at)), folder / f"{name}.pb")
        tb.write_schema_text(tb.infer_schema(tb.statistics(trips(0))), folder / "schema.pbtxt")


def trips(seed: int) -> pa.Table:
    """A thousand of them, some without a fare."""
    random = np.random.default_rng(seed)
    fares = np.round(random.gamma(3.0, 5.0, 1_000), 2)
    return pa.table(
        {
            "fare": pa.array(fares, mask=random.random(1_000) < 0.05),
            "zone": random.choice(["north", "south", "airport"], 1_000),
        }
    )
