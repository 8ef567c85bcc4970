"""A schema as HTML: its features, domains and constraints as tables.

The columns are those of `taurus_beam.validation.tables`, which are TFDV's; what these leave out
(environments, thresholds and the rest) stands in one more, so that nothing of a schema is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableSequence
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.report.markup import Html, bdi, element, joined, table
from taurus_beam.report.names import shown
from taurus_beam.validation.paths import serialize
from taurus_beam.validation.schema_edit import all_features
from taurus_beam.validation.tables import schema_tables

__all__ = ["schema_html"]

_MOST_VALUES = 60
# What the columns tell; bounds of numbers are in the column of domains, their flags are not.
_TOLD = frozenset(
    {"name", "type", "presence", "value_count", "value_counts", "shape", "domain", "struct_domain"}
)
_BOUNDS = ("min", "max", "name")


def schema_html(schema: schema_pb2.Schema, search: bool = True) -> Html:
    """Tables of features and of domains; a word where there are none.

    Args:
        schema: Any schema, whole or not.
        search: Whether there is a field to search the features; it needs the page's script.
    """
    parts: list[str] = [_features(schema, "Search the schema" * search)]
    for title, features in (
        ("Sparse features", schema.sparse_feature),
        ("Weighted features", schema.weighted_feature),
    ):
        if features:
            named = [[bdi(each.name), bdi(_plain(each, ("name",)))] for each in features]
            parts += [element("h3", title), table(["Feature name", "Made of"], named, title)]
    domains = [[bdi(name), values] for name, values in _domains(schema)]
    if domains:
        parts += [element("h3", "Domains"), table(["Domain", "Values"], domains, "Domains")]
    whole = [
        ("Default environments", ", ".join(schema.default_environment)),
        ("Constraints", _plain(schema.dataset_constraints)),
    ]
    told = [[name, bdi(text)] for name, text in whole if text]
    if told:
        parts += [element("h3", "The whole data set"), table(["What", "Value"], told, "Data set")]
    return joined(parts)


def _features(schema: schema_pb2.Schema, search: str) -> Html:
    features = list(all_features(schema))
    if not features:
        return element("p", "The schema has no features.")
    common, _ = schema_tables(schema)
    rows = [
        [bdi(serialize(path)), *map(bdi, cells), bdi(_further(feature))]
        for (path, feature), (_, *cells) in zip(features, common.rows, strict=True)
    ]
    columns = [*common.columns, "Further constraints"]
    return table(columns, rows, "Features of the schema", search=search)


def _further(feature: schema_pb2.Feature) -> str:
    told = []
    for field, value in feature.ListFields():
        if field.name not in _TOLD:
            text = _WORDS[field.name](value) if field.name in _WORDS else _value(field, value)
            told.append(f"{field.name.replace('_', ' ')}: {text}" if text else "")
    fraction = feature.presence.min_fraction
    if 0 < fraction < 1:
        told.append(f"in {100 * fraction:g} % of the examples at least")
    if feature.presence.min_count > 1:
        told.append(f"in {feature.presence.min_count:,} examples at least")
    return "; ".join(filter(None, told))


def _thresholds(comparator: schema_pb2.FeatureComparator) -> str:
    return ", ".join(
        f"{field.name.replace('_', ' ')} ≤ {value.threshold:g}"
        for field, value in comparator.ListFields()
    )


def _beside_bounds(domain: Any) -> str:
    return _plain(domain, _BOUNDS)


def _name_only(domain: Any) -> str:
    return str(domain.name)


_WORDS: dict[str, Callable[[Any], str]] = {
    "drift_comparator": _thresholds,
    "skew_comparator": _thresholds,
    "int_domain": _beside_bounds,
    "float_domain": _beside_bounds,
    "string_domain": _name_only,
}


def _domains(schema: schema_pb2.Schema) -> Iterator[tuple[str, str]]:
    own = [f.string_domain for _, f in all_features(schema) if f.HasField("string_domain")]
    for domain in (*schema.string_domain, *own):
        values = domain.value[:_MOST_VALUES]
        told = [part for each in values for part in (element("code", bdi(shown(each, 80))), " ")]
        more = len(domain.value) - len(values)
        yield domain.name, element("div", *told, f"and {more:,} more" if more else "")
    for domain in (*schema.int_domain, *schema.float_domain):
        yield domain.name, bdi(_plain(domain, ("name",)))


def _plain(message: Any, without: tuple[str, ...] = ()) -> str:
    """The fields of a message in one line."""
    return "; ".join(
        f"{field.name.replace('_', ' ')}: {_value(field, value)}"
        for field, value in message.ListFields()
        if field.name not in without
    )


def _value(field: Any, value: Any) -> str:
    # Both texts and repeated fields are sequences; only the latter can grow.
    if isinstance(value, MutableSequence):
        return ", ".join(_single(field, each) for each in value)
    return _single(field, value)


def _single(field: Any, value: Any) -> str:
    if field.message_type is not None:
        return f"({_plain(value)})"
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return str(known.name if known else value)
    return f"{value:g}" if isinstance(value, float) else str(value)
