"""``taurus-beam schema``: infer, show, check and update what data should look like."""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import asdict
from typing import Annotated, Any

import typer

from taurus_beam.cli.configured import Configurable
from taurus_beam.cli.exits import DIFFERENT, reported
from taurus_beam.cli.parameters import AsJson, Debug, Lineage, Overwrite
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.terminal import count, show_heading, show_table, stderr, stdout
from taurus_beam.cli.things import SCHEMA, STATISTICS

__all__ = ["schema"]

schema = typer.Typer(
    help="Infer, show, check and update a schema: what data should look like.",
    no_args_is_help=True,
)

Stats = Annotated[
    str,
    typer.Option("--stats", "-s", metavar="FILE", help="Statistics that `stats` wrote."),
]
File = Annotated[str, typer.Argument(metavar="SCHEMA", help="A schema: pbtxt or JSON.")]
DomainSize = Annotated[
    int,
    typer.Option(
        "--max-string-domain-size",
        metavar="N",
        help="Up to how many distinct strings make a domain.",
    ),
]


@schema.command(cls=Configurable, no_args_is_help=True)
@reported
@recorded("schema infer", reads={"stats": STATISTICS}, writes={"output": SCHEMA})
def infer(
    stats: Stats,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="FILE.json as JSON, else text; or printed."
        ),
    ] = None,
    shape: Annotated[
        bool, typer.Option("--shape/--no-shape", help="Whether to infer fixed shapes.")
    ] = True,
    max_string_domain_size: DomainSize = 100,
    overwrite: Overwrite = False,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Infer a first schema from statistics, for a person to look through.

    Example: taurus-beam schema infer --stats stats.pb --output schema.pbtxt
    """
    from taurus_beam.cli.schema_text import save_schema
    from taurus_beam.errors import EngineError
    from taurus_beam.stats.files import load_statistics
    from taurus_beam.validation.infer import infer_schema
    from taurus_beam.validation.schema_text import schema_as_text

    if output is not None and os.path.exists(output) and not overwrite:
        raise EngineError(
            "The schema exists: what people wrote into it would be lost.",
            where=output,
            fix="Use `taurus-beam schema update`, another --output, or --overwrite.",
        )
    found = infer_schema(load_statistics(stats), shape, max_string_domain_size)
    if output is None:
        typer.echo(schema_as_text(found), nl=False)
        return
    save_schema(found, output)
    console = stdout()
    domains = count(len(found.string_domain), "string domain")
    console.print(f"Inferred {count(len(found.feature), 'feature')} and {domains}.")
    show_table(console, [("schema", output)])


@schema.command(no_args_is_help=True)
@reported
def show(file: File, as_json: AsJson = False, debug: Debug = False) -> None:
    """Show a schema as tables: features with their presence, values and domains.

    Example: taurus-beam schema show schema.pbtxt
    """
    from taurus_beam.cli.schema_text import load_schema
    from taurus_beam.validation.schema_json import schema_as_json
    from taurus_beam.validation.tables import schema_tables

    found = load_schema(file).schema
    if as_json:
        typer.echo(schema_as_json(found), nl=False)
        return
    console = stdout()
    features, domains = schema_tables(found)
    for title, table in (("Features", features), ("Domains", domains)):
        if table.rows:
            show_heading(console, f"{title} ({count(len(table.rows))})")
            show_table(console, table.rows, table.columns)
    if found.default_environment:
        show_heading(console, "Environments")
        console.print(" " + ", ".join(found.default_environment))


@schema.command(no_args_is_help=True)
@reported
def check(file: File, as_json: AsJson = False, debug: Debug = False) -> None:
    """Check a schema by itself: names that stand for nothing, empty ranges, contradictions.

    Example: taurus-beam schema check schema.pbtxt

    Exits with 0 if it makes sense (warnings do not count), 1 if not, more if it cannot be read.
    """
    from taurus_beam.cli.schema_text import load_schema
    from taurus_beam.validation.schema_check import check_schema

    loaded = load_schema(file)
    problems = check_schema(loaded.schema, loaded.text)
    errors = sum(problem.is_error for problem in problems)
    if as_json:
        typer.echo(json.dumps([asdict(problem) for problem in problems], indent=2))
    else:
        for problem in problems:
            typer.echo(f"{file}: {problem}" if not problem.line else _at_line(file, problem))
        warnings = count(len(problems) - errors, "warning")
        features = count(len(loaded.schema.feature), "feature")
        typer.echo(f"{features}: {count(errors, 'error')}, {warnings}.")
    if errors:
        raise typer.Exit(DIFFERENT)


@schema.command(cls=Configurable, no_args_is_help=True)
@reported
@recorded(
    "schema update",
    reads={"file": SCHEMA, "stats": STATISTICS},
    writes={"output": SCHEMA, "file": SCHEMA},
)
def update(
    file: File,
    stats: Stats,
    accept: Annotated[
        bool, typer.Option("--accept", help="Write the changes instead of only showing them.")
    ] = False,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to, instead of the same file."),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The environment the data are from: TRAINING, ..."),
    ] = None,
    max_string_domain_size: DomainSize = 100,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Show, or with --accept make, the changes under which data have no anomalies.

    Example: taurus-beam schema update schema.pbtxt --stats today.pb --accept

    Nothing is ever made stricter. Exits with 0 if nothing needs to change or the changes were
    accepted, 1 if there are changes and no --accept.
    """
    from taurus_beam.cli.schema_text import load_schema, save_schema
    from taurus_beam.stats.files import load_statistics
    from taurus_beam.validation.update import update_schema

    loaded = load_schema(file)
    found = update_schema(
        loaded.schema, load_statistics(stats), max_string_domain_size, environment=environment
    )
    if found == loaded.schema:
        typer.echo("Nothing needs to change.")
        return
    target = output or file
    typer.echo(_difference(loaded.schema, found, file, target), nl=False)
    if not accept:
        stderr().print("Nothing is written. Accept the changes with --accept.")
        raise typer.Exit(DIFFERENT)
    save_schema(found, target)
    if loaded.text is not None and target == file and _has_comments(loaded.text):
        stderr().print("The comments of the schema are not in the new file.", style="yellow")
    stderr().print(f"Written to {target}", soft_wrap=True)


def _at_line(file: str, problem: Any) -> str:
    """The form that editors and CI find the line in."""
    return f"{file}:{problem.line}: " + str(problem).split(": ", 1)[1]


def _difference(old: Any, new: Any, old_name: str, new_name: str) -> str:
    from taurus_beam.validation.schema_text import schema_as_text

    before, after = (schema_as_text(each).splitlines(keepends=True) for each in (old, new))
    return "".join(difflib.unified_diff(before, after, old_name, new_name))


def _has_comments(text: str) -> bool:
    return any(line.lstrip().startswith("#") for line in text.splitlines())
