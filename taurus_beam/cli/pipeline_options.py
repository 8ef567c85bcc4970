"""The options that the commands of ``taurus-beam pipeline`` share.

Those that other commands have, too, are in `taurus_beam.cli.parameters`.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

__all__ = [
    "Alerts",
    "Directory",
    "File",
    "Fresh",
    "Input",
    "Named",
    "StopAt",
    "StopOn",
    "VersionNumber",
]


class StopAt(str, Enum):
    """The severities of `taurus_beam.controller`, known without importing it, or none."""

    error = "ERROR"
    warning = "WARNING"
    never = "NEVER"

    def __str__(self) -> str:
        return self.value


File = Annotated[
    str,
    typer.Option(
        "--pipeline",
        "-p",
        metavar="FILE.py[:NAME]",
        help="The Python file, and the class in it where there are several: one that extends "
        "tb.PipelineModule.",
    ),
]
Directory = Annotated[
    str,
    typer.Option("--directory", "-d", metavar="DIR", help="The folder of the pipeline's versions."),
]
Input = Annotated[
    list[str] | None,
    typer.Option("--input", "-i", metavar="PATTERN", help="Files to read; may be repeated."),
]
Named = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="NAME=PATTERN",
        help="Instead of --input: data by name, such as train=a.parquet; once for each.",
    ),
]
VersionNumber = Annotated[
    str | None, typer.Option("--version", metavar="N", help="Instead of the newest version.")
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Do not go on where a killed or failed run was.")
]
StopOn = Annotated[
    StopAt,
    typer.Option(
        "--stop-on", help="The least severe finding that stops it before anything is made."
    ),
]
Alerts = Annotated[
    str | None,
    typer.Option("--alerts", metavar="FILE", help="Also append each finding as a line of JSON."),
]
