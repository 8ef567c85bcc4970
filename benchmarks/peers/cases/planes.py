"""Planes: 3,322 rows of names, almost all of them rare."""

from __future__ import annotations

import taurus_beam as tb
from benchmarks.peers import truth
from benchmarks.peers.case import Case

TEXTS = ("tailnum", "type", "manufacturer", "model", "engine")
NUMBERS = ("year", "engines", "seats", "speed")

CASES = [
    Case(
        "planes: terms",
        "planes",
        f"**{{c: tft.compute_and_apply_vocabulary(i[c], vocab_filename=c) for c in {TEXTS}}}, "
        "shuffled=tft.compute_and_apply_vocabulary(i['model'], fingerprint_shuffle=True, "
        "vocab_filename='shuffled')",
        lambda i: (
            {c: tb.compute_and_apply_vocabulary(i[c], vocab_filename=c) for c in TEXTS}
            | {
                "shuffled": tb.compute_and_apply_vocabulary(
                    i["model"], fingerprint_shuffle=True, vocab_filename="shuffled"
                )
            }
        ),
    ),
    Case(
        "planes: z-scores",
        "planes",
        f"**{{c + '_z': tft.scale_to_z_score(i[c]) for c in {NUMBERS}}}",
        lambda i: {c + "_z": tb.scale_to_z_score(i[c]) for c in NUMBERS},
        absolute=2e-6,
        looser="TFT takes mean and variance in float32, batch by batch.",
        truth=truth.z_scores(NUMBERS),
    ),
    Case(
        "planes: z-scores by key",
        "planes",
        "seats=tft.scale_to_z_score_per_key(i['seats'], i['manufacturer'])",
        lambda i: {"seats": tb.scale_to_z_score_per_key(i["seats"], i["manufacturer"])},
        absolute=1e-3,
        looser="TFT takes mean and variance of each key in float32.",
        truth=truth.z_scores_per_key(seats=("seats", "manufacturer")),
    ),
    Case(
        "planes: words",
        "planes",
        "**(lambda words: dict(n=tft.ngrams(words, (1, 2), ' '), "
        "terms=tft.tfidf(tft.compute_and_apply_vocabulary(words, vocab_filename='w'), 20)[0], "
        "weights=tft.tfidf(tft.compute_and_apply_vocabulary(words, vocab_filename='w'), 20)[1]))("
        "tokens(i['type'])), hashes=tft.hash_strings(i['tailnum'], 1000), "
        "strong=tft.hash_strings(i['tailnum'], 1000, key=[7, 9])",
        lambda i: words(i),
    ),
]


def words(i: tb.Inputs) -> dict[str, tb.Column]:
    tokens = tb.split(i["type"])
    terms, weights = tb.tfidf(tb.compute_and_apply_vocabulary(tokens, vocab_filename="w"), 20)
    return {
        "n": tb.ngrams(tokens, (1, 2), " "),
        "terms": terms,
        "weights": weights,
        "hashes": tb.hash_strings(i["tailnum"], 1000, hash="farmhash64"),
        "strong": tb.hash_strings(i["tailnum"], 1000, key=[7, 9]),
    }
