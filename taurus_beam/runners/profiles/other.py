"""Any other runner of Beam, by its name: passed on as it is, with Beam's options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from taurus_beam.runners.profiles.base import Job, Profile

__all__ = ["Other"]

_JOB_SERVERS = ("portablerunner", "portable")


@dataclass(frozen=True)
class Other(Profile):
    """A runner that has no profile.

    Attributes:
        runner: Its name, as Beam takes it.

    Example:
        >>> Other("PortableRunner").words(Job())
        ['--runner=PortableRunner']
    """

    key: ClassVar[str] = "other"
    title: ClassVar[str] = "another runner of Beam"
    runner: str

    @property
    def name(self) -> str:
        """What Beam calls it."""
        return self.runner

    def describe(self, job: Job) -> str:
        """Its name."""
        return self.runner

    @property
    def brings_options(self) -> bool:
        """Whether it is a job server's matter which options there are."""
        return "." in self.runner or self.runner.lower() in _JOB_SERVERS
