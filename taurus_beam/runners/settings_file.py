"""A TOML file of settings: which engine, and one table for each that is used.

Every key is checked, also those of engines that this run does not use: a slip of the pen is told
of by its line, and not ignored until the day it matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from taurus_beam.configuration.toml import TomlFile, read_toml, unknown
from taurus_beam.runners.options import OptionsError
from taurus_beam.runners.profiles import PROFILES, Profile
from taurus_beam.runners.profiles.base import Setting

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
    file = read_toml(path, "The settings of engines", OptionsError, 'engine = "flink"')
    document = file.document
    tables: dict[str, Mapping[str, Any]] = {}
    words: list[str] = []
    for key, value in document.items():
        if key in _PLAIN:
            _check_kind(key, value, str, file.place(None, key))
        elif key == _BEAM or key in PROFILES:
            _check_kind(key, value, dict, file.place(None, key))
            if key == _BEAM:
                words = [word for name, each in value.items() for word in _words(name, each)]
            else:
                tables[key] = _settings(PROFILES[key], value, file)
        else:
            what, known = f"There is no setting {key!r}.", (*_PLAIN, *PROFILES, _BEAM)
            raise unknown(what, known, key, file.place(None, key), OptionsError)
    return SettingsFile(document.get("engine"), document.get("temp_location"), tables, tuple(words))


def _settings(kind: type[Profile], table: Mapping[str, Any], file: TomlFile) -> dict[str, Any]:
    known = {each.name: each for each in kind.settings()}
    found = {}
    for key, value in table.items():
        where = file.place(kind.key, key)
        if key not in known:
            what = f"There is no setting {key!r} of {kind.key}."
            raise unknown(what, known, key, where, OptionsError)
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
