"""The command line ``taurus-beam``: fit, transform, inspect, diff.

Exit codes, for scripts:

====  =====================================================================
0     done; `diff`: the artifacts compute the same
1     `diff` only: they compute something different
2     the command line is wrong: an option, a value, a word too many
3     the preprocessing function is wrong; no data were read
4     the data do not fit, are damaged, or cannot be read
5     an artifact is missing, damaged or of an unknown version
6     the engine: output that exists or cannot be written, runner, file system
70    a fault of taurus_beam itself; please report it
130   interrupted (Ctrl-C); no output is incomplete
====  =====================================================================

Results go to standard output, errors and progress to standard error. Beam is imported only by the
commands that run a pipeline.
"""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process; exits with one of the codes above."""
    from taurus_beam.cli.app import app

    app(prog_name="taurus-beam")
