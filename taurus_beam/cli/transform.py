"""``taurus-beam transform``: apply an artifact to data in files."""

from __future__ import annotations

from typing import Annotated

import typer

from taurus_beam.cli.exits import reported
from taurus_beam.cli.left_out import tell_left_out
from taurus_beam.cli.monitor_facts import violation_rows
from taurus_beam.cli.parameters import (
    Debug,
    DryRun,
    EngineFile,
    Format,
    FormatName,
    Input,
    Lineage,
    Overwrite,
    PlanFile,
    Profiled,
    ProfileOutput,
    Runner,
    SkipBadFiles,
    TempLocation,
)
from taurus_beam.cli.profiled import check_profile_output, measured, show_profile
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.terminal import count, show_table, speed, stdout
from taurus_beam.cli.things import DATA, SETTINGS, TRANSFORM_FN, shards

__all__ = ["transform"]


@reported
@recorded(
    "transform",
    reads={"artifact": TRANSFORM_FN, "input": DATA, "engine_file": SETTINGS},
    writes={"output": shards("output_format")},
)
def transform(
    context: typer.Context,
    artifact: Annotated[
        str, typer.Option("--artifact", "-a", metavar="DIR", help="What `fit` wrote.")
    ],
    input: Input,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="PREFIX", help="Write to PREFIX-00000-of-0000N.parquet."
        ),
    ],
    format: Format = None,
    output_format: Annotated[
        FormatName | None,
        typer.Option(
            "--output-format",
            metavar="F",
            help="Format of the output; what the end of PREFIX says, or parquet.",
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
    """Apply an artifact to data and write what comes out.

    Example: taurus-beam transform -a transform_fn -i 'new/*.parquet' -o features/part

    CSV and JSON lines are read with the types of the fit. Any further option goes to Beam.
    """
    from taurus_beam.cli.engine import engine

    chosen = engine(context, runner, temp_location, engine_file, input, dry_run)

    from taurus_beam.cli.dry_run import ends_unrun, planner
    from taurus_beam.cli.outputs import sink_at, written_text
    from taurus_beam.cli.watch import Watch
    from taurus_beam.io import Source
    from taurus_beam.runners import jobs
    from taurus_beam.runners.run import run

    patterns = [chosen.everywhere(each) for each in input]
    source = Source(patterns, format=format, skip_bad_files=skip_bad_files)
    output = chosen.everywhere(output)
    dry = planner(chosen.profile, [*input, artifact, output], dry_run, plan)
    check_profile_output(profile_output, overwrite)
    with (
        Watch(source, chosen.counts_here) as watch,
        measured(profile or profile_output is not None) as found,
    ):
        outcome = jobs.transform(
            artifact,
            source,
            sink_at(output, output_format, overwrite),
            options=chosen.options,
            planned=(lambda readings: None) if dry else watch.planned,
            execute=dry or run,
        )
    if ends_unrun(dry, plan, chosen.options):
        return
    console = stdout()
    console.print(f"Transformed by {artifact}", soft_wrap=True)
    counted = outcome.progress
    rows = [("rows", count(counted.rows_written))] if counted.rows_written else []
    rows += violation_rows(outcome)
    rows.append(("time", f"{watch.seconds:.1f} s" + speed(counted.rows_read, watch.seconds)))
    rows.append(("engine", chosen.place))
    rows.append(("data", written_text(output, output_format)))
    show_table(console, rows)
    show_profile(console, found, profile, profile_output)
    tell_left_out(source, counted.left_out)
