"""The commands, put together."""

from __future__ import annotations

from typing import Annotated

import typer

from taurus_beam import __version__
from taurus_beam.cli.config import config
from taurus_beam.cli.configured import Configurable
from taurus_beam.cli.diff import diff
from taurus_beam.cli.doctor import doctor
from taurus_beam.cli.export import export
from taurus_beam.cli.fit import fit
from taurus_beam.cli.inspect import inspect
from taurus_beam.cli.leakage import leakage
from taurus_beam.cli.lineage import lineage
from taurus_beam.cli.parameters import BEAM_OPTIONS
from taurus_beam.cli.pipeline import pipeline
from taurus_beam.cli.report import report
from taurus_beam.cli.requests import requests
from taurus_beam.cli.rerun import rerun
from taurus_beam.cli.rows import validate_rows
from taurus_beam.cli.runs import runs
from taurus_beam.cli.schema import schema
from taurus_beam.cli.serve import serve
from taurus_beam.cli.skew import skew
from taurus_beam.cli.split import split
from taurus_beam.cli.stats import stats
from taurus_beam.cli.transform import transform
from taurus_beam.cli.validate import validate
from taurus_beam.cli.verify import verify

__all__ = ["app"]

_EXIT_CODES = (
    "Exit codes: 0 done, 1 differences (diff, schema), anomalies (validate, pipeline), shared rows "
    "(leakage, split --check) or a changed log (requests verify), 2 wrong command line, 3 wrong "
    "preprocessing function, 4 data, 5 artifact, 6 engine or output, 70 a fault of taurus_beam, "
    "130 interrupted, 143 terminated. `validate` exits with 2 on every error."
)

app = typer.Typer(
    help="Feature engineering on Apache Beam and Arrow: fit a preprocessing function to data, "
    "freeze it, apply it, serve it.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"taurus-beam {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_version, help="Print the version."),
    ] = False,
) -> None:
    pass


app.command(cls=Configurable, context_settings=BEAM_OPTIONS, no_args_is_help=True)(fit)
app.command(cls=Configurable, context_settings=BEAM_OPTIONS, no_args_is_help=True)(transform)
app.command(cls=Configurable, context_settings=BEAM_OPTIONS, no_args_is_help=True)(stats)
app.command(cls=Configurable, context_settings=BEAM_OPTIONS, no_args_is_help=True)(split)
app.command(cls=Configurable, context_settings=BEAM_OPTIONS, no_args_is_help=True)(leakage)
app.command(no_args_is_help=True)(inspect)
app.command(no_args_is_help=True)(diff)
app.add_typer(schema, name="schema")
app.command(cls=Configurable, context_settings=BEAM_OPTIONS, no_args_is_help=True)(validate)
app.command(cls=Configurable, no_args_is_help=True)(report)
app.command("validate-rows", cls=Configurable, no_args_is_help=True)(validate_rows)
app.add_typer(skew, name="skew")
app.command(cls=Configurable, no_args_is_help=True)(export)
app.command(cls=Configurable, no_args_is_help=True)(verify)
app.command(cls=Configurable, no_args_is_help=True)(serve)
app.add_typer(requests, name="requests")
app.add_typer(pipeline, name="pipeline")
app.add_typer(runs, name="runs")
app.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    no_args_is_help=True,
)(config)
app.command(no_args_is_help=True)(rerun)
app.command(no_args_is_help=True)(lineage)
app.command(context_settings=BEAM_OPTIONS)(doctor)
