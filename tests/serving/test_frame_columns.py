"""Columns of data frames are those that Arrow's own conversion gives."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from taurus_beam.errors import DataError
from taurus_beam.serving.frame_columns import columns_of

NAN = float("nan")
FRAMES = {
    "floats": pd.DataFrame({"x": [1.5, NAN, -0.0], "y": np.array([NAN, 2, 3], np.float32)}),
    "half": pd.DataFrame({"x": np.array([0.5, NAN], np.float16)}),
    "no nulls": pd.DataFrame({"x": [1.0, np.inf]}),
    "all NaN": pd.DataFrame({"x": [NAN] * 9}),
    "strided": pd.DataFrame(np.arange(12.0).reshape(6, 2), columns=["a", "b"]).iloc[::2],
    "strings": pd.DataFrame({"s": ["a", None, "b"], "o": pd.Series(["x", NAN, "y"])}),
    "objects": pd.DataFrame({"o": pd.Series([1, None, 2.5], dtype=object)}),
    "extensions": pd.DataFrame(
        {
            "i": pd.array([1, None], "Int64"),
            "f": pd.array([1.5, None], "Float64"),
            "c": pd.Categorical(["a", None]),
            "t": pd.to_datetime(["2020-01-01", None]),
            "a": pd.array([1.5, None], pd.ArrowDtype(pa.float64())),
        }
    ),
    "numbers as names": pd.DataFrame({0: [1.0, NAN], 1: ["a", "b"]}),
    "no rows": pd.DataFrame({"x": np.zeros(0), "s": pd.Series([], dtype=str)}),
    "no columns": pd.DataFrame(index=[0, 1]),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_frames_become_what_arrow_makes_of_them(frame: pd.DataFrame) -> None:
    expected = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    found = columns_of(frame).replace_schema_metadata()
    assert found.equals(expected)
    found.validate(full=True)


def test_what_cannot_be_converted_names_its_column() -> None:
    frame = pd.DataFrame({"fine": [1.0], "bad": [object()]})
    with pytest.raises(DataError, match="bad"):
        columns_of(frame)


def test_other_data_are_taken_as_elsewhere() -> None:
    assert columns_of({"x": np.array([1.0, 2.0])}).equals(pa.table({"x": [1.0, 2.0]}))
