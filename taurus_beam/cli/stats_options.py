"""The options of ``taurus-beam stats`` as `StatsOptions`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taurus_beam.errors import TraceError
from taurus_beam.runners.options_error import OptionsError
from taurus_beam.stats.options import StatsOptions

__all__ = ["stats_options"]


def stats_options(
    *,
    schema: str | None = None,
    types_from_schema: bool = False,
    slices: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    weight: str | None = None,
    sample: float | None = None,
    semantic: bool = False,
    approximate: bool = False,
) -> StatsOptions:
    """What the options of a command line ask for.

    Raises:
        OptionsError: They do not go together, or a value is out of range.
        DataError: The schema cannot be read.

    Example:
        >>> options = stats_options(slices=["zone", "zone=n,year"])
        >>> for spec in options.slicing_config["slicing_specs"]:
        ...     print(spec)
        {'feature_keys': ['zone']}
        {'feature_keys': ['year'], 'feature_values': {'zone': 'n'}}
    """
    if types_from_schema and schema is None:
        raise OptionsError("--types-from-schema needs a schema.", fix="Add --schema FILE.")
    try:
        return StatsOptions(
            schema=_schema(schema) if schema else None,
            infer_type_from_schema=types_from_schema,
            slicing_config={"slicing_specs": [_slice(text) for text in slices]} if slices else None,
            feature_allowlist=columns or None,
            weight_feature=weight,
            sample_rate=sample,
            enable_semantic_domain_stats=semantic,
            use_sketch_based_topk_uniques=approximate,
        )
    except TraceError as problem:
        raise OptionsError(problem.what, expected=problem.expected, fix=problem.fix) from problem


def _slice(text: str) -> dict[str, Any]:
    parts = [part.partition("=") for part in text.split(",")]
    if not all(name for name, _, _ in parts):
        raise OptionsError(
            f"--slice {text!r} names no column.",
            expected="COLUMN, COLUMN=VALUE or several of these",
        )
    keys = [name for name, equals, _ in parts if not equals]
    values = {name: value for name, equals, value in parts if equals}
    spec: dict[str, Any] = {"feature_keys": keys} if keys else {}
    return spec | ({"feature_values": values} if values else {})


def _schema(path: str) -> Any:
    from taurus_beam.validation.schema_json import load_schema_json
    from taurus_beam.validation.schema_text import load_schema_text

    return load_schema_json(path) if path.endswith(".json") else load_schema_text(path)
