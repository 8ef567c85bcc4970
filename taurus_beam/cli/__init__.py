"""The command line ``taurus-beam``: features, statistics, schemas, validation, reports, serving.

Exit codes, for scripts:

====  =====================================================================
0     done; `diff`: the artifacts compute the same; `validate`: the data fit
1     `diff`: they compute something different; `validate`: there are anomalies;
      `schema`: it has problems, or changes that are not accepted;
      `validate-rows`: rows were rejected; `skew`: training and serving differ;
      `pipeline`: findings of severity ERROR
2     the command line is wrong: an option, a value, a word too many;
      `validate`, `validate-rows`, `skew`: whatever kept it from deciding
3     the preprocessing function is wrong; no data were read
4     the data do not fit, are damaged, or cannot be read
5     an artifact is missing, damaged or of an unknown version
6     the engine: output that exists or cannot be written, runner, file system
70    a fault of taurus_beam itself; please report it
130   interrupted (Ctrl-C); no output is incomplete
143   asked to end (SIGTERM); no output is incomplete
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
