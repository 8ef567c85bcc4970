"""Another company's package with an operation and an analyzer, as pip would install it."""

from __future__ import annotations

from pathlib import Path

OPERATIONS = """
import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from taurus_beam.extend import (
    Accumulator, Analyzer, ColumnType, Constant, Elementwise, apply, operation
)


def softsign(x, sharpness=1.0):
    return apply(Softsign(float(sharpness)), x)


def common_divisor(x):
    return apply(CommonDivisor(), x)


@operation
@dataclass(frozen=True)
class Softsign(Elementwise):
    name = "acme.softsign"
    version = {version}
    sharpness: float

    def result(self, dtype):
        return pa.float64()

    def kernel(self, dtype):
        def run(x):
            x = x.astype(np.float64)
            return x / (self.sharpness + np.abs(x))

        return run

    def scalar(self, dtype):
        return lambda x: float(x) / (self.sharpness + abs(float(x)))


@dataclass(frozen=True)
class Divisor(Accumulator):
    def zero(self):
        return 0

    def add(self, state, numbers):
        return math.gcd(state, int(np.gcd.reduce(numbers.numbers.astype(np.int64))))

    def merge(self, states):
        return math.gcd(*states)

    def to_wire(self, state):
        return pa.record_batch({{"divisor": pa.array([state], pa.int64())}})

    def from_wire(self, batch):
        return batch["divisor"][0].as_py()


@operation
@dataclass(frozen=True)
class CommonDivisor(Analyzer):
    name = "acme.common_divisor"

    def infer(self, *types):
        return ColumnType(pa.int64())

    def accumulator(self, *types):
        return Divisor()

    def value(self, state, *types):
        return Constant.from_arrow(pa.array([state]), self.infer(*types))
"""
ENTRY_POINTS = """[taurus_beam.operations]
acme.softsign = acme_features.operations
acme.common_divisor = acme_features.operations
acme.broken = acme_features.broken
acme.forgotten = acme_features
"""


def install(
    site: Path, release: str = "1.2.0", version: int = 1, name: str = "acme-features"
) -> None:
    """Put the package and its metadata into a folder that is on the path of modules."""
    package = site / "acme_features"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text("")
    (package / "broken.py").write_text("import acme_is_not_there")
    (package / "operations.py").write_text(OPERATIONS.format(version=version))
    info = site / f"{name.replace('-', '_')}-{release}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {release}\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
