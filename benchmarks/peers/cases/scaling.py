"""Scaling by values of the whole data set."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

import taurus_beam as tb
from benchmarks.peers.case import Case, Difference
from benchmarks.peers.cases.analyzers import SEARCH

NAN = float("nan")
SCALES = (
    "z=tft.scale_to_z_score(i['x']), zero_one=tft.scale_to_0_1(i['x']), "
    "range=tft.scale_by_min_max(i['x'], -1.0, 3.0)"
)


def scales(i: tb.Inputs) -> Mapping[str, tb.Column]:
    return {
        "z": tb.scale_to_z_score(i["x"]),
        "zero_one": tb.scale_to_0_1(i["x"]),
        "range": tb.scale_by_min_max(i["x"], -1.0, 3.0),
    }


def gaussian(i: tb.Inputs) -> Mapping[str, tb.Column]:
    return {"g": tb.scale_to_gaussian(i["x"])}


CASES = [
    Case("scale one to four", "one to four", SCALES, scales, "beyond"),
    Case("scale awkward numbers", "awkward numbers", SCALES, scales, "beyond"),
    Case("scale a constant", "constant", SCALES, scales, "beyond"),
    Case("scale integers", "integers", SCALES, scales),
    Case("scale a constant integer", "constant integers", SCALES, scales),
    Case("scale without data", "nothing", SCALES, scales, "beyond"),
    Case("scale one row", "one row", SCALES, scales, "beyond"),
    Case("scale with missing", "missing", SCALES, scales),
    Case("scale vectors", "vectors", SCALES, scales, "later vectors"),
    Case("scale ragged lists", "ragged", SCALES, scales),
    Case(
        "scale to float64",
        "awkward numbers",
        "z=tf.cast(tft.scale_to_z_score(i['x'], output_dtype=tf.float64), tf.float32), "
        "wide=tf.cast(tft.scale_to_z_score(tf.cast(i['x'], tf.float64)), tf.float32)",
        lambda i: {
            "z": tb.cast(tb.scale_to_z_score(i["x"], output_dtype=pa.float64()), "float"),
            "wide": tb.cast(tb.scale_to_z_score(tb.cast(i["x"], pa.float64())), "float"),
        },
        "beyond",
    ),
    Case(
        "scale positions of vectors",
        "vectors",
        "z=tft.scale_to_z_score(i['x'], elementwise=True), "
        "zero_one=tft.scale_to_0_1(i['x'], elementwise=True), "
        "range=tft.scale_by_min_max(i['x'], 0.0, 2.0, elementwise=True)",
        lambda i: {
            "z": tb.scale_to_z_score(i["x"], elementwise=True),
            "zero_one": tb.scale_to_0_1(i["x"], elementwise=True),
            "range": tb.scale_by_min_max(i["x"], 0.0, 2.0, elementwise=True),
        },
        "later vectors",
    ),
    Case(
        "z-score with NaN",
        "with NaN",
        "z=tft.scale_to_z_score(i['x'])",
        lambda i: {"z": tb.scale_to_z_score(i["x"])},
        "beyond",
    ),
    Difference(
        "0-1 with NaN",
        "with NaN",
        "zero_one=tft.scale_to_0_1(i['x'])",
        lambda i: {"zero_one": tb.scale_to_0_1(i["x"])},
        reason="One NaN would make sigmoids of all other values; NaN takes no part, stays NaN.",
        expected={"zero_one": [[0.0], [NAN], [1.0]]},
    ),
    Case("scale with infinity", "with infinity", SCALES, scales),
    Case("gaussian of light tails", "one to four", "g=tft.scale_to_gaussian(i['x'])", gaussian),
    Case("gaussian of a constant", "constant", "g=tft.scale_to_gaussian(i['x'])", gaussian),
    Difference(
        "gaussian, skewed",
        "skewed",
        "g=tft.scale_to_gaussian(i['x'])",
        gaussian,
        "beyond",
        reason=SEARCH,
        proof="test_tukey.py",
    ),
    Difference(
        "gaussian, heavy tails",
        "heavy tails",
        "g=tft.scale_to_gaussian(i['x'])",
        gaussian,
        "beyond",
        reason=SEARCH,
        proof="test_tukey.py",
    ),
]
