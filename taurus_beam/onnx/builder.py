"""The nodes and constants of an ONNX graph while it is written.

Equal nodes are written once and what no output needs is left out, so that the same artifact gives
the same bytes. This room needs no onnx: `model` makes a model of what is collected here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from taurus_beam.onnx.element_types import I64, TEXT, carrier
from taurus_beam.onnx.tensor import Tensor

__all__ = ["Builder", "Statement"]


@dataclass(frozen=True)
class Statement:
    """One node: an operator, the names of what it takes and gives, and its attributes.

    Attributes:
        label: What it is called, after the operation that it is part of.
        attributes: Numbers, strings, lists of these, or NumPy arrays for tensors.
    """

    label: str
    operator: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


class Builder:
    """Collects the nodes and constants of one graph.

    Attributes:
        within: The operation that is being written, for the labels of nodes.
        rows: The number of rows, an int64 tensor ``[1]``; set once there is an input.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.within = "graph"
        self.constants: dict[str, np.ndarray[Any, Any]] = {}
        self._taken = set(taken)
        self._statements: list[Statement] = []
        self._made: dict[Hashable, tuple[str, ...]] = {}
        self._count = 0
        self.rows: Tensor | None = None

    def input(self, name: str, dtype: np.dtype[Any]) -> Tensor:
        """A tensor that the graph takes, elements already of a carrying type."""
        return Tensor(self, name, dtype)

    def tensor(self, value: Any, dtype: np.dtype[Any] | None = None) -> Tensor:
        """A tensor as it is; a number, string or array as a constant.

        Args:
            value: What it is.
            dtype: The type of a constant's elements; its own by default.
        """
        if isinstance(value, Tensor):
            return value
        array = np.asarray(value, dtype)
        if array.dtype.kind == "U":
            array = array.astype(object)
        stored = array if array.dtype == TEXT else array.astype(carrier(array.dtype))
        key = ("constant", str(array.dtype), array.shape, _identity(stored))
        if key not in self._made:
            name = self._new_name()
            self.constants[name] = stored
            self._made[key] = (name,)
        return Tensor(self, self._made[key][0], array.dtype)

    def op(
        self, operator: str, *inputs: Any, dtype: Any, domain: str = "", **attributes: Any
    ) -> Tensor:
        """What an operator with one output gives.

        Args:
            operator: Its name.
            inputs: Tensors, or numbers and arrays for constants; None for one that is left out.
            dtype: The type of the elements that it gives.
            domain: Where it is defined, ONNX itself by default.
            attributes: Its attributes.
        """
        (result,) = self.ops(operator, *inputs, dtypes=[dtype], domain=domain, **attributes)
        return result

    def ops(
        self, operator: str, *inputs: Any, dtypes: Any, domain: str = "", **attributes: Any
    ) -> list[Tensor]:
        """What an operator gives that has several outputs; see `op`."""
        names = tuple("" if i is None else self.tensor(i).name for i in inputs)
        described = tuple(sorted((k, _described(v)) for k, v in attributes.items()))
        key = (operator, domain, names, described, len(dtypes))
        if key not in self._made:
            outputs = tuple(self._new_name() for _ in dtypes)
            label = f"{self.within}/{operator}_{len(self._statements)}"
            self._statements.append(Statement(label, operator, domain, names, outputs, attributes))
            self._made[key] = outputs
        made = self._made[key]
        return [Tensor(self, name, np.dtype(d)) for name, d in zip(made, dtypes, strict=True)]

    def look_up(
        self, x: Tensor, keys: Sequence[Any], places: Sequence[int], default: int
    ) -> Tensor:
        """For each string or integer, the place of the key that it is, else the default."""
        if not len(keys):
            return self.expanded(np.int64(default), x)
        kind = "strings" if x.dtype == TEXT else "int64s"
        named = {f"keys_{kind}": list(keys), "values_int64s": list(places)}
        whole = x if x.dtype == TEXT else x.astype(I64)
        return self.op(
            "LabelEncoder", whole, dtype=I64, domain="ai.onnx.ml", default_int64=default, **named
        )

    def positions(self, x: Tensor) -> Tensor:
        """0, 1, 2 … for the columns of a tensor ``[N, longest]``."""
        width = self.op("Squeeze", self.op("Shape", x, dtype=I64, start=1, end=2), dtype=I64)
        return self.op("Range", np.array(0), width, np.array(1), dtype=I64)

    def expanded(self, value: Any, beside: Tensor) -> Tensor:
        """A constant for every element of a tensor."""
        constant = self.tensor(value)
        shape = self.op("Shape", beside, dtype=I64)
        return self.op("Expand", constant, shape, dtype=constant.dtype)

    def for_all_rows(self, value: Any, width: int | None = None) -> Tensor:
        """A constant for all rows: ``[N]``, or ``[N, width]``; a tensor as it is."""
        if isinstance(value, Tensor):
            return value
        shape: Any = self.rows
        if width is not None:
            shape = self.op("Concat", shape, np.array([width]), dtype=I64, axis=0)
        constant = self.tensor(value)
        return self.op("Expand", constant, shape, dtype=constant.dtype)

    def give(self, tensor: Tensor, name: str) -> None:
        """Make a tensor an output of the graph under a name."""
        label = f"output/{name}"
        self._statements.append(Statement(label, "Identity", "", (tensor.name,), (name,), {}))

    def statements(self, outputs: Iterable[str]) -> list[Statement]:
        """The nodes that some outputs need, each after those that it needs."""
        needed, kept = set(outputs), []
        for statement in reversed(self._statements):
            if needed.intersection(statement.outputs):
                kept.append(statement)
                needed.update(statement.inputs)
        return kept[::-1]

    def _new_name(self) -> str:
        while True:
            self._count += 1
            name = f"t{self._count}"
            if name not in self._taken:
                return name


def _described(value: Any) -> Hashable:
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.shape, _identity(value))
    return tuple(value) if isinstance(value, list) else value


def _identity(array: np.ndarray[Any, Any]) -> Hashable:
    return tuple(array.reshape(-1).tolist()) if array.dtype == TEXT else array.tobytes()
