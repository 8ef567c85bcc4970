"""``python -m examples.pipeline``: train, test, and two months of production, one of them wrong."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import taurus_beam as tb
from examples.flights import data
from examples.pipeline.flights import Flights
from taurus_beam.controller import Callback, Finding, JsonLines, Result

LEAST_ROWS = 10_000
KILOMETRES_A_MILE = 1.609344


class Pager(Callback):
    """Where alerts go: here to the terminal, elsewhere to whoever is on duty."""

    def on_alert(self, finding: Finding) -> None:
        """Tells of it."""
        where = ": ".join(filter(None, (finding.data, finding.column)))
        say(f"    ALERT {finding.severity.value} {where}: {finding.message}")


def main() -> int:
    """Runs the stages; 1 if one ends otherwise than it should."""
    options = arguments()
    raw, output = options.output / "flights", options.output
    say("1/5 writing the raw flights, a Parquet file for each month")
    data.write_raw(raw, options.rows)
    callbacks = [Pager(), JsonLines(output / "alerts.jsonl")]
    controller = tb.Controller(Flights(), output / "pipeline", callbacks=callbacks)

    say("2/5 training on January to June")
    trained = controller.train([raw / f"flights-2013-{month:02d}.parquet" for month in range(1, 7)])
    tell(trained)

    say("3/5 testing on the flights that were held out")
    tested = controller.test()
    tell(tested)

    say("4/5 production: July")
    july = controller.production(raw / "flights-2013-07.parquet")
    tell(july)

    say("5/5 production: August, in which somebody has the distances in kilometres")
    august = controller.production(in_kilometres(raw / "flights-2013-08.parquet", output))
    tell(august)
    record = json.loads(Path(august.path, "monitoring.json").read_text(encoding="utf-8"))
    say(f"    monitoring.json: {json.dumps(record['distances'])}")

    say("next:")
    say(f"  taurus-beam pipeline status -d {output}/pipeline")
    if trained.passed:
        say(f"  taurus-beam lineage {trained.path}/transform_fn --up")
    is_as_expected = trained.passed and tested.passed and july.passed and not august.passed
    return int(not is_as_expected)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m examples.pipeline", description=__doc__)
    parser.add_argument(
        "--output", type=Path, default=Path("demo/pipeline"), help="folder, default demo/pipeline"
    )
    parser.add_argument("--rows", type=int, help="fewer flights, spread over the year")
    options = parser.parse_args()
    if options.rows is not None and options.rows < LEAST_ROWS:
        parser.error(f"--rows must be at least {LEAST_ROWS:,}")
    return options


def in_kilometres(path: Path, folder: Path) -> Path:
    """The flights of a file with their distances in another unit, in a file of their own."""
    flights = pq.read_table(path)
    distances = pc.round(pc.multiply(flights["distance"], KILOMETRES_A_MILE)).cast(pa.int64())
    place = flights.schema.get_field_index("distance")
    changed = folder / "in_kilometres.parquet"
    pq.write_table(flights.set_column(place, "distance", distances), changed)
    return changed


def tell(result: Result) -> None:
    done = "passed" if result.passed else "stopped: nothing was transformed"
    reused = f", {len(result.reused)} components were done already" if result.reused else ""
    say(f"    {done}{reused}: {result.path}")


def say(text: Any) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
