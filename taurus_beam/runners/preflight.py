"""What is missing before a job is submitted, all of it in one message."""

from __future__ import annotations

from taurus_beam.errors import EngineError
from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.profiles import Profile
from taurus_beam.runners.profiles.base import Job

__all__ = ["check", "listed", "missing"]


def missing(profile: Profile, job: Job, to_run: bool = True) -> list[Need]:
    """All that a job needs and has not; of a dry run only what its settings lack."""
    return [*profile.needs(job), *(profile.needs_to_run(job) if to_run else ())]


def check(profile: Profile, job: Job, to_run: bool = True) -> None:
    """Refuse a job that cannot run, or cannot even be made ready for a dry run.

    Raises:
        EngineError: With everything that is missing, and how to get each.
    """
    needs = missing(profile, job, to_run)
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
