"""Drift, skew, and numbers of examples."""

from __future__ import annotations

from benchmarks.peers.anomalies.case import AnomalyCase as Case
from benchmarks.peers.anomalies.parts import BYTES, INT, data
from benchmarks.peers.statistics_text import common, dataset, datasets, histogram, numbers, strings

UP_TO = "(up to six significant digits), above the threshold"
DISTANCES = (
    "infinity_norm { threshold: 0.1 } normalized_abs_difference { threshold: 0.1 } "
    "jensen_shannon_divergence { threshold: 0.1 }"
)

BOTH = (
    "histograms { type: STANDARD buckets { high_value: %r sample_count: 10 } } "
    "histograms { type: QUANTILES buckets { high_value: %r sample_count: 10 } }"
)


def distances(current: str, control: str) -> tuple[tuple[str, str, str], ...]:
    names = f"between {current} and {control}"
    largest = "The feature value with maximum difference is: a"
    nad = "normalized absolute difference"
    jsd = "approximate Jensen-Shannon divergence"
    return (
        (
            "COMPARATOR_L_INFTY_HIGH",
            f"High Linfty distance {names}",
            f"The Linfty distance {names} is 0.3 {UP_TO} 0.1. {largest}",
        ),
        (
            "COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH",
            f"High {nad} {names}",
            f"The {nad} {names} is 0.15 {UP_TO} 0.1. {largest}",
        ),
        (
            "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH",
            f"High {jsd} {names}",
            f"The {jsd} {names} is 0.140783 {UP_TO} 0.1.",
        ),
    )


CASES = [
    Case(
        "drift and skew",
        data(strings("x", {"a": 6, "b": 4})),
        BYTES % f"drift_comparator {{ {DISTANCES} }} skew_comparator {{ {DISTANCES} }}",
        previous=data(strings("x", {"b": 5, "a": 3, "c": 2})),
        serving=data(strings("x", {"b": 5, "a": 3, "c": 2})),
        reasons=(*distances("current", "previous"), *distances("training", "serving")),
    ),
    Case(
        "drift as large as the threshold",
        data(strings("x", {"a": 6, "b": 2})),
        BYTES % "drift_comparator { infinity_norm { threshold: 0.25 } }",
        previous=data(strings("x", {"a": 4, "b": 4})),
        reasons=(),
    ),
    Case(
        "drift of numbers",
        data(
            numbers("x", 0, 10, histograms=histogram((0.0, 10.0, 10))),
        ),
        INT % f"drift_comparator {{ {DISTANCES} }}",
        previous=data(numbers("x", 0, 20, histograms=histogram((0.0, 20.0, 10)))),
        reasons=(
            (
                "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH",
                "High approximate Jensen-Shannon divergence between current and previous",
                "The approximate Jensen-Shannon divergence between current and previous is "
                f"0.311278 {UP_TO} 0.1.",
            ),
        ),
    ),
    *(
        Case(
            f"drift of {source}",
            data(numbers("x", 0, 10, histograms=BOTH % (10.0, 5.0))),
            INT % "drift_comparator { jensen_shannon_divergence { threshold: 0.1 "
            f"source {{ type: {source} }} }} }}",
            previous=data(numbers("x", 0, 10, histograms=BOTH % (20.0, 20.0))),
            reasons=(
                (
                    "COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH",
                    "High approximate Jensen-Shannon divergence between current and previous",
                    "The approximate Jensen-Shannon divergence between current and previous is "
                    f"{distance} {UP_TO} 0.1.",
                ),
            ),
        )
        for source, distance in (("STANDARD", "0.311278"), ("QUANTILES", "0.548795"))
    ),
    Case(
        "drift by weight",
        datasets(
            dataset(
                strings(
                    "x",
                    {"a": 5, "b": 5},
                    weighted={"a": 9, "b": 1},
                    counts=common(weighted=(10, 0, 10)),
                ),
                weighted=10,
            )
        ),
        BYTES % "drift_comparator { infinity_norm { threshold: 0.1 } }",
        previous=data(strings("x", {"a": 5, "b": 5})),
        reasons=(
            (
                "COMPARATOR_L_INFTY_HIGH",
                "High Linfty distance between current and previous",
                f"The Linfty distance between current and previous is 0.9 {UP_TO} 0.1. The feature "
                "value with maximum difference is: a",
            ),
        ),
    ),
    Case(
        "control data missing",
        data(strings("x", {"a": 6, "b": 4})),
        BYTES % f"drift_comparator {{ {DISTANCES} }} skew_comparator {{ {DISTANCES} }}",
        previous=data(numbers("y")),
        serving=data(),
        reasons=(
            (
                "COMPARATOR_CONTROL_DATA_MISSING",
                "previous data missing",
                "previous data is missing.",
            ),
            ("COMPARATOR_CONTROL_DATA_MISSING", "serving data missing", "serving data is missing."),
        ),
    ),
    Case(
        "fewer examples than before",
        data(examples=5),
        "dataset_constraints { num_examples_drift_comparator { min_fraction_threshold: 0.9 } "
        "num_examples_version_comparator { max_fraction_threshold: 1.5 } min_examples_count: 6 }",
        previous=data(examples=10),
        previous_version=data(examples=2),
        reasons=(
            (
                "COMPARATOR_LOW_NUM_EXAMPLES",
                "Low num examples in current dataset versus the previous span.",
                "The ratio of num examples in the current dataset versus the previous span is 0.5 "
                "(up to six significant digits), which is below the threshold 0.9.",
            ),
            (
                "COMPARATOR_HIGH_NUM_EXAMPLES",
                "High num examples in current dataset versus the previous version.",
                "The ratio of num examples in the current dataset versus the previous version is "
                "2.5 (up to six significant digits), which is above the threshold 1.5.",
            ),
            (
                "DATASET_LOW_NUM_EXAMPLES",
                "Low num examples in dataset.",
                "The dataset has 5 examples, which is fewer than expected.",
            ),
        ),
    ),
    Case(
        "no examples before",
        data(examples=5),
        "dataset_constraints { num_examples_drift_comparator { max_fraction_threshold: 1.5 } "
        "min_examples_count: 1 max_examples_count: 4 }",
        previous=datasets(dataset(examples=0, name="All Examples")),
        reasons=(
            (
                "COMPARATOR_HIGH_NUM_EXAMPLES",
                "High num examples in current dataset versus the previous span, which has 0.",
                "The previous span has 0 examples, so there is a high number of examples in the "
                "current dataset versus the previous span.",
            ),
            (
                "DATASET_HIGH_NUM_EXAMPLES",
                "High num examples in dataset.",
                "The dataset has 5 examples, which is more than expected.",
            ),
        ),
    ),
    Case(
        "more examples than allowed, with no lower bound",
        data(examples=5),
        "dataset_constraints { max_examples_count: 4 }",
        reasons=(
            (
                "DATASET_HIGH_NUM_EXAMPLES",
                "High num examples in dataset.",
                "The dataset has 5 examples, which is more than expected.",
            ),
        ),
        differs="TFDV looks at the upper bound only where there is a lower one",
    ),
]
