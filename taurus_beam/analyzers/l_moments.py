"""L-moments of a column: location, scale and shape from the order of the values.

Sample L-moments are sums over the sorted values (J. R. M. Hosking, "L-moments", JRSS B 52, 1990).
Here they are sums over the bins of a `BinSums` table, which knows each bin's ranks and mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from taurus_beam.analyzers.bin_sums import BinSums
from taurus_beam.analyzers.binned import bin_means

__all__ = ["LMoments", "l_moments"]


@dataclass(frozen=True)
class LMoments:
    """The first four sample L-moments; 0 where the values are too few to have them."""

    mean: float = 0.0
    scale: float = 0.0
    third: float = 0.0
    fourth: float = 0.0


def l_moments(bins: BinSums) -> LMoments:
    """The sample L-moments of the values in some bins.

    Exact up to float64 rounding where each bin holds one distinct value, that is up to
    ``capacity`` distinct values in each power-of-two range. In a wider bin the values are taken as
    equally spaced about their exact mean, from its least to its greatest. Of n values in a bin of
    width w that moves a moment by at most ``n w`` times the share of the rows that it holds; with
    8,192 bins an octave, by about 1e-7 of the values' size.

    Example:
        >>> from taurus_beam.analyzers.binned import binned_values
        >>> moments = l_moments(binned_values(np.array([1.0, 2.0, 4.0, 9.0])))
        >>> moments.mean, round(moments.scale, 12)
        (4.0, 2.166666666667)
    """
    counts = bins.counts.astype(np.float64)
    rows = int(bins.counts.sum())
    if not rows:
        return LMoments()
    means = bin_means(bins)
    # Only differences count beyond the first moment, and the median's keep their digits.
    ends = np.cumsum(bins.counts)
    centre = means[np.searchsorted(ends, rows // 2, side="right")]
    offsets = means - centre
    shares = counts / rows
    mean = float(centre + np.sum(shares * offsets))
    # Position u of a value of rank i among n, from -(n - 1) to n - 1 in steps of 2; over a bin,
    # its mean and its variance.
    middle = (2 * (ends - bins.counts) + bins.counts - rows).astype(np.float64)
    within = (counts * counts - 1) / 3
    widths = bins.maxs.astype(np.float64) - bins.mins.astype(np.float64)
    # Of equally spaced values, the covariance with u is the width times this.
    slopes = (counts + 1) / 6

    def moment(polynomial: Any, derivative: Any, degree: int) -> float:
        if rows < degree + 1:
            return 0.0
        divisor = float(np.prod([rows - k for k in range(1, degree + 1)], dtype=np.float64))
        return float(
            np.sum(shares * (offsets * polynomial + widths * slopes * derivative)) / divisor
        )

    size = float(rows)
    square = middle * middle
    return LMoments(
        mean,
        moment(middle, 1.0, 1),
        moment((3 * (square + within) - (size * size - 1)) / 2, 3 * middle, 2),
        moment(
            middle * (5 * (square + 3 * within) - (3 * size * size - 7)) / 2,
            (15 * square - (3 * size * size - 7)) / 2,
            3,
        ),
    )
