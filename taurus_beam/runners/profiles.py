"""What taurus_beam knows about a runner before it is made."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LOCAL", "Profile", "profile"]

LOCAL = "FnApiRunner"
_JOB_SERVERS = ("flinkrunner", "portablerunner", "sparkrunner")


@dataclass(frozen=True)
class Profile:
    """A runner, by what matters to whoever starts a pipeline on it.

    Attributes:
        name: What Beam calls it.
        in_process: It belongs to this process and ends with it.
        brings_options: Options that Beam's Python does not know may be meant for it.
    """

    name: str
    in_process: bool = False
    brings_options: bool = False


def profile(name: str | None = None) -> Profile:
    """The profile of a runner by name; of the local runner by default.

    ``DirectRunner`` means the local runner: Beam's own choice under that name may first download
    another one (Prism).

    Example:
        >>> profile("DirectRunner")
        Profile(name='FnApiRunner', in_process=True, brings_options=False)
        >>> profile("FlinkRunner").brings_options
        True
    """
    if name is None or name.lower().removesuffix("runner") in ("direct", "fnapi"):
        return Profile(LOCAL, in_process=True)
    known = name.lower() if name.lower().endswith("runner") else f"{name.lower()}runner"
    return Profile(name, brings_options="." in name or known in _JOB_SERVERS)
