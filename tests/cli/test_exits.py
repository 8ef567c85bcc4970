from __future__ import annotations

import signal

import pytest
import typer
from typer.testing import CliRunner

from taurus_beam.cli.exits import reported
from taurus_beam.cli.parameters import FormatName
from taurus_beam.errors import ArtifactError, DataError, EngineError, TraceError
from taurus_beam.io import FORMATS
from taurus_beam.runners.options import OptionsError


@pytest.mark.parametrize(
    ("failure", "code", "message"),
    [
        (OptionsError("wrong"), 2, "error: wrong\n"),
        (TraceError("wrong", fix="Do."), 3, "error: wrong\n  fix:      Do.\n"),
        (DataError("wrong"), 4, "error: wrong\n"),
        (ArtifactError("[red]wrong[/red]"), 5, "error: [red]wrong[/red]\n"),
        (EngineError("wrong"), 6, "error: wrong\n"),
        (KeyError("oh"), 70, "error: Unexpected KeyError: 'oh'\n"),
        (KeyboardInterrupt(), 130, "error: Interrupted."),
    ],
)
def test_each_failure_has_its_code_and_message(
    failure: BaseException, code: int, message: str
) -> None:
    app = typer.Typer()

    @app.command()
    @reported
    def command() -> None:
        raise failure

    result = CliRunner().invoke(app, [])

    assert result.exit_code == code
    assert result.stderr.startswith(message)


def test_the_formats_offered_are_those_there_are() -> None:
    assert [each.value for each in FormatName] == list(FORMATS)


def test_sigterm_stops_a_command_as_ctrl_c_does() -> None:
    app = typer.Typer()

    @app.command()
    @reported
    def command() -> None:
        signal.raise_signal(signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    result = CliRunner().invoke(app, [])

    assert (result.exit_code, result.stderr[:19]) == (143, "error: Interrupted.")
    assert signal.getsignal(signal.SIGTERM) is before
