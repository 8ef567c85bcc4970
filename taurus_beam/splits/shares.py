"""What splits of given ratios have in common, and what folds have: their names and shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from taurus_beam.splits.ratios import exact_ratios, fold_names
from taurus_beam.splits.splitter import Splitter, check_missing, check_seed, columns_of

__all__ = ["InFolds", "InRatios", "Shared"]

_COLUMNS = ("group", "stratum", "key")


class Shared(Splitter):
    """Rows shared out by fractions that sum to 1."""

    seed: int
    missing: str | None

    @property
    def shares(self) -> Sequence[Fraction]:
        """The exact share of each split."""
        raise NotImplementedError

    def settle(self, required: str = "") -> None:
        """Brings the fields to the form in which they are kept.

        Args:
            required: The field that has to name a column.

        Raises:
            EngineError: One cannot be meant.
        """
        for name in _COLUMNS:
            if hasattr(self, name):
                found = columns_of(getattr(self, name), name, least=int(name == required))
                object.__setattr__(self, name, found)
        check_seed(self.seed)
        check_missing(self.missing, self.names)


class InRatios(Shared):
    """Splits that have names and ratios."""

    ratios: Mapping[str, float]

    def settle(self, required: str = "") -> None:
        exact_ratios(self.ratios)
        object.__setattr__(self, "ratios", dict(self.ratios))
        super().settle(required)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.ratios)

    @cached_property
    def shares(self) -> Sequence[Fraction]:
        return exact_ratios(self.ratios)


class InFolds(Shared):
    """So many splits of equal shares."""

    folds: int

    @property
    def names(self) -> tuple[str, ...]:
        return fold_names(self.folds)

    @property
    def shares(self) -> Sequence[Fraction]:
        return [Fraction(1, self.folds)] * self.folds
