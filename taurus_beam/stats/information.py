"""How much one variable tells about another, in bits, each discrete or a point in space.

Arrays of numbers only: where they come from and what a missing value is, is decided before. The
estimates by nearest neighbours compare every two rows, so time grows with the square of the rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.term_information import expected_information
from taurus_beam.graph.term_hash import hash_term, hash_terms
from taurus_beam.stats.feature_column import Array

__all__ = ["NEIGHBOURS", "Points", "adjusted_information", "information"]

NEIGHBOURS = 3
"""How many nearest neighbours an estimate looks at; results hardly depend on it."""

_EULER = 0.57721566490153286061
# Few enough for a core's cache: every coordinate goes over all cells of a block.
_BLOCK_CELLS = 1 << 16
_NOISE = 1e-10
# Missing numbers stand farther off than this from all others, in standard deviations.
_FAR = 10.0


@dataclass(frozen=True, eq=False)
class Points:
    """Rows as points of a space in which all coordinates have a standard deviation of 1.

    Attributes:
        coordinates: float64, shape ``(n, d)``; d is 0 where all rows are alike.
    """

    coordinates: Array

    @staticmethod
    def of(columns: Array, seed: int) -> Points:
        """Points from numbers, NaN where they are missing.

        Args:
            columns: float64, shape ``(n, d)``, n > 0; finite or NaN.
            seed: Equal numbers are told apart by noise of 1e-10 standard deviations, which this
                decides.

        A missing number stands far away from all others; missing numbers are near each other.
        Columns of one value tell nothing and become no coordinate.
        """
        kept = [column for column in columns.T if np.unique(column).size > 1]
        if not kept:
            return Points(np.zeros((len(columns), 0)))
        scaled = np.stack([_scaled(column) for column in kept], axis=1)
        noise = _uniform(scaled.size, seed).reshape(scaled.shape) * 2 - 1
        sizes = np.maximum(1, np.abs(scaled).mean(axis=0))
        return Points(scaled + _NOISE * sizes * noise)

    def take(self, rows: Array) -> Points:
        """Some of the points."""
        return Points(self.coordinates[rows])


Variable: TypeAlias = "Points | Array"
"""Points, or for something discrete the integer code of each row."""


def information(x: Variable, y: Variable) -> float:
    """The mutual information of two variables over the same rows, in bits, at least 0.

    Both discrete: exact, of the distribution of the rows. Both points: Kraskov, Stögbauer and
    Grassberger, "Estimating mutual information" (2004), second estimator. Points and something
    discrete: Ross, "Mutual information between discrete and continuous data sets" (2014); codes of
    one row take no part, and where there are no others the result is 0.

    Example:
        >>> codes = np.array([0, 0, 1, 1])
        >>> information(codes, codes), information(codes, np.array([0, 1, 0, 1]))
        (1.0, 0.0)
    """
    if isinstance(x, Points):
        bits = _of_points(x, y) if isinstance(y, Points) else _of_mixed(x, y)
    elif isinstance(y, Points):
        bits = _of_mixed(y, x)
    else:
        bits = _of_codes(x, y)
    return max(0.0, bits)


def adjusted_information(x: Variable, y: Variable, seed: int) -> float:
    """Mutual information beyond what variables of this kind show by chance, in bits, at least 0.

    What chance gives is, of two discrete variables, the exact expectation over all orders of the
    rows of one (Vinh, Epps and Bailey, 2009); else the estimate for an order that ``seed`` decides.

    Example:
        >>> codes = np.array([0, 0, 1, 1])
        >>> round(adjusted_information(codes, codes, seed=1), 4)
        0.6667
    """
    if not isinstance(x, Points) and not isinstance(y, Points):
        return max(0.0, information(x, y) - _expected(x, y))
    order = np.argsort(_uniform(_size(x), seed), kind="stable")
    shuffled = x.take(order) if isinstance(x, Points) else x[order]
    return max(0.0, information(x, y) - information(shuffled, y))


def _size(x: Variable) -> int:
    return len(x.coordinates if isinstance(x, Points) else x)


def _of_codes(x: Array, y: Array) -> float:
    """``H(x) + H(y) - H(x, y)``."""
    _, x = np.unique(x, return_inverse=True)
    _, y = np.unique(y, return_inverse=True)
    both = x.astype(np.int64) * (int(y.max(initial=0)) + 1) + y
    return _entropy(x) + _entropy(y) - _entropy(both)


def _entropy(codes: Array) -> float:
    _, counts = np.unique(codes, return_counts=True)
    total = len(codes)
    # Sorted counts are summed alike, whatever the codes, so that H(x, x) - H(x) is 0.
    return math.fsum(count / total * math.log2(total / count) for count in np.sort(counts).tolist())


def _expected(x: Array, y: Array) -> float:
    """The mean mutual information of codes whose rows are put in any order."""
    total = len(x)
    (x_sizes, x_number), (y_sizes, y_number) = (
        np.unique(np.unique(codes, return_counts=True)[1], return_counts=True) for codes in (x, y)
    )
    shape = len(x_sizes), len(y_sizes)
    a, b = (
        np.broadcast_to(sizes, shape).ravel().astype(np.float64)
        for sizes in (x_sizes[:, None], y_sizes)
    )
    information = expected_information(total, a, b)
    return math.fsum(np.outer(x_number, y_number).ravel() * information) / total


def _of_points(x: Points, y: Points) -> float:
    """``ψ(k) + ψ(n) - 1/k - <ψ(n_x) + ψ(n_y)>``.

    n_x are the other points no farther off in x than the farthest, in x, of the k nearest in both.
    """
    size = _size(x)
    if size <= NEIGHBOURS or not (x.coordinates.size and y.coordinates.size):
        return 0.0
    near_x, near_y = np.empty(size, np.int64), np.empty(size, np.int64)
    for rows, in_x in _distances(x):
        in_y = _block(y, rows)
        joint = np.maximum(in_x, in_y)
        joint[np.arange(len(joint)), np.arange(rows.start, rows.stop)] = np.inf
        nearest = np.argpartition(joint, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
        for distances, near in ((in_x, near_x), (in_y, near_y)):
            radius = np.take_along_axis(distances, nearest, axis=1).max(axis=1)
            near[rows] = np.count_nonzero(distances <= radius[:, None], axis=1) - 1
    psi = _digamma(size)
    nats = psi[NEIGHBOURS] + psi[size] - 1 / NEIGHBOURS - np.mean(psi[near_x] + psi[near_y])
    return float(nats) / math.log(2)


def _of_mixed(x: Points, codes: Array) -> float:
    """``ψ(n) + <ψ(k)> - <ψ(n_code)> - <ψ(m)>``.

    m are the other points within the distance of the k-th nearest of the same code; k is less
    where a code has fewer.
    """
    _, codes, counts = np.unique(codes, return_inverse=True, return_counts=True)
    repeated = counts[codes] > 1
    if not (repeated.any() and x.coordinates.size):
        return 0.0
    x, codes = x.take(repeated), codes[repeated]
    size = len(codes)
    alike = counts[codes]
    neighbours = np.minimum(NEIGHBOURS, alike - 1)
    near = np.empty(size, np.int64)
    for rows, distances in _distances(x):
        others = np.where(codes[rows][:, None] == codes[None, :], distances, np.inf)
        others[np.arange(len(others)), np.arange(rows.start, rows.stop)] = np.inf
        nearest = np.sort(
            np.partition(others, min(NEIGHBOURS, size - 1) - 1, axis=1)[:, :NEIGHBOURS], axis=1
        )
        radius = np.take_along_axis(nearest, neighbours[rows][:, None] - 1, axis=1)
        near[rows] = np.count_nonzero(distances <= radius, axis=1) - 1
    psi = _digamma(size)
    nats = psi[size] + np.mean(psi[neighbours] - psi[alike] - psi[near])
    return float(nats) / math.log(2)


def _distances(x: Points) -> Iterator[tuple[slice, Array]]:
    """The distances of all points to all points, block by block."""
    size = _size(x)
    step = max(1, _BLOCK_CELLS // size)
    for start in range(0, size, step):
        rows = slice(start, min(start + step, size))
        yield rows, _block(x, rows)


def _block(x: Points, rows: slice) -> Array:
    """The largest difference in any coordinate of some of the points to all of them."""
    result = np.zeros((rows.stop - rows.start, _size(x)))
    differences = np.empty_like(result)
    own, others = (np.ascontiguousarray(c.T) for c in (x.coordinates[rows], x.coordinates))
    for mine, other in zip(own, others, strict=True):
        np.subtract(mine[:, None], other[None, :], out=differences)
        np.abs(differences, out=differences)
        np.maximum(result, differences, out=result)
    return result


def _digamma(size: int) -> Array:
    """ψ of 0 (which is never asked for) up to some integer."""
    harmonic = np.cumsum(1 / np.arange(1, size + 1))
    return np.concatenate([[-np.inf, 0.0], harmonic])[: size + 1] - _EULER


def _scaled(column: Array) -> Array:
    """A column with a standard deviation of 1, missing numbers far off; constant ones are 0."""
    known = ~np.isnan(column)
    numbers = column[known]
    if not numbers.size:
        return np.zeros(len(column))
    result = np.zeros(len(column))
    # Shares of the largest keep sums of the largest numbers finite.
    shares = numbers / max(float(np.abs(numbers).max()), np.finfo(np.float64).tiny)
    if shares.min() < shares.max():
        result[known] = (shares - shares.mean()) / shares.std(ddof=1)
    values = result[known]
    result[~known] = 2 * values.max() - values.min() + _FAR
    return result


def _uniform(size: int, seed: int) -> Array:
    """Numbers from 0 to 1 that are the same for a seed for ever, unlike those of NumPy."""
    first = np.uint64(hash_term(str(seed)))
    bits = hash_terms(pa.array(np.arange(size, dtype=np.uint64) + first))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
