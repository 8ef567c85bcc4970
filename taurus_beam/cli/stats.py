"""``taurus-beam stats``: statistics of data in files, written and summed up in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.exits import reported
from taurus_beam.cli.left_out import tell_left_out
from taurus_beam.cli.local_choice import is_for_local
from taurus_beam.cli.parameters import (
    Debug,
    DryRun,
    EngineFile,
    Format,
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
from taurus_beam.cli.terminal import count, show_heading, show_table, speed, stdout
from taurus_beam.cli.things import DATA, SCHEMA, SETTINGS, STATISTICS

if TYPE_CHECKING:
    from taurus_beam.stats.options import StatsOptions

__all__ = ["stats"]


@reported
@recorded(
    "stats",
    reads={"input": DATA, "schema": SCHEMA, "engine_file": SETTINGS},
    writes={"output": STATISTICS},
)
def stats(
    context: typer.Context,
    input: Input,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where the statistics go: FILE.pbtxt as text, FILE.tfrecord as TFRecord, "
            "FILE.json as JSON, any other name as a binary proto. TFDV reads all but JSON.",
        ),
    ] = None,
    format: Format = None,
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            help="A tensorflow-metadata schema (pbtxt): says which numbers are categories, which "
            "strings images, which features sparse.",
        ),
    ] = None,
    types_from_schema: Annotated[
        bool,
        typer.Option(
            "--types-from-schema",
            help="Read only the columns of --schema, text by its types.",
        ),
    ] = False,
    slice: Annotated[
        list[str] | None,
        typer.Option(
            "--slice",
            metavar="COLUMN[=VALUE][,...]",
            help="Also the statistics of each value of a column, or of one; of several columns, "
            "of each combination. May be given several times.",
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="NAME", help="Only this column; may be repeated."),
    ] = None,
    weight: Annotated[
        str | None,
        typer.Option("--weight", metavar="COLUMN", help="How much each row counts."),
    ] = None,
    sample: Annotated[
        float | None,
        typer.Option("--sample", metavar="SHARE", help="Look at this share of the rows only."),
    ] = None,
    semantic: Annotated[
        bool,
        typer.Option("--semantic", help="Also look for images, times and natural language."),
    ] = False,
    approximate: Annotated[
        bool,
        typer.Option(
            "--approximate",
            help="Approximate top values and numbers of distinct values, in bounded memory.",
        ),
    ] = False,
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
    """Compute statistics of data.

    Example: taurus-beam stats -i 'trips/*.csv' -o stats.pb --slice zone

    Without --runner and further options (which go to Beam) this process reads the files with all
    processors. With --runner FnApiRunner not even the distinct values need fit into memory.
    """
    from taurus_beam.cli.stats_options import stats_options

    options = stats_options(
        schema=schema,
        types_from_schema=types_from_schema,
        slices=slice or [],
        columns=column,
        weight=weight,
        sample=sample,
        semantic=semantic,
        approximate=approximate,
    )
    from taurus_beam.cli.stats_job import make_on_engine, run_here, run_on_engine
    from taurus_beam.io import Source

    asked = profile or profile_output is not None
    check_profile_output(profile_output, overwrite)
    if not is_for_local(context, runner, engine_file, temp_location, dry_run, plan):
        from taurus_beam.cli.dry_run import ends_unrun, planner, written_instead
        from taurus_beam.cli.engine import engine

        chosen = engine(context, runner, temp_location, engine_file, input, dry_run)
        input = [chosen.everywhere(each) for each in input]
        source = Source(input, format=format, skip_bad_files=skip_bad_files)
        dry = planner(chosen.profile, [*input, *([output] if output else [])], dry_run, plan)
        if dry or written_instead(chosen.options):
            make_on_engine(chosen, source, output, options, overwrite, dry)
            ends_unrun(dry, plan, chosen.options)
            return
        with measured(asked) as taken:
            found, counted, seconds = run_on_engine(chosen, source, output, options, overwrite)
    else:
        source = Source(input, format=format, skip_bad_files=skip_bad_files)
        with measured(asked) as taken:
            found, counted, seconds = run_here(source, output, options, overwrite)
    _show(found, options, counted.rows_read, seconds, output)
    show_profile(stdout(), taken, profile, profile_output)
    tell_left_out(source, counted.left_out)


def _show(
    found: Any, options: StatsOptions, rows_read: int, seconds: float, output: str | None
) -> None:
    from taurus_beam.cli.stats_table import COLUMNS, feature_rows
    from taurus_beam.stats.views import DatasetListView

    whole = DatasetListView(found).get_default_slice_or_die().proto()
    console = stdout()
    rows = [("rows", count(whole.num_examples))]
    if options.sample_rate is not None:
        rows.append(("sample", f"{options.sample_rate:g} of the rows, by a hash of their values"))
    if options.weight_feature is not None:
        rows.append(("weight", f"{whole.weighted_num_examples:,g} in all"))
    rows.append(("features", count(len(whole.features))))
    rows.append(("time", f"{seconds:.1f} s" + speed(rows_read, seconds)))
    if output is not None:
        rows.append(("statistics", output))
    show_table(console, rows)
    if whole.features:
        show_heading(console, "Features")
        show_table(console, feature_rows(whole), COLUMNS, right=(2,))
    slices = [dataset for dataset in found.datasets if dataset.name != whole.name]
    if slices:
        show_heading(console, "Slices")
        cells = [(dataset.name, count(dataset.num_examples)) for dataset in slices]
        show_table(console, cells, ("slice", "rows"), right=(1,))
