"""What to compute: `StatsOptions` with TFDV's names and defaults, checked when it is made.

Options are data, apart from generators and slice functions; nothing is computed here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from google.protobuf import json_format
from google.protobuf.message import Message
from tensorflow_metadata.proto.v0 import schema_pb2

from taurus_beam.errors import DataError, TraceError
from taurus_beam.stats.feature_column import FeaturePath
from taurus_beam.stats.schema_facts import SchemaFacts

if TYPE_CHECKING:
    from taurus_beam.stats.generator import StatsGenerator

__all__ = ["PerFeatureStatsConfig", "SliceFunction", "StatsOptions", "as_path"]

SliceFunction: TypeAlias = Callable[[Any], Any]
"""Of a record batch, pairs of a slice's key and the record batch of its rows."""

_TYPE_KEY = "TYPE_NAME"
_NOT_JSON = ("generators", "experimental_slice_functions", "per_feature_stats_config")


def as_path(path: str | Sequence[str]) -> FeaturePath:
    """The path of a feature, from it or from a column's name.

    Example:
        >>> as_path("x"), as_path(["trip", "fare"])
        (('x',), ('trip', 'fare'))
    """
    return (path,) if isinstance(path, str) else tuple(path)


@dataclass(frozen=True)
class PerFeatureStatsConfig:
    """Of which features to compute histograms and medians.

    TFDV has this option too, but its default generators do not look at it.

    Attributes:
        histogram_paths: Names or paths of features.
        histogram_mode: ``"include"`` for only these, ``"exclude"`` for all others.
    """

    histogram_paths: Sequence[str | Sequence[str]] = ()
    histogram_mode: Literal["include", "exclude"] = "exclude"

    def __post_init__(self) -> None:
        if self.histogram_mode not in ("include", "exclude"):
            raise TraceError(
                f"Invalid histogram_mode {self.histogram_mode!r}.",
                expected="'include' or 'exclude'",
            )

    def should_compute_histograms(self, path: str | Sequence[str]) -> bool:
        """Whether a feature is to have histograms and a median."""
        named = as_path(path) in set(map(as_path, self.histogram_paths))
        return named == (self.histogram_mode == "include")


