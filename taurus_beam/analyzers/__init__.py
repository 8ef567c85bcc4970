"""Full-pass analyzers: one value for the whole data set, from mergeable accumulators.

The list below says which file declares which analyzer; a test holds it to the truth.
"""

from taurus_beam.graph.operation import homes

homes(
    __name__,
    {
        "extrema": ("extremum",),
        "moments": ("moment", "size"),
        "quantiles": ("quantiles",),
        "vocabulary": ("vocabulary",),
    },
)
