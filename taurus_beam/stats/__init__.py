"""Feature statistics: what a data set looks like, in TFDV's `DatasetFeatureStatisticsList`.

Generators gather facts of record batches and are merged in any order; nothing here knows Beam.
"""
