"""The two jobs on files of this machine: fit a function to them, and apply an artifact to them.

As those that run in a pipeline: what can fail before data are read fails there, outputs appear when
they are complete, and the artifact appears last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from taurus_beam import transforms as transforms  # says where operations live
from taurus_beam.artifact.provenance import provenance
from taurus_beam.artifact.store import check_target, write_artifact
from taurus_beam.errors import TaurusError
from taurus_beam.graph.freeze import freeze
from taurus_beam.graph.node import Graph, project
from taurus_beam.graph.phases import Phase, phases
from taurus_beam.graph.trace import PreprocessingFn, trace
from taurus_beam.io.files import normalized
from taurus_beam.io.progress import progress
from taurus_beam.io.schema import plain_schema
from taurus_beam.io.shards import Output
from taurus_beam.io.source import Source
from taurus_beam.io.temporary import owned_folder
from taurus_beam.io.text_types import read_typed
from taurus_beam.io.whole_file import write_anywhere
from taurus_beam.profiling.active import recorder
from taurus_beam.profiling.step import Step
from taurus_beam.runners.artifact_columns import check_columns
from taurus_beam.runners.failures import meaning
from taurus_beam.runners.local.changeover import NeedsPipelineError, of_function, of_paths
from taurus_beam.runners.local.data import Data
from taurus_beam.runners.local.passes import Run, find_values
from taurus_beam.runners.local.statistics import StatisticsBeside
from taurus_beam.runners.local.together import Stop
from taurus_beam.runners.local.writing import transformed
from taurus_beam.runners.outcome import Outcome
from taurus_beam.serving.transform_fn import TransformFn, load
from taurus_beam.stats.files import encode_statistics

__all__ = ["check_local", "fit", "transform"]

Planned = Callable[[Sequence[str]], None]


def fit(
    preprocessing_fn: PreprocessingFn,
    source: Source,
    target: str,
    *,
    schema: pa.Schema | None = None,
    overwrite: bool = False,
    output: Output | None = None,
    statistics: str | None = None,
    planned: Planned = lambda readings: None,
) -> Outcome:
    """Analyze data, write the artifact, and the transformed data too where there is an output.

    Args:
        preprocessing_fn: A function from columns to a dict of columns.
        source: What to read, once for each pass.
        target: Where the artifact goes.
        schema: The columns that the function sees, and their types; all of the source's own
            where it is left out.
        overwrite: Replace an artifact that is there.
        output: Where transformed data go.
        statistics: Where the statistics of all columns go, found in the same reading.
        planned: Told, before anything is read, what each reading of the data is for.

    Returns:
        What was read, written and found.

    Raises:
        NeedsPipelineError: It needs a pipeline; nothing is written yet.
        TaurusError: Whatever goes wrong.
    """
    check_local(source.patterns, target, output.prefix if output else None, statistics)
    check_target(target, overwrite)
    before, measure, stop = progress(), recorder(), Stop()
    with _told(), owned_folder() as folder:
        source = source if schema is None else read_typed(source, schema)
        graph = trace(preprocessing_fn, schema or source.schema)
        _refuse(of_function(graph))
        if output is not None:
            output.check(plain_schema(_output_schema(graph)))
        plan = phases(graph)
        planned(_readings(len(plan), statistics is not None, output is not None))
        data = Data.of(source)
        beside = StatisticsBeside(measure) if statistics else None
        run = Run(graph, folder, data.threads, stop, measure)
        rows = _analyzed(run, plan, data, beside)
        with measure.step(Step("freeze", "freeze")):
            fn = TransformFn(
                freeze(graph, run.values), _provenance(preprocessing_fn, graph, data, rows)
            )
        if beside is not None and statistics is not None:
            found = encode_statistics(beside.result(), statistics)
            write_anywhere(found, os.path.abspath(normalized(statistics)))
        violations = transformed(fn, data, output, measure, stop) if output is not None else {}
        write_artifact(target, fn.graph, fn.provenance, overwrite)
    return Outcome(progress() - before, violations)


def transform(
    artifact: str,
    source: Source,
    output: Output,
    *,
    planned: Planned = lambda readings: None,
) -> Outcome:
    """Apply an artifact to a source and write what comes out.

    Args:
        artifact: Where the artifact is.
        source: What to read; only the columns that the artifact needs.
        output: Where the results go.
        planned: Told, before anything is read, what each reading of the source is for.

    Returns:
        What was read, written and found.

    Raises:
        NeedsPipelineError: It needs a pipeline.
        TaurusError: Whatever goes wrong; columns that are missing or of another type are found
            before data are read.
    """
    check_local(source.patterns, artifact, output.prefix)
    before, measure = progress(), recorder()
    with _told():
        fn = load(normalized(artifact))
        source = read_typed(source, fn.input_arrow_schema)
        check_columns(fn, source)
        output.check(plain_schema(fn.output_arrow_schema))
        planned(["transform"])
        violations = transformed(fn, Data.of(source), output, measure, Stop())
    return Outcome(progress() - before, violations)


def _analyzed(
    run: Run, plan: Sequence[Phase], data: Data, beside: StatisticsBeside | None
) -> int | None:
    """Finds the values of all phases, and statistics in the first reading; the rows, if read."""
    rows: list[int] = []
    readings = list(plan) or ([Phase(())] if beside else [])
    for number, phase in enumerate(readings):
        schema, also = data.source.schema, beside.add if beside and not number else None
        columns = schema.names if also else project(schema, phase.columns).names
        streams = data.streams(columns, run.measure, f"pass {number + 1}", run.stop)
        rows.append(find_values(run, number, phase, streams, also))
    return rows[0] if plan else None


def _provenance(
    preprocessing_fn: PreprocessingFn, graph: Graph, data: Data, rows: int | None
) -> dict[str, Any]:
    record = provenance(
        preprocessing_fn, graph, source=data.source.fingerprint(), runner="local", rows=rows
    )
    if data.left_out is not None:
        record["data"]["left_out"] = sorted(data.left_out, key=lambda file: file["name"])
    return record


def _readings(passes: int, statistics: bool, transforms: bool) -> list[str]:
    """What each reading of the data is for."""
    labels = [f"pass {number + 1} of {passes}" for number in range(passes)]
    if statistics and not passes:
        labels = ["statistics"]
    return [*labels, *(["transform"] if transforms else [])]


def _output_schema(graph: Graph) -> pa.Schema:
    return pa.schema([(n, o.column_type().to_arrow()) for n, o in graph.outputs.items()])


def check_local(inputs: Iterable[str], *outputs: str | None) -> None:
    """Refuses paths that are not on this machine, before anything is looked for there.

    Raises:
        NeedsPipelineError: There are such.
    """
    _refuse(of_paths(filter(None, [*inputs, *outputs])))


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise NeedsPipelineError(reason)


@contextmanager
def _told() -> Iterator[None]:
    """Lets only errors of ours and Ctrl-C out."""
    try:
        yield
    except (TaurusError, NeedsPipelineError, KeyboardInterrupt):
        raise
    except Exception as failure:
        raise meaning(failure, "local") from failure
