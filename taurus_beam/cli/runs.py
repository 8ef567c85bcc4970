"""``taurus-beam runs``: what was run, when, on what, and what became of it."""

from __future__ import annotations

import datetime
import json
import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.exits import reported
from taurus_beam.cli.lineage_store import existing_store, run_of
from taurus_beam.cli.parameters import AsJson, Debug
from taurus_beam.cli.terminal import show_heading, show_table, stdout
from taurus_beam.specs import document

if TYPE_CHECKING:
    from taurus_beam.lineage import Artifact, Event, Execution

__all__ = ["record_of", "runs", "short", "time_of"]

runs = typer.Typer(
    help="What was run: the executions of the lineage store.", invoke_without_command=True
)
_DIGITS = 8
_MOST_ERROR = 60

Store = Annotated[
    str | None,
    typer.Option("--lineage", metavar="URL", help="The store, where it is not the usual one."),
]


@runs.callback()
def list_runs(
    context: typer.Context,
    command: Annotated[
        str | None, typer.Option("--command", metavar="NAME", help="Only of this command.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="STATE", help="Only RUNNING, COMPLETE, FAILED, CANCELED or KILLED ones."
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option("--context", metavar="NAME", help="Only of this project or pipeline."),
    ] = None,
    since: Annotated[
        datetime.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            help="Only those that began then (UTC) or later.",
        ),
    ] = None,
    most: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="The newest N.")] = 20,
    lineage: Store = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the newest runs. `taurus-beam runs show ID` tells all of one.

    Example: taurus-beam runs --command fit --state FAILED

    KILLED is shown of a run that did not end and whose process is no more.
    """
    if context.invoked_subcommand is None:
        _list_runs(
            command=command,
            state=state,
            group=group,
            since=since,
            most=most,
            lineage=lineage,
            as_json=as_json,
            debug=debug,
        )


@reported
def _list_runs(
    *,
    command: str | None,
    state: str | None,
    group: str | None,
    since: datetime.datetime | None,
    most: int,
    lineage: str | None,
    as_json: bool,
    debug: bool,
) -> None:
    from taurus_beam.lineage.state import shown_state

    store = existing_store(lineage)
    began = 0 if since is None else int(since.replace(tzinfo=datetime.timezone.utc).timestamp())
    # What a run's state is, is known only once it has been looked at.
    found = store.executions(
        type=command,
        context=group,
        since=1000 * began,
        most=None if state is not None else most,
    )
    if state is not None:
        found = [each for each in found if shown_state(each) == state.upper()][:most]
    if as_json:
        typer.echo(json.dumps([record_of(each) for each in found], indent=2, ensure_ascii=False))
        return
    if not found:
        stdout().print(f"There are no such runs in {store.shown}.", soft_wrap=True)
        return
    rows = [
        (e.name[:_DIGITS], shown_state(e), e.type, time_of(e.created), _seconds(e), _remark(e))
        for e in found
    ]
    show_table(stdout(), rows, ("run", "state", "command", "began (UTC)", "took", ""), right=(4,))


@runs.command(no_args_is_help=True)
@reported
def show(
    run: Annotated[str, typer.Argument(metavar="ID", help="A run, or the beginning of its id.")],
    lineage: Store = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show all that is known of a run: command line, configuration, versions, inputs, outputs.

    Example: taurus-beam runs show 3f2a91bc
    """
    from taurus_beam.lineage.configurations import configuration_of

    store = existing_store(lineage)
    execution = run_of(store, run)
    number = execution.id or 0
    events = store.events_of_executions([number])
    artifacts = {a.id: a for a in store.artifacts(event.artifact for event in events)}
    contexts = store.contexts_of(number)
    if as_json:
        record = {
            **record_of(execution),
            "contexts": [{"type": each.type, "name": each.name} for each in contexts],
            "events": [_event(event, artifacts[event.artifact]) for event in events],
        }
        typer.echo(json.dumps(document("run", record), indent=2, ensure_ascii=False))
        return
    console = stdout()
    rows = [*_facts(execution), *((each.type.lower(), each.name) for each in contexts)]
    show_table(console, rows)
    for title, kind in (("Read", "INPUT"), ("Written", "OUTPUT")):
        cells = [
            (event.key, artifacts[event.artifact].type, short(artifacts[event.artifact]), event.uri)
            for event in events
            if event.type.value == kind
        ]
        if cells:
            show_heading(console, title)
            show_table(console, cells)
    given = {
        name: each
        for name, each in configuration_of(execution).parameters.items()
        if each.value not in (None, False, [])
    }
    if given:
        show_heading(console, "Configuration")
        told = [(name, json.dumps(v.value), v.source.value) for name, v in given.items()]
        show_table(console, told)


def _facts(execution: Execution) -> list[tuple[str, str]]:
    from taurus_beam.lineage.state import shown_state

    known = execution.properties
    git, error, process = (known.get(each) or {} for each in ("git", "error", "process"))
    rows = [
        ("run", execution.name),
        ("command", shlex.join(known.get("command_line", [execution.type]))),
        ("state", shown_state(execution)),
        ("began", f"{time_of(execution.created)} UTC"),
        ("took", _seconds(execution)),
        ("process", f"{process.get('pid')} on {process.get('host')}"),
        ("folder", known.get("folder", "")),
        ("versions", ", ".join(f"{n} {v}" for n, v in known.get("versions", {}).items())),
    ]
    if "repeats" in known:
        rows.insert(2, ("repeats", known["repeats"]))
    if git:
        changed = ", with changes" if git.get("changed") else ""
        rows.append(("commit", f"{git['commit']}{changed}"))
    if error:
        rows.append(("error", f"{error['type']}: {error['text']}"))
    return rows


def time_of(milliseconds: int) -> str:
    """A time of the store, UTC.

    Example:
        >>> time_of(1_795_282_313_028)
        '2026-11-21 17:31:53'
    """
    moment = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def short(artifact: Artifact) -> str:
    """As much of a digest as one reads."""
    return artifact.digest.partition(":")[2][:12]


def _seconds(execution: Execution) -> str:
    """How long it took; of one that did not end, how long it is known to have run, if at all."""
    seconds = f"{(execution.updated - execution.created) / 1000:.1f} s"
    if execution.state.value != "RUNNING":
        return seconds
    return "" if seconds == "0.0 s" else f"over {seconds}"


def _remark(execution: Execution) -> str:
    error = execution.properties.get("error")
    if error:
        line: str = error["text"].split("\n", 1)[0]
        return line if len(line) <= _MOST_ERROR else line[: _MOST_ERROR - 1] + "…"
    code = execution.properties.get("exit_code", 0)
    return f"exit code {code}" if code else ""


def record_of(execution: Execution) -> dict[str, Any]:
    """An execution as JSON data: its id, state and times, and all of its properties."""
    from taurus_beam.lineage.state import shown_state

    return {
        "run": execution.name,
        "command": execution.type,
        "state": shown_state(execution),
        "began": execution.created,
        "heard_of": execution.updated,
        **execution.properties,
    }


def _event(event: Event, artifact: Artifact) -> dict[str, Any]:
    return {
        "type": event.type.value,
        "option": event.key,
        "index": event.index,
        "given": event.given,
        "uri": event.uri,
        "artifact": {"type": artifact.type, "digest": artifact.digest},
    }
