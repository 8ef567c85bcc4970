"""What one feature of a schema says that no data can satisfy, or that never has an effect.

Sees the feature alone: names, references and other features are for
`taurus_beam.validation.schema_check`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["TYPES_OF_DOMAIN", "Fault", "constraint_faults"]

_INT, _FLOAT, _BYTES, _STRUCT = (
    schema_pb2.INT,
    schema_pb2.FLOAT,
    schema_pb2.BYTES,
    schema_pb2.STRUCT,
)
TYPES_OF_DOMAIN = {
    "domain": (_BYTES,),
    "string_domain": (_BYTES,),
    "bool_domain": (_INT, _BYTES, _FLOAT),
    "int_domain": (_INT, _BYTES),
    "float_domain": (_FLOAT, _BYTES),
    "struct_domain": (_STRUCT,),
    "natural_language_domain": (_BYTES, _INT),
    "image_domain": (_BYTES,),
    "mid_domain": (_BYTES,),
    "url_domain": (_BYTES,),
    "time_domain": (_INT, _BYTES),
}


@dataclass(frozen=True)
class Fault:
    """Something wrong with a feature.

    Attributes:
        field: The way to the field concerned, from the feature: ``("presence", "min_fraction")``,
            with ``name[2]`` for the third of several.
        what: What is wrong.
        fix: What to do about it.
        is_error: Whether it is wrong; if not, it only has no effect.
    """

    field: tuple[str, ...]
    what: str
    fix: str
    is_error: bool = True


def constraint_faults(feature: Any) -> Iterator[Fault]:
    """All faults of one feature, in the order of its fields."""
    for check in _CHECKS:
        yield from check(feature)


def _type(feature: Any) -> Iterator[Fault]:
    if feature.type == schema_pb2.TYPE_UNKNOWN:
        yield Fault((), "There is no type.", "Add type: INT, FLOAT, BYTES or STRUCT.")


def _presence(feature: Any) -> Iterator[Fault]:
    fraction = feature.presence.min_fraction
    if not 0 <= fraction <= 1:
        yield Fault(
            ("presence", "min_fraction"),
            f"The fraction {fraction:g} is not between 0 and 1.",
            "Give the least share of examples that have the feature, such as 0.95.",
        )
    if feature.presence.min_count < 0:
        yield Fault(
            ("presence", "min_count"),
            f"The count {feature.presence.min_count} is negative.",
            "Give the least number of examples that have the feature.",
        )


def _valency(feature: Any) -> Iterator[Fault]:
    yield from _count(feature.value_count, ("value_count",))
    for level, count in enumerate(feature.value_counts.value_count):
        yield from _count(count, ("value_counts", f"value_count[{level}]"))
    for number, dim in enumerate(feature.shape.dim):
        if dim.size <= 0:
            yield Fault(
                ("shape", f"dim[{number}]"),
                f"A dimension has size {dim.size}.",
                "Give the number of values, or use value_count if it varies.",
            )


def _count(count: Any, field: tuple[str, ...]) -> Iterator[Fault]:
    if count.min < 0:
        yield Fault((*field, "min"), f"The count {count.min} is negative.", "Give 0 or more.")
    yield from _empty_range(count, field, "values")


def _empty_range(bounds: Any, field: tuple[str, ...], what: str) -> Iterator[Fault]:
    """Least above most, where both are said."""
    if bounds.HasField("min") and bounds.HasField("max") and bounds.min > bounds.max:
        yield Fault(
            (*field, "max"),
            f"No number of {what} is from {bounds.min} to {bounds.max}.",
            "Exchange min and max, or widen the range.",
        )


def _domain_fits(feature: Any) -> Iterator[Fault]:
    kind = feature.WhichOneof("domain_info")
    types = TYPES_OF_DOMAIN.get(kind or "")
    if kind is None or feature.type == schema_pb2.TYPE_UNKNOWN:
        return
    if types is None:
        yield Fault((kind,), f"{kind} is not validated by anything.", "Remove it.", False)
    elif feature.type not in types:
        allowed = " or ".join(map(schema_pb2.FeatureType.Name, types))
        yield Fault(
            (kind,),
            f"{kind} does not go with type {schema_pb2.FeatureType.Name(feature.type)}.",
            f"Remove it, or make the type {allowed}.",
        )


def _numeric_domains(feature: Any) -> Iterator[Fault]:
    ints, floats = feature.int_domain, feature.float_domain
    if feature.HasField("int_domain") and _is_empty(ints):
        yield Fault(
            ("int_domain", "max"),
            f"No integer is from {ints.min} to {ints.max}.",
            "Exchange min and max, or widen the range.",
        )
    if not feature.HasField("float_domain"):
        return
    for bound in ("min", "max"):
        if math.isnan(getattr(floats, bound)):
            yield Fault(
                ("float_domain", bound),
                f"{bound} is NaN, which no number is less or greater than.",
                "Remove it; disallow_nan: true refuses NaN.",
            )
    if _is_empty(floats):
        yield Fault(
            ("float_domain", "max"),
            f"No number is from {floats.min:g} to {floats.max:g}.",
            "Exchange min and max, or widen the range.",
        )


def _is_empty(domain: Any) -> bool:
    return bool(domain.HasField("min") and domain.HasField("max") and domain.min > domain.max)


def _value_domains(feature: Any) -> Iterator[Fault]:
    boolean = feature.bool_domain
    both = boolean.HasField("true_value") and boolean.HasField("false_value")
    if both and boolean.true_value == boolean.false_value:
        yield Fault(
            ("bool_domain", "false_value"),
            f"{boolean.true_value!r} is both true and false.",
            "Give two different values.",
        )
    if feature.HasField("string_domain") and not feature.string_domain.value:
        yield Fault(
            ("string_domain",),
            "The domain has no value, so every value is an anomaly.",
            "Add its values, or remove it.",
        )


def _distribution(feature: Any) -> Iterator[Fault]:
    if not feature.HasField("distribution_constraints"):
        return
    mass = feature.distribution_constraints.min_domain_mass
    if not 0 <= mass <= 1:
        yield Fault(
            ("distribution_constraints", "min_domain_mass"),
            f"The share {mass:g} is not between 0 and 1.",
            "Give the least share of values that are in the domain, such as 0.99.",
        )
    if feature.WhichOneof("domain_info") not in ("domain", "string_domain"):
        yield Fault(
            ("distribution_constraints",),
            "Distribution constraints go with string domains only.",
            "Remove them, or give the feature a string domain.",
        )


def _unique(feature: Any) -> Iterator[Fault]:
    if not feature.HasField("unique_constraints"):
        return
    bounds = feature.unique_constraints
    yield from _empty_range(bounds, ("unique_constraints",), "distinct values")
    if not bounds.HasField("max"):
        yield Fault(
            ("unique_constraints",),
            "Without max, TFDV takes 0 for it and refuses every value.",
            "Add max.",
            False,
        )


def _environments(feature: Any) -> Iterator[Fault]:
    for environment in sorted(set(feature.in_environment) & set(feature.not_in_environment)):
        yield Fault(
            ("not_in_environment",),
            f"The feature is both in and not in environment {environment}.",
            "Remove one of them; in_environment wins.",
        )


def _comparators(feature: Any) -> Iterator[Fault]:
    for comparator in ("drift_comparator", "skew_comparator"):
        for measure, inner in getattr(feature, comparator).ListFields():
            field = (comparator, measure.name, "threshold")
            if math.isnan(inner.threshold) or inner.threshold < 0:
                yield Fault(
                    field,
                    f"The threshold {inner.threshold:g} is no distance.",
                    "Give a number from 0 to 1.",
                )
            elif inner.threshold >= 1:
                yield Fault(
                    field,
                    f"A distance is never more than {inner.threshold:g}, so this finds nothing.",
                    "Give a number below 1.",
                    False,
                )


def _semantic_domains(feature: Any) -> Iterator[Fault]:
    share = feature.image_domain.minimum_supported_image_fraction
    if not 0 <= share <= 1:
        yield Fault(
            ("image_domain", "minimum_supported_image_fraction"),
            f"The share {share:g} is not between 0 and 1.",
            "Give the least share of images, such as 0.99.",
        )
    language = feature.natural_language_domain
    if not 0 <= language.coverage.min_coverage <= 1:
        yield Fault(
            ("natural_language_domain", "coverage", "min_coverage"),
            f"The share {language.coverage.min_coverage:g} is not between 0 and 1.",
            "Give the least share of tokens that are in the vocabulary, such as 0.9.",
        )
    for number, token in enumerate(language.token_constraints):
        field = ("natural_language_domain", f"token_constraints[{number}]")
        for low, high in (
            ("min_per_sequence", "max_per_sequence"),
            ("min_fraction_of_sequences", "max_fraction_of_sequences"),
        ):
            both = token.HasField(low) and token.HasField(high)
            if both and getattr(token, low) > getattr(token, high):
                yield Fault(
                    (*field, high),
                    f"Nothing is from {getattr(token, low):g} to {getattr(token, high):g}.",
                    f"Exchange {low} and {high}, or widen the range.",
                )


_CHECKS: tuple[Callable[[Any], Iterator[Fault]], ...] = (
    _type,
    _presence,
    _valency,
    _domain_fits,
    _numeric_domains,
    _value_domains,
    _distribution,
    _unique,
    _environments,
    _comparators,
    _semantic_domains,
)
