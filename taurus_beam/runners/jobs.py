"""The two jobs there are: fit a function to data in files, and apply an artifact to them.

Each builds one pipeline and runs it. What can fail before data are read fails there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions

from taurus_beam.artifact.store import check_target
from taurus_beam.graph.phases import columns_read, phases
from taurus_beam.graph.trace import PreprocessingFn
from taurus_beam.io import Source, WriteRecordBatches
from taurus_beam.io.files import is_local
from taurus_beam.io.temporary import owned_folder
from taurus_beam.io.text_types import read_typed
from taurus_beam.pipeline import ReadTransformFn, TransformDataset, WriteTransformFn
from taurus_beam.pipeline.artifacts import load_anywhere
from taurus_beam.pipeline.transform import transformed_by
from taurus_beam.profiling.active import phase_of_steps
from taurus_beam.profiling.recorder import TRANSFORM
from taurus_beam.runners.analysis import InSpans, after, analysis
from taurus_beam.runners.artifact_columns import check_columns
from taurus_beam.runners.profiles import Profile
from taurus_beam.runners.run import Outcome, run

__all__ = ["Execute", "Planned", "Sink", "fit", "transform"]

Sink = Callable[[pa.Schema], WriteRecordBatches]
"""Gives the sink for data of a schema."""
Planned = Callable[[Sequence[str]], None]
Execute = Callable[[Callable[[Any], None], PipelineOptions], Outcome]
"""Builds a pipeline and runs it, as `run` does."""


def fit(
    preprocessing_fn: PreprocessingFn,
    data: Source | InSpans,
    target: str,
    *,
    profile: Profile,
    options: PipelineOptions,
    schema: pa.Schema | None = None,
    overwrite: bool = False,
    sink: Sink | None = None,
    statistics: str | None = None,
    planned: Planned = lambda readings: None,
    execute: Execute = run,
) -> Outcome:
    """Analyze data, write the artifact, and the transformed data too where there is a sink.

    The artifact appears last: where it is, the data are complete.

    Args:
        preprocessing_fn: A function from columns to a dict of columns.
        data: What to read, once for each pass; of spans what the cache does not know.
        target: Where the artifact goes.
        profile: The runner.
        options: For the pipeline.
        schema: The columns that the function sees, and their types; all of the source's own
            where it is left out.
        overwrite: Replace an artifact that is there.
        sink: Where transformed data go.
        statistics: Where the statistics of all columns go, found in the same reading.
        planned: Told, before anything is read, what each reading of the data is for.
        execute: Runs the pipeline, or only plans it.

    Returns:
        What was read, written and found, as far as the runner tells.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    if is_local(target):
        check_target(target, overwrite)
    writer: WriteRecordBatches | None = None
    with owned_folder() as folder:
        temp_dir = _own(folder, profile, options)

        def build(pipeline: Any) -> None:
            nonlocal writer
            begin = beam.pvalue.PBegin(pipeline)
            transform_fn, graph, read = analysis(
                begin, data, preprocessing_fn, schema, temp_dir, statistics
            )
            if sink:
                writer = sink(
                    pa.schema([(n, o.column_type().to_arrow()) for n, o in graph.outputs.items()])
                )
                with phase_of_steps(TRANSFORM):
                    batches = read(columns_read(graph.roots))
                    written = transformed_by(transform_fn, batches, graph) | "WriteData" >> writer
                transform_fn = transform_fn | "AfterData" >> beam.Map(
                    after, beam.pvalue.AsIter(written)
                )
            _ = transform_fn | "WriteArtifact" >> WriteTransformFn(target, overwrite)
            passes = len(phases(graph))
            labels = [f"pass {number + 1} of {passes}" for number in range(passes)]
            if statistics and not passes:
                labels = ["statistics"]
            planned([*labels, *(["transform"] if sink else [])])

        try:
            return execute(build, options)
        except BaseException:
            _abandon(writer)
            raise


def transform(
    artifact: str,
    source: Source,
    sink: Sink,
    *,
    options: PipelineOptions,
    planned: Planned = lambda readings: None,
    execute: Execute = run,
) -> Outcome:
    """Apply an artifact to a source and write what comes out.

    Args:
        artifact: Where the artifact is.
        source: What to read; only the columns that the artifact needs.
        sink: Where the results go.
        options: For the pipeline.
        planned: Told, before anything is read, what each reading of the source is for.
        execute: Runs the pipeline, or only plans it.

    Returns:
        What was read, written and found, as far as the runner tells.

    Raises:
        TaurusError: Whatever goes wrong; columns that are missing or of another type are found
            before data are read.
    """
    fn = load_anywhere(artifact)
    source = read_typed(source, fn.input_arrow_schema)
    check_columns(fn, source)
    writer = sink(fn.output_arrow_schema)

    def build(pipeline: Any) -> None:
        with phase_of_steps(TRANSFORM):
            batches = pipeline | "Read" >> source.read(fn.input_arrow_schema.names, dictionary=True)
            transform_fn = pipeline | "ReadArtifact" >> ReadTransformFn(artifact)
            transformed = (batches, transform_fn) | "Transform" >> TransformDataset()
            _ = transformed | "WriteData" >> writer
        planned(["transform"])

    try:
        return execute(build, options)
    except BaseException:
        _abandon(writer)
        raise


def _own(folder: str, profile: Profile, options: PipelineOptions) -> str | None:
    """A folder for intermediate files that is removed even where the run is stopped."""
    named = options.view_as(GoogleCloudOptions).temp_location
    return folder if profile.on_this_machine and not named else None


def _abandon(writer: WriteRecordBatches | None) -> None:
    if writer is not None:
        writer.abandon()
