"""The page of all functions, made from their docstrings: ``python docs/function_list.py``.

Every public name of the package stands in one of the groups below, or the page cannot be made.
"""

from __future__ import annotations

from pathlib import Path

import taurus_beam as tb

PAGE = Path(__file__).parent / "functions.md"

GROUPS = {
    "Fitting and applying": "fit fit_transform fit_batches load TransformFn verify to_onnx "
    "get_analyze_input_columns get_transform_input_columns profile Profile",
    "Beam": "AnalyzeDataset AnalyzeAndTransformDataset AnalyzeDatasetWithCache cache_report "
    "TransformDataset WriteTransformFn ReadTransformFn ToDicts",
    "Choosing and filling": "where fill_null is_null is_in clip cast impute",
    "Monitors": "monitor monitor_range monitor_in_set monitor_not_null monitor_zscore",
    "Scaling": "scale_to_z_score scale_to_0_1 scale_by_min_max scale_robust winsorize "
    "scale_to_gaussian power_transform quantile_transform",
    "Buckets": "bucketize apply_buckets apply_buckets_with_interpolation num_buckets",
    "Categories": "compute_and_apply_vocabulary apply_vocabulary "
    "compute_and_apply_approximate_vocabulary rare_to_other one_hot multi_hot hash_strings cross "
    "target_encode",
    "By key": "scale_to_z_score_per_key scale_to_0_1_per_key scale_by_min_max_per_key "
    "bucketize_per_key count_per_key take",
    "Text": "lower upper strip normalize_unicode regex_replace string_length split tokenize ngrams "
    "bag_of_words word_count tfidf idf document_frequency",
    "Lists and vectors": "to_dense to_ragged truncate deduplicate_per_row segment_indices "
    "sparse_to_dense dense_to_sparse stack concat select_positions dot",
    "Dates and times": "parse_timestamp date_part elapsed cyclic",
    "Analyzers of one column": "size count min max sum mean var std mode percentile quantiles "
    "histogram estimated_probability_density tukey_location tukey_scale tukey_h_params vocabulary "
    "approximate_vocabulary",
    "Analyzers of several columns": "covariance pca correlation chi2 mutual_information f_classif "
    "select_k_best select_percentile variance_threshold",
    "Validation": "validate_statistics validate_corresponding_slices update_schema "
    "ValidationOptions DistanceThresholds",
    "Schemas": "infer_schema check_schema SchemaProblem load_schema_text write_schema_text "
    "load_schema_json write_schema_json get_feature get_domain set_domain set_environments "
    "generate_dummy_schema_with_paths schema_from_arrow schema_to_arrow get_schema_dataframe",
    "Custom validations and gates": "custom_validate_statistics load_custom_validation_config "
    "StopOnAnomalies DivertOnAnomalies DetectDrift load_anomalies_text write_anomalies_text "
    "get_anomalies_dataframe get_drift_skew_dataframe",
    "Rows, distances and skew": "validate_rows RowValidator validate_instance ValidateRows "
    "IdentifyAnomalousExamples distances l_infinity normalized_absolute_difference "
    "jensen_shannon_divergence population_stability_index kolmogorov_smirnov wasserstein "
    "chi_squared feature_skew DetectFeatureSkew transform_skew schema_skew",
    "Splits and samples": "SplitByHash SplitByTime SplitByStratum SplitByGroup KFold "
    "StratifiedKFold GroupKFold SampleRate SampleSize split_table filter_table find_leaks "
    "SplitExamples AssignSplits SampleExamples FilterExamples CheckLeakage splitter_to_json "
    "splitter_from_json",
    "The life cycle": "Controller PipelineModule controller",
    "Reports": "write_report report_html visualize_statistics get_statistics_html compare_slices "
    "display_schema display_anomalies",
    "Statistics": "statistics StatsOptions GenerateStatistics GenerateStatisticsPerWindow "
    "generate_statistics_from_dataframe generate_statistics_from_csv "
    "generate_statistics_from_tfrecord get_feature_value_slicer load_statistics load_stats_binary "
    "load_stats_text load_stats_tfrecord load_sharded_statistics write_statistics "
    "write_stats_binary write_stats_text write_stats_tfrecord WriteStatistics "
    "WriteStatisticsToBinaryFile WriteStatisticsToText WriteStatisticsToTFRecord "
    "WriteStatisticsToRecordsAndBinaryFile merge_statistics MergeDatasetFeatureStatisticsList "
    "DatasetListView DatasetView FeatureView CrossFeatureView get_feature_stats get_slice_stats "
    "get_custom_stats",
    "Statistics generators": "StatsGenerator FeatureTallyGenerator custom_stat LiftStatsGenerator "
    "CrossFeatureStatsGenerator MutualInformation NonStreamingCustomStatsGenerator "
    "PartitionedStatsFn ImageStatsGenerator EmptyValueCounterGenerator",
    "Your own": "ptransform_analyzer extend",
    "Files": "io",
    "scikit-learn": "sklearn",
    "Errors": "TaurusError TraceError DataError ArtifactError EngineError",
}

HEAD = """# All functions

Every public name of `import taurus_beam as tb`, with the first line of its documentation;
`help(tb.name)` shows the rest: arguments, types, missing and undefined values, an example.
"""


def page() -> str:
    """The text of the page.

    Raises:
        ValueError: A public name is in no group, in two, or does not exist.
    """
    listed = [name for names in GROUPS.values() for name in names.split()]
    public = [name for name in tb.__all__ if not name.startswith("__")]
    if sorted(listed) != sorted(public):
        raise ValueError(f"listed and public names differ: {set(listed) ^ set(public)}")
    parts = [HEAD]
    for title, names in GROUPS.items():
        parts.append(f"\n## {title}\n\n| name | what it does |\n| --- | --- |\n")
        parts += [f"| `tb.{name}` | {first_line(name)} |\n" for name in names.split()]
    return "".join(parts)


def first_line(name: str) -> str:
    text = (getattr(tb, name).__doc__ or "").splitlines()[0]
    return text.replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
