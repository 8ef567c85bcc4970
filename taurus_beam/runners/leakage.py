"""The job that looks for what splits in files have in common, and writes the report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from taurus_beam.io import Source
from taurus_beam.pipeline.files import absolute, read_file, write_file
from taurus_beam.pipeline.leakage import CheckLeakage
from taurus_beam.runners.jobs import Planned
from taurus_beam.runners.run import run
from taurus_beam.specs import json_text
from taurus_beam.splits.leaks import LeakReport, LeakRule

__all__ = ["find_leaks"]


def find_leaks(
    splits: Mapping[str, Source],
    keys: Sequence[Sequence[str]],
    target: str,
    *,
    options: PipelineOptions,
    examples: int = 5,
    planned: Planned = lambda readings: None,
) -> dict[str, Any]:
    """Compare splits and write what they share as JSON.

    Args:
        splits: By name.
        keys: What to compare, each a report of its own: columns of a key; none for whole rows.
        target: Where the JSON goes.
        options: For the pipeline.
        examples: How many shared keys to show of each pair.
        planned: Told, before anything is read, what each reading is for.

    Returns:
        What was written.

    Raises:
        TaurusError: Whatever goes wrong; a missing column is found before data are read.
    """
    place = absolute(target)
    for key in keys:
        rule = LeakRule(tuple(splits), tuple(key), examples)
        for source in splits.values():
            rule.check(source.schema)

    def build(pipeline: Any) -> None:
        data = {name: pipeline | f"Read {name}" >> source.read() for name, source in splits.items()}
        reports = [
            data | f"Check{number}" >> CheckLeakage(key, examples)
            for number, key in enumerate(keys)
        ]
        once = pipeline | "Once" >> beam.Create([place])
        found = [beam.pvalue.AsSingleton(report) for report in reports]
        _ = once | "Write" >> beam.Map(_write, *found)
        planned(["compare"])

    run(build, options)
    return dict(json.loads(bytes(read_file(place))))


def _write(place: str, *reports: LeakReport) -> None:
    document = {
        "format": "taurus_beam.leakage",
        "version": 1,
        "leaks": any(report.leaks for report in reports),
        "checks": [report.record() for report in reports],
    }
    write_file(place, f"{json_text(document)}\n".encode())
