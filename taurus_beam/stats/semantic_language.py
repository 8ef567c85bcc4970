"""Whether strings are natural language, by the number and the length of their words.

TFDV's heuristic, computed by Arrow for all distinct values of a batch at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow.compute as pc

from taurus_beam.stats.custom import custom_stat
from taurus_beam.stats.feature_column import Mask
from taurus_beam.stats.semantic import (
    UNFIT,
    CountedValues,
    DomainStatsGenerator,
    check_thresholds,
)

__all__ = ["NLDomainInferringStatsGenerator", "reads_as_language"]

_LOOKED_AT = 100
_LEAST_WORDS = 3
_LEAST_MEAN, _MOST_MEAN = 2.5, 8


@dataclass(frozen=True)
class NLDomainInferringStatsGenerator(DomainStatsGenerator):
    """Recognises natural language (see `reads_as_language`).

    Tells ``domain_info`` (``natural_language_domain {}``) and ``natural_language_match_rate``.

    Args:
        match_ratio: The share of values that must read as language, above 0.
        values_threshold: How many values there must be.
    """

    domain: ClassVar[str] = "language"

    match_ratio: float = 0.8
    values_threshold: int = 100

    def __post_init__(self) -> None:
        check_thresholds("NLDomainInferringStatsGenerator", self.match_ratio, self.values_threshold)

    def count_values(self, values: CountedValues) -> Mapping[str, int]:
        """How many values there are and how many read as language."""
        text = values.text()
        if text is None:
            return {UNFIT: 1} if values.total else {}
        return {"matched": values.count(reads_as_language(text)), "considered": values.total}

    def custom_stats(self, facts: Mapping[str, int]) -> Iterator[Any]:
        """The domain and the share of values that match."""
        considered = facts["considered"]
        if facts[UNFIT] or considered < self.values_threshold:
            return
        ratio = facts["matched"] / considered
        if ratio >= self.match_ratio:
            yield custom_stat("domain_info", "natural_language_domain {}")
            yield custom_stat("natural_language_match_rate", ratio)


def reads_as_language(text: Any) -> Mask:
    """Whether strings have at least 3 words of 2.5 to 8 characters on average.

    Only the first 100 characters of a string are looked at; words are what white space parts.

    Args:
        text: Arrow array of strings without nulls.

    Example:
        >>> import pyarrow as pa
        >>> reads_as_language(pa.array(["the quick brown fox", "a b c", "word"])).tolist()
        [True, False, False]
    """
    shown = pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(text, 0, _LOOKED_AT))
    words = pc.utf8_split_whitespace(shown)
    number = pc.list_value_length(words).to_numpy(zero_copy_only=False).astype(np.int64)
    lengths = pc.utf8_length(words.flatten()).to_numpy(zero_copy_only=False)
    ends = np.cumsum(number)
    sums = np.append(0, np.cumsum(lengths, dtype=np.int64))
    letters = sums[ends] - sums[ends - number]
    long_enough = (letters >= _LEAST_MEAN * number) & (letters <= _MOST_MEAN * number)
    matching: Mask = (number >= _LEAST_WORDS) & long_enough
    return matching