@dataclass(frozen=True)
class StatsOptions:
    """Options of statistics; names, defaults and meaning are TFDV's.

    Attributes:
        generators: Further generators, beside the default ones.
        schema: Says which numbers are categories (they get string statistics), which strings are
            images (bytes statistics), and which features are sparse, weighted or natural language.
        label_feature: The label, for lift statistics.
        weight_feature: A column with one number a row: how much the row counts.
        slice_functions: The older name of ``experimental_slice_functions``.
        sample_rate: The share of the data to look at, above 0 and up to 1.
        num_top_values: How many of the most frequent values are told.
        frequency_threshold: How often a value must occur to be told.
        weighted_frequency_threshold: The weight it must have, in the weighted lists.
        num_rank_histogram_buckets: How many values the rank histogram has.
        num_values_histogram_buckets: Buckets of the histogram of list lengths, above 1.
        num_histogram_buckets: Buckets of equal width.
        num_quantiles_histogram_buckets: Buckets of equal size.
        epsilon: Rank error to aim at where quantiles are not exact, between 0 and 1. The memory
            that a numeric column takes grows with ``1 / epsilon``: at 0.01 it is some 3 MB for
            the usual distributions, whatever the number of rows.
        infer_type_from_schema: Take the types of CSV columns from ``schema``.
        desired_batch_size: Rows in a batch, where the reader can choose.
        enable_semantic_domain_stats: Whether to look for images, natural language and times.
        semantic_domain_stats_sample_rate: The share of the data to look at for them.
        per_feature_weight_override: The weight column of some features, by name or path.
        vocab_paths: Files of vocabularies, by their name in the schema.
        add_default_generators: False leaves only ``generators`` and those the schema asks for.
        feature_allowlist: Names or paths of the features to look at; None for all.
        experimental_use_sketch_based_topk_uniques: The older name of the next.
        use_sketch_based_topk_uniques: Approximate top values and counts of distinct ones, in
            bounded memory.
        experimental_slice_functions: Functions that give slices of a batch.
        experimental_result_partitions: Into how many parts the features of the result are split.
        experimental_num_feature_partitions: How many groups of features are computed apart.
        slicing_config: TFDV's ``SlicingConfig``, or the same as a mapping in its JSON form with
            the fields' own names: ``{"slicing_specs": [{"feature_keys": ["origin"]}]}``.
        experimental_filter_read_paths: Read only what ``feature_allowlist`` or the schema names.
        per_feature_stats_config: Which features have histograms.

    Raises:
        TraceError: An option's value cannot be meant.

    Example:
        >>> StatsOptions(num_top_values=2, feature_allowlist=["a"]).allows(("b",))
        False
        >>> options = StatsOptions(per_feature_weight_override={"a": "w"})
        >>> StatsOptions.from_json(options.to_json()) == options
        True
    """

    generators: Sequence[StatsGenerator[Any]] | None = None
    schema: schema_pb2.Schema | None = None
    label_feature: str | None = None
    weight_feature: str | None = None
    slice_functions: Sequence[SliceFunction] | None = None
    sample_rate: float | None = None
    num_top_values: int = 20
    frequency_threshold: int = 1
    weighted_frequency_threshold: float = 1.0
    num_rank_histogram_buckets: int = 1000
    num_values_histogram_buckets: int = 10
    num_histogram_buckets: int = 10
    num_quantiles_histogram_buckets: int = 10
    epsilon: float = 0.01
    infer_type_from_schema: bool = False
    desired_batch_size: int | None = None
    enable_semantic_domain_stats: bool = False
    semantic_domain_stats_sample_rate: float | None = None
    per_feature_weight_override: Mapping[Any, str] | None = None
    vocab_paths: Mapping[str, str] | None = None
    add_default_generators: bool = True
    feature_allowlist: Sequence[str | Sequence[str]] | None = None
    experimental_use_sketch_based_topk_uniques: bool | None = None
    use_sketch_based_topk_uniques: bool | None = None
    experimental_slice_functions: Sequence[SliceFunction] | None = None
    experimental_result_partitions: int = 1
    experimental_num_feature_partitions: int = 1
    slicing_config: Any = None
    experimental_filter_read_paths: bool = False
    per_feature_stats_config: PerFeatureStatsConfig | None = None
    facts: SchemaFacts = field(init=False, repr=False, compare=False)
    """What the schema declares of features."""

    def __post_init__(self) -> None:
        self._take_older_names()
        _check(self)
        object.__setattr__(self, "slicing_config", _slicing(self.slicing_config))
        if self.per_feature_weight_override is not None:
            by_path = {as_path(k): v for k, v in self.per_feature_weight_override.items()}
            object.__setattr__(self, "per_feature_weight_override", by_path)
        object.__setattr__(self, "facts", SchemaFacts.of(self.schema))

    def allows(self, path: FeaturePath) -> bool:
        """Whether a feature is to be looked at; the structs that allowed features lie in are."""
        if self.feature_allowlist is None:
            return True
        allowed = map(as_path, self.feature_allowlist)
        return any(path[: len(one)] == one[: len(path)] for one in allowed)

    def weight_of(self, path: FeaturePath) -> str | None:
        """The name of the column that weighs a feature."""
        return (self.per_feature_weight_override or {}).get(path, self.weight_feature)

    def has_histograms(self, path: FeaturePath) -> bool:
        """Whether a feature is to have histograms of its values and a median."""
        config = self.per_feature_stats_config
        return config is None or config.should_compute_histograms(path)

    def to_json(self) -> str:
        """The options as JSON, the schema within.

        Raises:
            TraceError: There are generators, slice functions or a per-feature configuration, as
                in TFDV.
        """
        for name in _NOT_JSON:
            if getattr(self, name) is not None:
                raise TraceError(f"StatsOptions cannot be converted to JSON with {name}.")
        content = {one.name: getattr(self, one.name) for one in fields(self) if one.init}
        content[_TYPE_KEY] = "StatsOptions"
        if self.schema is not None:
            del content["schema"]
            content["schema_json"] = json_format.MessageToJson(self.schema)
        if self.slicing_config is not None:
            del content["slicing_config"]
            content["slicing_config_json"] = json.dumps(self.slicing_config)
        if self.per_feature_weight_override is not None:
            del content["per_feature_weight_override"]
            content["per_feature_weight_override_json"] = {
                json.dumps(path): name for path, name in self.per_feature_weight_override.items()
            }
        return json.dumps(content)

    @classmethod
    def from_json(cls, options_json: str) -> StatsOptions:
        """The options that `to_json`, or TFDV's, wrote.

        Raises:
            DataError: The text is not JSON of options.
        """
        try:
            content = json.loads(options_json)
        except ValueError as error:
            raise DataError(f"The options are not JSON: {error}.") from error
        if not isinstance(content, dict) or content.pop(_TYPE_KEY, "StatsOptions") != (
            "StatsOptions"
        ):
            raise DataError("The JSON does not encode StatsOptions.")
        # TFDV writes the names of private attributes.
        content = {name.removeprefix("_"): value for name, value in content.items()}
        if "schema_json" in content:
            text = content.pop("schema_json")
            try:
                content["schema"] = json_format.Parse(text, schema_pb2.Schema())
            except json_format.ParseError as error:
                raise DataError(f"The schema in the options is damaged: {error}.") from error
        if "slicing_config_json" in content:
            content["slicing_config"] = json.loads(content.pop("slicing_config_json"))
        if "per_feature_weight_override_json" in content:
            overrides = content.pop("per_feature_weight_override_json")
            content["per_feature_weight_override"] = {
                tuple(json.loads(path)): name for path, name in overrides.items()
            }
        known = {one.name for one in fields(cls) if one.init}
        content = {name: value for name, value in content.items() if value is not None}
        content.pop("slice_sqls", None)  # TFDV has left SQL slices since.
        if unknown := sorted(content.keys() - known):
            raise DataError(f"StatsOptions have no {', '.join(map(repr, unknown))}.")
        return cls(**content)

    def _take_older_names(self) -> None:
        for older, name in (
            ("slice_functions", "experimental_slice_functions"),
            ("experimental_use_sketch_based_topk_uniques", "use_sketch_based_topk_uniques"),
        ):
            given = getattr(self, older)
            if given is None:
                continue
            if getattr(self, name) is not None:
                raise TraceError(f"Specify only one of {older} or {name}.")
            object.__setattr__(self, older, None)
            object.__setattr__(self, name, given)
        object.__setattr__(
            self, "use_sketch_based_topk_uniques", bool(self.use_sketch_based_topk_uniques)
        )


