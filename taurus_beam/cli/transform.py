"""``taurus-beam transform``: apply an artifact to data in files."""

from __future__ import annotations

from typing import Annotated

import typer

from taurus_beam.cli.exits import reported
from taurus_beam.cli.left_out import tell_left_out
from taurus_beam.cli.local_choice import LOCAL_PLACE, is_for_local, tell_change
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
from taurus_beam.cli.profiled import check_profile_output, show_profile
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
    from taurus_beam.cli.transform_job import done_here, done_on
    from taurus_beam.io import Source
    from taurus_beam.runners.local.changeover import NeedsPipelineError

    check_profile_output(profile_output, overwrite)
    measure = profile or profile_output is not None
    source = Source(input, format=format, skip_bad_files=skip_bad_files)
    place, chosen, done = LOCAL_PLACE, None, None
    if not is_for_local(context, runner, engine_file, temp_location, dry_run, plan):
        from taurus_beam.cli.engine import engine

        chosen = engine(context, runner, temp_location, engine_file, input, dry_run)
    if not dry_run and (chosen is None or chosen.is_local):
        try:
            done = done_here(artifact, source, output, output_format, overwrite, measure)
        except NeedsPipelineError as problem:
            tell_change(problem)
    if done is None:
        from taurus_beam.cli.dry_run import ends_unrun, planner
        from taurus_beam.cli.engine import engine

        chosen = chosen or engine(context, None, None, None, input)
        place, output = chosen.place, chosen.everywhere(output)
        source = Source(
            [chosen.everywhere(each) for each in input],
            format=format,
            skip_bad_files=skip_bad_files,
        )
        dry = planner(chosen.profile, [*input, artifact, output], dry_run, plan)
        done = done_on(chosen, artifact, source, output, output_format, overwrite, measure, dry)
        if ends_unrun(dry, plan, chosen.options):
            return
    from taurus_beam.cli.outputs import written_text

    console = stdout()
    console.print(f"Transformed by {artifact}", soft_wrap=True)
    counted = done.outcome.progress
    rows = [("rows", count(counted.rows_written))] if counted.rows_written else []
    rows += violation_rows(done.outcome)
    rows.append(("time", f"{done.seconds:.1f} s" + speed(counted.rows_read, done.seconds)))
    rows.append(("engine", place))
    rows.append(("data", written_text(output, output_format)))
    show_table(console, rows)
    show_profile(console, done.profile, profile, profile_output)
    tell_left_out(source, counted.left_out)
