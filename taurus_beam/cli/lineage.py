"""``taurus-beam lineage``: what something was made from, and what was made from it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from taurus_beam.cli.exits import reported
from taurus_beam.cli.lineage_store import existing_store
from taurus_beam.cli.parameters import AsJson, Debug
from taurus_beam.cli.terminal import stderr

__all__ = ["lineage"]


@reported
def lineage(
    artifact: Annotated[
        str,
        typer.Argument(
            metavar="ARTIFACT",
            help="A file, an artifact's folder, the beginning of a digest, a file of the request "
            "log, or a line of `requests list --json` (- reads it).",
        ),
    ],
    request: Annotated[
        str | None,
        typer.Option(metavar="ID", help="A request in the request log, which ARTIFACT names."),
    ] = None,
    upwards: Annotated[bool, typer.Option("--up", help="Only what it was made from.")] = False,
    downwards: Annotated[bool, typer.Option("--down", help="Only what was made from it.")] = False,
    as_dot: Annotated[bool, typer.Option("--dot", help="Print a graph for Graphviz.")] = False,
    store: Annotated[
        str | None,
        typer.Option("--lineage", metavar="URL", help="The store, where it is not the usual one."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what something was made from, back to the raw files, and what was made from it.

    Example: taurus-beam lineage transform_fn --up

    A served answer, back to the raw files: taurus-beam lineage log --request 7a3f… --up
    """
    from taurus_beam.cli import lineage_forms
    from taurus_beam.cli.lineage_answers import of_answers
    from taurus_beam.cli.lineage_roots import roots
    from taurus_beam.lineage import EventType, down, up

    known = existing_store(store)
    found = roots(known, sys.stdin.readline() if artifact == "-" else artifact, request)
    numbers = [each.id for each in found.artifacts if each.id is not None]
    both = upwards == downwards
    parts = []
    if upwards or both:
        above = up(known, numbers)
        if found.requests:
            above = of_answers(known, above, found.requests)
        parts.append(("Made from", above, EventType.OUTPUT))
    if downwards or both:
        parts.append(("Used by", down(known, numbers), EventType.INPUT))
    lineages = [each for _, each, _ in parts]
    if found.note:
        stderr().print(found.note, style="yellow", soft_wrap=True)
    if as_json:
        typer.echo(lineage_forms.as_json(lineages))
    elif as_dot:
        typer.echo(lineage_forms.as_dot(lineages))
    else:
        if found.answer:
            typer.echo(found.answer)
        for title, each, near in parts:
            typer.echo(f"{title}:")
            for line in lineage_forms.tree(each, near):
                typer.echo(f"  {line}")
