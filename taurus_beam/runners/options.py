"""Beam options from the words of a command line, none of them ignored."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from taurus_beam.runners.options_error import OptionsError
from taurus_beam.runners.profiles import PROFILES, Profile
from taurus_beam.runners.profiles.base import Job

__all__ = ["OptionsError", "pipeline_options"]


def pipeline_options(
    profile: Profile,
    further: Sequence[str] = (),
    temp_location: str | None = None,
    also_known: Iterable[str] = (),
    job: Job | None = None,
) -> PipelineOptions:
    """Options for a pipeline on a runner.

    Args:
        profile: The engine.
        further: Words of the command line that are Beam's, such as ``--direct_num_workers=2``.
        temp_location: Folder for intermediate files that all workers see.
        also_known: Options of the command itself, to be suggested where one was misspelt.
        job: What is known of the job besides.

    Raises:
        OptionsError: If a word is no option that Beam knows, or a value is of the wrong kind.

    Example:
        >>> from taurus_beam.runners.profiles import profile
        >>> options = pipeline_options(profile(), ["--direct_num_workers=2"])
        >>> options.get_all_options(drop_default=True)["direct_num_workers"]
        2
    """
    words = [*profile.words(job or Job(temp_location)), *further]
    if temp_location:
        words.append(f"--temp_location={temp_location}")
    _check(words, profile, also_known)
    return PipelineOptions(words)


def _check(words: list[str], profile: Profile, also_known: Iterable[str]) -> None:
    unknown = _unknown(words)
    stray = next((word for word in unknown if not word.startswith("-")), None)
    option = next((word for word in unknown if word.startswith("-")), None)
    if option is not None and not profile.brings_options:
        raise _unknown_option(option.partition("=")[0], also_known)
    if stray is not None and option is None:
        raise OptionsError(
            f"There is a word too many: {stray}",
            expected="options only",
            fix="Put a pattern in quotes ('data/*.parquet'), so that the shell leaves it alone.",
        )


def _unknown(words: list[str]) -> list[str]:
    """The words that no part of Beam wants."""
    parser = _parser()
    try:
        return list(parser.parse_known_args(words)[1])
    except (argparse.ArgumentError, argparse.ArgumentTypeError) as problem:
        text = str(problem).removeprefix("argument ")
        raise OptionsError(
            f"A Beam option has a wrong value: {text}",
            fix="Beam's documentation of pipeline options tells what it takes.",
        ) from problem


def _parser() -> argparse.ArgumentParser:
    """Beam's own parser of all options."""
    taken: list[Any] = []
    PipelineOptions([]).get_all_options(add_extra_args_fn=taken.append)
    parser: argparse.ArgumentParser = taken[0]
    # An error is to be raised, not printed after the usage of a hundred options.
    parser.exit_on_error = False
    return parser


def _unknown_option(name: str, also_known: Iterable[str]) -> OptionsError:
    known = [*also_known, *(f"--{each}" for each in PipelineOptions([]).get_all_options())]
    known += [each.flags[0] for kind in PROFILES.values() for each in kind.settings()]
    spelt = {each.replace("-", "_"): each for each in known}
    close = difflib.get_close_matches(name.replace("-", "_"), spelt, 1)
    return OptionsError(
        f"Neither taurus-beam nor Beam has an option {name}.",
        fix=f"Did you mean {spelt[close[0]]}?" if close else "Correct it, or leave it out.",
    )
