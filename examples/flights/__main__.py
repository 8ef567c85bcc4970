"""``python -m examples.flights``: from raw files to a prediction, one step after the other."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import joblib
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import taurus_beam as tb
from examples.flights import data, model, pipeline

ROOT = Path(__file__).parents[2]
LEAST_ROWS = 2_000
COMPARED_ROWS = 1_000


def main() -> int:
    """Runs the steps; 1 if serving differs from training, or one way from another."""
    options = arguments()
    start = time.perf_counter()
    raw, transformed = options.output / "flights", options.output / "transformed"
    artifact, model_file = options.output / "transform_fn", options.output / "model.joblib"

    say("1/5 writing the raw flights, a Parquet file for each month")
    flights = data.write_raw(raw, options.rows)
    say(f"    {flights.num_rows:,} flights, {flights.num_columns} columns")

    say("2/5 analyzing and transforming them in a Beam pipeline")
    began = time.perf_counter()
    pipeline.run(raw, transformed, artifact)
    took = time.perf_counter() - began
    run = tb.load(str(artifact)).provenance["run"]
    outcome = pq.read_table(transformed)
    say(f"    {outcome.num_rows:,} rows, {outcome.num_columns} columns in {took:.1f} s")
    say(f"    {run['passes']} passes over the files to analyze, one more to transform")

    say("3/5 training a scikit-learn model on the transformed files")
    trained = model.train(outcome)
    joblib.dump(trained.classifier, model_file)
    say(f"    {trained.seen:,} flights seen; {trained.held_out:,} held out: AUC {trained.auc:.3f}")

    say("4/5 serving from the artifact, in a fresh interpreter without Beam")
    rows = spread(flights)
    # Compared as they are in the files; predicted as they are when they leave the gate.
    answer = served(artifact, model_file, [*rows, data.before_arrival(rows[0])])
    differing = differences(answer["features"][:-1], outcome)
    say(f"    loaded in {answer['load_seconds'] * 1e3:.0f} ms, then one row after the other:")
    say(f"    {answer['row_seconds'] * 1e6:.0f} µs a row to transform, without the model")
    say(f"    {len(rows):,} rows compared with training, bit for bit: {differing} differ")
    show(rows[0], answer["features"][-1], answer["probabilities"][-1])

    say("5/5 the same rows every other way: split, row, Beam, ONNX and HTTP")
    verification = tb.verify(str(artifact), pa.Table.from_pylist(rows, flights.schema))
    say(textwrap.indent(str(verification), "    "))

    say(f"\nmade in {time.perf_counter() - start:.1f} s:")
    made = {
        raw: "raw data",
        transformed: "transformed data",
        artifact: "the artifact: all that is needed to transform more",
        model_file: "the model",
    }
    width = max(len(str(path)) for path in made)
    for path, what in made.items():
        say(f"  {path!s:<{width}} {size(path):>8}  {what}")
    say(f"next:\n  taurus-beam inspect {artifact}\n  examples/flights/README.md")
    return int(differing > 0 or not verification.same)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.flights", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("demo"), help="folder, default demo/")
    parser.add_argument("--rows", type=int, help="fewer flights, spread over the year")
    options = parser.parse_args()
    if options.rows is not None and options.rows < LEAST_ROWS:
        parser.error(f"--rows must be at least {LEAST_ROWS:,}")
    return options


def spread(flights: pa.Table) -> list[dict[str, Any]]:
    """Rows from the whole year, as Python values."""
    step = flights.num_rows // COMPARED_ROWS
    positions = pa.array(range(0, step * COMPARED_ROWS, step))
    rows: list[dict[str, Any]] = flights.take(positions).to_pylist()
    return rows


def served(artifact: Path, model_file: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What a service answers that shares nothing with this process but the files."""
    command = [sys.executable, "-m", "examples.flights.serving"]
    result = subprocess.run(
        [*command, str(artifact.absolute()), str(model_file.absolute())],
        input="\n".join(map(json.dumps, rows)),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=True,
    )
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def differences(features: list[dict[str, Any]], transformed: pa.Table) -> int:
    """How many served rows are not, in every bit, what the pipeline wrote.

    JSON has the shortest text that reads back as the same float: it differs where a bit does.
    """
    keys = pa.array([row["key"] for row in features])
    written = transformed.filter(pc.is_in(transformed["key"], keys)).to_pylist()
    texts = {row["key"]: json.dumps(row) for row in written}
    return sum(texts.get(row["key"]) != json.dumps(row) for row in features)


def show(raw: dict[str, Any], features: dict[str, Any], probability: float) -> None:
    known = ("carrier", "flight", "origin", "dest", "sched_dep_time", "dep_delay")
    some = ("carrier_id", "dest_id", "route_bucket", "hour", "time_sin", "delay_log_z")
    say(f"    one flight:   {', '.join(f'{name} {raw[name]}' for name in known)}")
    say(f"    its features: {', '.join(f'{name} {features[name]:.4g}' for name in some)}, …")
    happened = "was cancelled" if raw["arr_delay"] is None else f"was {raw['arr_delay']} min late"
    say(f"    over 15 minutes late with probability {probability:.2f} (it {happened})")


def size(path: Path) -> str:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    total = sum(file.stat().st_size for file in files)
    return f"{total / 1e6:.1f} MB" if total >= 1e6 else f"{total / 1e3:.0f} kB"


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
