"""``taurus-beam config``: what a command would be told, and by whom, without running it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from taurus_beam.cli.configured import OPTIONS, configuration_of
from taurus_beam.cli.exits import USAGE, reported, told
from taurus_beam.cli.parameters import AsJson, Debug
from taurus_beam.cli.terminal import show_table, stdout
from taurus_beam.errors import EngineError

__all__ = ["config", "context_of"]


@reported
def config(
    context: typer.Context,
    line: Annotated[
        list[str],
        typer.Argument(metavar="COMMAND [OPTIONS]…", help="A recorded command and its options."),
    ],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show every parameter of a command with its value and where that comes from; run nothing.

    Example: taurus-beam config fit --config run.toml --output other

    Options of this command stand before the other's: taurus-beam config --json fit …
    """
    name, words = _named(line)
    root = context.find_root()
    configuration = configuration_of(name, context_of(root, root, name, words))
    if as_json:
        typer.echo(configuration.to_json(), nl=False)
        return
    rows = [
        (each, json.dumps(known.value, ensure_ascii=False), _source(name, each, known.source.value))
        for each, known in configuration.parameters.items()
    ]
    show_table(stdout(), rows, ("parameter", "value", "from"))


def context_of(root: Any, above: Any, command: str, words: list[str]) -> typer.Context:
    """The context in which a command would run, its line parsed.

    Args:
        root: Knows all commands.
        above: The context that it stands in.
        command: What it is called, with the name of its group.
        words: Its line.
    """
    *groups, name = command.split()
    group: Any = root.command
    for each in groups:
        group = group.get_command(above, each)
        above = typer.Context(group, info_name=each, parent=above)
    found: typer.Context = group.get_command(above, name).make_context(name, words, parent=above)
    return found


def _source(command: str, name: str, source: str) -> str:
    option = OPTIONS[command].get(name)
    return f"{source}: {option.variable(command)}" if option and source == "environment" else source


def _named(line: list[str]) -> tuple[str, list[str]]:
    """The command at the beginning of a line, and the rest of it."""
    for words in (2, 1):
        name = " ".join(line[:words])
        if name in OPTIONS:
            return name, line[words:]
    raise told(
        EngineError(
            f"There is no recorded command {line[0]!r}.",
            expected=f"one of: {', '.join(OPTIONS)}",
        ),
        USAGE,
    )
