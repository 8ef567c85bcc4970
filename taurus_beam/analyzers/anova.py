"""How much a number differs between classes: the F statistic, `f_classif`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from taurus_beam.analyzers.class_sums import ClassSums, analysis_of_variance
from taurus_beam.analyzers.complete_rows import is_class, is_number, require_rows, scalar_columns
from taurus_beam.errors import TraceError
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.column import Column, apply
from taurus_beam.graph.constant import Constant
from taurus_beam.graph.operation import operation
from taurus_beam.graph.types import ColumnType, ValueType

__all__ = ["f_classif"]


def f_classif(x: Column, y: Column) -> Column:
    """The F statistic of a one-way analysis of variance, as scikit-learn's ``f_classif``.

    The variance between the classes' means over the variance within the classes.

    Args:
        x: Numeric or boolean column, one value a row.
        y: The class: string, binary, integer or boolean column. The sums of all classes are
            held by one worker: meant for labels.

    Returns:
        float64, one for the whole data set, from exact sums. Rows where either column is
        missing, NaN or infinite take no part. Infinite where the classes differ and nothing
        varies within them; NaN for a constant column, fewer than two classes, or no more rows
        than classes (so for no rows).

    Example:
        >>> import taurus_beam as tb, pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2.0, 3.0, 5.0, 6.0, 7.0], "y": list("aaabbb")})
        >>> out, _ = tb.fit_transform(table, lambda i: {"f": tb.f_classif(i["x"], i["y"])})
        >>> out["f"][0].as_py()
        24.0
    """
    require_rows("f_classif", x, y)
    return apply(AnalysisOfVariance(), x, y)


@operation
@dataclass(frozen=True)
class AnalysisOfVariance(Analyzer):
    """The F statistic of a number by class."""

    name = "f_classif"

    def infer(self, *types: ValueType) -> ColumnType:
        self._classes(types)
        return ColumnType(pa.float64())

    def accumulator(self, *types: ValueType) -> ClassSums:
        return ClassSums(self._classes(types).dtype)

    def value(self, state: Any, *types: ValueType) -> Constant:
        return Constant(self.infer(*types), pa.array([analysis_of_variance(state)], pa.float64()))

    def _classes(self, types: Sequence[ValueType]) -> ColumnType:
        x, y = scalar_columns(self.name, types)
        if not is_number(x.dtype):
            raise TraceError(
                f"'f_classif' takes numbers, not {x}.",
                fix="Use tb.chi2 or tb.mutual_information for categories.",
            )
        if not is_class(y.dtype):
            raise TraceError(
                f"'f_classif' takes classes, not {y}.",
                expected="strings, binary, integers or booleans",
                fix="Cast the classes to integers with tb.cast.",
            )
        return y
