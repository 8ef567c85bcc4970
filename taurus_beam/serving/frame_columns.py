"""The columns of a pandas data frame as Arrow columns, for work on all rows of large frames.

What `frames.as_table` gives, without what pandas needs to get its frame back; NaN is found by
vectors of flags, in a tenth of the time that Arrow's own conversion takes for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.graph.bitmaps import packed
from taurus_beam.serving.frames import as_table, library_of

__all__ = ["columns_of"]


def columns_of(data: Any) -> pa.Table:
    """An Arrow table of some data; its schema has no metadata where they are a pandas data frame.

    Args:
        data: What `frames.as_table` takes. NaN of pandas means missing.

    Raises:
        DataError: As `frames.as_table`.

    Example:
        >>> import pandas as pd
        >>> columns_of(pd.DataFrame({"x": [1.5, None]}))["x"].to_pylist()
        [1.5, None]
    """
    if library_of(data) == "pandas" and hasattr(data, "columns"):
        names = list(data.columns)
        if len({name for name in names if isinstance(name, str)}) == len(names):
            try:
                columns = [_column(series) for _, series in data.items()]
            except (pa.ArrowException, ValueError, TypeError):
                return as_table(data)  # which tells what is wrong with which column
            return pa.table(columns, names)
    return as_table(data)


def _column(series: Any) -> Any:
    if isinstance(series.dtype, np.dtype) and series.dtype in (np.float32, np.float64):
        numbers = np.ascontiguousarray(series.to_numpy())
        undefined = np.isnan(numbers)
        nulls = int(np.count_nonzero(undefined))
        validity = packed(~undefined) if nulls else None
        buffers = [validity, pa.py_buffer(numbers)]
        kind = pa.from_numpy_dtype(numbers.dtype)
        return pa.Array.from_buffers(kind, len(numbers), buffers, nulls)
    return pa.array(series, from_pandas=True)
