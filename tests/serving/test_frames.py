"""Batches as Polars and pandas frames and as tensors: equal values, and no copies."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import taurus_beam as tb
from taurus_beam.errors import DataError

TABLE = pa.table(
    {
        "x": [1.0, None, 3.0],
        "n": [1, 2, 3],
        "s": ["b", None, "a"],
        "v": pa.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], pa.list_(pa.float64(), 2)),
    }
)


def preprocess(inputs: tb.Inputs) -> dict[str, tb.Column]:
    return {
        "z": tb.scale_to_z_score(inputs["x"]),
        "double": inputs["n"] * 2,
        "id": tb.compute_and_apply_vocabulary(inputs["s"]),
        "upper": tb.upper(inputs["s"]),
        "half": inputs["v"] / 2,
        "odd": inputs["n"] % 2 == 1,
    }


@pytest.fixture(scope="module")
def fn() -> tb.TransformFn:
    return tb.fit(TABLE, preprocess)


# -- Polars ----------------------------------------------------------------------------------------


def test_a_polars_frame_gives_one_and_keeps_nulls(fn):
    result = fn.transform(pl.from_arrow(TABLE))
    assert isinstance(result, pl.DataFrame)
    assert result.to_dict(as_series=False) == fn.transform(TABLE).to_pydict()
    assert result["id"].dtype == pl.Int64
    assert result["id"].null_count() == 1
    assert result["half"].dtype == pl.Array(pl.Float64, 2)


def test_a_polars_frame_is_fitted_as_the_table_is(fn):
    frame = pl.from_arrow(TABLE)
    assert tb.fit(frame, preprocess).digest == fn.digest


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["a", "b", "other"])])
def test_polars_categories_are_strings(fn, dtype):
    frame = pl.from_arrow(TABLE).with_columns(pl.col("s").cast(dtype))
    for part in (frame, frame[1:]):
        expected = fn.transform(TABLE)["upper"].to_pylist()[-len(part) :]
        assert fn.transform(part)["upper"].to_list() == expected
        assert fn.transform(part)["id"].to_list() == [0, None, 1][-len(part) :]


def test_an_empty_polars_frame_has_the_outputs_types(fn):
    frame = pl.from_arrow(TABLE)
    assert fn.transform(frame.head(0)).schema == fn.transform(frame).schema


def test_polars_numbers_are_not_copied(fn):
    frame = pl.DataFrame({"x": np.arange(100_000.0)})
    same = tb.fit(frame, lambda inputs: {"x": inputs["x"]})
    before = frame["x"].to_numpy().__array_interface__["data"][0]
    after = same.transform(frame.slice(0, 50_000))["x"].to_numpy()
    assert after.__array_interface__["data"][0] == before


def test_a_lazy_frame_is_to_be_collected(fn):
    with pytest.raises(DataError, match=r"(?s)LazyFrame is a query.*fix: .*collect\(\)"):
        fn.transform(pl.from_arrow(TABLE).lazy())


def test_monitors_of_a_polars_frame_are_one():
    frame = pl.DataFrame({"x": [1.0, None]})
    watched = tb.fit(frame, lambda i: {"x": tb.monitor_not_null(i["x"])})
    assert watched.transform_and_monitor(frame)[1].to_dict(as_series=False) == {
        "x_not_null": [False, True]
    }


def test_a_dict_may_have_polars_series(fn):
    result = fn.transform(
        {
            "x": pl.Series([1.0, None]),
            "n": [1, 2],
            "s": pl.Series(["b", None]),
            "v": np.ones((2, 2)),
        }
    )
    np.testing.assert_array_equal(result["z"], [-1.0, np.nan])
    np.testing.assert_array_equal(result["id"], [0.0, np.nan])


# -- pandas with pyarrow types ---------------------------------------------------------------------


def test_pandas_with_pyarrow_types_keeps_nulls_and_types(fn):
    frame = TABLE.to_pandas(types_mapper=pd.ArrowDtype)
    frame.index = ["p", "q", "r"]
    result = fn.transform(frame)
    assert list(result.index) == ["p", "q", "r"]
    assert result["id"].dtype == pd.ArrowDtype(pa.int64())
    assert result["id"]["q"] is pd.NA
    assert pa.Table.from_pandas(result, preserve_index=False).to_pydict() == (
        fn.transform(TABLE).to_pydict()
    )


def test_pandas_without_them_gets_its_own_types(fn):
    result = fn.transform(TABLE.to_pandas())
    assert result["id"].dtype == np.float64
    assert math.isnan(result["id"][1])


# -- tensors ---------------------------------------------------------------------------------------


class Tensor:
    """A tensor as the array API has it, of a library whose memory is NumPy's.

    It stands for PyTorch, which `make test-torch` runs for real: like `torch.Tensor` it
    gives its memory by DLPack only, and its library makes one of whatever does.
    """

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def __array_namespace__(self):
        return Library

    def reshape(self, shape):
        return Tensor(self.array.reshape(shape))


class Library:
    @staticmethod
    def from_dlpack(source):
        return Tensor(np.from_dlpack(source))


class OnAnotherDevice(Tensor):
    def __dlpack__(self, **options):
        raise BufferError("Can't export a tensor of device cuda:0")


def tensors(fn: tb.TransformFn, rows: int = 3) -> dict[str, object]:
    return {
        "x": Tensor(np.array([1.0, np.nan, 3.0])[:rows]),
        "n": Tensor(np.array([1, 2, 3])[:rows]),
        "s": ["b", None, "a"][:rows],
        "v": Tensor(np.arange(1.0, 7.0).reshape(3, 2)[:rows]),
    }


def test_tensors_give_tensors(fn):
    result = fn.transform(tensors(fn))
    assert {name for name, value in result.items() if isinstance(value, Tensor)} == {
        *("z", "double", "id", "half", "odd")
    }
    np.testing.assert_array_equal(result["z"].array, [-1.0, np.nan, 1.0])
    np.testing.assert_array_equal(result["double"].array, [2, 4, 6])
    assert result["double"].array.dtype == np.int64
    np.testing.assert_array_equal(result["id"].array, [0.0, np.nan, 1.0])
    np.testing.assert_array_equal(result["half"].array, [[0.5, 1.0], [1.5, 2.0], [2.5, 3.0]])
    np.testing.assert_array_equal(result["odd"].array, [True, False, True])
    assert isinstance(result["upper"], np.ndarray)
    assert result["upper"].tolist() == ["B", None, "A"]


def test_no_rows_of_tensors(fn):
    result = fn.transform(tensors(fn, rows=0))
    assert result["half"].array.shape == (0, 2)


def test_tensors_are_not_copied():
    numbers = np.arange(100_000.0)
    same = tb.fit({"x": numbers}, lambda inputs: {"x": inputs["x"]})
    result = same.transform({"x": Tensor(numbers[:50_000])})
    assert np.shares_memory(result["x"].array, numbers)


def test_a_tensor_elsewhere_is_named(fn):
    data = {**tensors(fn), "n": OnAnotherDevice(np.arange(3))}
    with pytest.raises(DataError, match=r"(?s)Column 'n'.*cuda:0.*memory of the CPU"):
        fn.transform(data)
