"""What is missing before a job is submitted, all of it in one message."""

from __future__ import annotations

from taurus_beam.errors import EngineError
from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.profiles import Profile
from taurus_beam.runners.profiles.base import Job

__all__ = ["check", "listed"]


def check(profile: Profile, job: Job) -> None:
    """Refuse a job that cannot run.

    Raises:
        EngineError: With everything that is missing, and how to get each.
    """
    needs = list(profile.needs(job))
    if needs:
        number = "one thing is" if len(needs) == 1 else f"{len(needs)} things are"
        raise EngineError(
            f"The engine {profile.key} cannot run this yet: {number} missing.\n" + listed(needs),
            fix=f"`taurus-beam doctor {profile.key}` checks again and lists the settings.",
        )


def listed(needs: list[Need]) -> str:
    """Needs, numbered, each with how to get it.

    Example:
        >>> print(listed([Need("No Java.", "Install it."), Need("No folder.", "Name one.")]))
          1. No Java.
             Install it.
          2. No folder.
             Name one.
    """
    return "\n".join(
        f"  {number}. {need.what}\n     {need.fix}" for number, need in enumerate(needs, start=1)
    )
