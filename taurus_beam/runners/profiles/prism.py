"""Prism: Beam's local runner in Go, a process beside this one that hands work to Python threads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.machine.prism import find_prism, prism_needs
from taurus_beam.runners.profiles.base import Job, setting
from taurus_beam.runners.profiles.portable import PortableProfile

__all__ = ["Prism"]


@dataclass(frozen=True)
class Prism(PortableProfile):
    """Beam's Prism.

    Attributes:
        location: The program, or the zip it came in.
    """

    key: ClassVar[str] = "prism"
    title: ClassVar[str] = "Beam's local runner in Go, for trying portable pipelines"
    location: str | None = setting(
        str,
        "the program; looked for on PATH and in Beam's cache where it is left out",
        beam="prism_location",
    )

    @property
    def name(self) -> str:
        """What Beam calls it."""
        return "PrismRunner"

    def words(self, job: Job) -> list[str]:
        """Always with the program's place, or Beam would go and look for it on the network."""
        found = find_prism(self.location)
        place = [f"--prism_location={found}"] if found and not self.job_endpoint else []
        return [*super().words(job), *place]

    def needs_to_run(self, job: Job) -> Iterator[Need]:
        """The program, besides workers."""
        if not self.job_endpoint:
            yield from prism_needs(self.location)
        yield from super().needs_to_run(job)
