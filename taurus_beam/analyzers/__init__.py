"""Full-pass analyzers: one value for the whole data set, from mergeable accumulators.

The list below says which file declares which analyzer; a test holds it to the truth.
"""

from taurus_beam.graph.operation import homes

homes(
    __name__,
    {
        "anova": ("f_classif",),
        "approximate_vocabulary": (
            "approximate_vocabulary",
            "term_sketch",
        ),
        "contingency": (
            "chi2_of_amounts",
            "contingency_score",
        ),
        "correlation": (
            "kendall",
            "pearson",
            "rank_bins",
            "spearman",
        ),
        "count_per_key": (
            "key_counts",
            "keys",
        ),
        "covariance": (
            "covariance",
            "pca",
        ),
        "document_frequency": (
            "counts_by_id",
            "row_total",
        ),
        "external": ("ptransform_analyzer",),
        "extrema": ("extremum",),
        "frequent_values": ("frequent_values",),
        "histogram": (
            "bucket_counts",
            "bucket_shares",
            "categories",
            "category_counts",
            "equally_spaced",
        ),
        "keyed_extrema": ("keyed_extremum",),
        "keyed_moments": ("keyed_moment",),
        "keyed_quantiles": ("keyed_boundaries",),
        "label_vocabulary": ("label_vocabulary",),
        "mode": ("mode",),
        "moments": ("moment",),
        "percentiles": (
            "percentile",
            "percentile_knots",
        ),
        "power_exponent": ("power_exponent",),
        "quantiles": ("quantiles",),
        "size": ("size",),
        "tukey": ("tukey_parameter",),
        "vocabulary": ("vocabulary",),
        "weighted_moments": ("weighted_moment",),
        "weighted_quantiles": ("weighted_quantiles",),
        "weighted_vocabulary": ("weighted_vocabulary",),
    },
)
