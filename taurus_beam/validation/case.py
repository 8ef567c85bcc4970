"""What a check of a feature looks at: its statistics, and the schema's draft of it."""

from __future__ import annotations

from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.validation.draft import Draft
from taurus_beam.validation.environments import is_in_environment, is_required
from taurus_beam.validation.feature_view import FeatureView

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """A feature that both the data and the schema have.

    Attributes:
        stats: Its statistics.
        draft: The schema's feature, as changed by the findings so far.
        environment: The environment the data are from, if any.
    """

    stats: FeatureView
    draft: Draft
    environment: str | None = None

    @property
    def feature(self) -> schema_pb2.Feature:
        """The schema's feature, as changed by the findings so far."""
        return self.draft.feature

    @property
    def required(self) -> bool:
        """Whether data without the feature are wrong."""
        defaults = self.draft.schema.default_environment
        return is_required(self.feature, defaults, self.environment)

    @property
    def in_environment(self) -> bool:
        """Whether the feature belongs to the environment of the data."""
        defaults = self.draft.schema.default_environment
        return is_in_environment(self.feature, defaults, self.environment)
