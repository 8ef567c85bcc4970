"""From the words after a command to an engine that is ready for it; Beam is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import typer

from taurus_beam.runners.preflight import check
from taurus_beam.runners.profiles import Profile
from taurus_beam.runners.profiles.base import Job
from taurus_beam.runners.settings import asked

__all__ = ["Engine", "engine"]


@dataclass(frozen=True)
class Engine:
    """What runs a command's pipeline.

    Attributes:
        profile: The engine.
        options: The pipeline's options.
    """

    profile: Profile
    options: Any

    @property
    def counts_here(self) -> bool:
        """Whether this process does the reading, so that its counters tell how far it is."""
        from apache_beam.options.pipeline_options import DirectOptions

        mode = self.options.view_as(DirectOptions).direct_running_mode
        return self.profile.in_process and mode != "multi_processing"


def engine(
    context: typer.Context, runner: str | None, temp_location: str | None, file: str | None
) -> Engine:
    """The engine that a command line asks for, with nothing missing.

    Args:
        context: Of the command, with the words that it does not know itself.
        runner: An engine's name, or that of a runner of Beam.
        temp_location: Folder for intermediate files.
        file: A TOML file of settings.

    Raises:
        OptionsError: If there is an option that nobody knows.
        EngineError: If something is missing, with everything that is.
    """
    from taurus_beam.runners.options import pipeline_options

    found = asked(runner, context.args, file, temp_location)
    own = [name for option in context.command.params for name in option.opts]
    job = Job(found.temp_location)
    check(found.profile, job)
    options = pipeline_options(found.profile, found.words, found.temp_location, own, job)
    return Engine(found.profile, options)
