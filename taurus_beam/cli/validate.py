"""``taurus-beam validate``: a gate that data pass only if they fit a schema."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.exits import DIFFERENT, reported_as_undecided
from taurus_beam.cli.local_choice import is_for_local
from taurus_beam.cli.pairs import pair
from taurus_beam.cli.parameters import (
    Debug,
    EngineFile,
    FormatName,
    Lineage,
    Runner,
    TempLocation,
)
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.things import ANOMALIES, DATA, RULES, SCHEMA, SETTINGS, STATISTICS

if TYPE_CHECKING:
    from taurus_beam.stats.options import StatsOptions

__all__ = ["validate"]


_IGNORED_OTHERWISE = ("name", "validation_derived_source.source_path")


class OutputFormat(str, Enum):
    """The formats of `taurus_beam.validation.outputs`, known without importing it."""

    text = "text"
    json = "json"
    pbtxt = "pbtxt"
    junit = "junit"
    github = "github"

    def __str__(self) -> str:
        return self.value


def _statistics(name: str, what: str) -> Any:
    return typer.Option(name, metavar="FILE", help=f"Statistics {what}.")


@reported_as_undecided
@recorded(
    "validate",
    reads={
        "schema": SCHEMA,
        "stats": STATISTICS,
        "input": DATA,
        "previous": STATISTICS,
        "serving": STATISTICS,
        "previous_version": STATISTICS,
        "custom": RULES,
        "engine_file": SETTINGS,
    },
    writes={"output": ANOMALIES},
)
def validate(
    context: typer.Context,
    schema: Annotated[
        str, typer.Option("--schema", metavar="FILE", help="What data should be like: pbtxt, JSON.")
    ],
    stats: Annotated[str | None, _statistics("--stats", "of the data, as `stats` wrote")] = None,
    input: Annotated[
        list[str] | None,
        typer.Option(
            "--input", "-i", metavar="PATTERN", help="Instead of --stats: files of the data."
        ),
    ] = None,
    input_format: Annotated[
        FormatName | None,
        typer.Option("--input-format", metavar="F", help="Of --input; guessed from the names."),
    ] = None,
    types_from_schema: Annotated[
        bool,
        typer.Option("--types-from-schema", help="Read text of --input by the schema's types."),
    ] = False,
    environment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The environment the data are from: TRAINING, ..."),
    ] = None,
    previous: Annotated[str | None, _statistics("--previous", "of earlier data: drift")] = None,
    serving: Annotated[str | None, _statistics("--serving", "of data at serving: skew")] = None,
    previous_version: Annotated[
        str | None, _statistics("--previous-version", "of an earlier version of the same data")
    ] = None,
    custom: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Rules of your own in SQL: a CustomValidationConfig."),
    ] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TYPE=SEVERITY",
            help="Of a type of anomaly, such as SCHEMA_NEW_COLUMN=WARNING; may be repeated.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    format: Annotated[
        OutputFormat,
        typer.Option("--format", metavar="F", help="text, json, pbtxt, junit or github."),
    ] = OutputFormat.text,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to, instead of the terminal."),
    ] = None,
    runner: Runner = None,
    engine_file: EngineFile = None,
    temp_location: TempLocation = None,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Validate data, or their statistics, against a schema.

    Example: taurus-beam validate --stats stats.pb --schema schema.pbtxt --format github

    With --runner (and options of it, or of Beam) the statistics of --input are made by a pipeline.

    Exits with 0 if the data fit, 1 if there are anomalies of severity ERROR or no examples, 2 if
    it could not be found out.
    """
    from taurus_beam.cli.schema_text import load_schema
    from taurus_beam.stats.files import load_statistics
    from taurus_beam.stats.options import StatsOptions
    from taurus_beam.validation.options import ValidationOptions
    from taurus_beam.validation.outputs import as_text, is_failure, written
    from taurus_beam.validation.schema_text import write_text
    from taurus_beam.validation.validate import validate_statistics

    loaded = load_schema(schema)
    _refuse_ambiguous(loaded)
    overrides = dict(pair(each, "--severity", "TYPE=SEVERITY") for each in severity or ())
    controls = {
        "previous_statistics": previous,
        "serving_statistics": serving,
        "previous_version_statistics": previous_version,
    }
    known = {name: load_statistics(path) for name, path in controls.items() if path}
    rules = _rules(custom)
    options = StatsOptions(schema=loaded.schema, infer_type_from_schema=types_from_schema)
    if not is_for_local(context, runner, engine_file, temp_location):
        data = _data_on_engine(
            context, stats, input, input_format, options, (runner, temp_location, engine_file)
        )
    else:
        data = _data(stats, input, input_format, options)
    anomalies = validate_statistics(
        data,
        loaded.schema,
        environment,
        custom_validation_config=rules,
        validation_options=ValidationOptions(severity_overrides=overrides),
        **known,
    )
    text = written(anomalies, format, _schema_file(loaded))
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_text(text, output)
        typer.echo(as_text(anomalies).split("\n", 1)[0] + f"  ({output})")
    if is_failure(anomalies, strict):
        raise typer.Exit(DIFFERENT)


