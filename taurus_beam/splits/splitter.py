"""What every way to split has in common: names, checks, and how a batch's rows are assigned.

A splitter is data, not code: a frozen dataclass whose fields can be written down as JSON. Those
that must see all data first say in how many passes; what passes find is the splitter's plan.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from taurus_beam.errors import DataError, EngineError
from taurus_beam.graph.term_hash import Hashes
from taurus_beam.graph.threads import in_threads, thread_count
from taurus_beam.splits.keys import content_hashes, key_hashes, mixed
from taurus_beam.splits.ratios import DROP, ERROR
from taurus_beam.stats.feature_column import Mask

__all__ = [
    "DROPPED",
    "GAP",
    "NOT_CHOSEN",
    "NO_KEY",
    "Assigned",
    "Codes",
    "Splitter",
    "check_missing",
    "check_seed",
    "checked_splitter",
    "columns_of",
    "cuts_reached",
    "learned",
    "row_hashes_of",
    "with_missing",
]

Codes = npt.NDArray[np.int16]

NO_KEY, GAP, NOT_CHOSEN = -1, -2, -3
DROPPED = {NO_KEY: "without a key", GAP: "in the gap", NOT_CHOSEN: "not chosen"}
"""Why a row is in no split, by the code it has instead of a split's number."""
_LARGEST_SEED = 2**63
_MOST_COMPARED = 100
"""Cuts; all values are compared with so many as fast as each finds its place among more."""


@dataclass(frozen=True, eq=False)
class Assigned:
    """Where the rows of a batch go.

    Attributes:
        codes: For each row the position of its split among the names, or a code of `DROPPED`.
        lacking: Which rows have no key (or time), wherever they went.
    """

    codes: Codes
    lacking: Mask


class Splitter(abc.ABC):
    """One way to part rows.

    Attributes:
        kind: What it is called in a configuration.
        passes: How often the data are looked at before rows can be assigned.
    """

    kind: ClassVar[str]
    passes: ClassVar[int] = 0

    @property
    @abc.abstractmethod
    def names(self) -> tuple[str, ...]:
        """The names of the splits, in their order."""

    @property
    @abc.abstractmethod
    def columns(self) -> tuple[str, ...] | None:
        """The columns that decide; None where all do."""

    @property
    def needs_identities(self) -> bool:
        """Whether equal rows have to be told apart, which takes all of them together."""
        return False

    @abc.abstractmethod
    def check(self, schema: Any) -> None:
        """Refuses data that cannot be split so, before any are read.

        Raises:
            DataError: A column is missing or of a type that does not serve.
        """

    @abc.abstractmethod
    def assign(self, batch: Any, identity: Hashes | None, plan: Any) -> Assigned:
        """Where the rows of a batch go.

        Args:
            batch: A record batch.
            identity: What tells each row from all others, where `needs_identities`.
            plan: What the passes found; None where there are none.

        Raises:
            DataError: A row has a value that does not serve, or none where there has to be one.
        """

    def survey(self, batch: Any, identity: Hashes | None, plan: Any) -> Any:
        """What a pass takes from a batch, given what the passes before it found."""
        raise NotImplementedError

    def merged(self, states: Iterable[Any]) -> Any:
        """What a pass took from several batches; of none, what it takes from no rows."""
        raise NotImplementedError

    def learn(self, state: Any, plan: Any) -> Any:
        """The plan after a pass."""
        raise NotImplementedError

    def record(self, plan: Any, schema: Any) -> dict[str, Any]:
        """What a plan says, as JSON data: with it the split can be made again row by row."""
        return {}


def learned(splitter: Splitter, batches: Callable[[], Iterable[tuple[Any, Hashes | None]]]) -> Any:
    """The plan of a splitter for data in memory, None where it needs none.

    Args:
        splitter: Whose plan.
        batches: Gives batches and identities anew for each pass.
    """
    plan = None
    for _ in range(splitter.passes):

        def survey(given: tuple[Any, Hashes | None], known: Any = plan) -> Any:
            return splitter.survey(*given, known)

        found = in_threads(survey, list(batches()), thread_count())
        plan = splitter.learn(splitter.merged(found), plan)
    return plan


