"""Artifacts served over HTTP: the Open Inference Protocol, plain JSON rows and Arrow streams.

Only this room knows the web framework; what a request means is decided by `taurus_beam.serving`.
It needs the extra ``serve``; nothing below it imports it.

Example:
    >>> import taurus_beam as tb, pyarrow as pa, tempfile
    >>> from taurus_beam.rest import Repository, Settings, application
    >>> path = tempfile.mkdtemp() + "/transform_fn"
    >>> tb.fit(pa.table({"x": [1.0, 3.0]}), lambda i: {"z": tb.scale_to_z_score(i["x"])}).save(path)
    >>> app = application(Repository.of({"demo": path}), Settings())  # for any ASGI server
"""

from taurus_beam.rest.application import application
from taurus_beam.rest.heads import OnnxModels
from taurus_beam.rest.repository import Repository
from taurus_beam.rest.routing import Route, Split
from taurus_beam.rest.settings import Address, Limits, LiveSettings, LogSettings, Settings

__all__ = [
    "Address",
    "Limits",
    "LiveSettings",
    "LogSettings",
    "OnnxModels",
    "Repository",
    "Route",
    "Settings",
    "Split",
    "application",
]