def _check(options: StatsOptions) -> None:
    """TraceError for a value that TFDV would refuse, or that cannot be meant."""
    for name in ("sample_rate", "semantic_domain_stats_sample_rate"):
        rate = getattr(options, name)
        if rate is not None and not 0 < rate <= 1:
            raise TraceError(f"Invalid {name} {rate!r}.", expected="a share above 0, up to 1")
    for name, least in (
        ("num_top_values", 0),
        ("frequency_threshold", 0),
        ("num_rank_histogram_buckets", 0),
        ("num_values_histogram_buckets", 2),
        ("num_histogram_buckets", 1),
        ("num_quantiles_histogram_buckets", 1),
        ("desired_batch_size", 1),
        ("experimental_result_partitions", 1),
        ("experimental_num_feature_partitions", 1),
    ):
        number = getattr(options, name)
        if name == "desired_batch_size" and number is None:
            continue
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise TraceError(
                f"Invalid {name} {number!r}.", expected=f"a number of at least {least}"
            )
    if not 0 < options.epsilon < 1:
        raise TraceError(f"Invalid epsilon {options.epsilon!r}.", expected="between 0 and 1")
    if options.schema is not None and not isinstance(options.schema, schema_pb2.Schema):
        kind = type(options.schema).__name__
        raise TraceError(f"schema is a {kind}.", expected="a Schema proto")
    for name in ("generators", "feature_allowlist", "experimental_slice_functions"):
        given = getattr(options, name)
        if given is not None and (isinstance(given, str) or not isinstance(given, Sequence)):
            raise TraceError(f"{name} is a {type(given).__name__}.", expected="a list")
    if not all(callable(one) for one in options.experimental_slice_functions or ()):
        raise TraceError("experimental_slice_functions must contain functions only.")
    if options.slicing_config is not None and options.experimental_slice_functions:
        raise TraceError(
            "Specify only one of slicing_config or experimental_slice_functions.",
        )


def _slicing(config: Any) -> Any:
    """A slicing configuration as a mapping."""
    if config is None or isinstance(config, Mapping):
        return config
    if isinstance(config, Message):
        return json_format.MessageToDict(config, preserving_proto_field_name=True)
    raise TraceError(
        f"slicing_config is a {type(config).__name__}.",
        expected='a SlicingConfig, or {"slicing_specs": [{"feature_keys": ["origin"]}]}',
    )
