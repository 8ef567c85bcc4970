"""All checks of a feature, in the order in which TFDV makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from taurus_beam.validation.case import Case
from taurus_beam.validation.checks import (
    booleans,
    declarations,
    derived,
    floats,
    images,
    integers,
    natural_language,
    presence,
    semantics,
    strings,
    types,
    unique,
    valency,
)
from taurus_beam.validation.findings import Check, Finding, run
from taurus_beam.validation.lifecycle import is_retired

__all__ = ["check_feature"]

_DECLARATION: Sequence[Check[Case]] = (
    declarations.declared_fraction,
    declarations.declared_counts,
    declarations.declared_shape,
    declarations.domain_fits_type,
    declarations.declared_domain,
    declarations.malformed_bool_domain,
    declarations.malformed_string_domain,
)
_DATA: Sequence[Check[Case]] = (
    presence.environment,
    valency.value_count,
    valency.value_counts,
    valency.shape,
    presence.min_count,
    presence.min_fraction,
    presence.group_presence,
    types.data_type,
    types.bytes_domain,
)
_DOMAIN: Mapping[str | None, Sequence[Check[Case]]] = {
    None: (semantics.semantic_domain,),
    "domain": (strings.invalid_utf8, strings.unexpected_values),
    "string_domain": (strings.invalid_utf8, strings.unexpected_values),
    "bool_domain": (booleans.bool_integers, booleans.bool_floats, booleans.bool_strings),
    "int_domain": (integers.integer_range,),
    "float_domain": (floats.nan, floats.float_range, valency.embedding_dim),
    "image_domain": (images.image_formats, images.image_bytes),
    "natural_language_domain": (
        natural_language.not_available,
        natural_language.coverage,
        natural_language.tokens,
        natural_language.sequence_lengths,
    ),
}
_LAST: Sequence[Check[Case]] = (derived.derived_source, derived.derived_lifecycle)


def check_feature(case: Case, comparators: Sequence[Check[Case]] = ()) -> Iterator[Finding]:
    """What is wrong with a feature, each finding fixed in the draft before the next check.

    A feature that the declaration retires, or that no example has, is not looked at further.

    Args:
        case: The feature, which both the data and the schema have.
        comparators: Checks against other data, in order.
    """
    if is_retired(case.feature):
        return
    yield from run(case, [declarations.declared_type])
    if is_retired(case.feature):
        return
    yield from run(case, _DECLARATION)
    if case.stats.num_present == 0:
        yield from run(case, [presence.not_present])
        return
    yield from run(case, _DATA)
    yield from run(case, _DOMAIN.get(case.draft.domain_kind, ()))
    yield from run(case, [unique.unique_values, *comparators, *_LAST])
