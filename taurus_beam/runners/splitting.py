"""The job that splits data in files and writes the splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from taurus_beam import __version__
from taurus_beam.io import Source
from taurus_beam.pipeline.filter_examples import kept_rows
from taurus_beam.pipeline.split_examples import SplitExamples
from taurus_beam.pipeline.split_files import SplitFiles
from taurus_beam.runners.jobs import Execute, Planned
from taurus_beam.runners.run import Outcome, run
from taurus_beam.splits.predicate import Predicate, RowFilter
from taurus_beam.splits.splitter import Splitter

__all__ = ["split"]


def split(
    source: Source,
    splitter: Splitter,
    target: str,
    *,
    options: PipelineOptions,
    predicate: Predicate | None = None,
    labels: Sequence[str] = (),
    times: Sequence[str] = (),
    format: str | None = None,
    overwrite: bool = False,
    known: Mapping[str, Any] | None = None,
    planned: Planned = lambda readings: None,
    execute: Execute = run,
) -> Outcome:
    """Split a source and write a folder for each split, and `split.json`.

    Args:
        source: What to read.
        splitter: How to split it.
        target: The folder of the splits.
        options: For the pipeline.
        predicate: Which rows to split; the others are left out and counted.
        labels: Columns whose values are counted in each split.
        times: Columns of which the first and the last value in each split are told.
        format: Of the files that are written.
        overwrite: Replace splits that are there.
        known: What else `split.json` is to say.
        planned: Told, before anything is read, what each reading of the source is for.
        execute: Runs the pipeline, or only plans it.

    Returns:
        What was read and written, as far as the runner tells.

    Raises:
        TaurusError: Whatever goes wrong; then no split is there that was not before, but where
            the giving of names itself broke off.
    """
    schema = source.schema
    files = SplitFiles(target, splitter, schema, format=format, overwrite=overwrite)
    keep = RowFilter(predicate, schema) if predicate else None

    def build(pipeline: Any) -> None:
        data, dropped = pipeline, None
        if keep:
            data, dropped = kept_rows(pipeline | "Read" >> source.read(), keep)
        parts = SplitExamples(
            splitter, None if keep else source, schema, labels=labels, times=times, digests=True
        )
        found = data | "Split" >> parts
        said = {
            "taurus_beam": __version__,
            "input": {"patterns": list(source.patterns), "sha256": source.fingerprint()["sha256"]},
            **(known or {}),
        }
        if keep:
            said["filter"] = keep.place
        _ = files.write(found, said, dropped)
        again = 0 if keep or splitter.needs_identities else splitter.passes
        planned([*(f"pass {number + 1}" for number in range(again)), "split"])

    try:
        return execute(build, options)
    except BaseException:
        files.abandon()
        raise
