"""The reference work as an ONNX model, for peers whose environments cannot make it."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks import data


def path() -> Path:
    return data.FOLDER / "reference.onnx"


def made(_: int) -> None:
    """Fits and exports it anew, for the code that does so may have changed."""
    from benchmarks import taurus_peer

    for size in data.SIZES:
        data.path(size)
    unfinished = path().with_suffix(f".{os.getpid()}")
    taurus_peer.export(data.table(1), unfinished)
    unfinished.rename(path())
