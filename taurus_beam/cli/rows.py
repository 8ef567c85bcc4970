"""``taurus-beam validate-rows``: which rows do not fit a schema, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.exits import DIFFERENT, reported_as_undecided
from taurus_beam.cli.parameters import (
    AsJson,
    Debug,
    Format,
    FormatName,
    Input,
    Lineage,
    Overwrite,
)
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.terminal import count, show_heading, show_table, stdout
from taurus_beam.cli.things import DATA, SCHEMA, shards
from taurus_beam.specs import document

if TYPE_CHECKING:
    from taurus_beam.validation.row_findings import RowFindings

__all__ = ["validate_rows"]


@reported_as_undecided
@recorded(
    "validate-rows",
    reads={"input": DATA, "schema": SCHEMA},
    writes={"output": shards("output_format"), "rejected": shards("output_format")},
)
def validate_rows(
    input: Input,
    schema: Annotated[
        str, typer.Option("--schema", "-s", metavar="FILE", help="A schema (pbtxt or JSON).")
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="PREFIX", help="Where to write the rows that fit."),
    ] = None,
    rejected: Annotated[
        str | None,
        typer.Option(
            metavar="PREFIX",
            help="Where to write the others, with a column of their reasons (not as CSV, which has "
            "no lists).",
        ),
    ] = None,
    environment: Annotated[
        str | None, typer.Option(metavar="E", help="One of the environments of the schema.")
    ] = None,
    ignore_new_columns: Annotated[
        bool, typer.Option("--ignore-new-columns", help="Allow columns the schema does not know.")
    ] = False,
    types_from_schema: Annotated[
        bool,
        typer.Option(
            "--types-from-schema",
            help="Read CSV and JSON lines with the types of --schema.",
        ),
    ] = False,
    reasons_column: Annotated[
        str, typer.Option(metavar="NAME", help="The name of the column of reasons.")
    ] = "reasons",
    format: Format = None,
    output_format: Annotated[
        FormatName | None,
        typer.Option("--output-format", metavar="F", help="Format of both outputs."),
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Find the rows that do not fit a schema, and part them from the others.

    Example: taurus-beam validate-rows -s schema.pbtxt -i 'new/*.parquet' --rejected bad/part

    Exits with 0 if all rows fit, 1 if not, 2 if that cannot be decided. The files are read once
    for each output. In a pipeline, use the transform ValidateRows.
    """
    from taurus_beam.cli.schema_text import load_schema
    from taurus_beam.io import Source, WriteRecordBatches, write_batches
    from taurus_beam.stats.options import StatsOptions
    from taurus_beam.survey import typed_source
    from taurus_beam.validation.rows import RowValidator, part_batch, reject_schema

    declared = load_schema(schema).schema
    validator = RowValidator(declared, environment, ignore_new_columns)
    types = StatsOptions(schema=declared, infer_type_from_schema=types_from_schema)
    source = typed_source(Source(input, format=format), types)
    columns = source.schema
    rejects = reject_schema(columns, reasons_column)
    outputs = [(path, s) for path, s in ((output, columns), (rejected, rejects)) if path]
    for path, arrow_schema in outputs:
        WriteRecordBatches(
            path, format=output_format, schema=arrow_schema, overwrite=overwrite
        ).check()

    def parted(which: int, tally: _Tally) -> Iterator[Any]:
        for batch in source.batches():
            found = validator.check(batch)
            tally.add(found)
            yield part_batch(batch, found, reasons_column)[which]

    tally = _Tally()
    for path, arrow_schema in outputs:
        tally = _Tally()
        batches = parted(int(arrow_schema is rejects), tally)
        write_batches(path, batches, schema=arrow_schema, format=output_format, overwrite=overwrite)
    if not outputs:
        for batch in source.batches():
            tally.add(validator.check(batch))
    if as_json:
        typer.echo(json.dumps(tally.record(), indent=2, ensure_ascii=False))
    else:
        tally.show()
    if tally.rejected:
        raise typer.Exit(DIFFERENT)


@dataclass
class _Tally:
    """What was found so far: rows, and for each reason how many of them and one description."""

    rows: int = 0
    rejected: int = 0
    reasons: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def add(self, found: RowFindings) -> None:
        from taurus_beam.validation.paths import serialize

        self.rows += found.num_rows
        self.rejected += int(found.rejected.sum())
        for finding in found.findings:
            key = serialize(finding.path), finding.type_name
            rows, example = self.reasons.get(key, (0, str(finding.descriptions()[0])))
            self.reasons[key] = rows + len(finding.rows), example

    def record(self) -> dict[str, Any]:
        reasons = [
            {"path": path, "type": kind, "rows": rows, "example": example}
            for (path, kind), (rows, example) in self._sorted()
        ]
        known = {"rows": self.rows, "rejected": self.rejected, "reasons": reasons}
        return document("row-validation", known)

    def show(self) -> None:
        console = stdout()
        if not self.rejected:
            console.print(f"All {count(self.rows, 'row')} fit the schema.")
            return
        console.print(f"{count(self.rejected)} of {count(self.rows, 'row')} do not fit the schema.")
        show_heading(console, "Reasons")
        cells = [
            (path, kind, count(rows), example) for (path, kind), (rows, example) in self._sorted()
        ]
        show_table(console, cells, ("feature", "type", "rows", "for example"), right=(2,))

    def _sorted(self) -> list[tuple[tuple[str, str], tuple[int, str]]]:
        """The most frequent first."""
        return sorted(self.reasons.items(), key=lambda item: (-item[1][0], item[0]))
