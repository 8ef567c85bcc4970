"""Engines that run pipelines, one file each: what a user says of one, and what Beam is told.

A profile is a frozen dataclass of settings. It gives Beam's options, and names what is missing on
this machine or at the other end before anything is submitted. It reads no data and starts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taurus_beam.runners.profiles.base import Profile
from taurus_beam.runners.profiles.dataflow import Dataflow
from taurus_beam.runners.profiles.direct import LOCAL, Direct
from taurus_beam.runners.profiles.flink import Flink
from taurus_beam.runners.profiles.local import Local
from taurus_beam.runners.profiles.other import Other
from taurus_beam.runners.profiles.prism import Prism
from taurus_beam.runners.profiles.spark import Spark

__all__ = ["LOCAL", "PROFILES", "Profile", "kind_of", "profile"]

PROFILES: Mapping[str, type[Profile]] = {
    kind.key: kind for kind in (Local, Direct, Prism, Flink, Spark, Dataflow)
}
"""The engines that have settings, by name."""


def kind_of(name: str | None) -> type[Profile]:
    """The profile's class for the name of an engine, or of a runner of Beam.

    Example:
        >>> kind_of("flink").__name__, kind_of("FlinkRunner").__name__, kind_of(None).__name__
        ('Flink', 'Flink', 'Direct')
    """
    short = (name or Direct.key).lower().removesuffix("runner")
    return PROFILES.get("direct" if short == "fnapi" else short, Other)


def profile(name: str | None = None, settings: Mapping[str, Any] | None = None) -> Profile:
    """The profile of an engine by name, with settings; of `direct` by default.

    ``DirectRunner`` means the local runner: Beam's own choice under that name may first download
    another one (Prism).

    Args:
        name: An engine's name (``flink``), or the name of any runner of Beam (``FlinkRunner``).
        settings: Values of the profile's fields.

    Example:
        >>> profile("DirectRunner").name
        'FnApiRunner'
        >>> profile("flink", {"master": "localhost:8081"}).master
        'localhost:8081'
    """
    kind = kind_of(name)
    if kind is Other:
        return Other(runner=str(name), **(settings or {}))
    return kind(**(settings or {}))
