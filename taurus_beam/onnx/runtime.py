"""ONNX Runtime opened for this package: quiet, on the CPU, with errors that users can act on.

Only here is onnxruntime imported, and only when a model is run.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from taurus_beam.errors import EngineError
from taurus_beam.graph.text import Text
from taurus_beam.graph.values import Values

__all__ = ["elements", "open_session"]

_NOTHING = 4  # of its levels of logging: what goes wrong comes as an exception besides


def open_session(model: Any, threads: int = 0, where: str | None = None) -> Any:
    """An ``onnxruntime.InferenceSession``.

    Args:
        model: The bytes of a model, or its file.
        threads: How many threads work on one operator; 0 for one a core.
        where: What to call the model in an error.

    Raises:
        EngineError: If ONNX Runtime is not installed, or cannot load the model.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError as problem:
        raise EngineError(
            f"Running ONNX needs a package that is not installed: {problem.name}.",
            where=where,
            fix="pip install 'taurus-beam[onnx]'",
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _NOTHING
    # Threads that have nothing to do sleep, instead of waiting busily.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # its own classes, which are not public
        raise EngineError(
            f"ONNX Runtime cannot load the model: {problem}", where=where
        ) from problem


def elements(values: Values) -> np.ndarray[Any, Any]:
    """The flat elements of a column as ONNX Runtime takes them; a missing string is empty."""
    if isinstance(values.data, Text):
        return np.array(values.data.plain.fill_null("").to_pylist(), object)
    return values.data
