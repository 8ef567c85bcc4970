"""``taurus-beam diff``: what differs between two artifacts, or between two runs."""

from __future__ import annotations

import os
import re
from typing import Annotated

import typer

from taurus_beam.cli.exits import DIFFERENT, reported
from taurus_beam.cli.parameters import AsJson, Debug
from taurus_beam.cli.terminal import stdout
from taurus_beam.specs import document, json_text

__all__ = ["diff"]

_RUN = re.compile("[0-9a-f]{4,32}", re.IGNORECASE)


@reported
def diff(
    a: Annotated[
        str, typer.Argument(metavar="A", help="An artifact, or the beginning of a run's id.")
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    lineage: Annotated[
        str | None,
        typer.Option("--lineage", metavar="URL", help="The store, where it is not the usual one."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare two artifacts: what they take, give, compute and know. Or two runs.

    Example: taurus-beam diff yesterday/transform_fn today/transform_fn

    Of two runs: their parameters, what they read and wrote, and where it is still there, the
    schemas, statistics and graphs. A run beside an artifact stands for the artifact that it wrote.

    Exits with 0 if artifacts compute the same, or runs were told, read and wrote the same; 1 if
    not, more if one cannot be read. Versions, data and lines of the source of artifacts are told,
    but do not count; nor do versions, commits and sources of parameters of runs.
    """
    if _is_run(a) and _is_run(b):
        from taurus_beam.cli.diff_runs import show_runs
        from taurus_beam.cli.lineage_store import existing_store, run_of
        from taurus_beam.cli.run_comparison import compared_runs

        store = existing_store(lineage)
        found = compared_runs(store, run_of(store, a), run_of(store, b))
        kind, show = "run-diff", show_runs
    else:
        from taurus_beam.cli.comparison import compared
        from taurus_beam.cli.diff_artifacts import show_artifacts
        from taurus_beam.cli.open_artifact import open_artifact

        found = compared(*(open_artifact(_artifact(each, lineage)) for each in (a, b)))
        kind, show = "artifact-diff", show_artifacts
    if as_json:
        typer.echo(json_text(document(kind, found)))
    else:
        show(stdout(), found)
    if not found["same"]:
        raise typer.Exit(DIFFERENT)


def _is_run(word: str) -> bool:
    """Whether a word means a run; a path that is there wins."""
    return _RUN.fullmatch(word) is not None and not os.path.exists(word)


def _artifact(word: str, lineage: str | None) -> str:
    """The path of an artifact that a word means."""
    if not _is_run(word):
        return word
    from taurus_beam.cli.lineage_store import existing_store, run_of
    from taurus_beam.cli.run_comparison import written_artifact

    store = existing_store(lineage)
    return written_artifact(store, run_of(store, word))
