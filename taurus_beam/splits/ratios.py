"""Ratios of splits: checked, as exact fractions, as cuts of the hashes, and as numbers of rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from taurus_beam.errors import EngineError
from taurus_beam.graph.term_hash import Hashes

__all__ = ["apportioned", "check_names", "cut_hashes", "exact_ratios", "fold_names"]

DROP, ERROR = "drop", "error"
_TOLERANCE = Fraction(1, 10**9)
_MOST_FOLDS = 1000


def check_names(names: Sequence[Any]) -> None:
    """Refuses names of splits that can be no folders, or mean something else.

    Raises:
        EngineError: Naming the first.
    """
    if not names:
        raise EngineError("There is no split.", expected="a name and a ratio for each split")
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]{0,99}", name, re.ASCII):
            raise EngineError(
                f"A split is named {name!r:.60}.",
                expected="letters, digits, _, - and ., such as train",
            )
        if name in (DROP, ERROR):
            raise EngineError(
                f"A split is named {name!r}, which says what becomes of rows without a key.",
                fix="Choose another name.",
            )


def exact_ratios(ratios: Mapping[str, Any]) -> tuple[Fraction, ...]:
    """The ratios as the decimals they were written as, made to sum to exactly 1.

    Raises:
        EngineError: One is not a number above 0, or they do not sum to 1.

    Example:
        >>> exact_ratios({"train": 0.8, "test": 0.2})
        (Fraction(4, 5), Fraction(1, 5))
    """
    if not isinstance(ratios, Mapping):
        raise EngineError(
            f"The ratios are a {type(ratios).__name__}.",
            expected='a dict, such as {"train": 0.8, "test": 0.2}',
        )
    check_names(list(ratios))
    exact = []
    for name, ratio in ratios.items():
        if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not 0 < ratio <= 1:
            raise EngineError(
                f"The ratio of split {name!r} is {ratio!r}.", expected="a number above 0, up to 1"
            )
        exact.append(Fraction(repr(float(ratio))))
    total = sum(exact, Fraction(0))
    if abs(total - 1) > _TOLERANCE:
        raise EngineError(
            f"The ratios sum to {float(total):.9g}.",
            where=", ".join(f"{name}: {ratio}" for name, ratio in ratios.items()),
            expected="1",
            fix="Change one of them.",
        )
    return tuple(ratio / total for ratio in exact)


def fold_names(folds: Any) -> tuple[str, ...]:
    """fold-0, fold-1 and so on.

    Raises:
        EngineError: There are fewer than two, or more than anybody can mean.
    """
    if type(folds) is not int or not 2 <= folds <= _MOST_FOLDS:
        raise EngineError(
            f"The number of folds is {folds!r}.", expected=f"an integer from 2 to {_MOST_FOLDS}"
        )
    width = len(str(folds - 1))
    return tuple(f"fold-{number:0{width}d}" for number in range(folds))


def cut_hashes(ratios: Sequence[Fraction]) -> Hashes:
    """Where one split's hashes end and the next one's begin; of n splits there are n - 1.

    A hash belongs to the first split whose cut is above it: ``floor(2**64 * (r0 + … + ri))``.

    Example:
        >>> cut_hashes([Fraction(1, 4), Fraction(3, 4)]) == 2**62
        array([ True])
    """
    reached, cuts = Fraction(0), []
    for ratio in ratios[:-1]:
        reached += ratio
        cuts.append(int(reached * 2**64))
    return np.array(cuts, np.uint64)


def apportioned(counts: Sequence[int], ratios: Sequence[Fraction]) -> list[list[int]]:
    """How many rows of each stratum each split gets, by largest remainders.

    Each number is one of the two integers about the stratum's exact share. What a split got less
    than its share in earlier strata adds to its remainder, so the totals fit the ratios too. Equal
    remainders go to the first split.

    Args:
        counts: Rows of each stratum.
        ratios: From `exact_ratios`.

    Example:
        >>> apportioned([3, 3], [Fraction(1, 2)] * 2)
        [[2, 1], [1, 2]]
    """
    owed = [Fraction(0)] * len(ratios)
    result = []
    for count in counts:
        shares = [count * ratio for ratio in ratios]
        sizes = [int(share) for share in shares]
        open_ones = [i for i, share in enumerate(shares) if share > sizes[i]]
        open_ones.sort(key=lambda i: (-(shares[i] - sizes[i] + owed[i]), i))
        for i in open_ones[: count - sum(sizes)]:
            sizes[i] += 1
        owed = [debt + share - size for debt, share, size in zip(owed, shares, sizes, strict=True)]
        result.append(sizes)
    return result
