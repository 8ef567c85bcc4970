"""A TOML file of parameters: a table for each command, every key and every type checked.

Tables of commands that this run does not use are checked as well: a slip of the pen is told of by
its line, and not ignored until the day it matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from taurus_beam.configuration.toml import TomlFile, read_toml, unknown
from taurus_beam.errors import EngineError

__all__ = ["Key", "read_file"]

_WHAT = "The parameters of commands"
_STRICT = ConfigDict(strict=True)


@dataclass(frozen=True)
class Key:
    """What may stand in a command's table.

    Attributes:
        name: The parameter that it sets.
        type: A type as Pydantic checks it: ``list[str]``, ``Literal["csv", "parquet"]``, …
    """

    name: str
    type: Any


def read_file(path: str, commands: Mapping[str, Mapping[str, Key]]) -> dict[str, dict[str, Any]]:
    """The parameters that a file sets, by command and by name.

    Args:
        path: A local TOML file. The command "schema infer" has the table ``[schema.infer]``; words
            of a key are joined by ``_`` or ``-``.
        commands: The keys of each command.

    Raises:
        EngineError: If it cannot be read, or a key does not exist or has the wrong type, naming
            the line.

    Example:
        >>> import tempfile
        >>> file = tempfile.NamedTemporaryFile("w", suffix=".toml")
        >>> _ = file.write("[fit]\\nskip-bad-files = true")
        >>> file.flush()
        >>> read_file(file.name, {"fit": {"skip_bad_files": Key("skip_bad_files", bool)}})
        {'fit': {'skip_bad_files': True}}
    """
    file = read_toml(path, _WHAT, EngineError, 'output = "transform_fn"')
    return {
        command: _checked(file, command, table, commands[command])
        for command, table in _tables(file, commands)
    }


def _tables(file: TomlFile, commands: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The tables that are there, by command."""
    groups = {command.rpartition(" ")[0] for command in commands} - {""}
    for name, table in file.document.items():
        if name in groups and isinstance(table, dict):
            for inner, below in table.items():
                command = f"{name} {inner}"
                if command not in commands:
                    known = [c.partition(" ")[2] for c in commands if c.startswith(f"{name} ")]
                    what = f"{name} has no recorded command {inner!r}."
                    raise unknown(what, known, inner, file.place(name, inner), EngineError)
                yield command, below
        elif name in commands:
            yield name, table
        else:
            known = [*(c for c in commands if " " not in c), *sorted(groups)]
            what = f"There is no recorded command {name!r}."
            raise unknown(what, known, name, file.place(None, name), EngineError)


def _checked(file: TomlFile, command: str, table: Any, keys: Mapping[str, Key]) -> dict[str, Any]:
    dotted = command.replace(" ", ".")
    if not isinstance(table, dict):
        above, _, name = dotted.rpartition(".")
        raise EngineError(
            f"{dotted} is {table!r:.60}.",
            where=file.place(above or None, name),
            expected=f"a table [{dotted}]",
        )
    given = {key.replace("-", "_"): (key, value) for key, value in table.items()}
    for key, (written, _) in given.items():
        if key not in keys:
            what = f"{command} has no parameter {written!r}."
            raise unknown(what, keys, key, file.place(dotted, written), EngineError)
    for key, (written, value) in given.items():
        _check_type(keys[key].type, written, value, file.place(dotted, written))
    return {keys[key].name: value for key, (_, value) in given.items()}


def _check_type(type: Any, key: str, value: Any, where: str) -> None:
    try:
        TypeAdapter(type, config=_STRICT).validate_python(value)
    except ValidationError as problem:
        expected = _expected(problem.errors()[0]["msg"])
        raise EngineError(f"{key} is {value!r:.60}.", where=where, expected=expected) from problem


def _expected(message: str) -> str:
    """What Pydantic asks for, in the words of an error here."""
    wanted = message.removeprefix("Input should be ")
    return wanted.replace("a valid i", "an i").replace("a valid ", "a ")
