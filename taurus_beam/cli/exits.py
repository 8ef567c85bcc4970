"""How a command ends: its exit code, and what it says on standard error.

The codes are listed in the documentation of `taurus_beam.cli`.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from typing import ParamSpec

import typer

from taurus_beam.cli.terminal import stderr
from taurus_beam.cli.termination import terminable
from taurus_beam.errors import TaurusError
from taurus_beam.runners.logs import quiet

__all__ = [
    "DIFFERENT",
    "INTERNAL",
    "INTERRUPTED",
    "TERMINATED",
    "UNDECIDED",
    "USAGE",
    "exit_code",
    "reported",
    "reported_as_undecided",
    "told",
]

DIFFERENT = 1
UNDECIDED = 2
USAGE = 2
INTERNAL = 70
INTERRUPTED = 130
TERMINATED = 143
# By name, so that a command that needs no Beam does not import the error of one that does.
_CODES = {"OptionsError": 2, "TraceError": 3, "DataError": 4, "ArtifactError": 5, "EngineError": 6}

# What Typer raises, and tells of, where a line cannot be meant. It is public by its child alone.
_USAGE_ERROR: type[BaseException] = typer.BadParameter.__mro__[1]

P = ParamSpec("P")


def exit_code(error: BaseException) -> int:
    """The exit code that an error means.

    Example:
        >>> from taurus_beam.errors import DataError
        >>> exit_code(DataError("No rows.")), exit_code(KeyError("x"))
        (4, 70)
    """
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return next((_CODES[c.__name__] for c in type(error).__mro__ if c.__name__ in _CODES), INTERNAL)


def reported(command: Callable[P, None]) -> Callable[P, None]:
    """A command that tells of its failure in a few words and exits with the right code.

    Its parameter ``debug`` adds the traceback, and all that Beam says.
    """
    return _reported(command, exit_code)


def reported_as_undecided(command: Callable[P, None]) -> Callable[P, None]:
    """As `reported`, for a command whose answer is its exit code: 2 means that it has none."""

    def undecided(failure: BaseException) -> int:
        return INTERRUPTED if isinstance(failure, KeyboardInterrupt) else UNDECIDED

    return _reported(command, undecided)


def _reported(
    command: Callable[P, None], code: Callable[[BaseException], int]
) -> Callable[P, None]:
    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        debug = bool(kwargs.get("debug"))
        with terminable() as termination:
            try:
                # Wherever a command imports Beam first, it is to say only what helps.
                with nullcontext() if debug else quiet():
                    command(*args, **kwargs)
            except (typer.Exit, _USAGE_ERROR, BrokenPipeError):
                raise
            except (Exception, KeyboardInterrupt) as failure:
                if debug:
                    traceback.print_exc()
                is_asked = termination.asked and isinstance(failure, KeyboardInterrupt)
                raise told(failure, TERMINATED if is_asked else code(failure)) from None

    return run


def told(failure: BaseException, code: int) -> typer.Exit:
    """Tell of a failure on standard error; how to exit then."""
    _tell(failure)
    return typer.Exit(code)


def _tell(failure: BaseException) -> None:
    if isinstance(failure, KeyboardInterrupt):
        text = "Interrupted. No output is incomplete: what was not finished was removed."
    elif isinstance(failure, TaurusError):
        text = str(failure)
    else:
        text = (
            f"Unexpected {type(failure).__name__}: {failure}\n"
            "  fix:      This is a fault of taurus_beam. Run it again with --debug and report it."
        )
    first, _, rest = text.partition("\n")
    console = stderr()
    console.print("error:", style="bold red", end=" ")
    console.print(first, style="bold", markup=False, highlight=False, soft_wrap=True)
    if rest:
        console.print(rest, markup=False, highlight=False, soft_wrap=True)
