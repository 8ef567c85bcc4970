"""The seam between commands and the lineage store: a command says once what it reads and writes.

Where nothing is to be recorded nothing of the store is loaded. A store that fails never costs the
work: it is told once, unless it was named with ``--lineage`` and fails before the work begins.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ParamSpec

import typer

from taurus_beam.cli.terminal import stderr
from taurus_beam.cli.things import Kind, Thing
from taurus_beam.errors import EngineError, TaurusError
from taurus_beam.lineage.place import store_place

if TYPE_CHECKING:
    from taurus_beam.lineage.model import Use
    from taurus_beam.lineage.run import Run

__all__ = ["recorded"]

P = ParamSpec("P")
_NOT_CONFIGURATION = ("context", "debug", "lineage")


def recorded(
    name: str, *, reads: Mapping[str, Kind], writes: Mapping[str, Kind] | None = None
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A command that is recorded in the lineage store, unless it is a dry run.

    The command has a parameter ``lineage``, of the type `taurus_beam.cli.parameters.Lineage`.

    Args:
        name: What the command is called.
        reads: The parameters that name what it reads, and what kind of thing that is.
        writes: Likewise what it may write: what is new or has changed when it ends was written.
    """
    written = writes or {}

    def decorated(command: Callable[P, None]) -> Callable[P, None]:
        @functools.wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            options: Mapping[str, Any] = kwargs
            with ExitStack() as stack:
                record = None if options.get("dry_run") else _begin(stack, name, options)
                if record is None:
                    command(*args, **kwargs)
                    return
                record.reads(list(_uses(_things(reads, options))))
                before = {thing.uri: thing.stamp for _, _, thing in _things(written, options)}
                ended = typer.Exit(0)
                try:
                    command(*args, **kwargs)
                except typer.Exit as told:
                    # An answer such as "there are anomalies" is no failure of the run.
                    ended = told
                finally:
                    after = _things(written, options)
                    new = (each for each in after if before.get(each[2].uri) != each[2].stamp)
                    record.writes(list(_uses(new)))
                record.properties["exit_code"] = ended.exit_code
            if ended.exit_code:
                raise ended

        return run

    return decorated


def _begin(stack: ExitStack, name: str, options: Mapping[str, Any]) -> Run | None:
    """The record of a run that ends with the stack; None where there is to be none, or cannot be.

    Raises:
        EngineError: If a store that was asked for on the command line fails.
    """
    asked: str | None = options.get("lineage")
    place = store_place(asked)
    if place is None:
        return None
    from taurus_beam.lineage.run import recording
    from taurus_beam.lineage.store import LineageStore

    try:
        store = LineageStore(place)
        stack.callback(store.close)
        return stack.enter_context(recording(store, name, _configuration(options), _tell))
    except EngineError as problem:
        if asked is not None:
            raise
        _tell(problem)
        return None


def _tell(problem: EngineError) -> None:
    console = stderr()
    console.print("warning: This run is not recorded, or not wholly.", style="yellow")
    console.print(f"  {problem}", soft_wrap=True)


def _configuration(options: Mapping[str, Any]) -> dict[str, Any]:
    """The values of all parameters as JSON data, with the options that go to Beam."""
    context = options.get("context")
    beam = {"beam_options": list(context.args)} if context is not None and context.args else {}
    values = {n: _as_json(v) for n, v in options.items() if n not in _NOT_CONFIGURATION}
    return {**values, **beam}


def _as_json(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value


def _things(
    kinds: Mapping[str, Kind], options: Mapping[str, Any]
) -> Iterator[tuple[str, int, Thing]]:
    """What is there of what the options name; what cannot be looked at is left out."""
    for option, kind in kinds.items():
        value = options.get(option)
        if not value:
            continue
        try:
            found = list(kind(value, options))
        except (OSError, ValueError, KeyError, TaurusError):
            continue
        yield from ((option, index, thing) for index, thing in enumerate(found))


def _uses(things: Iterator[tuple[str, int, Thing]]) -> Iterator[Use]:
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
