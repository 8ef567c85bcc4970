"""What a recorded run was told, as the words of a command line that says the same again.

Where the outputs go and whether they may replace what is there is asked anew; a secret, which the
store does not hold, has to be given again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taurus_beam.cli.configured import BEAM, OPTIONS
from taurus_beam.cli.options import Option, words
from taurus_beam.cli.pairs import pair
from taurus_beam.cli.recorded import RECORDED
from taurus_beam.configuration.model import Configuration, Source
from taurus_beam.configuration.plain import HIDDEN
from taurus_beam.configuration.toml import unknown
from taurus_beam.errors import DataError, EngineError
from taurus_beam.lineage.identity import absolute

__all__ = ["Repetition", "repetition"]

_UNRECORDED = ("profile_output", "plan")
"""Outputs that tell of one run alone, and are no artifacts."""

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Repetition:
    """A command that is about to be run again.

    Attributes:
        command: What it is called.
        words: What it is told, for Beam's options and its own.
        sources: Where the parameters come from that nobody tells anew.
        anew: The parameters that are told anew.
    """

    command: str
    words: tuple[str, ...]
    sources: Mapping[str, Source]
    anew: frozenset[str]


def repetition(
    configuration: Configuration,
    changes: Sequence[str] = (),
    into: str | None = None,
    overwrite: bool = False,
) -> Repetition:
    """How a run is repeated.

    Args:
        configuration: What it was told.
        changes: Texts ``NAME=VALUE``; a name several times for a parameter that is a list.
        into: The folder for what it writes, under the same names; None for the same places.
        overwrite: Whether what is there may be replaced, whatever the run was told.

    Raises:
        EngineError: If a change names no parameter, or cannot be its value.
        DataError: If it is no run of a command, or a secret is missing.
    """
    command = configuration.command
    if command not in RECORDED:
        raise DataError(
            f"This run of {command!r} was recorded by a program, not by a command.",
            expected=f"a run of one of: {', '.join(RECORDED)}",
            fix="Run the program again.",
        )
    options = OPTIONS[command]
    known = {**options, BEAM: Option(BEAM, (), list[str], options["debug"].info)}
    told: dict[str, Any] = _changed(command, known, changes)
    if "overwrite" in options:
        told["overwrite"] = overwrite
    values = {**configuration.values, **told}
    if into is not None:
        moved = _moved(command, values, into)
        told, values = {**told, **moved}, {**values, **moved}
    _check(configuration, values, known)
    beam = values.pop(BEAM, [])
    sources = {
        name: Source.DEFAULT if each.source is Source.DEFAULT else Source.RUN
        for name, each in configuration.parameters.items()
        if name not in told
    }
    line = (*beam, *words(options, values))
    return Repetition(command, line, sources, frozenset(told))


def _changed(command: str, known: Mapping[str, Option], changes: Sequence[str]) -> dict[str, Any]:
    by_key = {option.key: option for option in known.values()}
    found: dict[str, Any] = {}
    for change in changes:
        name, text = pair(change, "--set", may_be_empty=True)
        key = name.lstrip("-").replace("-", "_")
        if key not in by_key:
            raise unknown(f"{command} has no parameter {key!r}.", by_key, key, "--set", EngineError)
        option = by_key[key]
        if option.is_list:
            found.setdefault(option.name, []).append(text)
        elif option.type is bool:
            if text.lower() not in _TRUTH:
                raise EngineError(
                    f"{key} cannot be {text!r}.", where="--set", expected="true or false"
                )
            found[option.name] = _TRUTH[text.lower()]
        else:
            found[option.name] = text
    return found


def _moved(command: str, values: Mapping[str, Any], into: str) -> dict[str, str]:
    """The parameters that name outputs, each under its name in another folder."""
    kinds = RECORDED[command]
    found = {
        name: os.path.join(absolute(into), os.path.basename(values[name].rstrip("/")))
        for name in (*kinds.writes, *_UNRECORDED)
        if name not in kinds.reads and values.get(name)
    }
    if len(set(found.values())) < len(found):
        raise EngineError(
            "Two outputs would have the same place.",
            where="--into",
            expected=", ".join(f"{name} {values[name]}" for name in found),
            fix="Name other places: --set NAME=PATH.",
        )
    return found


def _check(
    configuration: Configuration, values: Mapping[str, Any], known: Mapping[str, Option]
) -> None:
    for name, value in values.items():
        if name not in known:
            raise DataError(
                f"This version of {configuration.command} has no parameter {name!r}.",
                expected=f"taurus_beam {configuration.taurus_beam}, which made the run",
            )
        if HIDDEN in json.dumps(value):
            raise DataError(
                f"The run was told a secret by {known[name].key}, which is not stored.",
                where=f"{known[name].key} = {value}",
                fix=f"Give it again: --set {known[name].key}=VALUE.",
            )
