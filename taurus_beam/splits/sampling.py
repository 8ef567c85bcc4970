"""Samples by the hash of a row: of a rate, or of an exact size, weighted and by stratum.

A sampler is a splitter with one split, `sample`; the other rows are not chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from taurus_beam.errors import DataError, EngineError
from taurus_beam.graph.term_hash import Hashes
from taurus_beam.serving.frames import no_rows
from taurus_beam.splits.keys import check_columns, column_of, stratum_label
from taurus_beam.splits.ranked import Ordered, Ranked
from taurus_beam.splits.ranks import Cuts, Strata
from taurus_beam.splits.splitter import (
    NO_KEY,
    NOT_CHOSEN,
    Assigned,
    Splitter,
    check_seed,
    columns_of,
    row_hashes_of,
)
from taurus_beam.stats.feature_column import Mask

__all__ = ["SampleRate", "SampleSize"]

Weights = npt.NDArray[np.float64]

_SAMPLE = "sample"
_TOP_BITS = np.uint64(11)


class _Sampler(Splitter):
    stratum: str | tuple[str, ...]
    weight: str | None
    key: str | tuple[str, ...]
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        return (_SAMPLE,)

    @property
    def columns(self) -> tuple[str, ...] | None:
        if not self.key:
            return None
        return (*self.stratum, *self.key, *([self.weight] if self.weight else []))

    @property
    def needs_identities(self) -> bool:
        return not self.key

    def check(self, schema: Any) -> None:
        check_columns(schema, tuple(self.stratum), "stratum")
        check_columns(schema, tuple(self.key), "key")
        if self.weight:
            _weights(no_rows(schema), self.weight)

    def _hashes(self, batch: Any, identity: Hashes | None) -> tuple[Hashes, Mask]:
        return row_hashes_of(batch, tuple(self.key), self.seed, identity)

    def _check_common(self) -> None:
        object.__setattr__(self, "stratum", columns_of(self.stratum, "stratum"))
        object.__setattr__(self, "key", columns_of(self.key, "key"))
        if self.weight is not None:
            columns_of(self.weight, "weight", least=1)
        check_seed(self.seed)


@dataclass(frozen=True)
class SampleRate(_Sampler):
    """Each row by itself with a probability: a Bernoulli sample, or with weights a Poisson one.

    A row is chosen if its hash is among that share of all hashes, so a smaller rate chooses a
    part of what a larger one does, and new rows change nothing about old ones.

    Args:
        rate: The probability of a row, from 0 to 1.
        rates: The probability in single strata, by label (of several columns, joined by ", "; of
            a missing value, "(missing)"), to take less of frequent ones.
        stratum: The column or columns of the strata, where there are ``rates``.
        weight: A column whose number multiplies a row's probability, up to 1. A row without it is
            dropped.
        key: What is chosen: rows of equal keys are chosen together, and rows without one are
            dropped. None chooses each row by itself, by all it holds and its number among equal
            rows, which takes a shuffle of all rows.
        seed: Another one gives another sample; 0 to 2**63 - 1.

    Raises:
        EngineError: A rate is none, or there are rates without a stratum.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> data = pa.table({"id": range(1000), "spam": [n % 10 == 0 for n in range(1000)]})
        >>> less = tb.SampleRate(1.0, rates={"false": 0.1}, stratum="spam", key="id")
        >>> tb.split_table(data, less)["sample"]["spam"].value_counts().to_pylist()
        [{'values': True, 'counts': 100}, {'values': False, 'counts': 74}]
    """

    kind = "sample_rate"
    rate: float
    rates: Mapping[str, float] = field(default_factory=dict)
    stratum: str | tuple[str, ...] = ()
    weight: str | None = None
    key: str | tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", dict(self.rates))
        for rate in (self.rate, *self.rates.values()):
            if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
                raise EngineError(f"A rate is {rate!r}.", expected="a number from 0 to 1")
        self._check_common()
        if bool(self.rates) != bool(self.stratum):
            raise EngineError(
                "Rates of strata and a stratum go together.",
                expected='both, such as rates={"no": 0.1}, stratum="label", or none of them',
            )

    def assign(self, batch: Any, identity: Hashes | None, plan: Any) -> Assigned:
        hashes, known = self._hashes(batch, identity)
        rates = self._rates(batch)
        if self.weight:
            weights, weighed = _weights(batch, self.weight)
            rates, known = rates * weights, known & weighed
        codes = np.where(_uniform(hashes) < rates, 0, NOT_CHOSEN)
        return Assigned(np.where(known, codes, NO_KEY).astype(np.int16), ~known)

    def _rates(self, batch: Any) -> Weights:
        if not self.rates:
            return np.full(batch.num_rows, float(self.rate))
        strata = Strata.of(batch, tuple(self.stratum))
        labels = [stratum_label(text) for text in strata.texts]
        rates = np.array([self.rates.get(label, self.rate) for label in labels], np.float64)
        of_row: Weights = rates[strata.codes]
        return of_row


@dataclass(frozen=True)
class SampleSize(_Sampler, Ranked):
    """Exactly so many rows, each set of them as likely as any other, or by weight.

    With weights: the rows of the lowest ``-ln(u) / weight``, where u comes of the row's hash; so
    rows are as if drawn one after another without replacement, each time in proportion to the
    weights (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006). A
    smaller sample is a part of a larger one. It takes two passes, and bounded memory for any size.

    Args:
        size: How many rows; all, where there are fewer. With a stratum, how many of each.
        stratum: The column or columns of the strata to take equally many rows of. (For all
            strata in proportion, take a split of `SplitByStratum`.)
        weight: A column of numbers from 0 on. A row of weight 0 is never chosen, one without a
            weight is dropped.
        key: What tells rows apart, as for `SplitByStratum`; rows of equal keys are chosen
            together, where there is no weight, and then the sample may be smaller by those that
            no longer fit.
        seed: Another one gives another sample; 0 to 2**63 - 1.

    Raises:
        EngineError: The size is no number of rows.
        DataError: A weight is negative or not finite.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> data = pa.table({"id": range(1000), "w": [1.0] * 990 + [1e6] * 10})
        >>> sample = tb.split_table(data, tb.SampleSize(12, weight="w", key="id"))["sample"]
        >>> sample.num_rows, sum(n >= 990 for n in sample["id"].to_pylist())
        (12, 10)
    """

    kind = "sample_size"
    size: int
    stratum: str | tuple[str, ...] = ()
    weight: str | None = None
    key: str | tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if type(self.size) is not int or self.size < 0:
            raise EngineError(f"The size is {self.size!r}.", expected="an integer from 0 on")
        self._check_common()

    def ordered(self, batch: Any, identity: Hashes | None) -> Ordered:
        strata = Strata.of(batch, tuple(self.stratum))
        values, known = self._hashes(batch, identity)
        if self.weight:
            weights, weighed = _weights(batch, self.weight)
            known = known & weighed & (weights > 0)
            with np.errstate(divide="ignore", over="ignore"):
                # The bits of floats above zero are in the order of the floats.
                values = (-np.log(_uniform(values)) / weights).view(np.uint64)
        return Ordered(strata, values, known)

    def ranks(self, counts: Mapping[bytes, int]) -> Mapping[bytes, Sequence[int]]:
        return {text: [self.size] for text in counts}

    def assign(self, batch: Any, identity: Hashes | None, plan: Cuts) -> Assigned:
        ordered = self.ordered(batch, identity)
        chosen = (ordered.places(plan) == 0) & ordered.known
        _, lacking = self._hashes(batch, identity)
        lacking = ~lacking
        if self.weight:
            lacking |= ~_weights(batch, self.weight)[1]
        codes = np.where(chosen, 0, np.where(lacking, NO_KEY, NOT_CHOSEN))
        return Assigned(codes.astype(np.int16), lacking)


def _uniform(hashes: Hashes) -> Weights:
    """Numbers between 0 and 1, neither included, of the leading 53 bits."""
    return ((hashes >> _TOP_BITS).astype(np.float64) + 0.5) * 2.0**-53


def _weights(batch: Any, name: str) -> tuple[Weights, Mask]:
    """The weight of each row, and which rows have one.

    Raises:
        DataError: The column has other values than numbers from 0 on.
    """
    column = column_of(batch, name)
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise DataError(
            f"The weight: column {name!r} is {column.type}.", expected="a column of numbers"
        )
    weights = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    known = ~np.isnan(weights)
    weights = np.where(known, weights, 0.0)
    if (weights < 0).any() or np.isinf(weights).any():
        bad = weights[(weights < 0) | np.isinf(weights)][0]
        raise DataError(
            f"The weight: column {name!r} has the value {bad!r}.",
            expected="numbers from 0 on, or missing ones",
            fix="Correct the data.",
        )
    return weights, known
