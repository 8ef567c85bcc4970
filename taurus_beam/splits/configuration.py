"""Splitters and samplers as JSON data, for configurations and records of runs, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from taurus_beam.errors import EngineError
from taurus_beam.splits.by_group import GroupKFold, SplitByGroup
from taurus_beam.splits.by_hash import KFold, SplitByHash
from taurus_beam.splits.by_stratum import SplitByStratum, StratifiedKFold
from taurus_beam.splits.by_time import SplitByTime
from taurus_beam.splits.sampling import SampleRate, SampleSize
from taurus_beam.splits.splitter import Splitter

__all__ = ["splitter_from_json", "splitter_to_json"]

_KINDS: dict[str, type[Splitter]] = {
    cls.kind: cls
    for cls in (
        SplitByHash,
        SplitByTime,
        SplitByStratum,
        SplitByGroup,
        KFold,
        StratifiedKFold,
        GroupKFold,
        SampleRate,
        SampleSize,
    )
}


def splitter_to_json(splitter: Any) -> dict[str, Any]:
    """A splitter as JSON data: its kind and its fields, of which none is left out.

    Example:
        >>> import taurus_beam as tb
        >>> splitter_to_json(tb.KFold(5, key="user"))
        {'kind': 'k_fold', 'folds': 5, 'key': ['user'], 'seed': 0, 'missing': None}
    """
    fields = {field.name: getattr(splitter, field.name) for field in dataclasses.fields(splitter)}
    plain = {
        name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()
    }
    return {"kind": splitter.kind, **plain}


def splitter_from_json(document: Any) -> Splitter:
    """The splitter that `splitter_to_json` wrote, or somebody by hand.

    Raises:
        EngineError: It is none, or a field is not right.

    Example:
        >>> splitter_from_json({"kind": "k_fold", "folds": 5, "key": "user"})
        KFold(folds=5, key=('user',), seed=0, missing=None)
    """
    kind = document.get("kind") if isinstance(document, Mapping) else None
    if kind not in _KINDS:
        raise EngineError(
            f"The split is of kind {kind!r}.", expected=f"one of: {', '.join(_KINDS)}"
        )
    cls: Any = _KINDS[kind]
    given = {name: value for name, value in document.items() if name != "kind"}
    fields = {field.name: field for field in dataclasses.fields(cls)}
    unknown = sorted(set(given) - set(fields))
    lacking = [
        name
        for name, field in fields.items()
        if name not in given
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if unknown or lacking:
        raise EngineError(
            f"A split of kind {kind!r} "
            + (f"has no {unknown[0]!r}." if unknown else f"needs {lacking[0]!r}."),
            expected=f"the fields {', '.join(fields)}",
        )
    made: Splitter = cls(**given)
    return made
