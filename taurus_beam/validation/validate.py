"""Validation of statistics against a schema: what is wrong with the data, feature by feature.

Every anomaly is found under TFDV's condition and told in its words; `docs/validation.md` lists
them, and where we differ on purpose. Nothing here changes what it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from taurus_beam.errors import DataError
from taurus_beam.validation.anomalies import anomaly_info, is_problem, merge_anomalies
from taurus_beam.validation.checks import datasets, presence
from taurus_beam.validation.comparators import DRIFT, SKEW, Comparator
from taurus_beam.validation.custom_validations import custom_validate_statistics
from taurus_beam.validation.dataset_view import DatasetView, default_dataset
from taurus_beam.validation.draft import Draft, shared_domains
from taurus_beam.validation.entry_checks import check_entry
from taurus_beam.validation.environments import check_environment, is_in_environment
from taurus_beam.validation.findings import Finding, run
from taurus_beam.validation.lifecycle import is_retired
from taurus_beam.validation.options import ValidationOptions, by_path
from taurus_beam.validation.paths import Path, serialize, to_proto
from taurus_beam.validation.schema_index import SchemaIndex

__all__ = ["Validation", "check_schema_argument", "validate_statistics"]

_DATASET_CHECKS = (
    datasets.num_examples_drift,
    datasets.num_examples_version,
    datasets.num_examples,
)


def validate_statistics(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    schema: schema_pb2.Schema,
    environment: str | None = None,
    previous_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    serving_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    custom_validation_config: Any | None = None,
    *,
    previous_version_statistics: statistics_pb2.DatasetFeatureStatisticsList | None = None,
    validation_options: ValidationOptions | None = None,
) -> anomalies_pb2.Anomalies:
    """Finds where data, as their statistics tell, do not fit a schema.

    Of several data sets (slices), the one of all examples is validated. If the statistics have
    weights for every feature, counts, fractions and histograms are the weighted ones.

    Args:
        statistics: Of the data.
        schema: What the data should be like.
        environment: The environment the data are from, one of the schema's; features of other
            environments are not asked for. None: all features are.
        previous_statistics: Of earlier data, for ``drift_comparator`` and
            ``num_examples_drift_comparator``.
        serving_statistics: Of the data at serving, for ``skew_comparator``.
        custom_validation_config: Rules of your own in SQL; see `custom_validate_statistics`.
            Rules about pairs compare with ``previous_statistics``.
        previous_version_statistics: Of an earlier version of the same data, for
            ``num_examples_version_comparator``.
        validation_options: Severities, needed features, further thresholds.

    Returns:
        The anomalies by path of the feature (steps joined by dots), those of the data set, and
        all measured distances. Without examples, ``data_missing`` is set and nothing else.

    Raises:
        DataError: An argument is of the wrong kind, the environment is not the schema's, or
            there are several data sets and none of all examples.

    Source: TensorFlow Data Validation 1.16, whose `validate_statistics_internal` is this with
    its keyword arguments.

    Example:
        >>> from google.protobuf import text_format
        >>> statistics = text_format.Parse('''datasets { num_examples: 4 features {
        ...   path { step: "fare" } type: FLOAT
        ...   num_stats { min: -1 max: 9 common_stats { num_non_missing: 4 } } } }''',
        ...     statistics_pb2.DatasetFeatureStatisticsList())
        >>> schema = text_format.Parse(
        ...     'feature { name: "fare" type: FLOAT float_domain { min: 0 } }', schema_pb2.Schema())
        >>> anomalies = validate_statistics(statistics, schema)
        >>> anomalies.anomaly_info["fare"].description
        'Unexpectedly low values: -1<0(upto six significant digits)'
    """
    check_schema_argument(schema)
    check_environment(schema, environment)
    options = validation_options or ValidationOptions()
    data = default_dataset(statistics)
    validation = Validation(
        schema,
        environment,
        DatasetView.of(data),
        previous=control_dataset(previous_statistics, "previous_statistics"),
        serving=control_dataset(serving_statistics, "serving_statistics"),
        previous_version=control_dataset(
            previous_version_statistics, "previous_version_statistics"
        ),
        options=options,
    )
    if data.num_examples == 0:
        return anomalies_pb2.Anomalies(baseline=schema, data_missing=True)
    result = anomalies_pb2.Anomalies(
        baseline=schema, anomaly_name_format=anomalies_pb2.Anomalies.SERIALIZED_PATH
    )
    validation.check_features()
    validation.write_features(result)
    validation.write_dataset(result)
    if custom_validation_config is None:
        return result
    own = custom_validate_statistics(
        statistics, custom_validation_config, previous_statistics, environment
    )
    return merge_anomalies(result, [own])


def check_schema_argument(schema: object) -> None:
    """Refuses what is no schema.

    Raises:
        DataError: It is something else.
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise DataError(
            f"schema is a {type(schema).__name__}.",
            expected="a Schema proto",
            fix="Pass what tb.infer_schema gave, or read a file of a schema.",
        )


