"""How much a term tells about a label: mutual information of presence and label, in bits.

Formulas only, over arrays of counts (or sums of weights) that are known already. As in TFT, a
term's information is not divided by the number of rows, which makes it comparable to a count,
and a share of 0 or 1 is taken as ``1e-6`` away from it.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

__all__ = ["expected_information", "recommended_min_diff", "term_information"]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_CLIP = 1e-6
_BLOCK_CELLS = 1 << 20
_BLOCK_POINTS = 1 << 15
# Beyond so many standard deviations (and a constant for small means) the hypergeometric
# probabilities add up to less than 1e-35, by Bernstein's inequality.
_DEVIATIONS, _MARGIN = 40, 60
_MOST_POINTS = 1 << 16
_ALMOST_NONE = -1 + 2.0**-53


def term_information(
    terms: Array,
    labels: Array,
    joint: tuple[Array, Array, Array],
    rows: float,
    min_diff: float,
    adjusted: bool,
) -> Array:
    """The information of each term about the label.

    ``Σ_j n_ij (log2 n_ij + log2 n - log2 x_i - log2 y_j)`` over the labels; adjusted, less its
    expectation under independence (Vinh, Epps and Bailey, "Information theoretic measures for
    clusterings comparison", 2009).

    Args:
        terms: ``x_i``, how often each term occurs.
        labels: ``y_j``, how many rows have each label.
        joint: Term, label and ``n_ij`` of each pair that occurs.
        rows: ``n``, how many rows there are.
        min_diff: Cells whose ``n_ij`` is less than this away from ``x_i y_j / n`` are left out.
        adjusted: Whether to subtract what chance gives.

    Returns:
        float64 per term; 0 for a term that occurs in every row, and where nothing is known.
    """
    result = np.zeros(len(terms))
    if rows <= 0:
        return result
    block = max(1, _BLOCK_CELLS // max(1, len(labels)))
    which, label, together = joint
    order = np.argsort(which, kind="stable")
    which, label, together = which[order], label[order], together[order]
    for start in range(0, len(terms), block):
        x = terms[start : start + block, None]
        low, high = np.searchsorted(which, [start, start + block])
        counts = np.zeros((len(x), len(labels)))
        counts[which[low:high] - start, label[low:high]] = together[low:high]
        tells = (x[:, 0] > 0) & (np.rint(x[:, 0]) != np.rint(rows))
        result[start : start + block][tells] = _information(
            x[tells], labels, counts[tells], rows, min_diff, adjusted
        )
    return result


def recommended_min_diff(rows: float) -> int:
    """TFT's default of ``min_diff_from_avg``: from 2 up to 10,000 rows to 25 from a million on."""
    return int(min(25, max(2, (rows - 10_000) / 990_000 * 23 + 2)))


def expected_information(rows: float, x: Array, y: Array) -> Array:
    """The mean of ``k (log2 k + log2 n - log2 x - log2 y)``, k hypergeometric, for each x and y.

    k is how often a term that occurs x times meets a label that occurs y times among n rows
    when they are independent. Weights need not be whole numbers.

    Args:
        rows: ``n``.
        x: float64, how often each term occurs.
        y: float64 of the same length, how often the label beside it occurs.

    Returns:
        float64 of the same length; 0 where x or y is.

    Example:
        >>> expected_information(2.0, np.array([1.0, 1.0]), np.array([1.0, 0.0])).tolist()
        [0.5, 0.0]
    """
    result = np.zeros(len(x))
    (known,) = np.nonzero((x > 0) & (y > 0))
    x, y = x[known], y[known]
    # Halves go up, as in TFT: with weights, the range of whole k is a matter of definition.
    first = np.floor(np.maximum(0.0, x + y - rows) + 0.5)
    last = np.floor(np.minimum(x, y) + 0.5)
    mean = x * y / rows
    deviation = np.sqrt(mean * np.maximum(0.0, (1 - x / rows) * (1 - y / rows)))
    spread = _DEVIATIONS * deviation + _MARGIN
    low = np.maximum(first, np.floor(mean - spread))
    high = np.minimum(last, np.ceil(mean + spread))
    # Where very many counts are likely, a part of them at equal distances stands for all.
    stride = np.maximum(1.0, np.ceil((high - low) / _MOST_POINTS))
    points = np.maximum(np.ceil((high + 1 - low) / stride), 0).astype(np.int64)
    columns = np.stack([x, y, mean, low, stride])
    # Those of equally many counts are computed together, the sums of each by itself.
    by_points = np.argsort(points, kind="stable")
    ends = np.cumsum(np.bincount(points))
    for size in np.unique(points[points > 0]).tolist():
        block = max(1, _BLOCK_POINTS // size)
        for start in range(int(ends[size - 1]), int(ends[size]), block):
            here = by_points[start : min(start + block, int(ends[size]))]
            result[known[here]] = _mean_information(rows, columns[:, here, None], size)
    return result


def _mean_information(rows: float, columns: Array, points: int) -> Array:
    """See `expected_information`; of each x and y its mean, first count and distance are known."""
    x, y, mean, low, stride = columns
    k = low + stride * np.arange(points)
    at = k[:, :-1] + (stride - 1) / 2
    steps = (x - at) * (y - at) / ((at + 1) * (rows - x - y + at + 1))
    logs = np.zeros(k.shape)
    np.cumsum(stride * np.log(steps), axis=1, out=logs[:, 1:])
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    # k log(k / mean) is k - mean and something small. The former is 0 on average, but what is
    # left of it is of weight where weights are no whole numbers and k is small.
    off = (k - mean) / mean
    small = mean * ((1 + off) * np.log1p(np.maximum(off, _ALMOST_NONE)) - off)
    linear = np.where(stride[:, 0] == 1, np.sum((k - mean) * chances, axis=1), 0.0)
    return np.asarray((np.sum(small * chances, axis=1) + linear) / math.log(2))


def _information(
    x: Array, labels: Array, counts: Array, rows: float, min_diff: float, adjusted: bool
) -> Array:
    present = np.clip(counts / x, _CLIP, 1 - _CLIP) * x
    counted = (np.abs(x * labels / rows - present) >= min_diff) & (labels > 0)
    y = np.where(labels > 0, labels, 1.0)
    cells = present * ((np.log2(present) + np.log2(rows)) - (np.log2(x) + np.log2(y)))
    cells = _summed(np.where(counted, cells, 0.0))
    if not adjusted:
        return cells
    sizes, code = np.unique(x[:, 0], return_inverse=True)
    asked = np.zeros((len(sizes), len(labels)), np.bool_)
    term, label = np.nonzero(counted)
    asked[code[term], label] = True
    size, label = np.nonzero(asked)
    expected = np.zeros(asked.shape)
    expected[size, label] = expected_information(rows, sizes[size], labels[label])
    return cells - _summed(np.where(counted, expected[code], 0.0))


def _summed(cells: Array) -> Array:
    """Sums over labels that do not depend on the labels' order, so that equal terms tie."""
    ordered = np.sort(cells, axis=1)
    total = np.zeros(len(cells))
    for column in ordered.T:
        total += column
    return total
