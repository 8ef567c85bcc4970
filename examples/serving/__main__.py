"""``python -m examples.serving``: train, write as ONNX, serve, and ask in two languages."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq

import taurus_beam as tb
from examples.flights import data
from examples.serving import one_file, training
from examples.serving.client import Client
from examples.serving.preprocessing import preprocessing_fn
from examples.serving.server import serving

HERE = Path(__file__).parent
LEAST_ROWS = 4_000
ASKED_ROWS = 1_000
TIMED_ROWS = 200
TOLERANCE = 1e-5
"""Between different computations of a probability; the answers of one server are equal."""


def main() -> int:
    """Runs the steps; 1 if the same flight has different predictions."""
    options = arguments()
    start, output = time.perf_counter(), options.output

    say("1/5 fitting the transform on the flights of ten months")
    flights = training.split(data.flights(options.rows))
    transform_fn = tb.fit(flights.seen, preprocessing_fn)
    say(f"    {len(flights.seen):,} flights to learn from, {len(flights.later):,} later ones")

    say("2/5 training two models on what it gives; judged by the two months after")
    models = training.train(transform_fn, flights)
    for name, model in models.items():
        say(f"    {name:<13} AUC {model.auc:.3f} on the later flights")

    say("3/5 writing each: beside its transform, and merged with it into one file")
    for name, model in models.items():
        write(output, name, transform_fn, model.onnx)

    asked = spread(flights.later)
    say(f"4/5 serving, and asking for {len(asked):,} of the later flights")
    found = ask(output, models, asked)

    say("5/5 how far other probabilities are from those that Python was answered, at most")
    matrix = training.features(transform_fn, asked)
    agreed = [compared(name, found[name], models[name].probabilities(matrix)) for name in models]
    columns = {f"{n}, {way}": values for n, ways in found.items() for way, values in ways.items()}
    table = pa.table({"late": training.late(asked), **columns})
    pq.write_table(table, output / "predictions.parquet")
    say(f"\nmade in {time.perf_counter() - start:.1f} s, in {output}; the server has stopped")
    behind = " ".join(f"--with-model {name}" for name in models)
    say(f"next:\n  taurus-beam serve --models {output / 'models'} {behind}")
    say("  examples/serving/README.md")
    return int(not all(agreed))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.serving", description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=Path("demo/serving"), help="folder, default demo/serving"
    )
    parser.add_argument("--rows", type=int, help="fewer flights, spread over the year")
    options = parser.parse_args()
    if options.rows is not None and options.rows < LEAST_ROWS:
        parser.error(f"--rows must be at least {LEAST_ROWS:,}")
    return options


def write(output: Path, name: str, transform_fn: tb.TransformFn, model: Any) -> None:
    """What the server takes, and what ONNX Runtime takes alone."""
    version = output / "models" / name / "1"
    transform_fn.save(str(version), overwrite=True)
    onnx.save(model, version / "model.onnx")
    tb.to_onnx(transform_fn, output / f"{name}.onnx", with_model=model)


def spread(flights: pa.Table) -> pa.Table:
    """Flights from the whole of the later months, as they were when they left the gate."""
    step = max(1, len(flights) // ASKED_ROWS)
    return flights.take(pa.array(range(0, len(flights), step))).slice(0, ASKED_ROWS)


def ask(output: Path, models: dict[str, Any], flights: pa.Table) -> dict[str, dict[str, Any]]:
    """Probabilities by the model and the way they came."""
    found: dict[str, dict[str, Any]] = {}
    with serving(output / "models", list(models)) as url:
        say(f"    taurus-beam serve listens on {url}")
        client = Client(url)
        for name in models:
            rows = flights.select(client.reads(name)).to_pylist()
            ways = {"Python": client.predict(name, rows), **in_javascript(url, name, rows)}
            found[name] = {way: np.array(values, np.float32) for way, values in ways.items()}
            found[name]["one file"] = one_file.predict(output / f"{name}.onnx", flights)
            took = client.median_milliseconds(name, rows[:TIMED_ROWS])
            say(f"    {name:<13} {took:.1f} ms for one flight from Python, at the median")
    return found


def compared(name: str, ways: dict[str, Any], library: Any) -> bool:
    """Whether the predictions agree; says how far they are from what Python was answered."""
    answered = ways["Python"]
    others = {**ways, "the library": library}
    del others["Python"]
    furthest = {way: float(np.abs(values - answered).max()) for way, values in others.items()}
    say(f"    {name:<13} {', '.join(f'{way} {most:.0g}' for way, most in furthest.items())}")
    return all(
        most <= (0.0 if way.startswith("JavaScript") else TOLERANCE)
        for way, most in furthest.items()
    )


def in_javascript(url: str, name: str, rows: list[dict[str, Any]]) -> dict[str, list[float]]:
    """What the JavaScript client got, as rows and as tensors; nothing where there is no node."""
    node = shutil.which("node")
    if node is None:
        say("    there is no node here, so JavaScript does not ask")
        return {}
    command = [node, str(HERE / "client.mjs"), url, name]
    done = subprocess.run(command, input=json.dumps(rows), stdout=-1, text=True, check=True)
    answer = json.loads(done.stdout)
    return {"JavaScript": answer["rows"], "JavaScript by tensors": answer["tensors"]}


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
