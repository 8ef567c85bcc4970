"""Where the parameters of a recorded command come from: its line, the environment, a file.

What the command line says wins over environment variables, these over the file that ``--config``
names, that over defaults: Click's own order, and Click keeps which it was.
"""

from __future__ import annotations

import copy
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from taurus_beam.cli.exits import USAGE, told
from taurus_beam.cli.options import Option, options_of
from taurus_beam.errors import EngineError

if TYPE_CHECKING:
    from taurus_beam.configuration import Configuration, Source

__all__ = ["BEAM", "OPTIONS", "VARIABLE", "Configurable", "configurable", "configuration_of"]

VARIABLE = "TAURUS_BEAM_CONFIG"
BEAM = "beam_options"
"""The parameter that holds the words which go to Beam."""

OPTIONS: dict[str, Mapping[str, Option]] = {}
"""The options of every recorded command, by the command's name."""

_SOURCES = {
    "COMMANDLINE": "COMMAND_LINE",
    "PROMPT": "COMMAND_LINE",
    "ENVIRONMENT": "ENVIRONMENT",
    "DEFAULT_MAP": "FILE",
}


class Configurable(TyperCommand):
    """A command that shows its help where it is told nothing, by the environment neither."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse a line; as of `typer.core.TyperCommand`."""
        names = {VARIABLE, *(each for param in self.params for each in _names(param.envvar))}
        if not names.isdisjoint(os.environ):
            self.no_args_is_help = False
        return super().parse_args(ctx, args)


def configurable(name: str, command: Callable[..., Any]) -> inspect.Signature:
    """The signature of a command whose options environment and file can set.

    Args:
        name: What the command is called: "fit", "schema infer".
        command: It; its options and arguments are declared by annotations.

    Returns:
        Its signature with the option ``--config`` and the parameter ``context``.
    """
    options = OPTIONS[name] = options_of(command)
    signature = inspect.signature(command, eval_str=True)
    parameters = {
        each: parameter.replace(annotation=_with_variable(name, options[each]))
        if each in options
        else parameter
        for each, parameter in signature.parameters.items()
    }
    only = inspect.Parameter.KEYWORD_ONLY
    parameters.setdefault("context", inspect.Parameter("context", only, annotation=typer.Context))
    parameters["config"] = inspect.Parameter(
        "config", only, default=None, annotation=_config_of(name)
    )
    return signature.replace(parameters=list(parameters.values()))


def configuration_of(
    name: str, context: typer.Context, given: Mapping[str, Source] | None = None
) -> Configuration:
    """What a command was told, all of it, and by whom.

    Args:
        name: What the command is called.
        context: As Typer made it of the command line.
        given: Sources that are known better.
    """
    from taurus_beam.configuration import Source, configured

    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for each, option in OPTIONS[name].items():
        if option.counts:
            values[each] = context.params[each]
            told_by = context.get_parameter_source(each)
            sources[each] = Source[_SOURCES.get(told_by.name if told_by else "", "DEFAULT")]
    if context.args:
        values[BEAM], sources[BEAM] = list(context.args), Source.COMMAND_LINE
    return configured(name, values, {**sources, **(given or {})})


def _names(given: str | Sequence[str] | None) -> Sequence[str]:
    return [given] if isinstance(given, str) else given or []


def _with_variable(name: str, option: Option) -> Any:
    info = copy.copy(option.info)
    variable = option.variable(name)
    if variable is not None:
        # The rule is easier to read than a list of all.
        info.envvar, info.show_envvar = variable, False
    return Annotated[option.type, info]


def _config_of(name: str) -> Any:
    def read(context: typer.Context, file: str | None) -> str | None:
        if file and not context.resilient_parsing:
            context.default_map = {**(context.default_map or {}), **_parameters(file, name)}
        return file

    info = typer.Option(
        "--config",
        metavar="FILE",
        envvar=VARIABLE,
        is_eager=True,
        callback=read,
        help="A TOML file of parameters, with a table for each command; the command line and "
        f"variables such as {_example(name)} win over it.",
    )
    return Annotated[str | None, info]


def _example(name: str) -> str:
    named = (option.variable(name) for option in OPTIONS[name].values())
    return next(each for each in named if each)


def _parameters(file: str, name: str) -> dict[str, Any]:
    """What the file says of a command; how it ends where the file is wrong is an exit code."""
    from taurus_beam.configuration import read_file

    keys = {
        command: {option.key: option.as_key() for option in options.values()}
        for command, options in OPTIONS.items()
    }
    try:
        return read_file(os.path.expanduser(file), keys).get(name, {})
    except EngineError as problem:
        raise told(problem, USAGE) from None
