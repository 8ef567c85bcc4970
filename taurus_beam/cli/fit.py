"""``taurus-beam fit``: analyze data, write the artifact, and the transformed data if asked."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from taurus_beam.cli.cache_facts import cache_rows
from taurus_beam.cli.exits import reported
from taurus_beam.cli.left_out import tell_left_out
from taurus_beam.cli.local_choice import LOCAL_PLACE, is_for_local, tell_change
from taurus_beam.cli.monitor_facts import violation_rows
from taurus_beam.cli.parameters import (
    Cache,
    Debug,
    DryRun,
    EngineFile,
    Format,
    FormatName,
    InputOrSpans,
    Lineage,
    Overwrite,
    PlanFile,
    Profiled,
    ProfileOutput,
    Runner,
    SkipBadFiles,
    Spans,
    TempLocation,
)
from taurus_beam.cli.profiled import check_profile_output, show_profile
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.terminal import count, show_table, size, speed, stdout
from taurus_beam.cli.things import (
    CODE,
    DATA,
    SCHEMA,
    SETTINGS,
    SPANS,
    STATISTICS,
    TRANSFORM_FN,
    shards,
)

if TYPE_CHECKING:
    from taurus_beam.cli.engine import Engine
    from taurus_beam.cli.open_artifact import Artifact

__all__ = ["fit"]


@reported
@recorded(
    "fit",
    reads={
        "input": DATA,
        "span": SPANS,
        "preprocessing": CODE,
        "schema": SCHEMA,
        "engine_file": SETTINGS,
    },
    writes={
        "output": TRANSFORM_FN,
        "transformed": shards("transformed_format"),
        "statistics": STATISTICS,
    },
)
def fit(
    context: typer.Context,
    preprocessing: Annotated[
        str,
        typer.Option(
            "--preprocessing",
            "-p",
            metavar="FILE.py[:NAME]",
            help="The Python file, and the function in it where it is not preprocessing_fn.",
        ),
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="DIR", help="Where the artifact goes.")
    ],
    input: InputOrSpans = None,
    cache: Cache = None,
    span: Spans = None,
    format: Format = None,
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            help="A tensorflow-metadata schema (pbtxt): the columns to see, and their types. CSV "
            "and JSON lines have none of their own; without it they are guessed.",
        ),
    ] = None,
    transformed: Annotated[
        str | None,
        typer.Option(
            "--transformed",
            metavar="PREFIX",
            help="Also write the transformed data, to PREFIX-00000-of-0000N.",
        ),
    ] = None,
    transformed_format: Annotated[
        FormatName | None,
        typer.Option(
            "--transformed-format",
            metavar="F",
            help="Their format; what the end of PREFIX says, or parquet.",
        ),
    ] = None,
    statistics: Annotated[
        str | None,
        typer.Option(
            "--statistics",
            metavar="FILE",
            help="Also write the statistics of all columns, from the same reading of the data; "
            "forms as of `taurus-beam stats --output`.",
        ),
    ] = None,
    overwrite: Overwrite = False,
    skip_bad_files: SkipBadFiles = False,
    runner: Runner = None,
    engine_file: EngineFile = None,
    temp_location: TempLocation = None,
    dry_run: DryRun = False,
    plan: PlanFile = None,
    profile: Profiled = False,
    profile_output: ProfileOutput = None,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Fit a preprocessing function to data and write the artifact.

    Example: taurus-beam fit -p trips.py -i 'trips/*.parquet' -o transform_fn

    Data that grow are given in spans, of which a later run reads only the new ones:
    taurus-beam fit -p trips.py --cache cache --span mon=trips/mon --span tue=trips/tue -o fn

    Any further option goes to Beam, for example --direct_num_workers=2.
    """
    from taurus_beam.cli.fit_job import FitJob
    from taurus_beam.cli.function_file import folder_of, preprocessing_function
    from taurus_beam.cli.open_artifact import open_artifact
    from taurus_beam.cli.outputs import written_text
    from taurus_beam.cli.schema_file import read_schema
    from taurus_beam.io import Source
    from taurus_beam.runners.local.changeover import NeedsPipelineError

    check_profile_output(profile_output, overwrite)
    patterns, place, done = input or [], LOCAL_PLACE, None
    source: Source | None = None
    with preprocessing_function(preprocessing) as function:
        job = FitJob(
            function,
            folder_of(preprocessing),
            output,
            read_schema(schema) if schema else None,
            transformed,
            transformed_format,
            statistics,
            overwrite,
            measure=profile or profile_output is not None,
        )
        means_pipeline = (engine_file, temp_location, dry_run, plan, cache, span)
        chosen = None
        if not is_for_local(context, runner, *means_pipeline):
            from taurus_beam.cli.engine import engine

            chosen = engine(context, runner, temp_location, engine_file, input, dry_run)
        if input and not (cache or span or dry_run) and (chosen is None or chosen.is_local):
            source = Source(input, format=format, skip_bad_files=skip_bad_files)
            try:
                done = job.done_here(source)
            except NeedsPipelineError as problem:
                tell_change(problem)
        if done is None:
            from taurus_beam.cli.dry_run import ends_unrun, planner
            from taurus_beam.cli.engine import engine
            from taurus_beam.cli.inputs import data_named, patterns_of

            chosen = chosen or engine(context, None, None, None, input)
            data = data_named(
                [chosen.everywhere(each) for each in input] if input else input,
                cache,
                [_span_everywhere(each, chosen) for each in span] if span else span,
                format,
                skip_bad_files,
            )
            _check_cache(cache, output, statistics)
            transformed = chosen.everywhere(transformed) if transformed else None
            patterns, place = patterns_of(data), chosen.place
            source = data if isinstance(data, Source) else None
            paths = [*patterns, output, *filter(None, (transformed, statistics, cache))]
            dry = planner(chosen.profile, paths, dry_run, plan)
            done = replace(job, transformed=transformed).done_on(chosen, data, dry)
            if ends_unrun(dry, plan, chosen.options):
                return
    artifact = open_artifact(output)
    rows = _rows(artifact, cache, done.outcome.progress.rows_read, done.seconds, place)
    rows += violation_rows(done.outcome)
    if statistics:
        rows.append(("statistics", statistics))
    steps = [f"taurus-beam inspect {shlex.quote(output)}"]
    if transformed:
        rows.append(("data", written_text(transformed, transformed_format)))
    else:
        steps.append(
            f"taurus-beam transform --artifact {shlex.quote(output)} "
            f"--input {shlex.quote(patterns[0])} --output features/part"
        )
    console = stdout()
    console.print(f"Fitted {artifact.provenance['function']['place']}", soft_wrap=True)
    show_table(console, rows)
    show_profile(console, done.profile, profile, profile_output)
    console.print("Next:")
    for step in steps:
        console.print(f"  {step}", soft_wrap=True)
    if source is not None:
        tell_left_out(source, [file["name"] for file in _left_out(artifact)])


