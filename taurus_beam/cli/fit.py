"""``taurus-beam fit``: analyze data, write the artifact, and the transformed data if asked."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

import typer

from taurus_beam.cli.exits import reported
from taurus_beam.cli.parameters import (
    Debug,
    Format,
    FormatName,
    Input,
    Overwrite,
    Runner,
    TempLocation,
)
from taurus_beam.cli.terminal import count, show_table, size, speed, stdout

__all__ = ["fit"]


@reported
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
    input: Input,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="DIR", help="Where the artifact goes.")
    ],
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
    overwrite: Overwrite = False,
    runner: Runner = None,
    temp_location: TempLocation = None,
    debug: Debug = False,
) -> None:
    """Fit a preprocessing function to data and write the artifact.

    Example: taurus-beam fit -p trips.py -i 'trips/*.parquet' -o transform_fn

    Any further option goes to Beam, for example --direct_num_workers=2.
    """
    from taurus_beam.cli.engine import engine
    from taurus_beam.cli.function_file import preprocessing_function
    from taurus_beam.cli.schema_file import read_schema

    with preprocessing_function(preprocessing) as function:
        chosen = engine(context, runner, temp_location, debug)

        from taurus_beam.cli.outputs import check_apart, sink_at
        from taurus_beam.cli.watch import Watch
        from taurus_beam.io import Source
        from taurus_beam.runners import jobs

        check_apart(transformed, output)
        source = Source(input, format=format)
        sink = sink_at(transformed, transformed_format, overwrite) if transformed else None
        with Watch(source, chosen.counts_here) as watch:
            counted = jobs.fit(
                function,
                source,
                output,
                profile=chosen.profile,
                options=chosen.options,
                schema=read_schema(schema) if schema else None,
                overwrite=overwrite,
                sink=sink,
                planned=watch.planned,
            )
    _summary(output, transformed, transformed_format, input, counted, watch.seconds)


def _summary(
    output: str,
    transformed: str | None,
    transformed_format: FormatName | None,
    input: list[str],
    counted: Any,
    seconds: float,
) -> None:
    from taurus_beam.cli.open_artifact import open_artifact
    from taurus_beam.cli.outputs import written_text

    artifact = open_artifact(output)
    run, data = artifact.provenance["run"], artifact.provenance["data"]
    rows = [
        (
            "rows",
            "not counted: no pass was needed" if data["rows"] is None else count(data["rows"]),
        ),
        ("passes", count(run["passes"])),
        ("time", f"{seconds:.1f} s" + speed(counted.rows_read, seconds)),
        (
            "artifact",
            f"{output}  ({count(len(artifact.fn.graph.outputs), 'output')} from "
            f"{count(len(artifact.fn.graph.input_columns), 'column')}, {size(artifact.nbytes)})",
        ),
    ]
    if transformed:
        rows.append(("data", written_text(transformed, transformed_format)))
    console = stdout()
    console.print(f"Fitted {artifact.provenance['function']['place']}", soft_wrap=True)
    show_table(console, rows)
    console.print("Next:")
    steps = [f"taurus-beam inspect {shlex.quote(output)}"]
    if not transformed:
        steps.append(
            f"taurus-beam transform --artifact {shlex.quote(output)} "
            f"--input {shlex.quote(input[0])} --output features/part"
        )
    for step in steps:
        console.print(f"  {step}", soft_wrap=True)
