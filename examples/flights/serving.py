"""What a prediction service does, in a fresh interpreter: load artifact and model, answer rows.

Reads raw flights from standard input, one JSON object a line, and prints one JSON document. It
imports neither Apache Beam nor the preprocessing function.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from taurus_beam.serving import load


def serve(artifact: str, model: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Transformed features and the probability of being late, for each row."""
    start = time.perf_counter()
    transform_fn = load(artifact)
    transform_fn.row(rows[0])
    loaded = time.perf_counter()
    features = [transform_fn.row(row) for row in rows]
    done = time.perf_counter()
    return {
        "load_seconds": loaded - start,
        "row_seconds": (done - loaded) / len(rows),
        "beam_was_imported": "apache_beam" in sys.modules,
        "features": features,
        "probabilities": _predict(model, features, transform_fn.output_arrow_schema),
    }


def _predict(model: str, features: list[dict[str, Any]], schema: Any) -> list[float]:
    import joblib
    import pyarrow as pa

    from examples.flights.model import probabilities

    found: list[float] = probabilities(
        joblib.load(model), pa.Table.from_pylist(features, schema)
    ).tolist()
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifact", help="folder of the transform artifact")
    parser.add_argument("model", help="file of the scikit-learn model")
    options = parser.parse_args()
    raw = [json.loads(line) for line in sys.stdin]
    json.dump(serve(options.artifact, options.model, raw), sys.stdout)
