"""Values of the whole data set."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pyarrow as pa

import taurus_beam as tb
from benchmarks.peers.case import Case, Difference

NAMES = ("min", "max", "sum", "size", "mean", "var")
VALUES = ", ".join(f"{name}=each_row(tft.{name}(i['x']), i)" for name in NAMES)
POSITIONS = ", ".join(
    f"{name}=each_row(tft.{name}(i['x'], reduce_instance_dims=False), i)" for name in NAMES
)
TUKEY = (
    "location=each_row(tft.tukey_location(i['x']), i), scale=each_row(tft.tukey_scale(i['x']), i), "
    "left=each_row(tft.tukey_h_params(i['x'])[0], i), "
    "right=each_row(tft.tukey_h_params(i['x'])[1], i)"
)

SEARCH = (
    "TFT searches for the tails until it is near enough, and stops early where the skewness is "
    "hard to reach; ours solve the equations of the L-moments."
)


def values(i: tb.Inputs) -> Mapping[str, tb.Column]:
    return {name: getattr(tb, name)(i["x"]) for name in NAMES}


def positions(i: tb.Inputs) -> Mapping[str, tb.Column]:
    return {name: getattr(tb, name)(i["x"], reduce_instance_dims=False) for name in NAMES}


def tukey(i: tb.Inputs) -> Mapping[str, tb.Column]:
    left, right = tb.tukey_h_params(i["x"])
    return {
        "location": tb.tukey_location(i["x"]),
        "scale": tb.tukey_scale(i["x"]),
        "left": left,
        "right": right,
    }


CASES = [
    Case("values of one to four", "one to four", VALUES, values),
    Case("values of awkward numbers", "awkward numbers", VALUES, values),
    Case("values of a constant", "constant", VALUES, values),
    Case("values of integers", "integers", VALUES, values),
    Case("values of long integers", "long integers", VALUES, values),
    Case("values of vectors", "vectors", VALUES, values),
    Case("values of positions", "vectors", POSITIONS, positions),
    Case("values of ragged lists", "ragged", VALUES, values),
    Case("values with missing", "missing", VALUES, values),
    Case(
        "mean, variance and size with NaN",
        "with NaN",
        ", ".join(f"{name}=each_row(tft.{name}(i['x']), i)" for name in ("size", "mean", "var")),
        lambda i: {name: getattr(tb, name)(i["x"]) for name in ("size", "mean", "var")},
    ),
    Difference(
        "extremes and sum with NaN",
        "with NaN",
        ", ".join(f"{name}=each_row(tft.{name}(i['x']), i)" for name in ("min", "max", "sum")),
        lambda i: {name: getattr(tb, name)(i["x"]) for name in ("min", "max", "sum")},
        reason="NaN takes part in no analyzer, as in TFT's own mean and variance.",
        expected={"min": [[1]] * 3, "max": [[5]] * 3, "sum": [[6]] * 3},
    ),
    Case("values with infinity", "with infinity", VALUES, values),
    Case(
        "covariance",
        "vectors",
        "c=tf.matmul(i['x'], tft.covariance(i['x'], tf.float32))",
        lambda i: {"c": tb.dot(i["x"], tb.covariance(i["x"]))},
        "unit vectors",
    ),
    Case(
        "covariance in float64",
        "vectors",
        "c=tf.cast(tf.matmul(tf.cast(i['x'], tf.float64), "
        "tft.covariance(tf.cast(i['x'], tf.float64), tf.float64)), tf.float32)",
        lambda i: {"c": tb.cast(tb.dot(i["x"], tb.covariance(i["x"], pa.float64())), "float")},
        "unit vectors",
    ),
    Case(
        "principal axes",
        "vectors",
        "a=tf.matmul(i['x'], positive(tft.pca(i['x'], 2, tf.float32)))",
        lambda i: {"a": tb.dot(i["x"], tb.pca(i["x"], 2))},
        "unit vectors",
    ),
    Difference(
        "sign of principal axes",
        "falling vectors",
        "a=tf.matmul(i['x'], tft.pca(i['x'], 2, tf.float32))",
        lambda i: {"a": tb.dot(i["x"], tb.pca(i["x"], 2))},
        "unit vectors",
        reason="The largest component of each axis is positive; TFT leaves signs to its solver.",
        expected={"a": [[math.sqrt(0.8), math.sqrt(0.2)], [-math.sqrt(0.2), math.sqrt(0.8)]]},
        part="served",
    ),
    Case("Tukey, light tails", "one to four", TUKEY, tukey),
    Case("Tukey of a constant", "constant", TUKEY, tukey),
    Difference(
        "Tukey, skewed",
        "skewed",
        TUKEY,
        tukey,
        reason=SEARCH,
        proof="test_tukey.py",
    ),
    Difference(
        "Tukey, heavy tails",
        "heavy tails",
        TUKEY,
        tukey,
        reason=SEARCH,
        proof="test_tukey.py",
    ),
]