def _refuse_ambiguous(loaded: Any) -> None:
    """DataError where names stand twice or features in a circle: validation would not notice."""
    from taurus_beam.errors import DataError
    from taurus_beam.validation.schema_check import check_schema

    for problem in check_schema(loaded.schema, loaded.text):
        if problem.is_error and problem.field in _IGNORED_OTHERWISE:
            raise DataError(
                f"The schema cannot be meant so: {problem.path}: {problem.what}",
                where=f"{loaded.path}, line {problem.line}" if problem.line else loaded.path,
                expected="a schema in which 'taurus-beam schema check' finds no errors",
                fix=problem.fix,
            )


def _data(
    stats: str | None, inputs: list[str] | None, input_format: str | None, options: StatsOptions
) -> Any:
    from taurus_beam.errors import EngineError
    from taurus_beam.stats.files import load_statistics

    if (stats is None) == (not inputs):
        raise EngineError(
            "There is nothing to validate." if stats is None else "There are --stats and --input.",
            expected="--stats FILE, or --input PATTERN",
            fix="Give one of the two.",
        )
    if stats is not None:
        return load_statistics(stats)
    from taurus_beam.io import Source
    from taurus_beam.survey import statistics

    return statistics(Source(inputs or [], format=input_format), options)


def _data_on_engine(
    context: typer.Context,
    stats: str | None,
    inputs: list[str] | None,
    input_format: str | None,
    options: StatsOptions,
    asked: tuple[str | None, str | None, str | None],
) -> Any:
    from taurus_beam.cli.engine import engine
    from taurus_beam.cli.stats_job import run_on_engine
    from taurus_beam.errors import EngineError
    from taurus_beam.io import Source

    if stats is not None or not inputs:
        raise EngineError(
            "An engine, or an option that is none of validate, is given without data to read.",
            where=" ".join(context.args) or None,
            expected="--input PATTERN with it",
            fix="Leave it out, or give --input instead of --stats.",
        )
    chosen = engine(context, *asked, inputs)
    source = Source([chosen.everywhere(each) for each in inputs], format=input_format)
    return run_on_engine(chosen, source, None, options, False)[0]


def _rules(custom: str | None) -> Any | None:
    if custom is None:
        return None
    from taurus_beam.validation.custom_validation_config import load_custom_validation_config

    return load_custom_validation_config(custom)


def _schema_file(loaded: Any) -> Any | None:
    """Where annotations point; the lines of JSON are not known."""
    from taurus_beam.validation.outputs import SchemaFile

    if loaded.text is None:
        return SchemaFile(loaded.path, {})
    return SchemaFile.of(loaded.path, loaded.schema, loaded.text)
