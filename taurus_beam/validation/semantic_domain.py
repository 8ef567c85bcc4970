"""The semantic domain that statistics suggest: one domain, as text, among the custom statistics."""

from __future__ import annotations

import logging

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.validation.feature_view import FeatureView
from taurus_beam.validation.paths import serialize

__all__ = ["suggested_domain"]

_LOG = logging.getLogger(__name__)
_DOMAINS = schema_pb2.Feature.DESCRIPTOR.oneofs_by_name["domain_info"]


def suggested_domain(stats: FeatureView) -> schema_pb2.Feature | None:
    """A feature with nothing but the domain of the custom statistic ``domain_info``.

    None if there is no such statistic or several, and, with a warning, if it is not one domain.
    """
    texts = [stat.str for stat in stats.proto.custom_stats if stat.name == "domain_info"]
    if len(texts) != 1:
        return None
    try:
        suggestion = text_format.Parse(texts[0], schema_pb2.Feature())
    except text_format.ParseError as problem:
        _LOG.warning("domain_info of %s is no domain: %s", serialize(stats.path), problem)
        return None
    fields = [field for field, _ in suggestion.ListFields()]
    if len(fields) == 1 and fields[0].containing_oneof == _DOMAINS:
        return suggestion
    _LOG.warning("domain_info of %s is not one domain: %s", serialize(stats.path), texts[0])
    return None
