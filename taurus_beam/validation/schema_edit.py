"""Looking into a schema and changing it from Python, under TFDV's names.

These change the schema they are given, as TFDV's do; what data say plays no part here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation import paths
from taurus_beam.validation.environments import check_environment, is_in_environment
from taurus_beam.validation.schema_words import meant

__all__ = [
    "all_features",
    "features_in_environment",
    "generate_dummy_schema_with_paths",
    "get_domain",
    "get_feature",
    "set_domain",
    "set_environments",
]

_LOG = logging.getLogger(__name__)
_DOMAIN_INFO = schema_pb2.Feature.DESCRIPTOR.oneofs_by_name["domain_info"].fields
_DOMAIN_FIELDS = {f.message_type.name: f.name for f in _DOMAIN_INFO if f.message_type is not None}


def get_feature(schema: Any, feature_path: str | Sequence[str]) -> Any:
    """The feature of a name, or inside a struct at a path.

    Args:
        schema: A `Schema` proto.
        feature_path: A name, or the steps of a path: ``("trip", "fare")``.

    Returns:
        The `Feature` inside the schema: what is changed in it is changed in the schema.

    Raises:
        DataError: If there is none, or a step on the way is no struct.

    Example:
        >>> from tensorflow_metadata.proto.v0 import schema_pb2
        >>> schema = generate_dummy_schema_with_paths([("fare",), ("trip", "miles")])
        >>> get_feature(schema, "fare").type = schema_pb2.FLOAT
        >>> get_feature(schema, ("trip", "miles")).name, schema.feature[0].type == schema_pb2.FLOAT
        ('miles', True)
    """
    _check_schema(schema)
    path = _path(feature_path)
    container = schema.feature
    feature = None
    for depth, step in enumerate(path):
        if feature is not None and not _is_struct(feature):
            raise DataError(
                f"Feature {paths.serialize(path[:depth])} of the schema is no struct, so there is "
                f"no {paths.serialize(path)} in it."
            )
        feature = next((f for f in container if f.name == step), None)
        if feature is None:
            names = [f.name for f in container]
            near = meant(step, names)
            raise DataError(
                f"Feature {paths.serialize(path[: depth + 1])} not found in the schema.",
                expected=f"one of {', '.join(names[:20])}" if names else "features in the schema",
                fix=f"Did you mean {near!r}?" if near else None,
            )
        container = feature.struct_domain.feature
    return feature


def get_domain(schema: Any, feature_path: str | Sequence[str]) -> Any:
    """The domain of a feature, wherever the schema keeps it.

    Returns:
        The domain proto inside the schema; for ``domain: "name"`` the schema's string domain.

    Raises:
        DataError: If there is no such feature, it has no domain, or names one that is not there.

    Example:
        >>> from tensorflow_metadata.proto.v0 import schema_pb2
        >>> schema = generate_dummy_schema_with_paths([("carrier",)])
        >>> _ = schema.string_domain.add(name="carriers", value=["AA", "UA"])
        >>> set_domain(schema, "carrier", "carriers")
        >>> list(get_domain(schema, "carrier").value)
        ['AA', 'UA']
    """
    feature = get_feature(schema, feature_path)
    name = paths.serialize(_path(feature_path))
    kind = feature.WhichOneof("domain_info")
    if kind is None:
        raise DataError(f"Feature {name} has no domain associated with it.")
    if kind != "domain":
        return getattr(feature, kind)
    return _string_domain(schema, feature.domain, f"feature {name}")


def set_domain(schema: Any, feature_path: str | Sequence[str], domain: Any) -> None:
    """Give a feature a domain, in place of one it has.

    Args:
        schema: A `Schema` proto; changed.
        feature_path: A name, or the steps of a path.
        domain: A domain proto (`IntDomain`, `FloatDomain`, `StringDomain`, `BoolDomain`, ...), or
            the name of a string domain of the schema.

    Raises:
        DataError: If there is no such feature, it is a struct, or the domain is none.
    """
    feature = get_feature(schema, feature_path)
    name = paths.serialize(_path(feature_path))
    if _is_struct(feature):
        raise DataError(
            f"Could not set the domain of a STRUCT feature {name}.",
            fix="Set the domains of its fields.",
        )
    field = "domain" if isinstance(domain, str) else _DOMAIN_FIELDS.get(_message_name(domain))
    if field is None:
        raise DataError(
            f"{type(domain).__name__} is no domain.",
            where=f"feature {name}",
            expected=f"{', '.join(_DOMAIN_FIELDS)}, or the name of a string domain of the schema",
        )
    if isinstance(domain, str):
        _string_domain(schema, domain, f"feature {name}")
    if feature.WhichOneof("domain_info") is not None:
        _LOG.warning('Replacing existing domain of feature "%s".', name)
    if isinstance(domain, str):
        feature.domain = domain
    else:
        getattr(feature, field).CopyFrom(domain)


def generate_dummy_schema_with_paths(feature_paths: Iterable[Sequence[str] | str]) -> Any:
    """A schema that has features at these paths, and says nothing else about them.

    Example:
        >>> print(generate_dummy_schema_with_paths(["a", ("b", "c")]))
        feature {
          name: "a"
        }
        feature {
          name: "b"
          struct_domain {
            feature {
              name: "c"
            }
          }
        }
        <BLANKLINE>
    """
    schema = schema_pb2.Schema()
    for each in feature_paths:
        container = schema.feature
        for step in _path(each):
            feature = next((f for f in container if f.name == step), None)
            if feature is None:
                feature = container.add(name=step)
            container = feature.struct_domain.feature  # unset until a feature is added to it
    return schema


def all_features(schema: Any) -> Iterator[tuple[paths.Path, Any]]:
    """Paths and features of a schema, those of structs included, parents before children."""
    _check_schema(schema)
    yield from _below((), schema.feature)


def set_environments(
    schema: Any,
    feature_path: str | Sequence[str],
    in_environment: Iterable[str] = (),
    not_in_environment: Iterable[str] = (),
) -> None:
    """Say in which environments a feature is expected, in place of what is said so far.

    Args:
        schema: A `Schema` proto; changed.
        feature_path: A name, or the steps of a path.
        in_environment: Environments that have it.
        not_in_environment: Environments that lack it, such as "SERVING" for a label.

    Raises:
        DataError: If there is no such feature, or the schema's ``default_environment`` does not
            have such an environment.

    Example:
        >>> schema = generate_dummy_schema_with_paths(["fare", "tip"])
        >>> schema.default_environment.extend(["TRAINING", "SERVING"])
        >>> set_environments(schema, "tip", not_in_environment=["SERVING"])
        >>> features_in_environment(schema, "SERVING")
        [('fare',)]
    """
    feature = get_feature(schema, feature_path)
    inside, outside = list(in_environment), list(not_in_environment)
    for environment in (*inside, *outside):
        check_environment(schema, environment)
    both = sorted(set(inside) & set(outside))
    if both:
        raise DataError(f"A feature cannot be both in and not in {', '.join(both)}.")
    feature.ClearField("in_environment")
    feature.ClearField("not_in_environment")
    feature.in_environment.extend(inside)
    feature.not_in_environment.extend(outside)


def features_in_environment(schema: Any, environment: str | None) -> list[paths.Path]:
    """Paths of the features that belong to an environment; without one, all do.

    Raises:
        DataError: If the schema does not have such an environment.
    """
    check_environment(schema, environment)
    defaults = frozenset(schema.default_environment)
    return [
        path
        for path, feature in all_features(schema)
        if is_in_environment(feature, defaults, environment)
    ]


def _below(path: paths.Path, features: Iterable[Any]) -> Iterator[tuple[paths.Path, Any]]:
    for feature in features:
        inner = (*path, feature.name)
        yield inner, feature
        yield from _below(inner, feature.struct_domain.feature)


def _path(feature_path: str | Sequence[str]) -> paths.Path:
    path = (feature_path,) if isinstance(feature_path, str) else tuple(feature_path)
    if not path:
        raise DataError("The path of a feature has no step.", expected="a name, or names")
    return path


def _is_struct(feature: Any) -> bool:
    return bool(feature.type == schema_pb2.STRUCT or feature.HasField("struct_domain"))


def _string_domain(schema: Any, name: str, where: str) -> Any:
    found = next((domain for domain in schema.string_domain if domain.name == name), None)
    if found is None:
        names = [domain.name for domain in schema.string_domain]
        near = meant(name, names)
        raise DataError(
            f'Invalid global string domain "{name}".',
            where=where,
            expected=f"one of {', '.join(names[:20])}" if names else "string domains in the schema",
            fix=f"Did you mean {near!r}?" if near else None,
        )
    return found


def _message_name(domain: Any) -> str:
    return str(getattr(getattr(domain, "DESCRIPTOR", None), "name", ""))


def _check_schema(schema: Any) -> None:
    if not isinstance(schema, schema_pb2.Schema):
        raise DataError(f"schema is of type {type(schema).__name__}.", expected="a Schema proto")
