"""Making a column normal: `scale_to_gaussian`, by the Tukey HH distribution that fits it.

The inverse of the distribution's function needs Lambert's W, which is computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.moments import float_name, mean, std
from taurus_beam.analyzers.tukey import tukey_h_params, tukey_location, tukey_scale
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise
from taurus_beam.transforms.scaled import array_rounding, scaled_dtype

__all__ = ["scale_to_gaussian"]


def scale_to_gaussian(x: Column, elementwise: bool = False, output_dtype: Any = None) -> Column:
    """Map a column to about a standard normal distribution, whatever its tails and skewness.

    A Tukey HH distribution is fitted by L-moments (see `tukey_h_params`) and inverted. Where it
    is the normal one, because the tails are no heavier than that, the result is the z-score
    (see `scale_to_z_score`), as in TFT.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        elementwise: True fits each position of a vector on its own.
        output_dtype: ``pa.float32()`` or ``pa.float64()``; by default float64 for float64
            columns and float32 for others.

    Returns:
        Floats of ``x``'s shape. Missing stays missing; NaN and ±inf take no part and stay what
        they are. A constant column gives ``x - mean``, one fitted on no values ``x`` itself, as
        in TFT. For how far results agree with TFT's see `tukey_location`.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 3.0, 4.0, 20.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"g": tb.scale_to_gaussian(i["x"])})
        >>> [round(g, 3) for g in out["g"].to_pylist()]
        [-1.227, -0.57, 0.157, 0.718, 2.059]
    """
    whole, wide = not elementwise, pa.float64()
    return apply(
        InverseTukey(float_name(output_dtype)),
        x,
        tukey_location(x, whole, wide),
        tukey_scale(x, whole, wide),
        *tukey_h_params(x, whole, wide),
        mean(x, whole, wide),
        std(x, whole, wide),
    )


@operation
@dataclass(frozen=True)
class InverseTukey(Elementwise):
    """The z of ``x = location + scale * z exp(h z² / 2)``, h by the side of the location.

    Where h is 0 on both sides, ``(x - mean) / deviation`` (``x - mean`` where that is 0).
    """

    name = "inverse_tukey"
    output_dtype: str | None

    def result(self, *dtypes: Any) -> Any:
        return scaled_dtype("scale_to_gaussian", dtypes[0], self.output_dtype)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        finish = array_rounding(self.result(*dtypes))

        def run(
            x: Any, location: Any, scale: Any, left: Any, right: Any, centre: Any, spread: Any
        ) -> Any:
            normal = (left == 0) & (right == 0)
            shifted = np.subtract(x, np.where(normal, centre, location), dtype=np.float64)
            scaled = shifted / np.where(normal, np.where(spread == 0, 1.0, spread), scale)
            return finish(_inverse(scaled, np.where(scaled < 0, left, right)))

        return run

    def scalar(self, *dtypes: Any) -> RowFunction:
        run = self.kernel(*dtypes)
        return lambda x, *parameters: run(
            np.array([x]), *(np.array([p]) for p in parameters)
        ).item()


_FLATTEST = 1e-8


def _inverse(y: Any, h: Any) -> Any:
    """The z of ``y = z exp(h z² / 2)``: ``sign(y) sqrt(W(h y²) / h)``."""
    size = np.abs(y)
    root = np.sqrt(h)
    t = size * root
    curved = (t > _FLATTEST) & np.isfinite(t)
    z = np.sqrt(_lambert_w_of_square(np.where(curved, t, 1.0))) / np.where(curved, root, 1.0)
    # Where W(t²) = t² - t⁴ to the last bit, z = y (1 - t² / 2) is y itself.
    return np.copysign(np.where(curved, z, size), y)


def _lambert_w_of_square(t: Any) -> Any:
    """``W(t²)`` for positive t, by a start within some percent and a quadratic iteration.

    R. Iacono and J. P. Boyd, "New approximations to the principal real-valued branch of the
    Lambert W-function", Advances in Computational Mathematics 43 (2017), equations 8 and 12.
    """
    # t² itself would overflow; far out, any start of the right size converges.
    start = np.log1p(np.square(np.minimum(t, 1e150)))
    w = start * (1 - np.log1p(start) / (2 + start))
    for _ in range(5):
        w = w / (1 + w) * (1 + (np.log(t / w) + np.log(t)))
    return w
