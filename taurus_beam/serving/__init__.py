"""Applying a frozen artifact without Apache Beam: batches, DataFrames, single rows.

Example:
    >>> import taurus_beam as tb, taurus_beam.serving, pyarrow as pa, tempfile
    >>> path = tempfile.mkdtemp() + "/transform_fn"
    >>> table = pa.table({"x": [1.0, 3.0]})
    >>> tb.fit(table, lambda i: {"z": tb.scale_to_z_score(i["x"])}).save(path)
    >>> taurus_beam.serving.load(path).row({"x": 5.0})
    {'z': 3.0}
"""

from taurus_beam.serving.transform_fn import TransformFn, load

__all__ = ["TransformFn", "load"]
