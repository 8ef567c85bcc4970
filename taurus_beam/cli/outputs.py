"""Where transformed data go, for both commands that write them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa

from taurus_beam.cli.terminal import count
from taurus_beam.io.files import is_local, normalized
from taurus_beam.io.shards import Output
from taurus_beam.runners.options_error import OptionsError

if TYPE_CHECKING:
    from taurus_beam.io import WriteRecordBatches
    from taurus_beam.runners.jobs import Sink

__all__ = ["check_apart", "output_at", "sink_at", "written_text"]


def output_at(path: str, format_name: str | None, overwrite: bool) -> Output:
    """The output at a prefix; what is wrong with it is found before data are read.

    Raises:
        EngineError: If the output exists or cannot be written.
    """
    output = Output.at(path, format_name, overwrite)
    output.check(None)
    return output


def sink_at(path: str, format_name: str | None, overwrite: bool) -> Sink:
    """The same for a pipeline."""
    output_at(path, format_name, overwrite)

    def sink(schema: pa.Schema) -> WriteRecordBatches:
        from taurus_beam.io import WriteRecordBatches

        return WriteRecordBatches(path, format=format_name, schema=schema, overwrite=overwrite)

    return sink


def check_apart(option: str, path: str | None, artifact: str) -> None:
    """Refuses output inside the artifact's folder, which appears, and is replaced, as a whole.

    Raises:
        OptionsError: If it would lie there.
    """
    if path is None or not (is_local(path) and is_local(artifact)):
        return
    inside, folder = (os.path.abspath(normalized(each)) for each in (path, artifact))
    if inside == folder or inside.startswith(folder + os.sep):
        raise OptionsError(
            f"What {option} writes would lie inside the artifact.",
            where=f"{option} {path}, --output {artifact}",
            expected="two folders beside each other",
            fix=f"Put the artifact deeper: --output {artifact.rstrip('/')}/transform_fn",
        )


def written_text(path: str, format_name: str | None) -> str:
    """The files of an output in a few words."""
    found = Output.at(path, format_name, overwrite=False).existing()
    more = f" … {os.path.basename(found[-1])}" if len(found) > 1 else ""
    return f"{found[0]}{more}  ({count(len(found), 'file')})"
