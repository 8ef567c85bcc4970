"""Tensors of real PyTorch go in and come out without a copy; `make test-torch` runs this."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
import torch

import taurus_beam as tb

NUMBERS = [
    *(torch.float16, torch.float32, torch.float64, torch.int8, torch.int16, torch.int32),
    *(torch.int64, torch.uint8, torch.uint16, torch.uint32, torch.uint64),
]


def same(tensor: Any) -> Any:
    """What an identity gives for a tensor."""
    fn = tb.fit({"x": tensor}, lambda inputs: {"y": inputs["x"]})
    return fn.transform({"x": tensor})["y"]


@pytest.mark.parametrize("dtype", NUMBERS, ids=str)
@pytest.mark.parametrize("shape", [(6,), (2, 3), (0,), (0, 3)], ids=str)
def test_numbers_share_their_memory(dtype: Any, shape: tuple[int, ...]) -> None:
    tensor = torch.arange(6).to(dtype)[: 6 if shape[0] else 0].reshape(shape)
    found = same(tensor)
    assert (found.dtype, found.shape, found.stride()) == (dtype, tensor.shape, tensor.stride())
    assert torch.equal(found, tensor)
    assert found.data_ptr() == tensor.data_ptr()


def test_what_is_computed_shares_no_memory_with_the_input() -> None:
    tensor = torch.tensor([1.0, 2.0])
    found = tb.fit({"x": tensor}, lambda inputs: {"y": inputs["x"] * 2}).transform({"x": tensor})
    found["y"] += 1
    assert (found["y"].tolist(), tensor.tolist()) == ([3.0, 5.0], [1.0, 2.0])


def test_memory_outlives_its_owner() -> None:
    fn = tb.fit({"x": torch.ones(2)}, lambda inputs: {"y": inputs["x"] * 2, "x": inputs["x"]})
    found = fn.transform({"x": torch.arange(50_000.0)})
    assert torch.equal(found["y"], found["x"] * 2)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(12.0).reshape(4, 3).t(),
        torch.arange(12.0).reshape(4, 3)[:, 1],
        torch.arange(12.0).reshape(4, 3)[::2],
        torch.arange(12.0).reshape(4, 3)[:, :1].expand(4, 3),
        torch.conj(torch.tensor([1 + 2j, 3 - 4j])).imag,  # memory of the opposite sign
        torch.arange(200_000.0),  # worked on in several pieces
    ],
    ids=["transposed", "column", "every second row", "repeated", "negated", "long"],
)
def test_memory_of_another_layout_is_copied(tensor: Any) -> None:
    found = same(tensor)
    assert torch.equal(found, tensor)
    assert found.is_contiguous()
    assert found.data_ptr() != tensor.data_ptr()


def test_booleans_are_copied_because_arrow_packs_them() -> None:
    tensor = torch.tensor([True, False, True])
    found = same(tensor)
    assert found.dtype == torch.bool
    assert torch.equal(found, tensor)


def test_missing_values() -> None:
    table = pa.table(
        {
            "n": [1, None, 3],
            "f": pa.array([1.0, None, float("nan")], pa.float32()),
            "b": [True, None, False],
            "s": ["a", None, "b"],
            "v": pa.array([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float64(), 2)),
        }
    )

    def preprocess(inputs: Any) -> dict[str, Any]:
        filled = tb.fill_null(inputs["n"], -1)
        return {**{name: inputs[name] for name in table.column_names}, "filled": filled}

    fn = tb.fit(table, preprocess)
    data = {name: table[name].chunk(0) for name in table.column_names}
    found = fn.transform({**data, "not read": torch.zeros(3)})
    expected = {
        "n": torch.tensor([1.0, torch.nan, 3.0], dtype=torch.float64),
        "f": torch.tensor([1.0, torch.nan, torch.nan]),
        "filled": torch.tensor([1, -1, 3]),
    }
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=0, atol=0, equal_nan=True)
    assert found["b"].tolist() == [True, None, False]
    assert found["s"].tolist() == ["a", None, "b"]
    assert [None if v is None else v.tolist() for v in found["v"]] == [[1.0, 2.0], None, [3.0, 4.0]]


@pytest.mark.parametrize(
    ("tensor", "why"),
    [
        (torch.ones(3, requires_grad=True), "detach"),
        (torch.ones(3).to_sparse(), "strided"),
        (torch.ones(3, device="meta"), "meta"),
        (torch.ones(3, dtype=torch.bfloat16), "dtype"),
        (torch.ones(3, dtype=torch.complex64), "type"),
        (torch.ones(2, 2, 2), "1-dimensional"),
        (torch.tensor(1.0), "1-dimensional"),
    ],
    ids=["gradient", "sparse", "elsewhere", "bfloat16", "complex", "cube", "number"],
)
def test_what_cannot_be_taken_is_refused_by_name(tensor: Any, why: str) -> None:
    fn = tb.fit({"fare": torch.ones(3)}, lambda inputs: {"y": inputs["fare"]})
    with pytest.raises(tb.DataError, match=rf"(?s)Column 'fare'.*{why}"):
        fn.transform({"fare": tensor})
