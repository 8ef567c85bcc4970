"""``taurus-beam report``: statistics, schema and anomalies as one HTML file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from taurus_beam.cli.exits import reported
from taurus_beam.cli.parameters import Debug, Lineage
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.things import ANOMALIES, REPORT, SCHEMA, STATISTICS

if TYPE_CHECKING:
    from taurus_beam.report.lineage import LineageGraph

__all__ = ["report"]

_STATISTICS = "statistics: a binary proto, text (pbtxt) or TFRecord"


@reported
@recorded(
    "report",
    reads={
        "stats": STATISTICS,
        "serving": STATISTICS,
        "previous": STATISTICS,
        "schema": SCHEMA,
        "anomalies": ANOMALIES,
    },
    writes={"output": REPORT},
)
def report(
    stats: Annotated[
        str, typer.Option("--stats", "-s", metavar="FILE", help=f"A file of {_STATISTICS}.")
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The HTML file to write.")
    ],
    serving: Annotated[
        str | None, typer.Option(metavar="FILE", help="Statistics of serving data, to compare.")
    ] = None,
    previous: Annotated[
        str | None, typer.Option(metavar="FILE", help="Statistics of earlier data, to compare.")
    ] = None,
    schema: Annotated[
        str | None, typer.Option(metavar="FILE", help="A schema (pbtxt or JSON), to list.")
    ] = None,
    anomalies: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What `taurus-beam validate --format pbtxt` found."),
    ] = None,
    lineage_of: Annotated[
        str | None,
        typer.Option(
            "--lineage-of",
            metavar="ARTIFACT",
            help="Also draw what a file, an artifact or a digest was made from: see `lineage`.",
        ),
    ] = None,
    title: Annotated[str, typer.Option(metavar="TEXT", help="The heading.")] = "Data report",
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Write a report that people read in any browser, without a network.

    Example: taurus-beam report --stats train.pb --schema schema.pbtxt --output report.html
    """
    from taurus_beam.cli.schema_text import load_schema
    from taurus_beam.report.anomalies_file import load_anomalies
    from taurus_beam.report.write import write_report
    from taurus_beam.stats.files import load_statistics

    write_report(
        output,
        load_statistics(stats),
        serving_statistics=load_statistics(serving) if serving else None,
        previous_statistics=load_statistics(previous) if previous else None,
        schema=load_schema(schema).schema if schema else None,
        anomalies=load_anomalies(anomalies) if anomalies else None,
        title=title,
        lineage=_lineage(lineage_of, lineage) if lineage_of else None,
    )
    typer.echo(output)


def _lineage(artifact: str, asked: str | None) -> LineageGraph:
    from taurus_beam.cli.lineage_forms import as_report
    from taurus_beam.cli.lineage_roots import roots
    from taurus_beam.cli.lineage_store import existing_store
    from taurus_beam.lineage import up

    store = existing_store(asked)
    found = roots(store, artifact, None).artifacts
    return as_report(up(store, [each.id for each in found if each.id is not None]))
