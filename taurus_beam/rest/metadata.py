"""What the Open Inference Protocol tells of a model: its versions, features and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taurus_beam.graph.types import ColumnType
from taurus_beam.rest.model import Model
from taurus_beam.rest.tensor_types import datatype, shape

__all__ = ["metadata"]


def metadata(model: Model, versions: list[str]) -> dict[str, Any]:
    """The metadata of a model; each tensor tells its Arrow type besides.

    Args:
        model: The version that is described.
        versions: All that are loaded.
    """
    return {
        "name": model.name,
        "versions": versions,
        "platform": "taurus_beam",
        "inputs": _tensors(model.inputs),
        "outputs": _tensors(model.outputs),
        "parameters": {
            "version": model.version,
            "digest": model.fn.digest,
            "monitors": model.fn.monitors,
        },
    }


def _tensors(types: Mapping[str, ColumnType]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "datatype": datatype(kind),
            "shape": shape(kind),
            "parameters": {"arrow_type": str(kind.to_arrow())},
        }
        for name, kind in types.items()
    ]
