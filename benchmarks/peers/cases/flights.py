"""Flights: 336,776 rows, delays that are missing, keys of every size."""

from __future__ import annotations

from collections.abc import Mapping

import taurus_beam as tb
from benchmarks.peers import truth
from benchmarks.peers.case import Case, Difference

FLOATS = ("dep_delay", "arr_delay", "air_time")
INTS = ("sched_dep_time", "distance", "month")
NUMBERS = FLOATS + INTS
TEXTS = ("carrier", "origin", "dest", "tailnum")
VALUES = ("min", "max", "sum", "size", "mean", "var")

CASES = [
    Case(
        "flights: values",
        "flights",
        f"**{{f'{{c}}_{{f}}': each_row(getattr(tft, f)(i[c]), i) "
        f"for c in {NUMBERS} for f in {VALUES}}}",
        lambda i: {f"{c}_{f}": getattr(tb, f)(i[c]) for c in NUMBERS for f in VALUES},
        "one flight",
        only_served=True,
    ),
    Case(
        "flights: scaled",
        "flights",
        f"**{{c + '_z': tft.scale_to_z_score(i[c]) for c in {NUMBERS}}}, "
        f"**{{c + '_01': tft.scale_to_0_1(i[c]) for c in {NUMBERS}}}",
        lambda i: (
            {c + "_z": tb.scale_to_z_score(i[c]) for c in NUMBERS}
            | {c + "_01": tb.scale_to_0_1(i[c]) for c in NUMBERS}
        ),
        "some flights",
        only_served=True,
        absolute=1e-6,
        looser="TFT takes mean and variance in float32, batch by batch.",
        truth=truth.z_scores(NUMBERS),
    ),
    Case(
        "flights: terms",
        "flights",
        f"**{{c: tft.compute_and_apply_vocabulary(i[c], vocab_filename=c) for c in {TEXTS}}}, "
        "top=tft.compute_and_apply_vocabulary(i['tailnum'], top_k=100, num_oov_buckets=7, "
        "vocab_filename='top'), "
        "often=tft.compute_and_apply_vocabulary(i['tailnum'], frequency_threshold=200, "
        "vocab_filename='often')",
        lambda i: (
            {c: tb.compute_and_apply_vocabulary(i[c], vocab_filename=c) for c in TEXTS}
            | {
                "top": tb.compute_and_apply_vocabulary(
                    i["tailnum"],
                    top_k=100,
                    num_oov_buckets=7,
                    vocab_filename="top",
                    hash="farmhash64",
                ),
                "often": tb.compute_and_apply_vocabulary(
                    i["tailnum"], frequency_threshold=200, vocab_filename="often"
                ),
            }
        ),
        "some flights",
        only_served=True,
    ),
    Case(
        "flights: labels",
        "flights",
        "dest=tft.compute_and_apply_vocabulary(i['dest'], labels=i['month'], "
        "vocab_filename='dest'), "
        "adjusted=tft.compute_and_apply_vocabulary(i['carrier'], labels=i['month'], "
        "use_adjusted_mutual_info=True, vocab_filename='adjusted'), "
        "weighted=tft.compute_and_apply_vocabulary(i['dest'], weights=tf.cast(i['distance'], "
        "tf.float32), vocab_filename='weighted')",
        lambda i: {
            "dest": tb.compute_and_apply_vocabulary(
                i["dest"], labels=i["month"], vocab_filename="dest"
            ),
            "adjusted": tb.compute_and_apply_vocabulary(
                i["carrier"],
                labels=i["month"],
                use_adjusted_mutual_info=True,
                vocab_filename="adjusted",
            ),
            "weighted": tb.compute_and_apply_vocabulary(
                i["dest"], weights=i["distance"], vocab_filename="weighted"
            ),
        },
        "some flights",
        only_served=True,
    ),
    Case(
        "flights: z-scores by key",
        "flights",
        "z=tft.scale_to_z_score_per_key(i['sched_dep_time'], i['origin']), "
        "distance=tft.scale_to_z_score_per_key(i['distance'], i['origin'])",
        lambda i: {
            "z": tb.scale_to_z_score_per_key(i["sched_dep_time"], i["origin"]),
            "distance": tb.scale_to_z_score_per_key(i["distance"], i["origin"]),
        },
        "some flights",
        only_served=True,
        absolute=1e-3,
        looser="TFT takes mean and variance of each key in float32.",
        truth=truth.z_scores_per_key(
            z=("sched_dep_time", "origin"), distance=("distance", "origin")
        ),
    ),
    Difference(
        "flights: a key with one value",
        "flights",
        "z=tft.scale_to_z_score_per_key(i['distance'], i['carrier'])",
        lambda i: {"z": tb.scale_to_z_score_per_key(i["distance"], i["carrier"])},
        "a flight to Seattle",
        only_served=True,
        reason="All 714 flights of Alaska Airlines are equally long: 0, as for any key with one "
        "value. Of so many rows TFT makes NaN.",
        expected={"z": [[0.0]]},
        part="served",
    ),
    Case(
        "flights: scaled to ranges by key",
        "flights",
        "zero_one=tft.scale_to_0_1_per_key(i['sched_dep_time'], i['dest']), "
        "range=tft.scale_by_min_max_per_key(i['distance'], i['origin'], -1.0, 1.0)",
        lambda i: {
            "zero_one": tb.scale_to_0_1_per_key(i["sched_dep_time"], i["dest"]),
            "range": tb.scale_by_min_max_per_key(i["distance"], i["origin"], -1.0, 1.0),
        },
        "some flights",
        only_served=True,
        absolute=1e-7,
        looser="TFT shifts to the range in float32: near 0 digits cancel.",
        truth=truth.ranges_per_key(-1.0, 1.0, range=("distance", "origin")),
    ),
    Case(
        "flights: text",
        "flights",
        "**(lambda words: dict(bag=tft.bag_of_words(words, (1, 2), ' '), "
        "count=tft.word_count(words)))(tokens(tf.strings.join([i['carrier'], i['origin'], "
        "i['dest'], i['origin']], ' '))), "
        "hash=tft.hash_strings(i['dest'], 50), strong=tft.hash_strings(i['dest'], 50, key=[1, 2])",
        lambda i: text(i),
        "some flights",
        only_served=True,
    ),
    Case(
        "flights: histogram",
        "flights",
        "counts=each_row(tft.histogram(i['distance'], tf.constant([0, 500, 1000, 5000]))[0], i), "
        "carriers=each_row(tft.histogram(i['carrier'], categorical=True)[0], i), "
        "density=tft.estimated_probability_density(i['carrier'], categorical=True)",
        lambda i: {
            "counts": tb.histogram(i["distance"], [0, 500, 1000, 5000])[0],
            "carriers": tb.histogram(i["carrier"], categorical=True)[0],
            "density": tb.estimated_probability_density(i["carrier"], categorical=True),
        },
        "one flight",
        only_served=True,
    ),
    Case(
        "flights: quantiles",
        "flights",
        "**{c: each_row(tft.quantiles(i[c], 10, 0.01), i) for c in "
        "('sched_dep_time', 'distance', 'month')}",
        lambda i: {
            c: tb.quantiles(i[c], 10, 0.01) for c in ("sched_dep_time", "distance", "month")
        },
        "one flight",
        only_served=True,
    ),
]


def text(i: tb.Inputs) -> Mapping[str, tb.Column]:
    joined = i["carrier"] + " " + i["origin"] + " " + i["dest"] + " " + i["origin"]
    words = tb.split(joined)
    return {
        "bag": tb.bag_of_words(words, (1, 2), " "),
        "count": tb.word_count(words),
        "hash": tb.hash_strings(i["dest"], 50, hash="farmhash64"),
        "strong": tb.hash_strings(i["dest"], 50, key=[1, 2]),
    }
