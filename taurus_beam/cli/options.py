"""What the options of a command are called elsewhere: in a file, in the environment, on a line.

All of it follows from the command's own signature, so that nothing is declared twice.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from typer.models import ArgumentInfo, OptionInfo

if TYPE_CHECKING:
    from taurus_beam.configuration import Key

__all__ = ["Option", "options_of", "words"]

_PREFIX = "TAURUS_BEAM"
_UNTOLD = ("lineage", "debug")
"""What decides nothing of what a run gives; it has variables of its own."""


@dataclass(frozen=True)
class Option:
    """An option of a command, or an argument.

    Attributes:
        name: The parameter of the command.
        flags: What it is called on a command line; nothing for an argument.
        type: As the command declares it, without Typer's part.
        info: Typer's part.
    """

    name: str
    flags: tuple[str, ...]
    type: Any
    info: OptionInfo | ArgumentInfo

    @property
    def key(self) -> str:
        """What it is called in a file."""
        return self.flags[0].lstrip("-").replace("-", "_") if self.flags else self.name

    @property
    def counts(self) -> bool:
        """Whether it belongs to the configuration of a run."""
        return self.name not in _UNTOLD

    @property
    def is_list(self) -> bool:
        """Whether it may be given several times."""
        return get_origin(_told(self.type)) is list

    def variable(self, command: str) -> str | None:
        """The environment variable that sets it; None for an argument, and what has its own.

        Example:
            >>> import typer
            >>> run = Option("input", ("--input",), list[str], typer.Option("--input"))
            >>> run.variable("schema infer")
            'TAURUS_BEAM_SCHEMA_INFER_INPUT'
        """
        if not self.flags or not self.counts:
            return None
        words = (_PREFIX, *command.split(), self.key)
        return "_".join(words).upper().replace("-", "_")

    def as_key(self) -> Key:
        """What may stand in a file."""
        from taurus_beam.configuration import Key

        return Key(self.name, _as_file(self.type, self.info))


def options_of(command: Callable[..., Any]) -> dict[str, Option]:
    """The options and arguments of a command by name, those that Typer itself gives left out."""
    found = {}
    for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
        if get_origin(parameter.annotation) is Annotated:
            kind, info = get_args(parameter.annotation)[:2]
            found[name] = Option(name, _flags(name, info), kind, info)
    return found


def words(options: Mapping[str, Option], values: Mapping[str, Any]) -> list[str]:
    """The words of a command line that gives parameters these values, and says nothing of others.

    Args:
        options: The options of the command.
        values: JSON data, as a configuration has them; None and False are left unsaid.

    Example:
        >>> import typer
        >>> known = {
        ...     "input": Option("input", ("--input",), list[str], typer.Option("--input")),
        ...     "file": Option("file", (), str, typer.Argument()),
        ... }
        >>> words(known, {"file": "a.pb", "input": ["x", "y"]})
        ['--input=x', '--input=y', '--', 'a.pb']
    """
    flagged: list[str] = []
    arguments: list[str] = []
    for name, value in values.items():
        option = options[name]
        given = value if isinstance(value, list) else [value]
        if not option.flags:
            arguments += [str(each) for each in given if each is not None]
        elif isinstance(value, bool):
            flagged += _switched(option, value)
        else:
            flagged += [f"{option.flags[0]}={each}" for each in given if each is not None]
    return [*flagged, *(["--", *arguments] if arguments else [])]


def _switched(option: Option, value: bool) -> list[str]:
    """The word that turns an option on or off; none where there is no word for off."""
    if value:
        return [option.flags[0]]
    return [each for each in option.flags[1:] if each.startswith("--no-")]


def _flags(name: str, info: OptionInfo | ArgumentInfo) -> tuple[str, ...]:
    """What an option is called, the first of which it is known by."""
    if isinstance(info, ArgumentInfo):
        return ()
    # In an annotation Typer takes the first name for the default, until it reads the signature.
    given = [each for each in (info.default, *(info.param_decls or ())) if isinstance(each, str)]
    split = [flag for each in given for flag in each.split("/")]
    long = [flag for flag in split if flag.startswith("--")]
    return tuple(long) or (f"--{name.replace('_', '-')}",)


def _told(kind: Any) -> Any:
    """The type of an option that is given."""
    if get_origin(kind) in (Union, types.UnionType):
        [kind] = [each for each in get_args(kind) if each is not types.NoneType]
    return kind


def _as_file(kind: Any, info: OptionInfo | ArgumentInfo) -> Any:
    """A type as a TOML file can have it: choices are texts, and so is what Typer parses."""
    kind = _told(kind)
    if get_origin(kind) is list:
        [element] = get_args(kind)
        return list[_as_file(element, info)]  # type: ignore[misc]  # made while it runs
    if info.parser is not None:
        return str
    if isinstance(kind, type) and issubclass(kind, Enum):
        return Literal[tuple(each.value for each in kind)]
    return kind
