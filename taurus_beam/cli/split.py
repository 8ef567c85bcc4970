"""``taurus-beam split``: part data in files into splits, folds or a sample."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.exits import DIFFERENT, reported
from taurus_beam.cli.left_out import tell_left_out
from taurus_beam.cli.parameters import (
    AsJson,
    Debug,
    DryRun,
    EngineFile,
    Format,
    FormatName,
    Input,
    Lineage,
    Overwrite,
    PlanFile,
    Runner,
    SkipBadFiles,
    TempLocation,
)
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.terminal import count, show_heading, show_table, speed, stdout
from taurus_beam.cli.things import CODE, DATA, SETTINGS, SPLITS

if TYPE_CHECKING:
    from taurus_beam.runners.run import Outcome

__all__ = ["split"]

_MOST_LABELS = 12


@reported
@recorded(
    "split",
    reads={"input": DATA, "filter": CODE, "splitter": SETTINGS, "engine_file": SETTINGS},
    writes={"output": SPLITS},
)
def split(
    context: typer.Context,
    input: Input,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="DIR", help="Where a folder for each split goes."),
    ],
    ratio: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=R", help="A split and its share; once for each split."),
    ] = None,
    folds: Annotated[
        int | None, typer.Option(metavar="K", help="In place of --ratio: so many folds.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="By the hash of a column (or several): equal keys stay together, for ever.",
        ),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="By whole groups, of balanced sizes."),
    ] = None,
    stratum: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Exact shares of each label of a column (or several)."),
    ] = None,
    time: Annotated[
        str | None, typer.Option(metavar="NAME", help="By time: the earliest in the first split.")
    ] = None,
    until: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=TIME",
            help="In place of --ratio, with --time: where a split ends; of the last: NAME=.",
        ),
    ] = None,
    gap: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="Leave out so much before each cut of --time."),
    ] = 0,
    sample_rate: Annotated[
        float | None, typer.Option(metavar="R", help="In place of splits: a sample of this rate.")
    ] = None,
    sample_size: Annotated[
        int | None, typer.Option(metavar="N", help="In place of splits: a sample of N rows.")
    ] = None,
    weight: Annotated[
        str | None, typer.Option(metavar="NAME", help="A column of weights for the sample.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Another one gives another split.")] = 0,
    missing: Annotated[
        str | None,
        typer.Option(
            metavar="SPLIT",
            help="Where rows without a key go: a split, drop or error; the first split by default, "
            "with --time drop.",
        ),
    ] = None,
    splitter: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="In place of all these: a JSON file, or a split.json to repeat."
        ),
    ] = None,
    filter: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.py[:NAME]",
            help="A Python file and the function in it that gives the condition of rows to keep.",
        ),
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Count the values of this column too.")
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Then look for what the splits share: the key or group, or else whole rows; "
            "written to leakage.json.",
        ),
    ] = False,
    format: Format = None,
    output_format: Annotated[
        FormatName | None,
        typer.Option("--output-format", metavar="F", help="Format of the splits; parquet."),
    ] = None,
    overwrite: Overwrite = False,
    skip_bad_files: SkipBadFiles = False,
    runner: Runner = None,
    engine_file: EngineFile = None,
    temp_location: TempLocation = None,
    dry_run: DryRun = False,
    plan: PlanFile = None,
    as_json: AsJson = False,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Part data into splits, folds or a sample: a folder for each, and split.json.

    Example: taurus-beam split -i 'trips/*.parquet' -o splits --key user --ratio train=0.8
    --ratio eval=0.1 --ratio test=0.1

    The same rows give the same splits, in any order and on any engine. Exits with 1 where --check
    finds something. Any further option goes to Beam.
    """
    from taurus_beam.cli.split_options import splitter_of

    chosen_splitter = splitter_of(
        splitter=splitter,
        ratio=ratio or (),
        folds=folds,
        sample_rate=sample_rate,
        sample_size=sample_size,
        key=key or (),
        group=group or (),
        stratum=stratum or (),
        time=time,
        until=until or (),
        gap=gap,
        weight=weight,
        missing=missing,
        seed=seed,
    )
    with ExitStack() as code:
        predicate = None
        if filter:
            from taurus_beam.cli.function_file import folder_of, preprocessing_function
            from taurus_beam.cli.worker_code import sent_with_code

            predicate = code.enter_context(preprocessing_function(filter))
            code.enter_context(sent_with_code(folder_of(filter)))

        from taurus_beam.cli.dry_run import ends_unrun, planner
        from taurus_beam.cli.engine import engine
        from taurus_beam.cli.watch import Watch
        from taurus_beam.io import Source
        from taurus_beam.pipeline.split_files import LEAKAGE, read_split_document
        from taurus_beam.runners import splitting
        from taurus_beam.runners.run import run

        chosen = engine(context, runner, temp_location, engine_file, input, dry_run)
        patterns = [chosen.everywhere(each) for each in input]
        source = Source(patterns, format=format, skip_bad_files=skip_bad_files)
        output = chosen.everywhere(output)
        dry = planner(chosen.profile, [*input, output], dry_run, plan)
        with Watch(source, chosen.counts_here) as watch:
            outcome = splitting.split(
                source,
                chosen_splitter,
                output,
                options=chosen.options,
                predicate=predicate,
                labels=label or (),
                format=output_format,
                overwrite=overwrite,
                planned=(lambda readings: None) if dry else watch.planned,
                execute=dry or run,
            )
    if ends_unrun(dry, plan, chosen.options):
        return
    document = read_split_document(output)
    leaks = None
    if check:
        from taurus_beam.cli.leakage import found_leaks, show_check, splits_at

        together = getattr(chosen_splitter, "group", ()) or getattr(chosen_splitter, "key", ())
        place = f"{output.rstrip('/')}/{LEAKAGE}"
        leaks = found_leaks(chosen, splits_at(output), [tuple(together)], output=place)
    if as_json:
        from taurus_beam.cli.skew_output import print_json

        print_json(document | ({"leakage": leaks} if leaks else {}))
    else:
        _tell(document, output, watch.seconds, outcome, chosen.place)
        tell_left_out(source, outcome.progress.left_out)
        for each in leaks["checks"] if leaks else ():
            show_check(each)
    if leaks and leaks["leaks"]:
        raise typer.Exit(DIFFERENT)


