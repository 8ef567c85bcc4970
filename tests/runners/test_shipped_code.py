from __future__ import annotations

import colorsys

import apache_beam as beam
import numpy as np
import pandas as pd
import pytest
from apache_beam.internal import pickler

from taurus_beam.runners.shipped_code import packages_of, shipped

OF_A_MODULE = pd


@pytest.mark.parametrize(
    ("value", "packages"),
    [
        (np.mean, {"numpy"}),
        ([np.mean, pd.isna, len, colorsys.rgb_to_hls], {"numpy", "pandas"}),
        ({"a": 1, "numpy": "pandas"}, set()),
        (b"\x00" * 1000, set()),
    ],
)
def test_packages_that_a_pickle_names(value: object, packages: set[str]) -> None:
    assert packages_of(pickler.dumps(value)) == packages


def test_a_function_by_value_tells_the_modules_that_it_uses() -> None:
    function = eval("lambda x: (numbers.ones(x), frames.isna(x))", {"numbers": np, "frames": pd})

    assert {"numpy", "pandas"} <= packages_of(pickler.dumps(function))


@pytest.mark.parametrize("payload", [b"", b"no pickle", b"QUJD", b"QlpoOTk="])
def test_of_what_is_no_pickle_nothing_is_known(payload: bytes) -> None:
    assert packages_of(payload) == frozenset()


def test_functions_of_all_steps_the_largest_first() -> None:
    pipeline = beam.Pipeline(runner="FnApiRunner")
    held = np.random.default_rng(0).bytes(100_000)
    numbers = pipeline | beam.Create([1, 2])
    _ = numbers | "Small" >> beam.Map(np.sqrt)
    _ = numbers | "Large" >> beam.Map(lambda x: x + len(held))
    _ = numbers | "Sum" >> beam.CombineGlobally(np.sum)

    found = shipped(pipeline.to_runner_api())

    assert found[0].step == "Large"
    assert 100_000 < found[0].nbytes < 200_000
    assert [each.nbytes for each in found] == sorted((e.nbytes for e in found), reverse=True)
    assert any(each.step.startswith("Sum/") and "numpy" in each.packages for each in found)
