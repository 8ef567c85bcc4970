"""The data set as a whole: how many examples it has, alone and against an earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.validation.changes import assign, clear
from taurus_beam.validation.dataset_view import DatasetView
from taurus_beam.validation.findings import Finding
from taurus_beam.validation.numbers_in_text import six_digits

__all__ = ["DatasetCase", "num_examples", "num_examples_drift", "num_examples_version"]

Kind = anomalies_pb2.AnomalyInfo


@dataclass(frozen=True)
class DatasetCase:
    """A data set under the schema's constraints.

    Attributes:
        data: The data set.
        constraints: What the schema asks of it, as changed by the findings so far.
        previous: The data set of the previous span, if there is one.
        previous_version: The data set of the previous version, if there is one.
    """

    data: DatasetView
    constraints: schema_pb2.DatasetConstraints
    previous: DatasetView | None = None
    previous_version: DatasetView | None = None


def num_examples_drift(case: DatasetCase) -> Iterator[Finding]:
    """The number of examples against that of the previous span."""
    comparator = case.constraints.num_examples_drift_comparator
    return _ratio(case.data, case.previous, comparator, "previous span")


def num_examples_version(case: DatasetCase) -> Iterator[Finding]:
    """The number of examples against that of the previous version."""
    comparator = case.constraints.num_examples_version_comparator
    return _ratio(case.data, case.previous_version, comparator, "previous version")


def num_examples(case: DatasetCase) -> Iterator[Finding]:
    """Fewer or more examples than the schema allows."""
    constraints, found = case.constraints, case.data.num_examples
    if constraints.HasField("min_examples_count") and found < constraints.min_examples_count:
        yield Finding(
            Kind.DATASET_LOW_NUM_EXAMPLES,
            "Low num examples in dataset.",
            f"The dataset has {six_digits(found)} examples, which is fewer than expected.",
            assign(constraints, min_examples_count=int(found)),
        )
    if constraints.HasField("max_examples_count") and found > constraints.max_examples_count:
        yield Finding(
            Kind.DATASET_HIGH_NUM_EXAMPLES,
            "High num examples in dataset.",
            f"The dataset has {six_digits(found)} examples, which is more than expected.",
            assign(constraints, max_examples_count=int(found)),
        )


def _ratio(
    data: DatasetView,
    control: DatasetView | None,
    comparator: schema_pb2.NumericValueComparator,
    name: str,
) -> Iterator[Finding]:
    if control is None:
        return
    current, before = data.num_examples, control.num_examples
    least, most = comparator.min_fraction_threshold, comparator.max_fraction_threshold
    title = f"num examples in current dataset versus the {name}"
    if before == 0:
        if comparator.HasField("max_fraction_threshold"):
            yield Finding(
                Kind.COMPARATOR_HIGH_NUM_EXAMPLES,
                f"High {title}, which has 0.",
                f"The {name} has 0 examples, so there is a high number of examples in the current "
                f"dataset versus the {name}.",
                clear(comparator, "max_fraction_threshold"),
            )
        return
    ratio = current / before
    says = (
        f"The ratio of num examples in the current dataset versus the {name} is "
        f"{six_digits(ratio)} (up to six significant digits), which is"
    )
    if comparator.HasField("max_fraction_threshold") and ratio > most:
        yield Finding(
            Kind.COMPARATOR_HIGH_NUM_EXAMPLES,
            f"High {title}.",
            f"{says} above the threshold {six_digits(most)}.",
            assign(comparator, max_fraction_threshold=ratio),
        )
    if comparator.HasField("min_fraction_threshold") and ratio < least:
        yield Finding(
            Kind.COMPARATOR_LOW_NUM_EXAMPLES,
            f"Low {title}.",
            f"{says} below the threshold {six_digits(least)}.",
            assign(comparator, min_fraction_threshold=ratio),
        )
