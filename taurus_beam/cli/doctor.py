"""``taurus-beam doctor``: what would work from here, and what is missing for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.exits import DIFFERENT, reported_as_undecided
from taurus_beam.cli.parameters import AsJson, Debug, EngineFile, TempLocation
from taurus_beam.cli.terminal import show_heading, show_table, size, stdout
from taurus_beam.specs import document

if TYPE_CHECKING:
    from taurus_beam.runners.machine.facts import Machine
    from taurus_beam.runners.machine.need import Need
    from taurus_beam.runners.profiles import Profile

__all__ = ["doctor"]


@reported_as_undecided
def doctor(
    context: typer.Context,
    engine: Annotated[
        str | None,
        typer.Argument(
            metavar="[ENGINE]",
            help="local, direct, prism, flink, spark or dataflow: check this one, and list its "
            "settings.",
        ),
    ] = None,
    engine_file: EngineFile = None,
    temp_location: TempLocation = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Look at this machine and tell which engines would work from here.

    Example: taurus-beam doctor flink --flink-master localhost:8081

    With an engine, its settings are checked as before a job. Exits with 0 if the engine (without
    one: the local engine, which every machine can have) is ready, 1 if not, 2 for a wrong setting.
    """
    from taurus_beam.runners.machine.facts import look
    from taurus_beam.runners.preflight import missing
    from taurus_beam.runners.profiles import PROFILES
    from taurus_beam.runners.profiles.base import Job
    from taurus_beam.runners.settings import asked

    words = context.args
    if engine is not None and engine.startswith("-"):
        # What comes first and is no option of this command counts as the engine.
        words = [engine, *words]
        engine = None
    one = engine is not None or engine_file is not None
    requests = (
        [asked(_known(engine), words, engine_file, temp_location)]
        if one
        else [asked(key, temp_location=temp_location) for key in PROFILES]
    )
    _refuse_words(requests[0].words if one else words)
    found = [(each.profile, missing(each.profile, Job(each.temp_location))) for each in requests]
    machine = look()
    ready = not found[0][1]
    if as_json:
        _print_json(machine, found, ready)
    else:
        if not one:
            show_table(stdout(), _facts(machine))
            show_heading(stdout(), "Engines")
        show_table(stdout(), [row for each in found for row in _engine_rows(*each)])
        if one:
            _show_settings(found[0][0])
    if not ready:
        raise typer.Exit(DIFFERENT)


def _known(engine: str | None) -> str | None:
    """The name of an engine that has a profile."""
    from taurus_beam.runners.options import OptionsError
    from taurus_beam.runners.profiles import PROFILES, kind_of

    if engine is not None and kind_of(engine).key not in PROFILES:
        raise OptionsError(
            f"There is no engine {engine!r}.", expected=f"one of: {', '.join(PROFILES)}"
        )
    return engine


def _refuse_words(words: Iterable[str]) -> None:
    from taurus_beam.runners.options import OptionsError

    for word in words:
        raise OptionsError(
            f"There is no setting {word.partition('=')[0]}.",
            expected="settings of the engine that is named",
            fix="`taurus-beam doctor ENGINE` lists them.",
        )


def _facts(machine: Machine) -> list[tuple[str, str]]:
    java = machine.java
    installed = [name for name, there in machine.extras.items() if there]
    absent = [name for name, there in machine.extras.items() if not there]
    extras = ", ".join(installed) or "none"
    if absent:
        extras += f"; not installed: {', '.join(absent)}  (pip install 'taurus-beam[NAME]')"
    memory = f", {size(machine.memory_bytes)} of memory" if machine.memory_bytes else ""
    return [
        ("Python", machine.python),
        ("Apache Beam", machine.beam),
        ("machine", f"{machine.cores} cores{memory}"),
        ("Java", f"{java.version or 'unknown version'} ({java.path})" if java else "none"),
        ("Prism", machine.prism or "none"),
        ("Docker", "an engine answers" if machine.docker else "no engine answers"),
        ("Google Cloud", machine.google_credentials or "no credentials"),
        ("extras", extras),
        ("listening", ", ".join(f"{p} ({n})" for p, n in machine.ports.items()) or "no engine"),
        *(() if machine.loopback else [("ports", "none can be opened on this machine")]),
    ]


def _engine_rows(profile: Profile, needs: list[Need]) -> Iterable[tuple[str, str]]:
    yield profile.key, f"{'ready' if not needs else 'not ready'}: {profile.title}"
    for need in needs:
        yield "", f"- {need.what} {need.fix}"


def _show_settings(profile: Profile) -> None:
    if not profile.settings():
        return
    show_heading(stdout(), "Settings")
    rows = []
    for each in profile.settings():
        value, default = getattr(profile, each.name), each.default
        text = each.text if not each.choices else f"{each.text} [{', '.join(each.choices)}]"
        now = f"\n= {value}" if value not in (None, ()) and value != default else ""
        rows.append((each.name, each.flags[0], text + now))
    show_table(stdout(), rows, (f"in [{profile.key}]", "option", "what"))


def _print_json(machine: Machine, found: list[tuple[Profile, list[Need]]], ready: bool) -> None:
    engines: dict[str, Any] = {
        profile.key: {"ready": not needs, "missing": [asdict(need) for need in needs]}
        for profile, needs in found
    }
    record = {"ready": ready, "machine": asdict(machine), "engines": engines}
    typer.echo(json.dumps(document("doctor", record), indent=2))
