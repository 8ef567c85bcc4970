"""The options of ``taurus-beam split`` as a splitter or a sampler."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from taurus_beam.cli.pairs import pairs
from taurus_beam.errors import EngineError
from taurus_beam.runners.options import OptionsError
from taurus_beam.splits.by_group import GroupKFold, SplitByGroup
from taurus_beam.splits.by_hash import KFold, SplitByHash
from taurus_beam.splits.by_stratum import SplitByStratum, StratifiedKFold
from taurus_beam.splits.by_time import SplitByTime
from taurus_beam.splits.configuration import splitter_from_json
from taurus_beam.splits.sampling import SampleRate, SampleSize
from taurus_beam.splits.splitter import Splitter

__all__ = ["splitter_of"]


def splitter_of(
    *,
    splitter: str | None = None,
    ratio: Sequence[str] = (),
    folds: int | None = None,
    sample_rate: float | None = None,
    sample_size: int | None = None,
    key: Sequence[str] = (),
    group: Sequence[str] = (),
    stratum: Sequence[str] = (),
    time: str | None = None,
    until: Sequence[str] = (),
    gap: float = 0,
    weight: str | None = None,
    missing: str | None = None,
    seed: int = 0,
) -> Splitter:
    """What the options of a command line ask for.

    Raises:
        OptionsError: They do not go together, or a value cannot be meant.

    Example:
        >>> splitter_of(ratio=["train=0.8", "test=0.2"], key=["plane"])
        SplitByHash(ratios={'train': 0.8, 'test': 0.2}, key=('plane',), seed=0, missing=None)
        >>> splitter_of(folds=5, stratum=["label"], key=["id"])
        StratifiedKFold(folds=5, stratum=('label',), key=('id',), seed=0, missing=None)
    """
    given = {
        "--splitter": splitter,
        "--ratio": ratio,
        "--folds": folds,
        "--until": until,
        "--sample-rate": sample_rate,
        "--sample-size": sample_size,
    }
    asked = [name for name, value in given.items() if value not in (None, (), [])]
    if len(asked) != 1:
        raise OptionsError(
            "Nothing says how to split."
            if not asked
            else f"{' and '.join(asked)} do not go together.",
            expected=f"one of {', '.join(given)}",
        )
    fields: dict[str, Any] = {
        "group": tuple(group),
        "key": tuple(key),
        "stratum": tuple(stratum),
        "time": time,
        "weight": weight,
        "gap": gap,
        "missing": missing,
        "seed": seed,
    }
    try:
        if splitter is not None:
            _only(fields, "--splitter", ())
            return splitter_from_json(_document(splitter))
        if sample_rate is not None:
            used = _only(fields, "--sample-rate", ("key", "weight", "seed"))
            return SampleRate(sample_rate, **used)
        if sample_size is not None:
            used = _only(fields, "--sample-size", ("key", "stratum", "weight", "seed"))
            return SampleSize(sample_size, **used)
        if time is not None or until:
            used = _only(fields, "--until" if until else "--time", ("time", "gap", "missing"))
            if until:
                return SplitByTime(**{"time": "", **used}, until=_ends(until))
            return SplitByTime(**used, ratios=_ratios(ratio))
        if group:
            used = _only(fields, "--group", ("group", "stratum", "missing", "seed"))
            return GroupKFold(folds, **used) if folds else SplitByGroup(_ratios(ratio), **used)
        if stratum:
            used = _only(fields, "--stratum", ("stratum", "key", "missing", "seed"))
            if folds:
                return StratifiedKFold(folds, **used)
            return SplitByStratum(_ratios(ratio), **used)
        used = _only(fields, "--folds" if folds else "--ratio", ("key", "missing", "seed"))
        return KFold(folds, **used) if folds else SplitByHash(_ratios(ratio), **used)
    except OptionsError:
        raise
    except EngineError as problem:
        raise OptionsError(
            problem.what, where=problem.where, expected=problem.expected, fix=problem.fix
        ) from problem


def _only(fields: dict[str, Any], option: str, used: Sequence[str]) -> dict[str, Any]:
    """The given fields, all of which have to mean something beside an option."""
    given = {name: value for name, value in fields.items() if value not in (None, (), 0)}
    for name in given:
        if name not in used:
            raise OptionsError(
                f"--{name} says nothing beside {option}.",
                expected=f"with {option}: {', '.join(f'--{each}' for each in used) or 'nothing'}",
            )
    return given


def _ratios(texts: Sequence[str]) -> dict[str, float]:
    return {name: _number(text) for name, text in pairs(texts, "--ratio").items()}


def _ends(texts: Sequence[str]) -> dict[str, str | int | None]:
    found = pairs(texts, "--until", may_be_empty=True)
    return {name: _end(text) for name, text in found.items()}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise OptionsError(f"The ratio {text!r} is no number.", expected="such as 0.8") from None


def _end(text: str) -> str | int | None:
    if not text:
        return None
    return int(text) if text.removeprefix("-").isdecimal() and len(text) != 8 else text


def _document(path: str) -> Any:
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError) as problem:
        raise OptionsError(
            f"The splitter cannot be read: {problem}",
            where=path,
            expected="a JSON file that says how to split, or a split.json",
        ) from problem
    # A split.json says, among other things, how to make the split again.
    return found.get("splitter", found) if isinstance(found, dict) else found
