"""``taurus-beam rerun``: repeat a run that was recorded, from its id alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.config import context_of
from taurus_beam.cli.configured import OPTIONS, VARIABLE
from taurus_beam.cli.exits import DIFFERENT, USAGE, reported, told
from taurus_beam.cli.lineage_store import existing_store, run_of
from taurus_beam.cli.parameters import Debug, Overwrite
from taurus_beam.cli.recorded import RECORDED, REPEATED, Repeated, things_of, uses_of
from taurus_beam.cli.terminal import show_table, stderr
from taurus_beam.cli.things import LOG_FILES
from taurus_beam.errors import DataError, EngineError
from taurus_beam.lineage.identity import absolute
from taurus_beam.lineage.place import store_place

if TYPE_CHECKING:
    from taurus_beam.cli.repetition import Repetition
    from taurus_beam.lineage.model import Event, Execution
    from taurus_beam.lineage.store import LineageStore

__all__ = ["rerun"]


@reported
def rerun(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="ID", help="A run, or the beginning of its id.")],
    into: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="Write there, under the same names, instead of the same places."
        ),
    ] = None,
    overwrite: Overwrite = False,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Another value of a parameter, by its name in a file of parameters; several times "
            "for a list.",
        ),
    ] = None,
    allow_changed: Annotated[
        bool, typer.Option("--allow-changed", help="Go on where inputs or code have changed.")
    ] = False,
    lineage: Annotated[
        str | None,
        typer.Option("--lineage", metavar="URL", help="The store, where it is not the usual one."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Repeat a run: the same command and parameters, in the same folder, on the same inputs.

    Example: taurus-beam rerun 3f2a91bc --into again

    A run that was killed or has failed is run again in the same way. Refuses where inputs or code
    have changed, and where something would be replaced. Tells of each output whether it is what
    the run wrote; exits with 1 if one is not, else as the command does.
    """
    from taurus_beam.cli.repetition import repetition
    from taurus_beam.lineage.configurations import configuration_of

    store = existing_store(lineage)
    execution = run_of(store, run)
    _check_ended(execution)
    # Relative paths on this line are those of the folder that the caller is in.
    place = store_place(lineage) or ""
    known = absolute(os.path.expanduser(place.removeprefix("sqlite:///")))
    try:
        planned = repetition(configuration_of(execution), changes or (), into, overwrite)
    except EngineError as problem:
        raise told(problem, USAGE) from None
    repeated = Repeated(execution.name, planned.sources)
    if into is not None:
        _make_folder(into)
    line = [f"--lineage={known}", *(["--debug"] if debug else []), *planned.words]
    with _folder_of(execution), _no_variables(planned.command):
        root = context.find_root()
        # A context of its own: what commands share in one must not reach this command.
        above = typer.Context(root.command, info_name=root.info_name)
        above.meta[REPEATED] = repeated
        inner = context_of(root, above, planned.command, line)
        _check_inputs(store, execution, planned, inner.params, allow_changed)
        if not overwrite:
            _check_outputs(planned, inner.params)
        code = _invoked(inner)
    if repeated.run is not None:
        again = store.executions(name=repeated.run)[0]
        if again.state.value == "COMPLETE" and not _show_verdict(store, execution, again):
            code = code or DIFFERENT
    if code:
        raise typer.Exit(code)


def _check_ended(execution: Execution) -> None:
    from taurus_beam.lineage.state import shown_state

    if shown_state(execution) == "RUNNING":
        raise DataError(
            f"The run {execution.name} is still running.",
            expected="a run that has ended, well or not",
            fix="Wait for it, or end its process.",
        )


def _make_folder(path: str) -> None:
    """Make a local folder; other file systems make theirs with the first file."""
    folder = absolute(path)
    if "://" in folder:
        return
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as problem:
        raise EngineError(
            f"The folder cannot be made: {problem.strerror}.", where=f"--into {path}"
        ) from problem


