"""Weather: 26,115 rows of decimal fractions, gusts that are mostly missing."""

from __future__ import annotations

import taurus_beam as tb
from benchmarks.peers import truth
from benchmarks.peers.case import Case

NUMBERS = ("temp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
VALUES = ("min", "max", "sum", "size", "mean", "var")

FLOAT32 = "TFT takes mean and variance in float32, batch by batch."

CASES = [
    Case(
        "weather: values",
        "weather",
        f"**{{f'{{c}}_{{f}}': each_row(getattr(tft, f)(i[c]), i) "
        f"for c in {NUMBERS} for f in {VALUES}}}",
        lambda i: {f"{c}_{f}": getattr(tb, f)(i[c]) for c in NUMBERS for f in VALUES},
        "one hour",
        only_served=True,
        relative=2e-6,
        looser=FLOAT32,
        truth=truth.values(NUMBERS),
    ),
    Case(
        "weather: z-scores",
        "weather",
        f"**{{c + '_z': tft.scale_to_z_score(i[c]) for c in {NUMBERS}}}",
        lambda i: {c + "_z": tb.scale_to_z_score(i[c]) for c in NUMBERS},
        absolute=2e-6,
        looser=FLOAT32,
        truth=truth.z_scores(NUMBERS),
    ),
    Case(
        "weather: scaled to ranges",
        "weather",
        f"**{{c + '_01': tft.scale_to_0_1(i[c]) for c in {NUMBERS}}}, "
        "range=tft.scale_by_min_max(i['visib'], -1.0, 1.0)",
        lambda i: (
            {c + "_01": tb.scale_to_0_1(i[c]) for c in NUMBERS}
            | {"range": tb.scale_by_min_max(i["visib"], -1.0, 1.0)}
        ),
    ),
    Case(
        "weather: z-scores by key",
        "weather",
        "z=tft.scale_to_z_score_per_key(i['visib'], i['origin']), "
        "rain=tft.scale_to_z_score_per_key(i['precip'], i['origin'])",
        lambda i: {
            "z": tb.scale_to_z_score_per_key(i["visib"], i["origin"]),
            "rain": tb.scale_to_z_score_per_key(i["precip"], i["origin"]),
        },
        absolute=2e-5,
        looser=FLOAT32,
        truth=truth.z_scores_per_key(z=("visib", "origin"), rain=("precip", "origin")),
    ),
    Case(
        "weather: scaled to ranges by key",
        "weather",
        "zero_one=tft.scale_to_0_1_per_key(i['precip'], i['origin']), "
        "range=tft.scale_by_min_max_per_key(i['visib'], i['origin'], -1.0, 1.0)",
        lambda i: {
            "zero_one": tb.scale_to_0_1_per_key(i["precip"], i["origin"]),
            "range": tb.scale_by_min_max_per_key(i["visib"], i["origin"], -1.0, 1.0),
        },
    ),
    Case(
        "weather: buckets",
        "weather",
        "given=tft.apply_buckets(i['temp'], tf.constant([[32.0, 50.0, 68.0, 86.0]])), "
        "smooth=tft.apply_buckets_with_interpolation(i['visib'], tf.constant([[1.0, 2.5, 9.0]]))",
        lambda i: {
            "given": tb.apply_buckets(i["temp"], [32.0, 50.0, 68.0, 86.0]),
            "smooth": tb.apply_buckets_with_interpolation(i["visib"], [1.0, 2.5, 9.0]),
        },
    ),
    Case(
        "weather: covariance in float64",
        "weather",
        "**(lambda x: dict(c=tf.cast(tf.matmul(x, tft.covariance(x, tf.float64)), tf.float32), "
        "axes=tf.cast(tf.matmul(x, positive(tft.pca(x, 2, tf.float64))), tf.float32)))("
        "tf.stack([tf.cast(i[c], tf.float64) for c in ('visib', 'precip', 'hour')], axis=1))",
        lambda i: {
            "c": tb.cast(tb.dot(vectors(i), tb.covariance(vectors(i))), "float"),
            "axes": tb.cast(tb.dot(vectors(i), tb.pca(vectors(i), 2)), "float"),
        },
        "unit hours",
    ),
    Case(
        "weather: covariance in float32",
        "weather",
        "**(lambda x: dict(c=tf.matmul(x, tft.covariance(x, tf.float32))))("
        "tf.stack([tf.cast(i[c], tf.float32) for c in ('visib', 'precip', 'hour')], axis=1))",
        lambda i: {"c": tb.cast(tb.dot(vectors(i), tb.covariance(vectors(i))), "float")},
        "unit hours",
        only_served=True,
        relative=3e-5,
        absolute=1e-6,
        looser="TFT adds up products of 26,115 rows in float32.",
        truth=truth.covariance(("visib", "precip", "hour")),
    ),
]


def vectors(i: tb.Inputs) -> tb.Column:
    return tb.cast(tb.stack([i["visib"], i["precip"], tb.cast(i["hour"], "float")]), "double")
