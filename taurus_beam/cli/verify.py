"""``taurus-beam verify``: proof that an artifact means the same wherever it runs."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.exits import DIFFERENT, reported
from taurus_beam.cli.parameters import Debug, Format, Input, Lineage
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.terminal import stdout
from taurus_beam.cli.things import DATA, TRANSFORM_FN
from taurus_beam.specs import document, json_text

if TYPE_CHECKING:
    from taurus_beam.runners.verification import Verification

__all__ = ["verify"]


class WayName(str, Enum):
    """The ways, by the names that `taurus_beam.runners.ways` has."""

    SPLIT = "split"
    ROW = "row"
    BEAM = "beam"
    ONNX = "onnx"
    REST = "rest"


@reported
@recorded("verify", reads={"artifact": TRANSFORM_FN, "input": DATA})
def verify(
    context: typer.Context,
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="What `fit` wrote.")],
    input: Input,
    ways: Annotated[
        list[WayName] | None,
        typer.Option(
            "--way",
            metavar="WAY",
            help="split, row, beam, onnx or rest; give it again for more. All by default.",
        ),
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", min=0, metavar="N", help="Take the first N rows; 0 for all.")
    ] = 10_000,
    ulps: Annotated[
        int,
        typer.Option(
            "--ulps",
            min=0,
            metavar="N",
            help="How far floats of ONNX may be off, in last places of the column's largest.",
        ),
    ] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    format: Format = None,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Run the same rows through Beam, batches, single rows, ONNX and REST, and compare.

    Example: taurus-beam verify transform_fn -i 'trips/*.parquet'

    Exits with 1 where a way gives another result than the batch path.
    """
    import pyarrow as pa

    from taurus_beam.io import Source
    from taurus_beam.io.text_types import read_typed
    from taurus_beam.pipeline.artifacts import load_anywhere
    from taurus_beam.runners.verification import verify as verified

    fn = load_anywhere(artifact)
    source = read_typed(Source(input, format=format), fn.input_arrow_schema)
    batches, taken = [], 0
    for batch in source.batches(fn.input_arrow_schema.names):
        batches.append(batch.slice(0, rows - taken) if rows else batch)
        taken += batches[-1].num_rows
        if rows and taken >= rows:
            break
    schema = batches[0].schema if batches else source.schema
    found = verified(
        fn, pa.Table.from_batches(batches, schema), [w.value for w in ways] if ways else None, ulps
    )
    if as_json:
        typer.echo(json_text(_document(found)))
    else:
        stdout().print(str(found), soft_wrap=True, markup=False, highlight=False)
    if not found.same:
        raise typer.Exit(DIFFERENT)


def _document(found: Verification) -> dict[str, Any]:
    known = {
        "same": found.same,
        "rows": found.rows,
        "ways": [
            {
                "way": way.way,
                "rows": way.rows,
                "features": way.features,
                "left_out": dict(way.left_out),
                "differences": [
                    {
                        "feature": difference.feature,
                        "rows": difference.rows,
                        "samples": [
                            {"row": row, "batch": repr(one), way.way: repr(other)}
                            for row, one, other in difference.samples
                        ],
                    }
                    for difference in way.differences
                ],
            }
            for way in found.ways
        ],
        "not_run": dict(found.not_run),
    }
    return document("verification", known)
