"""Schema skew: where the schema of training data and that of serving data disagree.

Compares two schemas, or the schemas that statistics imply. That a feature belongs to one of the
two environments only, as the training schema may say of a label, is no skew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.draft import Draft, shared_domains
from taurus_beam.validation.environments import check_environment, is_in_environment
from taurus_beam.validation.infer import infer_schema
from taurus_beam.validation.lifecycle import is_retired
from taurus_beam.validation.paths import Path, serialize
from taurus_beam.validation.schema_index import SchemaIndex

__all__ = ["SchemaDifference", "schema_skew"]

_MOST_VALUES = 10


@dataclass(frozen=True)
class SchemaDifference:
    """One thing that training and serving disagree on.

    Attributes:
        path: The feature, as text: steps joined by dots.
        kind: ``missing`` (in one of them), ``type``, ``presence``, ``valency`` or ``domain``.
        training: What training says.
        serving: What serving says.
    """

    path: str
    kind: str
    training: str
    serving: str

    def __str__(self) -> str:
        return f"{self.path}: {self.kind}: training {self.training}, serving {self.serving}"


def schema_skew(
    training: Any, serving: Any, serving_environment: str | None = None
) -> tuple[SchemaDifference, ...]:
    """Lists where training and serving disagree on features, types, presence or domains.

    Args:
        training: A ``Schema``, or a ``DatasetFeatureStatisticsList`` whose inferred schema it is.
        serving: The same of serving.
        serving_environment: The environment of serving in the training schema. Features that it
            keeps out of that environment are not expected in serving.

    Returns:
        The differences by path, in the order of the training schema, then of the serving schema.
        Retired features (deprecated, planned, ...) count as absent. Of presence only whether every
        row has the feature is compared, not ``min_count``; a fixed shape is compared as the
        number of values that it means. Inferred from statistics, a type or presence may differ
        because one data set is small.

    Raises:
        DataError: An argument is neither, or the environment is not in the training schema.

    Example:
        >>> def schema(text):
        ...     return text_format.Parse(text, schema_pb2.Schema())
        >>> found = schema_skew(schema('feature { name: "x" type: INT }'),
        ...                     schema('feature { name: "x" type: FLOAT }'))
        >>> print(found[0])
        x: type: training INT, serving FLOAT
    """
    a, b = _schema(training, "training"), _schema(serving, "serving")
    check_environment(a, serving_environment)
    expected = _features(a, serving_environment)
    # In its own schema, everything that serving has counts.
    found = _features(b, None)
    known = _features(a, None)
    differences: list[SchemaDifference] = []
    for path in dict.fromkeys([*known, *found]):
        if path in expected and path in found:
            differences += _compared(path, expected[path], found[path])
        elif path in expected and _is_root_of_gap(path, found):
            differences.append(SchemaDifference(serialize(path), "missing", "has it", "lacks it"))
        elif path in found and path not in expected and _is_root_of_gap(path, expected):
            text = "keeps it out of serving" if path in known else "lacks it"
            differences.append(SchemaDifference(serialize(path), "missing", text, "has it"))
    return tuple(differences)


def _schema(given: Any, what: str) -> schema_pb2.Schema:
    if isinstance(given, schema_pb2.Schema):
        return given
    if isinstance(given, statistics_pb2.DatasetFeatureStatisticsList):
        return infer_schema(given)
    raise DataError(
        f"{what} is a {type(given).__name__}.",
        expected="a Schema or DatasetFeatureStatisticsList proto",
        fix="Pass what tb.infer_schema or tb.statistics gave.",
    )


def _features(schema: schema_pb2.Schema, environment: str | None) -> dict[Path, Draft]:
    """The features that count, by path; fields count if the struct around them does."""
    found: dict[Path, Draft] = {}
    shared = shared_domains(schema)
    for path, feature in SchemaIndex(schema).features.items():
        inside = len(path) == 1 or path[:-1] in found
        belongs = is_in_environment(feature, schema.default_environment, environment)
        if inside and belongs and not is_retired(feature):
            found[path] = Draft(schema, feature, shared)
    return found


def _is_root_of_gap(path: Path, others: dict[Path, Draft]) -> bool:
    """Whether a feature that the other side lacks is worth a line: not below a missing struct."""
    return len(path) == 1 or path[:-1] in others


def _compared(path: Path, training: Draft, serving: Draft) -> Iterator[SchemaDifference]:
    for kind, told in (
        ("type", _type),
        ("presence", _presence),
        ("valency", _valency),
        ("domain", _domain),
    ):
        a, b = told(training), told(serving)
        if a != b:
            shown = _values_apart(training, serving) if kind == "domain" else None
            yield SchemaDifference(serialize(path), kind, *(shown or (a, b)))


def _type(draft: Draft) -> str:
    return str(schema_pb2.FeatureType.Name(draft.feature.type))


def _presence(draft: Draft) -> str:
    return "in every row" if draft.feature.presence.min_fraction >= 1 else "optional"


def _valency(draft: Draft) -> str:
    feature = draft.feature
    if feature.HasField("shape"):
        size = 1
        for dim in feature.shape.dim:
            size *= dim.size
        return _bounds(size, size)
    if feature.HasField("value_counts"):
        levels = feature.value_counts.value_count
        return " of ".join(_value_count(level) for level in levels)
    return _value_count(feature.value_count)


def _value_count(count: schema_pb2.ValueCount) -> str:
    return _bounds(
        count.min if count.HasField("min") else None, count.max if count.HasField("max") else None
    )


def _domain(draft: Draft) -> str:
    """The domain as text that is equal where the domain is."""
    kind = draft.domain_kind
    if kind in (None, "struct_domain"):  # fields are compared on their own
        return "none"
    values = _string_values(draft)
    if values is not None:
        return "strings " + ", ".join(sorted(values))
    domain = draft.int_domain if kind == "int_domain" else draft.float_domain
    if kind in ("int_domain", "float_domain") and domain is not None:
        low = domain.min if domain.HasField("min") else None
        high = domain.max if domain.HasField("max") else None
        text = f"{kind.removesuffix('_domain')} {_bounds(low, high)}"
        bans = [ban for ban in ("nan", "inf") if getattr(domain, f"disallow_{ban}", False)]
        categorical = ["categorical"] if domain.is_categorical else []
        return ", ".join([text, *(f"no {ban}" for ban in bans), *categorical])
    if kind == "domain":
        return f"domain {draft.feature.domain!r}, which the schema lacks"
    shown = text_format.MessageToString(getattr(draft.feature, kind), as_one_line=True)
    return f"{kind} {{ {shown} }}" if shown else kind


def _string_values(draft: Draft) -> set[str] | None:
    domain = draft.string_domain
    if draft.domain_kind not in ("domain", "string_domain") or domain is None:
        return None
    return set(domain.value)


def _values_apart(training: Draft, serving: Draft) -> tuple[str, str] | None:
    """Of two string domains, the values that only one of them has."""
    a, b = _string_values(training), _string_values(serving)
    if a is None or b is None:
        return None
    return _also(a - b), _also(b - a)


def _also(values: set[str]) -> str:
    if not values:
        return "has no others"
    listed = ", ".join(sorted(values)[:_MOST_VALUES])
    rest = len(values) - _MOST_VALUES
    return f"also has {listed}" + (f" and {rest} more" if rest > 0 else "")


def _bounds(low: Any, high: Any) -> str:
    if low is None and high is None:
        return "any"
    if low == high:
        return f"{low:g}"
    if high is None:
        return f"{low:g} or more"
    return f"up to {high:g}" if low is None else f"{low:g} to {high:g}"
