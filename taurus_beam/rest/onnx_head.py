"""An ONNX model behind the transform: features in, predictions out, by ONNX Runtime.

A model is tried when it is loaded, so that one that does not fit answers no request. What it is
given are outputs by name, encoded as `docs/onnx.md` says, so that it gives what the same model
gives that was merged with the features into one file.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from taurus_beam.errors import EngineError
from taurus_beam.graph.types import ColumnType, numpy_dtype
from taurus_beam.graph.values import from_arrow
from taurus_beam.onnx.fitting import FLOATS, Offered, Widths, becomes_matrix, check_fit
from taurus_beam.onnx.runtime import elements, open_session
from taurus_beam.rest.refusals import refusal, wrong_feature
from taurus_beam.serving import TransformFn

__all__ = ["OnnxHead"]

_FITTED_ON = "taurus_beam.artifact"
_ELEMENTS = {"float32": "float", "float64": "double"}
_INTEGERS = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_KNOWN = {*FLOATS, *_INTEGERS, "bool", "string"}

_logger = logging.getLogger("taurus_beam.rest")


@dataclass(frozen=True)
class _Taken:
    """An input of a model and the output that it is fed from."""

    type: ColumnType
    element: str
    as_matrix: bool

    @property
    def width(self) -> tuple[int, ...]:
        """The sizes behind the rows, as the model takes them."""
        return (1,) if self.as_matrix else tuple(size or 0 for size in self.type.shape)

    def sample(self, rows: int) -> np.ndarray[Any, Any]:
        """Zeros, or empty strings."""
        text = self.element == "string"
        dtype = np.dtype(object) if text else numpy_dtype(self.type.dtype)
        return np.full((rows, *self.width), "" if text else 0, dtype)

    def tensor(self, name: str, array: Any) -> np.ndarray[Any, Any]:
        """The tensor of a column; what is missing is NaN, and refused where there is no NaN."""
        values = from_arrow(array, self.type)
        data = elements(values)
        if values.missing is not None and values.missing.any():
            if self.element not in FLOATS:
                raise _missing(name, int(values.missing.argmax()) * values.rows // len(data))
            data = np.where(values.missing, data.dtype.type(np.nan), data)
        return data.reshape(values.rows, *self.width)


class OnnxHead:
    """An ONNX model that takes outputs of a transform. Safe to use from several threads.

    Args:
        path: Its file.
        fn: The transform.
        threads: How many threads work on one operator.

    Raises:
        EngineError: If ONNX Runtime is not installed or cannot load or run the model; if it takes
            what is no output, or one of another type or width; if it was made for another
            artifact; if what it gives is no column of values or vectors.
    """

    def __init__(self, path: str, fn: TransformFn, threads: int = 1) -> None:
        self._path = path
        self._session = open_session(path, threads, path)
        _check_artifact(self._session.get_modelmeta().custom_metadata_map, fn.digest, path)
        self._taken = _taken(self._session.get_inputs(), fn, path)
        self._given = [output.name for output in self._session.get_outputs()]
        self._types = self._tried()
        self.schema = pa.schema([(name, kind.to_arrow()) for name, kind in self._types.items()])

    def __call__(self, features: pa.RecordBatch) -> pa.RecordBatch:
        """The predictions for rows of features; no row gives none, whatever the model.

        Raises:
            RequestError: 400 if an output that the model takes is missing and has no NaN; 500 if
                the model fails, which is told in the log.
        """
        rows = features.num_rows
        if rows == 0:
            return pa.RecordBatch.from_pylist([], self.schema)
        feeds = {name: taken.tensor(name, features[name]) for name, taken in self._taken.items()}
        try:
            given = dict(zip(self._given, self._session.run(self._given, feeds), strict=True))
            columns = [_column(given[n], kind, rows) for n, kind in self._types.items()]
        except Exception as problem:  # ONNX Runtime's own classes are not public
            _logger.error("The model %s failed: %s", self._path, problem)
            raise refusal(
                500,
                "The model behind the transform failed on these rows.",
                fix="Report it with the request_id.",
            ) from None
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _tried(self) -> dict[str, ColumnType]:
        """The types of what the model gives: what changes with the rows is no part of them."""
        for output in self._session.get_outputs():
            if _element(output) not in _KNOWN:
                raise EngineError(
                    f"The model gives {output.name!r} as {output.type}, which is no column.",
                    where=self._path,
                    expected="tensors of numbers, booleans or strings",
                    fix="Export it without ZipMap: options={'zipmap': False} in skl2onnx, "
                    "zipmap=False in onnxmltools.",
                )
        two, three = (self._sampled(rows) for rows in (2, 3))
        return {
            name: _output_type(name, one, other, self._path)
            for name, one, other in zip(self._given, two, three, strict=True)
        }

    def _sampled(self, rows: int) -> list[Any]:
        feeds = {name: taken.sample(rows) for name, taken in self._taken.items()}
        try:
            given: list[Any] = self._session.run(self._given, feeds)
        except Exception as problem:
            raise EngineError(
                f"The model cannot be run on {rows} rows of zeros: {problem}", where=self._path
            ) from problem
        return given


def _check_artifact(metadata: Mapping[str, str], digest: str, path: str) -> None:
    """A model that says on which artifact's outputs it was trained takes those of no other."""
    wanted = metadata.get(_FITTED_ON, digest)
    if wanted != digest:
        raise EngineError(
            "The model was made for the outputs of another artifact.",
            where=path,
            expected=f"{_FITTED_ON} {digest} in its metadata, and it is {wanted}",
            fix="Train it again on what this artifact gives, or serve it with its own artifact.",
        )


