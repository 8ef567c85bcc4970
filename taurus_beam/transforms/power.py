"""Making a column more normal by a power: `power_transform`, Yeo-Johnson's or Box and Cox's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.analyzers.moments import float_name
from taurus_beam.analyzers.power_exponent import PowerMethod, power_exponent
from taurus_beam.errors import TraceError
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.operation import RowFunction, operation
from taurus_beam.transforms.elementwise import ArrayKernel, Elementwise
from taurus_beam.transforms.scaled import array_rounding, scaled_dtype
from taurus_beam.transforms.scaling import scale_to_z_score

__all__ = ["power_transform"]


def power_transform(
    x: Column,
    method: PowerMethod = "yeo-johnson",
    exponent: float | None = None,
    standardize: bool = True,
    elementwise: bool = False,
    output_dtype: Any = None,
) -> Column:
    """Raise values to the power λ that makes them most like a normal distribution.

    As scikit-learn's ``PowerTransformer``. Yeo-Johnson: ``((1 + x)^λ − 1) / λ`` from 0 on and
    ``−((1 − x)^(2 − λ) − 1) / (2 − λ)`` below; Box-Cox: ``(x^λ − 1) / λ``; logarithms where a
    power is 0.

    Args:
        x: Numeric column: scalars, vectors or ragged lists.
        method: ``"yeo-johnson"``, or ``"box-cox"`` for positive values.
        exponent: λ; by default fitted by maximum likelihood (see `power_exponent`).
        standardize: Whether to scale the result to z-scores, in one more pass.
        elementwise: True treats each position of a vector on its own.
        output_dtype: ``pa.float32()`` or ``pa.float64()``; by default float64 for float64
            columns and float32 for others.

    Returns:
        Floats of ``x``'s shape. Missing stays missing; NaN and ±inf take no part in fitting, NaN
        stays NaN. Box-Cox of a negative value that comes after fitting is NaN. A constant
        column, and one fitted on no values, has λ = 1.

    Raises:
        TraceError: If an argument is out of range.
        DataError: ``"box-cox"`` was fitted on a value that is not positive.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 4.0, 8.0, 16.0]})
        >>> out, _ = tb.fit_transform(table, lambda i: {"p": tb.power_transform(i["x"], "box-cox")})
        >>> [round(p, 3) + 0.0 for p in out["p"].to_pylist()]
        [-1.414, -0.707, 0.0, 0.707, 1.414]
    """
    if method not in ("yeo-johnson", "box-cox"):
        raise TraceError(f"method is {method!r}.", expected='"yeo-johnson" or "box-cox"')
    if exponent is None:
        power: Any = power_exponent(x, method, elementwise)
    elif isinstance(exponent, bool) or not isinstance(exponent, int | float):
        raise TraceError(f"exponent is {exponent!r}.", expected="a number, or None to fit it")
    else:
        power = float(exponent)
    wanted = scaled_dtype("power_transform", x.dtype, float_name(output_dtype))
    if not standardize:
        return apply(PowerTransform(method, str(wanted)), x, power)
    wide = apply(PowerTransform(method, str(pa.float64())), x, power)
    return scale_to_z_score(wide, elementwise, wanted)


@operation
@dataclass(frozen=True)
class PowerTransform(Elementwise):
    """A value raised to a power, continuously in the power."""

    name = "power_transform"
    method: PowerMethod
    output_dtype: str

    def result(self, *dtypes: Any) -> Any:
        return scaled_dtype(self.name, dtypes[0], self.output_dtype)

    def kernel(self, *dtypes: Any) -> ArrayKernel:
        finish = array_rounding(self.result(*dtypes))
        transform = _box_cox if self.method == "box-cox" else _yeo_johnson
        return lambda x, power: finish(transform(x.astype(np.float64), power))

    def scalar(self, *dtypes: Any) -> RowFunction:
        run = self.kernel(*dtypes)
        return lambda x, power: run(np.array([x]), np.array([power])).item()


def _box_cox(x: Any, power: Any) -> Any:
    return _raised(np.log(x), power)


def _yeo_johnson(x: Any, power: Any) -> Any:
    logs = np.log1p(np.abs(x))
    return np.where(x < 0, -_raised(logs, 2.0 - power), _raised(logs, power))


def _raised(logs: Any, power: Any) -> Any:
    """``(exp(logs) ** power - 1) / power``."""
    return np.where(power == 0, logs, np.expm1(logs * power) / np.where(power == 0, 1.0, power))
