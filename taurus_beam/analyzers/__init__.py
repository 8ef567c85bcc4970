"""Full-pass analyzers: one value for the whole data set, from mergeable accumulators."""
