"""Quantiles, buckets and histograms."""

from __future__ import annotations

from collections.abc import Mapping

import taurus_beam as tb
from benchmarks.peers.case import Case, Difference

EDGES = [-1.0, 2.0, 5.0, 9.0]


def bucketized(number: int) -> tuple[str, object]:
    return (
        f"b=tft.bucketize(i['x'], {number})",
        lambda i: {"b": tb.bucketize(i["x"], number)},
    )


def categories(i: tb.Inputs) -> Mapping[str, tb.Column]:
    counts, _ = tb.histogram(i["s"], categorical=True)
    return {"counts": counts}


CASES = [
    Case("buckets of one to four", "one to four", *bucketized(4), "beyond"),
    Case("buckets of one to twenty-five", "one to twenty-five", *bucketized(10), "beyond"),
    Case("buckets with ties", "ties", *bucketized(4), "beyond"),
    Case("buckets of awkward numbers", "awkward numbers", *bucketized(3), "beyond"),
    Case("buckets of a constant", "constant", *bucketized(3), "beyond"),
    Case("buckets of integers", "integers", *bucketized(3)),
    Case("buckets of vectors", "vectors", *bucketized(3), "later vectors"),
    Case("buckets of ragged lists", "ragged", *bucketized(3)),
    Case("buckets with missing", "missing", *bucketized(2)),
    Case("buckets with NaN", "with NaN", *bucketized(2)),
    Case("buckets with infinity", "with infinity", *bucketized(2)),
    Case("buckets without data", "nothing", *bucketized(3), "beyond"),
    Case(
        "buckets of positions of vectors",
        "vectors",
        "b=tft.bucketize(i['x'], 2, elementwise=True)",
        lambda i: {"b": tb.bucketize(i["x"], 2, elementwise=True)},
        "later vectors",
    ),
    Case(
        "weighted buckets",
        "weighted",
        "b=tft.bucketize(i['x'], 3, weights=i['w'])",
        lambda i: {"b": tb.bucketize(i["x"], 3, weights=i["w"])},
    ),
    Case(
        "quantiles",
        "one to twenty-five",
        "q=each_row(tft.quantiles(i['x'], 5, 0.01), i), "
        "q2=each_row(tft.quantiles(i['x'], 2, 0.01), i)",
        lambda i: {"q": tb.quantiles(i["x"], 5, 0.01), "q2": tb.quantiles(i["x"], 2, 0.01)},
    ),
    Case(
        "weighted quantiles",
        "weighted",
        "q=each_row(tft.quantiles(i['x'], 4, 0.01, weights=i['w']), i)",
        lambda i: {"q": tb.quantiles(i["x"], 4, 0.01, weights=i["w"])},
    ),
    Case(
        "given boundaries",
        "awkward numbers",
        f"b=tft.apply_buckets(i['x'], tf.constant([{EDGES}]))",
        lambda i: {"b": tb.apply_buckets(i["x"], EDGES)},
        "beyond",
    ),
    Case(
        "boundaries at values, NaN",
        "with NaN",
        "b=tft.apply_buckets(i['x'], tf.constant([[1.0, 5.0]]))",
        lambda i: {"b": tb.apply_buckets(i["x"], [1.0, 5.0])},
    ),
    Case(
        "interpolation",
        "one to twenty-five",
        f"b=tft.apply_buckets_with_interpolation(i['x'], tf.constant([{EDGES}]))",
        lambda i: {"b": tb.apply_buckets_with_interpolation(i["x"], EDGES)},
        "beyond",
    ),
    Case(
        "interpolation between equal boundaries",
        "one to twenty-five",
        "b=tft.apply_buckets_with_interpolation(i['x'], tf.constant([[2.0, 5.0, 5.0, 5.0, 9.0]]))",
        lambda i: {"b": tb.apply_buckets_with_interpolation(i["x"], [2.0, 5.0, 5.0, 5.0, 9.0])},
        "beyond",
    ),
    Case(
        "interpolation of NaN and infinity",
        "with infinity",
        "b=tft.apply_buckets_with_interpolation(i['x'], tf.constant([[2.0, 5.0, 9.0]])), "
        "n=tft.apply_buckets_with_interpolation(i['x'] * 0.0, tf.constant([[2.0, 5.0, 9.0]]))",
        lambda i: {
            "b": tb.apply_buckets_with_interpolation(i["x"], [2.0, 5.0, 9.0]),
            "n": tb.apply_buckets_with_interpolation(i["x"] * 0.0, [2.0, 5.0, 9.0]),
        },
    ),
    Case(
        "histogram",
        "one to twenty-five",
        f"counts=each_row(tft.histogram(i['x'], tf.constant({EDGES}))[0], i)",
        lambda i: {"counts": tb.histogram(i["x"], EDGES)[0]},
    ),
    Case(
        "histogram, equally spaced",
        "one to twenty-five",
        "counts=each_row(tft.histogram(i['x'], 5)[0], i)",
        lambda i: {"counts": tb.histogram(i["x"], 5)[0]},
    ),
    Difference(
        "boundaries of a histogram",
        "one row",
        f"edges=each_row(tft.histogram(i['x'], tf.constant({EDGES}))[1], i)",
        lambda i: {"edges": tb.histogram(i["x"], EDGES)[1]},
        reason="TFT lowers all boundaries by 0.0001; ours are those that were asked for.",
        expected={"edges": [EDGES]},
    ),
    Difference(
        "histogram with NaN",
        "with NaN",
        f"counts=each_row(tft.histogram(i['x'], tf.constant({EDGES}))[0], i)",
        lambda i: {"counts": tb.histogram(i["x"], EDGES)[0]},
        reason="NaN is in no bucket; TFT counts it in the first.",
        expected={"counts": [[1, 0, 1]] * 3},
    ),
    Case(
        "histogram of categories",
        "terms",
        "counts=each_row(tft.histogram(i['s'], categorical=True)[0], i)",
        categories,
    ),
    Case(
        "density, equally wide",
        "one to twenty-five",
        "p=tft.estimated_probability_density(i['x'], tf.constant([0.0, 5.0, 10.0, 15.0]))",
        lambda i: {"p": tb.estimated_probability_density(i["x"], [0.0, 5.0, 10.0, 15.0])},
        "beyond",
    ),
    Difference(
        "density",
        "ties",
        f"p=tft.estimated_probability_density(i['x'], tf.constant({EDGES}))",
        lambda i: {"p": tb.estimated_probability_density(i["x"], EDGES)},
        reason="TFT takes all buckets to be equally wide, so that the density of others does not "
        "integrate to 1; ours divides by each bucket's own width.",
        expected={"p": [[3 / 9 / 3]] * 3 + [[5 / 9 / 3]] * 5 + [[1 / 9 / 4]]},
    ),
    Case(
        "density, equally spaced",
        "skewed",
        "p=tft.estimated_probability_density(i['x'], 4)",
        lambda i: {"p": tb.estimated_probability_density(i["x"], 4)},
    ),
    Case(
        "density of categories",
        "terms",
        "p=tft.estimated_probability_density(i['s'], categorical=True)",
        lambda i: {"p": tb.estimated_probability_density(i["s"], categorical=True)},
        "later terms",
    ),
]
