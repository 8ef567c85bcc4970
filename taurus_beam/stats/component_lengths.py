"""How long the lists of features are that stand beside each other, as values beside their indices.

What sparse and weighted features have in common; what each of them tells is not decided here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from taurus_beam.errors import DataError
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.feature_column import Array, FeaturePath, Mask

__all__ = ["LONGEST", "MISSING", "SHORTEST", "component_facts", "merging_of"]

MISSING, SHORTEST, LONGEST = "missing", "min", "max"


class _Lengths(NamedTuple):
    """The lists of one component: which are missing, and how long each is."""

    missing: Mask
    lengths: Array


def component_facts(
    examples: Examples, owner: FeaturePath, base: FeaturePath, others: Mapping[str, FeaturePath]
) -> Iterator[tuple[FeaturePath, str, int]]:
    """Facts of a feature that is made of others, to be tallied.

    A row where all components are missing takes no part; of a row that does, a missing list has
    length 0. A row is an example or, for fields of a struct, a value of that struct.

    Args:
        examples: A batch.
        owner: The path of the feature that is made of the components.
        base: The component that the others are compared with.
        others: The other components by their label, at least one.

    Yields:
        ``(owner, "missing:", n)`` of the base; of each other ``"missing:label"``, and the extremes
        of its length less the base's, ``"min:label"`` and ``"max:label"``.

    Raises:
        DataError: The components do not lie in one struct.
    """
    lists = {label: _lengths(examples, path) for label, path in {"": base, **others}.items()}
    if len({len(one.missing) for one in lists.values()}) > 1:
        names = ", ".join(repr(".".join(path)) for path in (base, *others.values()))
        raise DataError(
            f"The components of {'.'.join(owner)!r} do not stand beside each other: {names}.",
            expected="columns, or fields of one struct",
            fix="Correct the paths in the schema.",
        )
    taking = ~np.logical_and.reduce([one.missing for one in lists.values()])
    for label, (missing, lengths) in lists.items():
        yield owner, f"{MISSING}:{label}", int(np.count_nonzero(missing & taking))
        if label and taking.any():
            difference = (lengths - lists[""].lengths)[taking]
            yield owner, f"{SHORTEST}:{label}", int(difference.min())
            yield owner, f"{LONGEST}:{label}", int(difference.max())


def merging_of(name: str) -> Callable[[int, int], int]:
    """How two numbers of a name of `component_facts` become one."""
    kind = name.partition(":")[0]
    extremes: Mapping[str, Callable[[int, int], int]] = {SHORTEST: min, LONGEST: max}
    return extremes.get(kind, operator.add)


def _lengths(examples: Examples, path: FeaturePath) -> _Lengths:
    feature = examples.features.get(path)
    if feature is None:
        parent = examples.features.get(path[:-1])
        slots = examples.num_rows if len(path) == 1 else 0
        if parent is not None:
            slots = int(parent.value_counts.sum())
        return _Lengths(np.ones(slots, np.bool_), np.zeros(slots, np.int64))
    outermost = feature.levels[0]
    missing = outermost.missing
    if missing is None:
        missing = np.zeros(outermost.slots, np.bool_)
    return _Lengths(missing, outermost.lengths)
