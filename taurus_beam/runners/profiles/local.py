"""Local: the threads of this process, without a pipeline, on files of this machine.

What has no way without a pipeline is done by `direct`, whose options these therefore are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.profiles.base import Job, Profile
from taurus_beam.runners.profiles.direct import Direct

__all__ = ["Local"]


@dataclass(frozen=True)
class Local(Profile):
    """This process; for jobs that need a pipeline, Beam's local runner in it."""

    key: ClassVar[str] = "local"
    title: ClassVar[str] = "this machine, no installation and no pipeline"

    @property
    def name(self) -> str:
        """What Beam calls the runner of pipelines."""
        return Direct().name

    @property
    def on_this_machine(self) -> bool:
        """Always."""
        return True

    @property
    def in_process(self) -> bool:
        """Always."""
        return True

    @property
    def weighs_input(self) -> bool:
        """For pipelines."""
        return True

    def words(self, job: Job) -> list[str]:
        """Those of `direct`."""
        return Direct().words(job)

    def needs(self, job: Job) -> Iterator[Need]:
        """Nothing."""
        yield from ()

    def describe(self, job: Job) -> str:
        """Where pipelines run."""
        return Direct().describe(job)