def _tell(
    document: dict[str, Any], output: str, seconds: float, outcome: Outcome, place: str
) -> None:
    _show(document)
    facts = [
        ("time", f"{seconds:.1f} s" + speed(outcome.progress.rows_read, seconds)),
        ("engine", place),
        ("splits", f"{output}  (described in split.json)"),
    ]
    stdout().print()
    show_table(stdout(), facts)


def _show(document: dict[str, Any]) -> None:
    console = stdout()
    kind = document["splitter"]["kind"].replace("_", " ")
    console.print(f"Split {count(document['rows'], 'row')} by {kind}", soft_wrap=True)
    rows = [
        (
            part["name"],
            count(part["rows"]),
            "" if part["share"] is None else f"{part['share']:.2%}",
            f"{part['ratio']:.2%}" if "ratio" in part else "",
            count(part["rows_without_key"]),
            *_ends(part),
        )
        for part in document["splits"]
    ]
    rows += [
        (reason, count(number), f"{number / document['rows']:.2%}", "", "", *([""] * _times(rows)))
        for reason, number in document["dropped"].items()
    ]
    headings = ("split", "rows", "share", "asked", "no key", "from", "to")
    show_table(console, rows, headings[: len(rows[0])], right=range(1, 5))
    for name in document["splits"][0].get("labels", {}):
        _show_labels(document, name)


def _times(rows: Any) -> int:
    return len(rows[0]) - 5


def _ends(part: dict[str, Any]) -> tuple[str, ...]:
    for span in part.get("times", {}).values():
        return (str(span["first"]), str(span["last"])) if span else ("", "")
    return ()


def _show_labels(document: dict[str, Any], column: str) -> None:
    """The share of each label in each split."""
    parts = document["splits"]
    counts = [part["labels"][column] for part in parts]
    show_heading(stdout(), column)
    if any(each is None for each in counts):
        stdout().print("more than 1,000 values")
        return
    totals: dict[str, int] = {}
    for each in counts:
        for label, number in each.items():
            totals[label] = totals.get(label, 0) + number
    frequent = sorted(totals, key=lambda label: (-totals[label], label))
    cells = [
        (label, *(f"{each.get(label, 0) / max(1, sum(each.values())):.2%}" for each in counts))
        for label in frequent[:_MOST_LABELS]
    ]
    names = [part["name"] for part in parts]
    show_table(stdout(), cells, ("value", *names), right=range(1, len(names) + 1))
    if len(frequent) > _MOST_LABELS:
        stdout().print(f"and {count(len(frequent) - _MOST_LABELS)} more, in split.json")
