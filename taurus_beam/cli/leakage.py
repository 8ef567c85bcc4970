"""``taurus-beam leakage``: whether splits share keys or rows."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.exits import DIFFERENT, reported_as_undecided
from taurus_beam.cli.parameters import (
    AsJson,
    Debug,
    EngineFile,
    Format,
    Lineage,
    Runner,
    TempLocation,
)
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.terminal import count, show_heading, show_table, stdout
from taurus_beam.cli.things import COMPARED_SPLITS, LEAKAGE, SETTINGS
from taurus_beam.specs import json_text

if TYPE_CHECKING:
    from taurus_beam.cli.engine import Engine
    from taurus_beam.io import Source

__all__ = ["found_leaks", "leakage", "show_check", "splits_at"]


@reported_as_undecided
@recorded(
    "leakage",
    reads={"splits": COMPARED_SPLITS, "engine_file": SETTINGS},
    writes={"output": LEAKAGE},
)
def leakage(
    context: typer.Context,
    splits: Annotated[
        list[str],
        typer.Argument(
            metavar="DIR | NAME=PATTERN …",
            help="What `split` wrote, or each split's name and files.",
        ),
    ],
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A column (or several, together) of whose values none may be in two splits; "
            "without it whole rows are compared.",
        ),
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Compare whole rows too, where there is a --key.")
    ] = False,
    examples: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show N of what a pair of splits shares.")
    ] = 5,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Also write the JSON.")
    ] = None,
    format: Format = None,
    runner: Runner = None,
    engine_file: EngineFile = None,
    temp_location: TempLocation = None,
    as_json: AsJson = False,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Find what splits have in common: whole rows, or keys.

    Example: taurus-beam leakage train=splits/train test=splits/test --key user

    Exits with 0 if they share nothing, 1 if they do, 2 if that cannot be decided. Any further
    option goes to Beam.
    """
    from taurus_beam.cli.engine import engine

    # Options that only Beam knows are taken for splits, as these are many.
    context.args[:0] = [each for each in splits if each.startswith("-")]
    chosen = engine(context, runner, temp_location, engine_file)
    words = [each for each in splits if not each.startswith("-")]
    keys = [tuple(key)] if key else []
    if rows or not keys:
        keys.append(())
    found = found_leaks(chosen, _sources(words, chosen, format), keys, examples, output)
    if as_json:
        typer.echo(json_text(found))
    else:
        for check in found["checks"]:
            show_check(check)
    if found["leaks"]:
        raise typer.Exit(DIFFERENT)


def found_leaks(
    chosen: Engine,
    splits: dict[str, Source],
    keys: list[tuple[str, ...]],
    examples: int = 5,
    output: str | None = None,
) -> dict[str, Any]:
    """What splits share, also written where there is an output.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    from taurus_beam.cli.watch import Watch
    from taurus_beam.io.temporary import owned_folder
    from taurus_beam.runners.leakage import find_leaks

    with owned_folder() as folder, Watch(None, chosen.counts_here) as watch:
        # Workers elsewhere do not see a folder of this machine.
        shared = folder if chosen.profile.on_this_machine else chosen.temp_location or folder
        target = chosen.everywhere(output or f"{shared}/leakage-{uuid.uuid4().hex}.json")
        return find_leaks(
            splits,
            keys,
            target,
            options=chosen.options,
            examples=examples,
            planned=watch.planned,
        )


def splits_at(folder: str) -> dict[str, Source]:
    """The splits of a folder that `split` wrote.

    Raises:
        DataError: There are none.
    """
    from taurus_beam.io import Source
    from taurus_beam.pipeline.split_files import read_split_document

    folder = folder.rstrip("/")
    return {
        part["name"]: Source([f"{folder}/{file}" for file in part["files"]])
        for part in read_split_document(folder)["splits"]
    }


def _sources(words: list[str], chosen: Engine, format: str | None) -> dict[str, Source]:
    from taurus_beam.cli.pairs import pairs
    from taurus_beam.io import Source

    if len(words) == 1 and "=" not in words[0]:
        return splits_at(chosen.everywhere(words[0]))
    named = pairs(words, "leakage", "NAME=PATTERN")
    return {name: Source(chosen.everywhere(each), format=format) for name, each in named.items()}


def show_check(check: dict[str, Any]) -> None:
    """Prints what one check found."""
    console = stdout()
    is_rows = check["compared"] == "rows"
    what = "rows" if is_rows else f"keys ({', '.join(check['compared'])})"
    total = sum(split["rows"] for split in check["splits"])
    lacking = sum(split["rows_without_key"] for split in check["splits"])
    without = f", {count(lacking)} without a key" if lacking else ""
    of = f"{count(len(check['splits']), 'split')}, {count(total, 'row')}{without}"
    if not check["leaks"]:
        console.print(f"No {what} in two splits.  ({of})", soft_wrap=True)
        return
    show_heading(console, f"Shared {what}  ({of})")
    cells = [
        (
            " and ".join(leak["splits"]),
            count(leak["keys"]),
            " and ".join(count(number) for number in leak["rows"].values()),
        )
        for leak in check["leaks"]
    ]
    show_table(console, cells, ("splits", "shared", "rows with them"), right=(1,))
    for leak in check["leaks"]:
        if leak["examples"]:
            console.print(f"In {' and '.join(leak['splits'])}, for example:", soft_wrap=True)
        for example in leak["examples"]:
            console.print(f"  {json.dumps(example, ensure_ascii=False)}", soft_wrap=True)
