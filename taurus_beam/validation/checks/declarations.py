"""What a schema says about a feature that cannot be meant: found before any data are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from taurus_beam.validation.case import Case
from taurus_beam.validation.changes import Change, assign, clear, deprecate
from taurus_beam.validation.feature_constraints import TYPES_OF_DOMAIN
from taurus_beam.validation.findings import WARNING, Finding

__all__ = [
    "declared_counts",
    "declared_domain",
    "declared_fraction",
    "declared_shape",
    "declared_type",
    "domain_fits_type",
    "malformed_bool_domain",
    "malformed_string_domain",
]

Kind = anomalies_pb2.AnomalyInfo
_ALL_TYPES = (schema_pb2.INT, schema_pb2.FLOAT, schema_pb2.BYTES, schema_pb2.STRUCT)
_NO_DISTRIBUTION: dict[str | None, str] = {
    "bool_domain": "distribution constraints not supported for bool domains.",
    "int_domain": "distribution constraints not supported for int domains.",
    "float_domain": "distribution constraints not supported for float domains.",
    "struct_domain": "distribution constraints not supported for struct domains.",
    None: "distribution constraints require domain or string domain.",
    **dict.fromkeys(
        ("natural_language_domain", "image_domain", "mid_domain", "url_domain", "time_domain"),
        "distribution constraints not supported for semantic domains.",
    ),
}


def declared_type(case: Case) -> Iterator[Finding]:
    """The feature has no name or no type."""
    feature = case.feature
    if not feature.HasField("name"):
        yield Finding(
            Kind.FEATURE_MISSING_NAME,
            "unspecified name (maybe meant to be the empty string): find name rather than "
            "deprecating.",
            fix=deprecate(feature),
        )
    elif not feature.HasField("type"):
        if feature.WhichOneof("domain_info") in ("domain", "string_domain"):
            yield Finding(
                Kind.FEATURE_MISSING_TYPE,
                "unspecified type: inferring the type to be BYTES, given the domain specified.",
                fix=assign(feature, type=schema_pb2.BYTES),
            )
        else:
            yield Finding(
                Kind.FEATURE_MISSING_TYPE,
                "unspecified type: determine the type and set it, rather than deprecating.",
                fix=deprecate(feature),
            )


def declared_fraction(case: Case) -> Iterator[Finding]:
    """The smallest share of examples that must have the feature is no share."""
    presence = case.feature.presence
    if presence.min_fraction < 0:
        yield _invalid(
            "min_fraction should not be negative: clear is equal to zero",
            fix=clear(presence, "min_fraction"),
        )
    if presence.min_fraction > 1:
        yield _invalid(
            "min_fraction should not greater than 1", fix=assign(presence, min_fraction=1.0)
        )


def declared_counts(case: Case) -> Iterator[Finding]:
    """The fewest values of an example are below zero, or above the most."""
    feature = case.feature
    yield from _count(feature.value_count, "ValueCount")
    for level, count in enumerate(feature.value_counts.value_count):
        yield from _count(count, "ValueCounts", f" at level {level}")


def declared_shape(case: Case) -> Iterator[Finding]:
    """A dimension of the shape has no size."""
    if any(dim.size <= 0 for dim in case.feature.shape.dim):
        yield _invalid(
            "Shape.dim.size must be a positive integer", fix=clear(case.feature, "shape")
        )


def domain_fits_type(case: Case) -> Iterator[Finding]:
    """The domain is not one of such a type."""
    feature, kind = case.feature, case.draft.domain_kind
    if feature.type not in TYPES_OF_DOMAIN.get(kind or "", _ALL_TYPES):
        named = feature.WhichOneof("domain_info") or "UNSET"
        yield Finding(
            Kind.DOMAIN_INVALID_FOR_TYPE,
            "The domain does not match the type",
            f'The domain "{named}" does not match the type: '
            f"{schema_pb2.FeatureType.Name(feature.type)}",
            clear(feature, "domain_info"),
        )


def declared_domain(case: Case) -> Iterator[Finding]:
    """The domain is none of the schema's, of a kind not validated, or without the values counted
    that distribution constraints are about."""
    feature, kind = case.feature, case.draft.domain_kind
    if kind == "domain" and case.draft.string_domain is None:
        yield Finding(
            Kind.INVALID_DOMAIN_SPECIFICATION,
            f"missing domain: {feature.domain}",
            fix=clear(feature, "domain_info"),
        )
    elif kind is not None and kind not in TYPES_OF_DOMAIN:
        yield Finding(
            Kind.INVALID_DOMAIN_SPECIFICATION,
            "internal issue: unknown domain_info type",
            fix=clear(feature, "domain_info"),
        )
    elif kind in _NO_DISTRIBUTION and feature.HasField("distribution_constraints"):
        yield _invalid(_NO_DISTRIBUTION[kind], fix=clear(feature, "distribution_constraints"))


def malformed_bool_domain(case: Case) -> Iterator[Finding]:
    """True and false are the same string (TFDV has the text, but never says it)."""
    domain = case.feature.bool_domain
    both = domain.HasField("true_value") and domain.HasField("false_value")
    if both and domain.true_value == domain.false_value:
        yield Finding(
            Kind.BOOL_TYPE_INVALID_CONFIG,
            "Malformed BoolDomain",
            f"True and false value equal for BoolDomain: {domain.true_value}.",
            clear(domain, "false_value"),
            WARNING,
        )


def malformed_string_domain(case: Case) -> Iterator[Finding]:
    """A string domain has a value twice (TFDV has the text, but never says it)."""
    domain = case.draft.string_domain
    if domain is None:
        return
    times = Counter(domain.value)
    if len(times) < len(domain.value):
        repeated = ", ".join(value for value, count in times.items() if count > 1)

        def keep_first() -> None:
            del domain.value[:]
            domain.value.extend(times)

        yield Finding(
            Kind.INVALID_DOMAIN_SPECIFICATION,
            "Malformed StringDomain",
            f"Repeated values in StringDomain: {repeated}.",
            keep_first,
            WARNING,
        )


def _count(count: schema_pb2.ValueCount, name: str, where: str = "") -> Iterator[Finding]:
    def long(field: str, rest: str) -> str:
        return f"{name}.{field}{where} {rest}." if where else ""

    if count.min < 0:
        rest = "should not be negative"
        yield _invalid(f"{name}.min {rest}", long("min", rest), fix=clear(count, "min"))
    if count.HasField("max") and count.max < count.min:
        rest = "should not be less than min"
        yield _invalid(f"{name}.max {rest}", long("max", rest), fix=assign(count, max=count.min))


def _invalid(short: str, long: str = "", *, fix: Change) -> Finding:
    return Finding(Kind.INVALID_SCHEMA_SPECIFICATION, short, long, fix)