def _taken(inputs: Any, fn: TransformFn, path: str) -> dict[str, _Taken]:
    types = {name: node.column_type() for name, node in fn.graph.outputs.items()}
    offered = {name: _offered(kind) for name, kind in types.items()}
    taken = {}
    for wanted in inputs:
        element = _element(wanted)
        rows, widths = _shape(wanted.shape)
        check_fit(wanted.name, element, widths, offered, path)
        if rows is not None:
            raise EngineError(
                f"The model takes {wanted.name!r} with {rows} rows, no more and no fewer.",
                where=path,
                fix="Export it for any number of rows: an open first dimension.",
            )
        found = offered[wanted.name].widths
        taken[wanted.name] = _Taken(types[wanted.name], element, becomes_matrix(widths, found))
    return taken


def _offered(kind: ColumnType) -> Offered:
    """An output as ONNX Runtime would name it; whether it may be missing shows in its rows."""
    if pa.types.is_binary(kind.dtype):
        return Offered("binary", list(kind.shape), kind.is_ragged)
    text = pa.types.is_string(kind.dtype)
    dtype = "string" if text else numpy_dtype(kind.dtype).name
    return Offered(_ELEMENTS.get(dtype, dtype), list(kind.shape), kind.is_ragged)


def _element(described: Any) -> str:
    """ONNX's name of the elements of an input or output, or what else it is."""
    return str(described.type).removeprefix("tensor(").removesuffix(")")


def _shape(shape: list[Any]) -> tuple[int | None, Widths | None]:
    """The rows and the widths that a model takes, None for those that are open."""
    if not shape:  # which is how ONNX Runtime tells of a shape that is not known
        return None, None
    rows, *widths = (size if isinstance(size, int) else None for size in shape)
    return rows, widths


def _output_type(name: str, two: Any, three: Any, path: str) -> ColumnType:
    """The type of an output, from what the model gave for two rows and for three."""
    fits = 1 <= two.ndim <= 2 and (len(two), len(three)) == (2, 3)
    if not fits or two.shape[1:] != three.shape[1:] or 0 in two.shape:
        raise EngineError(
            f"The model gives {name!r} of shape {list(two.shape)} for 2 rows and of shape "
            f"{list(three.shape)} for 3.",
            where=path,
            expected="a value or a vector for each row, of one length",
        )
    element = pa.string() if two.dtype == object else pa.from_numpy_dtype(two.dtype)
    return ColumnType(element, two.shape[1:])


def _column(found: Any, kind: ColumnType, rows: int) -> Any:
    if found.shape != (rows, *kind.shape):
        raise ValueError(f"a shape of {found.shape} for {rows} rows")
    array = pa.array(found.reshape(-1), kind.dtype)
    return array if kind.is_scalar else pa.FixedSizeListArray.from_arrays(array, *kind.shape)


def _missing(name: str, row: int) -> Exception:
    return wrong_feature(
        name,
        f"Output {name!r} of the transform is missing, and the model behind it takes no missing "
        "values there.",
        where=f"row {row}",
        expected="features that give a value here",
    )
