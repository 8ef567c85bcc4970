"""What an artifact tells of the analysis that made it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

import taurus_beam as tb


def test_the_analyzers_of_each_pass_are_named_once() -> None:
    def two_passes(inputs):
        x = inputs["x"]
        return {
            "z": tb.scale_to_z_score(np.log1p(x - tb.min(x))),
            "four": tb.bucketize(x, 4),
            "ten": tb.bucketize(x, 10),
        }

    run = tb.fit(pa.table({"x": [1.0, 2.0, 5.0]}), two_passes).provenance["run"]

    assert run["passes"] == 2
    first, second = run["analyzers"]
    assert sorted(first) == ["min('x')", "quantiles('x')"]
    assert sorted(second) == ["mean(log1p(...))", "var(log1p(...))"]


def test_a_function_without_analyzers_has_no_passes() -> None:
    run = tb.fit(pa.table({"x": [1.0]}), lambda inputs: {"x": inputs["x"] + 1}).provenance["run"]

    assert (run["passes"], run["analyzers"]) == (0, [])
