"""From a file and the words of a command line to an engine with its settings, none ignored.

The file says what stays the same from run to run; a word on the command line wins over it.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from taurus_beam.runners.options import OptionsError
from taurus_beam.runners.profiles import PROFILES, Profile, kind_of, profile
from taurus_beam.runners.profiles.base import Setting
from taurus_beam.runners.settings_file import SettingsFile, read_settings_file

__all__ = ["Asked", "asked"]

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


@dataclass(frozen=True)
class Asked:
    """What a user asks for.

    Attributes:
        profile: The engine, with its settings.
        temp_location: Folder for intermediate files, if one is named.
        words: Options that are left for Beam.
    """

    profile: Profile
    temp_location: str | None = None
    words: tuple[str, ...] = ()


def asked(
    name: str | None = None,
    words: Sequence[str] = (),
    file: str | None = None,
    temp_location: str | None = None,
) -> Asked:
    """The engine that is asked for.

    Args:
        name: Its name, or that of a runner of Beam; the file's, or the local one, by default.
        words: Of a command line: settings (``--flink-master=X``) and options of Beam.
        file: A TOML file of settings.
        temp_location: Folder for intermediate files; the file's by default.

    Raises:
        OptionsError: For a setting that does not exist, of the wrong type, or of another engine.

    Example:
        >>> found = asked("flink", ["--flink-master", "localhost:8081", "--max_parallelism=8"])
        >>> found.profile.master, found.words
        ('localhost:8081', ('--max_parallelism=8',))
    """
    known = read_settings_file(file) if file else SettingsFile()
    chosen = name or known.engine
    kind = kind_of(chosen)
    by_word, left = _taken(words, kind)
    settings = {**known.settings(kind), **by_word}
    place, left = _temp_location(left)
    return Asked(
        profile(chosen, settings),
        temp_location or place or known.temp_location,
        (*known.beam_words, *left),
    )


def _temp_location(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """The folder that Beam's own option names, and the other words."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--temp_location")
    try:
        found, left = parser.parse_known_args(words)
    except argparse.ArgumentError:
        raise OptionsError(
            "--temp_location needs a value.", expected="a folder that all workers see"
        ) from None
    return found.temp_location, left


def _taken(words: Sequence[str], kind: type[Profile]) -> tuple[dict[str, Any], list[str]]:
    """The settings among the words, and the other words."""
    flags = {flag: each for each in kind.settings() for flag in each.flags}
    found: dict[str, Any] = {}
    left: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        flag, equals, value = word.partition("=")
        setting, negated = flags.get(flag), False
        if setting is None and flag.startswith("--no-"):
            setting, negated = flags.get(f"--{flag[5:]}"), True
            setting = setting if setting is not None and setting.kind is bool else None
        if setting is None:
            _refuse_stray(flag, kind)
            left.append(word)
            continue
        if flag != setting.flags[0] and not negated and setting.left_to_beam:
            found.setdefault(setting.name, setting.left_to_beam)
            left.append(word)
            continue
        if setting.kind is bool:
            if not equals and rest and rest[0].lower() in (*_TRUE, *_FALSE):
                value = rest.pop(0)
            found[setting.name] = _truth(flag, value or "true") is not negated
            continue
        if not equals:
            if not rest or rest[0].startswith("--"):
                raise OptionsError(f"{flag} needs a value.", expected=setting.text)
            value = rest.pop(0)
        parsed = _parsed(flag, value, setting)
        many = isinstance(parsed, tuple)
        found[setting.name] = (*found.get(setting.name, ()), *parsed) if many else parsed
    return found, left


def _parsed(flag: str, value: str, setting: Setting) -> Any:
    if setting.kind is tuple:
        return (value,)
    if setting.kind is int:
        try:
            return int(value)
        except ValueError:
            raise OptionsError(
                f"{flag} has a wrong value: {value!r}", expected="an integer"
            ) from None
    if setting.choices and value.lower() not in map(str.lower, setting.choices):
        raise OptionsError(
            f"{flag} cannot be {value!r}.", expected=f"one of: {', '.join(setting.choices)}"
        )
    return next((each for each in setting.choices if each.lower() == value.lower()), value)


def _truth(flag: str, value: str) -> bool:
    if value.lower() not in (*_TRUE, *_FALSE):
        raise OptionsError(f"{flag} has a wrong value: {value!r}", expected="true or false")
    return value.lower() in _TRUE


def _refuse_stray(flag: str, kind: type[Profile]) -> None:
    """OptionsError for a word that looks like a setting of an engine, but is none of this one."""
    owner = next((each for key, each in PROFILES.items() if flag.startswith(f"--{key}-")), None)
    if owner is None:
        return
    own = [each.flags[0] for each in owner.settings()]
    if flag in own:
        raise OptionsError(
            f"{flag} is for the engine {owner.key}, not {kind.key}.",
            fix=f"Add --runner {owner.key}, or leave the option out.",
        )
    close = difflib.get_close_matches(flag, own, 1)
    raise OptionsError(
        f"The engine {owner.key} has no setting {flag}.",
        expected=None if close else f"one of: {', '.join(own)}",
        fix=f"Did you mean {close[0]}?" if close else None,
    )
