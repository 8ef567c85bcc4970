"""Trips in tables, and a pipeline of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

import taurus_beam as tb

ROWS = 400


def trips(rows: int = ROWS, seed: int = 0, longer: float = 1.0) -> pa.Table:
    """Fares, zones and users; some fares are missing."""
    random = np.random.default_rng(seed)
    fares = np.round(random.gamma(3.0, 4.0, rows) * longer, 2)
    return pa.table(
        {
            "fare": pa.array(fares, mask=random.random(rows) < 0.05),
            "zone": pa.array(random.choice(["north", "south", "east"], rows)),
            "user": pa.array([f"u{n}" for n in random.integers(0, 60, rows)]),
        }
    )


class Trips(tb.PipelineModule):
    """A split by user, and a drift threshold for fares."""

    split = tb.SplitByHash({"train": 0.6, "eval": 0.2, "test": 0.2}, key="user")

    def configure_schema(self, schema: Any) -> Any:
        fare = tb.get_feature(schema, "fare")
        fare.presence.min_fraction = 0.8
        fare.drift_comparator.jensen_shannon_divergence.threshold = 0.3
        user = tb.get_feature(schema, "user")
        user.ClearField("domain_info")
        return schema

    def preprocessing_fn(self, inputs: Any) -> dict[str, Any]:
        fare = tb.monitor_range(inputs["fare"], min=0, max=60)
        return {
            "fare_z": tb.scale_to_z_score(tb.fill_null(fare, 0.0)),
            "zone_id": tb.compute_and_apply_vocabulary(inputs["zone"], num_oov_buckets=1),
        }