def _check_cache(cache: str | None, output: str, statistics: str | None) -> None:
    from taurus_beam.cli.outputs import check_apart
    from taurus_beam.runners.options_error import OptionsError

    check_apart("--cache", cache, output)
    if statistics and cache:
        raise OptionsError(
            "--statistics and --cache do not go together: spans that are known are not read.",
            fix="Compute the statistics of all spans with taurus-beam stats.",
        )


def _left_out(artifact: Artifact) -> list[dict[str, str]]:
    left_out: list[dict[str, str]] = artifact.provenance["data"].get("left_out", [])
    return left_out


def _span_everywhere(span: str, chosen: Engine) -> str:
    name, equals, pattern = span.partition("=")
    return f"{name}={chosen.everywhere(pattern)}" if equals else span


def _rows(
    artifact: Artifact, cache: str | None, rows_read: int, seconds: float, place: str
) -> list[tuple[str, str]]:
    """What was made of what, and how."""
    known = artifact.provenance
    rows, graph = known["data"]["rows"], artifact.fn.graph
    return [
        ("rows", "not counted: no pass was needed" if rows is None else count(rows)),
        ("passes", count(known["run"]["passes"])),
        *(cache_rows(known["cache"], cache) if cache else ()),
        ("time", f"{seconds:.1f} s" + speed(rows_read, seconds)),
        ("engine", place),
        (
            "artifact",
            f"{artifact.path}  ({count(len(graph.outputs), 'output')} from "
            f"{count(len(graph.input_columns), 'column')}, {size(artifact.nbytes)})",
        ),
    ]
