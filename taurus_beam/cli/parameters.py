"""The options that several commands share, each declared once."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

__all__ = [
    "BEAM_OPTIONS",
    "FORMATS",
    "AsJson",
    "Cache",
    "Debug",
    "DryRun",
    "EngineFile",
    "Format",
    "FormatName",
    "Input",
    "InputOrSpans",
    "Lineage",
    "Overwrite",
    "PlanFile",
    "Runner",
    "SkipBadFiles",
    "Spans",
    "TempLocation",
]

BEAM_OPTIONS = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Settings of a command that passes further options on to Beam."""


class FormatName(str, Enum):
    """The formats of `taurus_beam.io`, known without importing it."""

    parquet = "parquet"
    csv = "csv"
    avro = "avro"
    arrow = "arrow"
    arrow_stream = "arrow_stream"
    jsonl = "jsonl"
    tfrecord = "tfrecord"

    def __str__(self) -> str:
        return self.value


FORMATS = "parquet, csv, avro, arrow, arrow_stream, jsonl or tfrecord"

Debug = Annotated[
    bool,
    typer.Option("--debug", envvar="TAURUS_BEAM_DEBUG", help="Show tracebacks and all of the log."),
]
Format = Annotated[
    FormatName | None,
    typer.Option("--format", metavar="F", help=f"{FORMATS}; guessed from the names."),
]
_INPUT = typer.Option(
    "--input",
    "-i",
    metavar="PATTERN",
    help="Files to read: a path, a folder or a quoted glob, on any file system Beam knows; "
    "may be given several times.",
)
Input = Annotated[list[str], _INPUT]
InputOrSpans = Annotated[list[str] | None, _INPUT]
Lineage = Annotated[
    str | None,
    typer.Option(
        "--lineage",
        metavar="URL",
        help="Where the run is recorded: a SQLite file, postgresql://…, or off; by default what "
        "TAURUS_BEAM_LINEAGE says, or a file of yours.",
    ),
]
Cache = Annotated[
    str | None,
    typer.Option(
        "--cache",
        metavar="DIR",
        help="Folder that keeps what is gathered of each --span; a later run reads only the spans "
        "that are new or changed.",
    ),
]
Spans = Annotated[
    list[str] | None,
    typer.Option(
        "--span",
        metavar="NAME=PATTERN",
        help="Instead of --input, with --cache: a part of the data, such as a day, and its files; "
        "once for each part.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Make the job ready for the runner and check it, but do not run it. Reads only the "
        "schemas of the files, and looks whether the output exists.",
    ),
]
PlanFile = Annotated[
    str | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="With --dry-run, also write Beam's pipeline proto; as text to FILE.pbtxt.",
    ),
]
Profiled = Annotated[
    bool,
    typer.Option(
        "--profile", help="Also print what each step of the job took: seconds, rows, bytes."
    ),
]
ProfileOutput = Annotated[
    str | None,
    typer.Option(
        "--profile-output",
        metavar="FILE",
        help="Write what each step of the job took to FILE, as JSON.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace output that exists.")]
Runner = Annotated[
    str | None,
    typer.Option(
        "--runner",
        metavar="R",
        help="The engine: local (the default for files of this machine: no pipeline), direct (Beam "
        "on this machine), prism, flink, spark, dataflow, or a runner of Beam by its name. "
        "`taurus-beam doctor R` lists the settings of one, such as --flink-master.",
    ),
]
EngineFile = Annotated[
    str | None,
    typer.Option("--engine", metavar="FILE", help="A TOML file with the engine and its settings."),
]
SkipBadFiles = Annotated[
    bool,
    typer.Option(
        "--skip-bad-files",
        help="Leave out files that cannot be read instead of failing, and tell which; costs one "
        "more reading of all columns, which finds them first.",
    ),
]
TempLocation = Annotated[
    str | None,
    typer.Option(
        "--temp-location",
        metavar="DIR",
        help="Folder for intermediate files that all workers see; needed on a cluster.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
