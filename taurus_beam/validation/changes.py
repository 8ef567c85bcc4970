"""Changes of a schema that make it fit the data: what a finding proposes, done only when called.

A check builds them and changes nothing itself; validation calls them on a draft, `update_schema`
on the schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from google.protobuf.message import Message
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.validation.lifecycle import AnyFeature

__all__ = ["Change", "add_values", "all_of", "assign", "clear", "deprecate", "drop_string_domain"]

Change = Callable[[], None]


def assign(message: Message, **values: Any) -> Change:
    """Sets fields: scalars by value, messages by copy."""

    def change() -> None:
        for name, value in values.items():
            if isinstance(value, Message):
                getattr(message, name).CopyFrom(value)
            else:
                setattr(message, name, value)

    return change


def clear(message: Message, *fields: str) -> Change:
    """Clears fields, or the one that is set of a group of which only one can be."""

    def change() -> None:
        for name in fields:
            message.ClearField(name)

    return change


def deprecate(*features: AnyFeature | None) -> Change:
    """Retires the features that are there."""

    def change() -> None:
        for feature in features:
            if feature is not None:
                feature.lifecycle_stage = schema_pb2.DEPRECATED

    return change


def add_values(domain: schema_pb2.StringDomain, values: Iterable[str]) -> Change:
    """Adds values at the end of a string domain."""

    def change() -> None:
        domain.value.extend(values)

    return change


def drop_string_domain(schema: schema_pb2.Schema, name: str) -> Change:
    """Removes a string domain of the schema, and every feature's reference to it."""

    def change() -> None:
        for feature in _all_features(schema.feature):
            if feature.domain == name:
                feature.ClearField("domain")
        for at in reversed(range(len(schema.string_domain))):
            if schema.string_domain[at].name == name:
                del schema.string_domain[at]

    return change


def all_of(*changes: Change) -> Change:
    """The changes, one after the other."""

    def change() -> None:
        for each in changes:
            each()

    return change


def _all_features(features: Iterable[schema_pb2.Feature]) -> Iterator[schema_pb2.Feature]:
    for feature in features:
        yield feature
        yield from _all_features(feature.struct_domain.feature)