@contextmanager
def _folder_of(execution: Execution) -> Iterator[None]:
    """Within the block the working folder is that of the run, which relative paths mean."""
    before, folder = os.getcwd(), execution.properties.get("folder", "")
    try:
        os.chdir(folder)
    except OSError as problem:
        raise DataError(
            f"The folder that the run began in cannot be used: {problem.strerror}.",
            where=folder or "(it was gone when the run began)",
            expected="the folder that its relative paths mean",
        ) from problem
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _no_variables(command: str) -> Iterator[None]:
    """Within the block no variable tells the command anything that the run was not told."""
    names = [VARIABLE, *(option.variable(command) for option in OPTIONS[command].values())]
    taken = {name: os.environ.pop(name) for name in names if name and name in os.environ}
    try:
        yield
    finally:
        os.environ.update(taken)


def _check_inputs(
    store: LineageStore,
    execution: Execution,
    planned: Repetition,
    options: Mapping[str, Any],
    allow_changed: bool,
) -> None:
    """Refuse, or with leave tell of, inputs that are not what they were."""
    before = {(e.key, e.uri): digest for e, digest in _events(store, execution, "INPUT")}
    found = uses_of(RECORDED[planned.command].reads, options)
    now = {(use.key, use.artifact.uri): use.artifact.digest for use in found}
    what = {
        place: "is gone" if place not in now else "is new" if place not in before else "has changed"
        for place in {**before, **now}
        if before.get(place) != now.get(place) and place[0] not in (*planned.anew, "configuration")
    }
    if not what:
        return
    lines = [f"{key} {uri} {each}" for (key, uri), each in what.items()]
    if not allow_changed:
        raise DataError(
            f"What the run read is not what it was: {'; '.join(lines)}.",
            where=execution.name,
            expected="the digests that were recorded",
            fix="Restore it, or go on with --allow-changed.",
        )
    for line in lines:
        stderr().print(f"changed: {line}", style="yellow", soft_wrap=True)


def _check_outputs(planned: Repetition, options: Mapping[str, Any]) -> None:
    """Refuse to replace what is there, for commands that do not refuse it themselves."""
    if "overwrite" in OPTIONS[planned.command]:
        return
    # A server adds to its log.
    kinds = {
        name: kind
        for name, kind in RECORDED[planned.command].writes.items()
        if kind is not LOG_FILES
    }
    for _, _, thing in things_of(kinds, options):
        raise EngineError(
            f"There is already something at {thing.given}.",
            where=thing.uri,
            expected="a path that does not exist yet",
            fix="Choose another folder (--into DIR), or allow overwriting (--overwrite).",
        )


def _invoked(context: typer.Context) -> int:
    """Run the command; its exit code."""
    try:
        with context:
            context.command.invoke(context)
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def _show_verdict(store: LineageStore, old: Execution, new: Execution) -> bool:
    """Tell of each output whether it is what the earlier run wrote; whether all are."""
    before = {(e.key, e.index): digest for e, digest in _events(store, old, "OUTPUT")}
    after = {(e.key, e.index): (e, digest) for e, digest in _events(store, new, "OUTPUT")}
    rows = []
    for place, (event, digest) in after.items():
        answer = "nothing to compare with"
        if place in before:
            answer = "yes" if before[place] == digest else "no"
        rows.append((place[0], answer, event.given))
    rows += [(place[0], "no: not written", "") for place in before if place not in after]
    console = stderr()
    console.print(f"Run {new.name} repeats {old.name}.", soft_wrap=True)
    if rows:
        show_table(console, rows, ("output", "reproduced", ""))
    return all(place in after and after[place][1] == digest for place, digest in before.items())


def _events(store: LineageStore, execution: Execution, kind: str) -> Iterator[tuple[Event, str]]:
    """What a run read or wrote, with digests."""
    from taurus_beam.lineage.model import EventType

    events = store.events_of_executions([execution.id or 0], EventType(kind))
    digests = {a.id: a.digest for a in store.artifacts(event.artifact for event in events)}
    return ((event, digests[event.artifact]) for event in events)
