"""``taurus-beam export``: write an artifact as a model for runtimes of other languages."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from taurus_beam.cli.exits import reported
from taurus_beam.cli.parameters import Debug, Lineage
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.terminal import count, show_table, stdout
from taurus_beam.cli.things import MODEL, TRANSFORM_FN

__all__ = ["export"]


class ModelFormat(str, enum.Enum):
    """What an artifact can be written as."""

    onnx = "onnx"


@reported
@recorded("export", reads={"artifact": TRANSFORM_FN, "with_model": MODEL}, writes={"output": MODEL})
def export(
    artifact: Annotated[str, typer.Argument(metavar="ARTIFACT", help="What `fit` wrote.")],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The file to write: model.onnx.")
    ],
    format: Annotated[
        ModelFormat, typer.Option("--format", "-f", help="What to write it as.")
    ] = ModelFormat.onnx,
    outputs: Annotated[
        str | None,
        typer.Option(
            "--outputs", metavar="A,B", help="Only these outputs; with a model, these besides."
        ),
    ] = None,
    required: Annotated[
        str | None,
        typer.Option(
            "--required", metavar="A,B", help="Columns that are never missing: no mask for them."
        ),
    ] = None,
    with_model: Annotated[
        str | None,
        typer.Option(
            "--with-model",
            metavar="FILE",
            help="An ONNX model that takes the outputs: write both as one.",
        ),
    ] = None,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Write an artifact as an ONNX model, alone or with the model that takes its outputs.

    Example: taurus-beam export transform_fn -o features.onnx

    What cannot be written is refused, naming the operation, the output and the line.
    """
    from taurus_beam.cli.open_artifact import open_artifact
    from taurus_beam.onnx.export import to_onnx

    fn = open_artifact(artifact).fn
    model = to_onnx(fn, output, _names(outputs), with_model, required=_names(required) or ())
    console = stdout()
    console.print(f"Exported {artifact}", soft_wrap=True)
    show_table(
        console,
        [
            ("takes", ", ".join(i.name for i in model.graph.input)),
            ("gives", ", ".join(o.name for o in model.graph.output)),
            ("nodes", count(len(model.graph.node))),
            ("bytes", count(model.ByteSize())),
            ("model", output),
        ],
    )


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",")]
