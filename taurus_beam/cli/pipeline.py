"""``taurus-beam pipeline``: the stages of a pipeline, each a command, and what became of them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import typer

from taurus_beam.cli.exits import DIFFERENT, reported
from taurus_beam.cli.pairs import pair
from taurus_beam.cli.parameters import (
    BEAM_OPTIONS,
    AsJson,
    Debug,
    EngineFile,
    Lineage,
    Runner,
    TempLocation,
)
from taurus_beam.cli.pipeline_options import (
    Alerts,
    Directory,
    File,
    Fresh,
    Input,
    Named,
    StopAt,
    StopOn,
    VersionNumber,
)
from taurus_beam.cli.recorded import tell_unrecorded
from taurus_beam.cli.terminal import count, listed, show_table, stderr, stdout
from taurus_beam.specs import document, json_text

if TYPE_CHECKING:
    from taurus_beam.controller import Result

__all__ = ["pipeline"]

pipeline = typer.Typer(
    help="Train a pipeline of features, and hold data against it: what belongs together is in one "
    "class.",
    no_args_is_help=True,
)


@pipeline.command(context_settings=BEAM_OPTIONS, no_args_is_help=True)
@reported
def train(
    context: typer.Context,
    file: File,
    directory: Directory,
    input: Input = None,
    data: Named = None,
    fresh: Fresh = False,
    stop_on: StopOn = StopAt.error,
    alerts: Alerts = None,
    runner: Runner = None,
    engine_file: EngineFile = None,
    temp_location: TempLocation = None,
    lineage: Lineage = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Make a new version: split, statistics, schema, checks, fit and transform.

    Example: taurus-beam pipeline train -p trips.py -i 'trips/*.parquet' -d pipelines/trips

    Exits with 1 where findings of severity ERROR stop it. Any further option goes to Beam.
    """
    _run("train", dict(locals()))


@pipeline.command(context_settings=BEAM_OPTIONS, no_args_is_help=True)
@reported
def validate(
    context: typer.Context,
    file: File,
    directory: Directory,
    input: Input = None,
    data: Named = None,
    version: VersionNumber = None,
    fresh: Fresh = False,
    stop_on: StopOn = StopAt.error,
    alerts: Alerts = None,
    runner: Runner = None,
    engine_file: EngineFile = None,
    temp_location: TempLocation = None,
    lineage: Lineage = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Hold data, or the version's own split "eval", against schema and frozen statistics.

    Exits with 1 where there are findings of severity ERROR.
    """
    _run("validate", dict(locals()))


@pipeline.command("test", context_settings=BEAM_OPTIONS, no_args_is_help=True)
@reported
def try_held_out(
    context: typer.Context,
    file: File,
    directory: Directory,
    input: Input = None,
    data: Named = None,
    version: VersionNumber = None,
    fresh: Fresh = False,
    stop_on: StopOn = StopAt.error,
    alerts: Alerts = None,
    runner: Runner = None,
    engine_file: EngineFile = None,
    temp_location: TempLocation = None,
    lineage: Lineage = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Hold held-out data, or the version's own split "test", against a version; transform them.

    Exits with 1 where there are findings of severity ERROR.
    """
    _run("test", dict(locals()))


@pipeline.command(context_settings=BEAM_OPTIONS, no_args_is_help=True)
@reported
def production(
    context: typer.Context,
    file: File,
    directory: Directory,
    input: Input = None,
    version: VersionNumber = None,
    fresh: Fresh = False,
    stop_on: StopOn = StopAt.error,
    alerts: Alerts = None,
    runner: Runner = None,
    engine_file: EngineFile = None,
    temp_location: TempLocation = None,
    lineage: Lineage = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Hold a batch of incoming data against a version, write monitoring.json, transform them.

    Exits with 1 where there are findings of severity ERROR.
    """
    _run("production", {**locals(), "data": None})


@pipeline.command(no_args_is_help=True)
@reported
def status(directory: Directory, as_json: AsJson = False, debug: Debug = False) -> None:
    """List the runs of all stages, also those that failed or were killed."""
    from taurus_beam.controller.stage_record import stages_in

    records = stages_in(directory)
    if as_json:
        shown = [{**dataclasses.asdict(each), "state": each.shown_state} for each in records]
        typer.echo(json_text(shown))
        return
    rows = [
        (
            each.stage,
            str(each.number),
            each.shown_state,
            each.version or "",
            each.began[:19].replace("T", " "),
            each.error.partition("\n")[0],
        )
        for each in records
    ]
    show_table(stdout(), rows, ("stage", "run", "state", "version", "began (UTC)", "error"))


def _run(stage: str, asked: dict[str, Any]) -> None:
    """Run a stage with what the command line asks for, and tell what it gave."""
    from taurus_beam.cli.pipeline_file import pipeline_module

    with pipeline_module(asked["file"]) as module:
        from taurus_beam.controller import Callback, Controller, JsonLines, Step

        class Told(Callback):
            """Tells of each component that ends."""

            def on_component_end(self, step: Step, findings: Any) -> None:
                how = "already done" if step.reused else "done"
                stderr().print(f"  {step.name} on {step.data}: {how}", soft_wrap=True)

        callbacks: list[Callback] = [Told()]
        if asked["alerts"]:
            callbacks.append(JsonLines(asked["alerts"]))
        controller = Controller(
            module,
            asked["directory"],
            runner=asked["runner"],
            options=asked["context"].args,
            engine_file=asked["engine_file"],
            temp_location=asked["temp_location"],
            callbacks=callbacks,
            stop_on=None if asked["stop_on"] is StopAt.never else asked["stop_on"].value,
            lineage=asked["lineage"],
            warn=tell_unrecorded,
        )
        chosen = {"version": asked["version"]} if asked.get("version") else {}
        data = _data(stage, asked["input"], asked["data"])
        result = controller.run(stage, data, resume=not asked["fresh"], **chosen)
    if asked["as_json"]:
        findings = [each.record() for each in result.findings]
        known = {**dataclasses.asdict(result), "findings": findings}
        typer.echo(json_text(document("stage-result", known)))
    else:
        _show(result)
    if not result.passed or any(f.severity.value == "ERROR" for f in result.findings):
        raise typer.Exit(DIFFERENT)


def _data(stage: str, inputs: list[str] | None, named: list[str] | None) -> Any:
    from taurus_beam.runners.options import OptionsError

    if inputs and named:
        raise OptionsError("--input and --data do not go together.", fix="Leave one of them out.")
    if named:
        found: dict[str, list[str]] = {}
        for each in named:
            name, pattern = pair(each, "--data", "NAME=PATTERN")
            found.setdefault(name, []).append(pattern)
        return found
    if not inputs and stage in ("train", "production"):
        raise OptionsError("There is nothing to read.", fix="Add --input PATTERN.")
    return inputs or None


def _show(result: Result) -> None:
    console = stdout()
    done = "Passed" if result.passed else "Stopped by what was found"
    console.print(f"{done}: {result.stage}", soft_wrap=True)
    rows = [
        ("version", result.version or "none was made"),
        ("folder", result.path),
        ("findings", count(len(result.findings))),
    ]
    if result.reused:
        rows.append(("not run again", listed(result.reused)))
    show_table(console, rows)
    for finding in result.findings:
        where = ": ".join(filter(None, (finding.data, finding.column)))
        console.print()
        console.print(f"{finding.severity.value.lower()}: {where}", soft_wrap=True)
        console.print(f"  {finding.message}", soft_wrap=True)
