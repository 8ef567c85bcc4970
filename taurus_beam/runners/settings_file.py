"""A TOML file of settings: which engine, and one table for each that is used.

Every key is checked, also those of engines that this run does not use: a slip of the pen is told
of by its line, and not ignored until the day it matters.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from taurus_beam.runners.options import OptionsError
from taurus_beam.runners.profiles import PROFILES, Profile
from taurus_beam.runners.profiles.base import Setting

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["SettingsFile", "read_settings_file"]

_BEAM = "beam"
_PLAIN = ("engine", "temp_location")
_KINDS = {str: "a string", int: "an integer", bool: "true or false", tuple: "a list of strings"}


@dataclass(frozen=True)
class SettingsFile:
    """What a file says.

    Attributes:
        engine: The engine's name, if it is there.
        temp_location: Folder for intermediate files, if it is there.
        tables: Settings by engine.
        beam_words: Options of Beam, as words.
    """

    engine: str | None = None
    temp_location: str | None = None
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    beam_words: tuple[str, ...] = ()

    def settings(self, kind: type[Profile]) -> Mapping[str, Any]:
        """Those of one engine."""
        return self.tables.get(kind.key, {})


def read_settings_file(path: str) -> SettingsFile:
    """What a TOML file says of engines.

    Raises:
        OptionsError: If it cannot be read, or a key does not exist or has the wrong type, naming
            the line.
    """
    text, document = _parsed(path)
    place = _Place(path, text)
    tables: dict[str, Mapping[str, Any]] = {}
    words: list[str] = []
    for key, value in document.items():
        if key in _PLAIN:
            _check_kind(key, value, str, place.of(None, key))
        elif key == _BEAM or key in PROFILES:
            _check_kind(key, value, dict, place.of(None, key))
            if key == _BEAM:
                words = [word for name, each in value.items() for word in _words(name, each)]
            else:
                tables[key] = _settings(PROFILES[key], value, place)
        else:
            raise _unknown(key, (*_PLAIN, *PROFILES, _BEAM), place.of(None, key))
    return SettingsFile(document.get("engine"), document.get("temp_location"), tables, tuple(words))


@dataclass(frozen=True)
class _Place:
    """Where the keys of a file stand."""

    path: str
    text: str

    def of(self, table: str | None, key: str) -> str:
        """The file, and the line if it is found."""
        current = None
        for number, line in enumerate(self.text.split("\n"), start=1):
            header = re.match(r"\s*\[\s*\"?([\w-]+)\"?\s*\]", line)
            if header:
                current = header[1]
                if table is None and current == key:
                    return f"{self.path}:{number}"
            elif current == table and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
                return f"{self.path}:{number}"
        return self.path


def _parsed(path: str) -> tuple[str, dict[str, Any]]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return text, tomllib.loads(text)
    except OSError as problem:
        raise OptionsError(
            f"The settings of engines cannot be read: {problem.strerror}.",
            where=path,
            expected="a TOML file",
        ) from problem
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise OptionsError(
            f"The settings of engines are no TOML: {problem}.",
            where=path,
            fix='Texts stand in quotes: engine = "flink".',
        ) from problem


def _settings(kind: type[Profile], table: Mapping[str, Any], place: _Place) -> dict[str, Any]:
    known = {each.name: each for each in kind.settings()}
    found = {}
    for key, value in table.items():
        where = place.of(kind.key, key)
        if key not in known:
            raise _unknown(key, known, where, f" of {kind.key}")
        _check_kind(key, value, known[key].kind, where)
        _check_choice(known[key], value, where)
        found[key] = tuple(value) if known[key].kind is tuple else value
    return found


def _check_kind(key: str, value: Any, kind: type, where: str) -> None:
    fits = type(value) is kind
    if kind is tuple:
        fits = isinstance(value, list) and all(isinstance(each, str) for each in value)
    if not fits:
        raise OptionsError(
            f"{key} is {value!r:.60}.", where=where, expected=_KINDS.get(kind, f"a table [{key}]")
        )


def _check_choice(setting: Setting, value: Any, where: str) -> None:
    if setting.choices and value not in setting.choices:
        raise OptionsError(
            f"{setting.name} cannot be {value!r}.",
            where=where,
            expected=f"one of: {', '.join(setting.choices)}",
        )


def _words(name: str, value: Any) -> Iterable[str]:
    """An option of Beam as words."""
    if value is True:
        return [f"--{name}"]
    if value is False:
        return []
    values = value if isinstance(value, list) else [value]
    return [f"--{name}={each}" for each in values]


def _unknown(key: str, known: Iterable[str], where: str, whose: str = "") -> OptionsError:
    names = list(known)
    close = difflib.get_close_matches(key, names, 1)
    return OptionsError(
        f"There is no setting {key!r}{whose}.",
        where=where,
        expected=None if close else f"one of: {', '.join(names)}",
        fix=f"Did you mean {close[0]}?" if close else None,
    )
