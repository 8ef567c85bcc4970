"""The seam between commands and what is kept of them: a command says once what it reads and writes.

Its configuration lies beside what it writes, and its run is recorded in the lineage store; where
nothing is to be recorded nothing of the store is loaded. A store that fails never costs the work:
it is told once, unless it was named with ``--lineage`` and fails before the work begins.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec

import typer

from taurus_beam.cli.configured import configurable, configuration_of
from taurus_beam.cli.terminal import stderr
from taurus_beam.cli.things import Kind, Thing
from taurus_beam.errors import EngineError, TaurusError
from taurus_beam.lineage.place import store_place

if TYPE_CHECKING:
    from taurus_beam.configuration import Configuration, Source
    from taurus_beam.lineage.model import Use
    from taurus_beam.lineage.run import Run

__all__ = ["RECORDED", "REPEATED", "Recorded", "Repeated", "recorded", "things_of", "uses_of"]

P = ParamSpec("P")

REPEATED = "taurus_beam.repeated"
"""The key in a context's ``meta`` of the `Repeated` that a run is."""


@dataclass(frozen=True)
class Recorded:
    """What a recorded command reads and may write, by the parameters that name it."""

    reads: Mapping[str, Kind]
    writes: Mapping[str, Kind]


RECORDED: dict[str, Recorded] = {}
"""Every recorded command by its name."""


@dataclass
class Repeated:
    """That a run repeats an earlier one.

    Attributes:
        of: The earlier run's id.
        sources: Where parameters come from, if not from the command line that was made for it.
        run: The id of the new one, once it has begun.
    """

    of: str
    sources: Mapping[str, Source] = field(default_factory=dict)
    run: str | None = None


def recorded(
    name: str, *, reads: Mapping[str, Kind], writes: Mapping[str, Kind] | None = None
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A command that is recorded in the lineage store, unless it is a dry run.

    The command has a parameter ``lineage``, of the type `taurus_beam.cli.parameters.Lineage`; the
    option ``--config`` is added to its own.

    Args:
        name: What the command is called.
        reads: The parameters that name what it reads, and what kind of thing that is.
        writes: Likewise what it may write: what is new or has changed when it ends was written.
    """
    kinds = RECORDED[name] = Recorded(reads, writes or {})

    def decorated(command: Callable[P, None]) -> Callable[P, None]:
        takes_context = "context" in inspect.signature(command).parameters

        @functools.wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            options: dict[str, Any] = kwargs
            context: typer.Context = options["context"]
            del options["config"]
            if not takes_context:
                del options["context"]
            if options.get("dry_run"):
                command(*args, **kwargs)
                return
            repeated: Repeated | None = context.meta.get(REPEATED)
            configuration = configuration_of(name, context, repeated.sources if repeated else None)
            with ExitStack() as stack:
                record = _begin(stack, configuration, options.get("lineage"), repeated)
                if record is not None:
                    record.reads(list(uses_of(kinds.reads, options)))
                before = {
                    thing.uri: thing.stamp for _, _, thing in things_of(kinds.writes, options)
                }
                ended = typer.Exit(0)
                try:
                    command(*args, **kwargs)
                except typer.Exit as told:
                    # An answer such as "there are anomalies" is no failure of the run.
                    ended = told
                finally:
                    after = things_of(kinds.writes, options)
                    new = [each for each in after if before.get(each[2].uri) != each[2].stamp]
                    _store_beside(configuration, (thing for _, _, thing in new))
                    if record is not None:
                        record.writes(list(_uses(new)))
                if record is not None:
                    record.properties["exit_code"] = ended.exit_code
            if ended.exit_code:
                raise ended

        # What Typer reads; without it, it would see the signature of the command alone.
        run.__dict__["__signature__"] = configurable(name, command)
        return run

    return decorated


def things_of(
    kinds: Mapping[str, Kind], options: Mapping[str, Any]
) -> Iterator[tuple[str, int, Thing]]:
    """What is there of what options name, with the option and the position in it.

    What cannot be looked at is left out.
    """
    for option, kind in kinds.items():
        value = options.get(option)
        if not value:
            continue
        try:
            found = list(kind(value, options))
        except (OSError, ValueError, KeyError, TaurusError):
            continue
        yield from ((option, index, thing) for index, thing in enumerate(found))


def uses_of(kinds: Mapping[str, Kind], options: Mapping[str, Any]) -> Iterator[Use]:
    """The same as the store takes it, with digests; what has none is left out."""
    return _uses(things_of(kinds, options))


def _begin(
    stack: ExitStack, configuration: Configuration, asked: str | None, repeated: Repeated | None
) -> Run | None:
    """The record of a run that ends with the stack; None where there is to be none, or cannot be.

    Raises:
        EngineError: If a store that was asked for on the command line fails.
    """
    place = store_place(asked)
    if place is None:
        return None
    from taurus_beam.lineage.run import recording
    from taurus_beam.lineage.store import LineageStore

    try:
        store = LineageStore(place)
        stack.callback(store.close)
        run = stack.enter_context(
            recording(store, configuration.command, configuration, tell_unrecorded)
        )
    except EngineError as problem:
        if asked is not None:
            raise
        tell_unrecorded(problem)
        return None
    if repeated is not None:
        repeated.run = run.name
        run.properties["repeats"] = repeated.of
    return run


def tell_unrecorded(problem: EngineError) -> None:
    """Warn that the lineage store failed, which costs a run no more than its record."""
    console = stderr()
    console.print("warning: This run is not recorded, or not wholly.", style="yellow")
    console.print(f"  {problem}", soft_wrap=True)


def _store_beside(configuration: Configuration, written: Iterable[Thing]) -> None:
    """Write the configuration into what has a place for it: the folders of artifacts."""
    from taurus_beam.cli.configuration_file import write_beside

    for thing in written:
        if thing.type == "TransformFn":
            try:
                write_beside(thing.uri, configuration)
            except OSError as problem:
                stderr().print(
                    f"warning: The configuration is not in {thing.given}: {problem}",
                    style="yellow",
                    soft_wrap=True,
                )


def _uses(things: Iterable[tuple[str, int, Thing]]) -> Iterator[Use]:
    from taurus_beam.lineage.model import Artifact, Use

    for option, index, thing in things:
        digest = _digest(thing)
        if digest is not None:
            artifact = Artifact(thing.type, digest, thing.uri, thing.properties)
            yield Use(artifact, option, index, thing.given)


def _digest(thing: Thing) -> str | None:
    try:
        return thing.digest()
    except OSError:
        return None