def control_dataset(
    statistics: statistics_pb2.DatasetFeatureStatisticsList | None, what: str
) -> statistics_pb2.DatasetFeatureStatistics | None:
    """The data set to compare with, if statistics are given."""
    return None if statistics is None else default_dataset(statistics, what)


@dataclass
class Validation:
    """One validation of one data set: what it is of, and what it has found so far.

    Attributes:
        schema: What the data should be like.
        environment: The environment the data are from, if any.
        data: The data.
        previous: Earlier data, if any.
        serving: Data at serving, if any.
        previous_version: An earlier version of the data, if any.
        options: Severities, needed features, further thresholds.
        found: Findings by path of the feature.
        measured: Distances by path of the feature.
    """

    schema: schema_pb2.Schema
    environment: str | None
    data: DatasetView
    previous: statistics_pb2.DatasetFeatureStatistics | None
    serving: statistics_pb2.DatasetFeatureStatistics | None
    previous_version: statistics_pb2.DatasetFeatureStatistics | None
    options: ValidationOptions
    found: dict[Path, list[Finding]] = field(default_factory=dict)
    measured: dict[Path, anomalies_pb2.DriftSkewInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Findings change it; the caller's schema stays.
        working = schema_pb2.Schema()
        working.CopyFrom(self.schema)
        self._index, self._shared = SchemaIndex(working), shared_domains(working)
        self._needed = self.options.needed()
        self._severities = self.options.severities()
        self._drift_thresholds = by_path(self.options.drift_thresholds)
        self._skew_thresholds = by_path(self.options.skew_thresholds)
        self._previous = self._control(self.previous)
        self._serving = self._control(self.serving)

    def check_features(self) -> None:
        """Finds what is wrong with the features of the data, and which are missing."""
        for path in self.data.roots:
            self._visit(path)
        for path in self._missing():
            missing = presence.missing_column(schema_pb2.Feature())
            self._keep(path, [*self.found.get(path, ()), missing])

    def write_features(self, result: anomalies_pb2.Anomalies, prefix: str = "") -> None:
        """Adds the anomalies and distances of features, the first step of paths prefixed."""
        for path, findings in self.found.items():
            named = (prefix + path[0], *path[1:])
            info = anomaly_info(findings, self._severities, named)
            result.anomaly_info[serialize(named)].CopyFrom(info)
        for path, measured in sorted(self.measured.items()):
            measured.path.CopyFrom(to_proto((prefix + path[0], *path[1:])))
            result.drift_skew_info.append(measured)

    def write_dataset(self, result: anomalies_pb2.Anomalies) -> None:
        """Adds the anomaly of the data set as a whole."""
        constraints = schema_pb2.DatasetConstraints()
        constraints.CopyFrom(self.schema.dataset_constraints)
        before = self._control(self.previous_version)
        case = datasets.DatasetCase(self.data, constraints, self._previous, before)
        findings = list(run(case, _DATASET_CHECKS))
        if is_problem(findings, self._severities):
            info = anomaly_info(findings, self._severities)
            result.dataset_anomaly_info.CopyFrom(info)

    def _control(self, proto: statistics_pb2.DatasetFeatureStatistics | None) -> DatasetView | None:
        # By weight as the data are, even if the control data have no weights.
        return None if proto is None else DatasetView(proto, self.data.weighted)

    def _keep(self, path: Path, findings: list[Finding]) -> None:
        if is_problem(findings, self._severities):
            self.found[path] = findings

    def _visit(self, path: Path) -> None:
        if path not in self._index:
            wanted = self._needed is None or path in self._needed
            if wanted and path in self.data.features:
                self.found[path] = [presence.new_column()]
            return
        if self._index.is_retired(path):
            return
        drafts: list[Draft] = []

        def draft(feature: schema_pb2.Feature) -> Draft:
            drafts.append(Draft.of(self.schema, feature, self._shared))
            return drafts[0]

        drift = Comparator(DRIFT, self._previous, self._drift_thresholds)
        skew = Comparator(SKEW, self._serving, self._skew_thresholds)
        findings = list(
            check_entry(path, self._index, self.data, draft, self.environment, [drift, skew])
        )
        self._keep(path, findings)
        if drift.measurements or skew.measurements:
            self.measured[path] = anomalies_pb2.DriftSkewInfo(
                drift_measurements=drift.measurements, skew_measurements=skew.measurements
            )
        if drafts and is_retired(drafts[0].feature) and path in self.found:
            return
        for child in self.data.children(path):
            self._visit(child)

    def _missing(self) -> Iterator[Path]:
        """Required features without statistics, and fields that their struct must have."""
        entries = self.data.entries
        for path in self._index.required(self.environment):
            if path not in entries:
                yield path
        defaults = self.schema.default_environment
        for path, feature in self._index.features.items():
            parent = self.data.features.get(path[:-1])
            if (
                feature.group_presence.required
                and not is_retired(feature)
                and path not in entries
                and parent is not None
                and parent.num_present > 0
                and is_in_environment(feature, defaults, self.environment)
            ):
                yield path
