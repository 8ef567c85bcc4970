"""From the words after a command to a runner and its options; Beam is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import typer

from taurus_beam.runners.profiles import Profile, profile

__all__ = ["Engine", "engine"]


@dataclass(frozen=True)
class Engine:
    """What runs a command's pipeline.

    Attributes:
        profile: The runner.
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


def engine(context: typer.Context, runner: str | None, temp_location: str | None) -> Engine:
    """The engine that a command line asks for.

    Raises:
        OptionsError: If there is an option that nobody knows.
    """
    from taurus_beam.runners.options import pipeline_options

    chosen = profile(runner)
    own = [name for option in context.command.params for name in option.opts]
    return Engine(chosen, pipeline_options(chosen, context.args, temp_location, own))
