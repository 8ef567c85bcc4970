"""Environments of a schema: which features are expected in training, serving, or elsewhere.

A schema names its environments in ``default_environment``; a feature may join or leave some.
"""

from __future__ import annotations

from collections.abc import Collection

from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.lifecycle import is_retired

__all__ = ["check_environment", "is_in_environment", "is_required"]


def check_environment(schema: schema_pb2.Schema, environment: str | None) -> None:
    """Refuses an environment that the schema does not name.

    Raises:
        DataError: The environment is not among ``schema.default_environment``.
    """
    if environment is not None and environment not in schema.default_environment:
        known = ", ".join(schema.default_environment) or "none"
        raise DataError(
            f"Environment {environment} not found in the schema.",
            expected=f"an environment of the schema: {known}",
            fix=f"Add default_environment: {environment!r} to the schema, or ask for another one.",
        )


def is_in_environment(
    feature: schema_pb2.Feature, defaults: Collection[str], environment: str | None
) -> bool:
    """Whether a feature belongs to an environment; without one, every feature does.

    ``in_environment`` wins over ``not_in_environment``, which wins over the schema's defaults.
    """
    if environment is None or environment in feature.in_environment:
        return True
    return environment not in feature.not_in_environment and environment in defaults


def is_required(
    feature: schema_pb2.Feature, defaults: Collection[str], environment: str | None
) -> bool:
    """Whether data without the feature are wrong in that environment."""
    if is_retired(feature):
        return False
    presence = feature.presence
    demanded = presence.min_count > 0 or presence.min_fraction > 0
    return demanded and is_in_environment(feature, defaults, environment)
