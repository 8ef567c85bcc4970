"""A TOML file with the lines its keys stand on, so that what is wrong is told of by its line."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from taurus_beam.errors import EngineError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["TomlFile", "read_toml", "unknown"]


@dataclass(frozen=True)
class TomlFile:
    """A file that was read.

    Attributes:
        path: Where it is.
        text: What is in it.
        document: The same as data.
    """

    path: str
    text: str
    document: dict[str, Any]

    def place(self, table: str | None, key: str) -> str:
        """Where a key stands: the file, and the line if it is found.

        Args:
            table: The table it is in, with dots between its names; None for the top.
            key: The key, or the name of a table.
        """
        current = None
        wanted = key if table is None else f"{table}.{key}"
        for number, line in enumerate(self.text.split("\n"), start=1):
            header = re.match(r"\s*\[\s*([\w.\"-]+)\s*\]", line)
            if header:
                current = header[1].replace('"', "")
                if current == wanted:
                    return f"{self.path}:{number}"
            elif current == table and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
                return f"{self.path}:{number}"
        return self.path


def read_toml(path: str, what: str, error: type[EngineError], example: str) -> TomlFile:
    """Read a TOML file.

    Args:
        path: A local file.
        what: What is in it, as an error calls it: "The settings of engines".
        error: The error to raise.
        example: A line of such a file.

    Raises:
        EngineError: As asked for, if it cannot be read or is no TOML.
    """
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return TomlFile(path, text, tomllib.loads(text))
    except OSError as problem:
        raise error(
            f"{what} cannot be read: {problem.strerror}.", where=path, expected="a TOML file"
        ) from problem
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise error(
            f"{what} are no TOML: {problem}.", where=path, fix=f"Texts stand in quotes: {example}."
        ) from problem


def unknown(
    what: str, known: Iterable[str], key: str, where: str, error: type[EngineError]
) -> EngineError:
    """The error for a key that does not exist, with the one that was perhaps meant.

    Args:
        what: The first sentence.
        known: The keys that exist.
        key: The one that does not.
        where: Where it stands.
        error: The error to make.

    Example:
        >>> print(unknown("There is no ouput.", ["input", "output"], "ouput", "a:3", EngineError))
        There is no ouput.
          where:    a:3
          fix:      Did you mean output?
    """
    names = list(known)
    close = difflib.get_close_matches(key, names, 1)
    return error(
        what,
        where=where,
        expected=None if close else f"one of: {', '.join(names)}",
        fix=f"Did you mean {close[0]}?" if close else None,
    )
