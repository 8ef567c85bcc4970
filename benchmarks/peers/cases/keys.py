"""Scaling, buckets and counts by key."""

from __future__ import annotations

import math
from collections.abc import Mapping

import taurus_beam as tb
from benchmarks.peers.case import Case, Difference

NAN = float("nan")
SIGMOID_5, SIGMOID_MINUS_2 = 1 / (1 + math.exp(-5)), 1 / (1 + math.exp(2))
SCALES = (
    "z=tft.scale_to_z_score_per_key(i['x'], i['k']), "
    "zero_one=tft.scale_to_0_1_per_key(i['x'], i['k']), "
    "range=tft.scale_by_min_max_per_key(i['x'], i['k'], -1.0, 3.0)"
)


def scales(i: tb.Inputs) -> Mapping[str, tb.Column]:
    return {
        "z": tb.scale_to_z_score_per_key(i["x"], i["k"]),
        "zero_one": tb.scale_to_0_1_per_key(i["x"], i["k"]),
        "range": tb.scale_by_min_max_per_key(i["x"], i["k"], -1.0, 3.0),
    }


def bucketized(number: int) -> tuple[str, object]:
    return (
        f"b=tft.bucketize_per_key(i['x'], i['k'], {number})",
        lambda i: {"b": tb.bucketize_per_key(i["x"], i["k"], number)},
    )


def counts(i: tb.Inputs) -> Mapping[str, tb.Column]:
    keys, numbers = tb.count_per_key(i["k"])
    return {"times": tb.take(numbers, tb.apply_vocabulary(i["k"], keys))}


CASES = [
    Case("scale by key", "keyed", SCALES, scales, "later keyed"),
    Difference(
        "scale by an integer key",
        "keyed integers",
        SCALES,
        scales,
        reason="Keys may be integers and booleans too; TFT's are strings.",
        expected={"zero_one": [[0], [2 / 7], [1], [SIGMOID_5], [SIGMOID_5], [SIGMOID_MINUS_2]]},
        error="type string that does not match type int64",
    ),
    Case("scale vectors by key", "keyed vectors", SCALES, scales),
    Case(
        "scale positions of vectors by key",
        "keyed vectors",
        "z=tft.scale_to_z_score_per_key(i['x'], i['k'], elementwise=True), "
        "zero_one=tft.scale_to_0_1_per_key(i['x'], i['k'], elementwise=True)",
        lambda i: {
            "z": tb.scale_to_z_score_per_key(i["x"], i["k"], elementwise=True),
            "zero_one": tb.scale_to_0_1_per_key(i["x"], i["k"], elementwise=True),
        },
    ),
    Case(
        "z-score by key with NaN",
        "keyed with NaN",
        "z=tft.scale_to_z_score_per_key(i['x'], i['k'])",
        lambda i: {"z": tb.scale_to_z_score_per_key(i["x"], i["k"])},
    ),
    Difference(
        "0-1 by key with NaN",
        "keyed with NaN",
        "zero_one=tft.scale_to_0_1_per_key(i['x'], i['k'])",
        lambda i: {"zero_one": tb.scale_to_0_1_per_key(i["x"], i["k"])},
        reason="One NaN would make sigmoids of its key's other values.",
        expected={"zero_one": [[0], [NAN], [1], [0], [1]]},
    ),
    Difference(
        "two buckets by key",
        "keyed",
        *bucketized(2),
        reason="With two buckets TFT lowers a key's only boundary by the key's place among all "
        "keys; ours is the median of the key.",
        expected={"b": [[0], [1], [1], [1], [1], [1], [0], [1], [0], [1]]},
    ),
    Case("three buckets by key", "keyed", *bucketized(3), "later keyed"),
    Case("four buckets of ten by key", "keyed tens", *bucketized(4)),
    Difference(
        "buckets by an integer key",
        "keyed integers",
        *bucketized(3),
        reason="Keys may be integers and booleans too; TFT's are strings.",
        expected={"b": [[0], [1], [2], [1], [1], [1]]},
        error="key must have type tf.string",
    ),
    Case("buckets by key with a NaN", "keyed with NaN", *bucketized(3)),
    Case("buckets by key with many NaN", "keyed, mostly NaN", *bucketized(3)),
    Difference(
        "buckets of a key with NaN alone",
        "keyed, only NaN",
        *bucketized(3),
        reason="A key without a number has no boundaries: -1, as for a key that is not known.",
        expected={"b": [[-1], [-1], [1]]},
    ),
    Case(
        "count by key",
        "keyed",
        "times=tf.gather(tft.count_per_key(i['k'])[1], tf.argmax(tf.cast(tf.equal("
        "tf.expand_dims(i['k'], 1), tf.expand_dims(tft.count_per_key(i['k'])[0], 0)), "
        "tf.int64), 1))",
        counts,
    ),
    Case(
        "order of keys",
        "keyed",
        "counts=each_row(tft.count_per_key(i['k'])[1], i)",
        lambda i: {"counts": tb.count_per_key(i["k"])[1]},
    ),
]