def checked_splitter(splitter: Any) -> Splitter:
    """A splitter, known to be one.

    Raises:
        EngineError: It is something else.
    """
    if not isinstance(splitter, Splitter):
        raise EngineError(
            f"A {type(splitter).__name__} is no splitter.",
            expected='such as tb.SplitByHash({"train": 0.8, "test": 0.2}, key="user")',
            fix="Of JSON data, make one by tb.splitter_from_json.",
        )
    return splitter


def columns_of(columns: str | Sequence[str], what: str, least: int = 0) -> tuple[str, ...]:
    """Names of columns as they are kept: one may be given by itself.

    Raises:
        EngineError: They are no names, or too few.
    """
    found = (columns,) if isinstance(columns, str) else tuple(columns)
    if not all(isinstance(name, str) and name for name in found) or len({*found}) < len(found):
        raise EngineError(f"The {what} is {columns!r}.", expected="names of columns, each once")
    if len(found) < least:
        raise EngineError(f"There is no {what}.", expected="the name of a column, or several")
    return found


def check_seed(seed: Any) -> None:
    """Refuses what is no seed.

    Raises:
        EngineError: It is no integer from 0 to 2**63 - 1.
    """
    if type(seed) is not int or not 0 <= seed < _LARGEST_SEED:
        raise EngineError(f"The seed is {seed!r}.", expected="an integer from 0 to 2**63 - 1")


def check_missing(missing: Any, names: Sequence[str]) -> None:
    """Refuses a word for rows without a key that says nothing.

    Raises:
        EngineError: It is neither a split, nor "drop" or "error".
    """
    if missing is not None and missing not in (*names, DROP, ERROR):
        raise EngineError(
            f"Rows without a key are to go to {missing!r}.",
            expected=f'one of: {", ".join(names)}, or "drop" or "error"',
        )


def row_hashes_of(
    batch: Any, key: Sequence[str], seed: int, identity: Hashes | None
) -> tuple[Hashes, Mask]:
    """The hash that decides for each row, and which rows have one.

    By the key where there is one; else by identity where it is given, and by content where not.
    """
    if key:
        hashes, known = key_hashes(batch, key)
    else:
        hashes = content_hashes(batch) if identity is None else identity
        known = np.ones(batch.num_rows, np.bool_)
    return mixed(hashes, seed), known


def with_missing(
    codes: npt.NDArray[Any], known: Mask, missing: str | None, names: Sequence[str], what: str
) -> Assigned:
    """The codes of rows with a key, and of the others what is asked for.

    Raises:
        DataError: There are rows without a key, and that is an error.
    """
    lacking = ~known
    codes = codes.astype(np.int16)
    if known.all():
        return Assigned(codes, lacking)
    if missing == ERROR:
        raise DataError(
            f"{int(lacking.sum())} rows of a batch of {len(known)} have no {what}.",
            expected=f"a {what} in every row, as missing is {ERROR!r}",
            fix=f"Correct the data, or say where such rows go: missing={DROP!r} or a split.",
        )
    place = NO_KEY if missing == DROP else names.index(missing) if missing else 0
    np.copyto(codes, place, where=lacking)
    return Assigned(codes, lacking)


def cuts_reached(cuts: npt.NDArray[Any], values: npt.NDArray[Any]) -> Codes:
    """How many of the cuts, which ascend, each value reaches.

    Example:
        >>> cuts_reached(np.array([2, 4]), np.array([1, 2, 3, 4]))
        array([0, 1, 1, 2], dtype=int16)
    """
    if len(cuts) > _MOST_COMPARED:
        return np.searchsorted(cuts, values, side="right").astype(np.int16)
    reached = np.zeros(len(values), np.int16)
    for cut in cuts:
        reached += values >= cut
    return reached
