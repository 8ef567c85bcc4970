"""What the request log knows of each request, as a record with digests: `docs/spec` describes it.

A record is made of the rows of a file, when it is asked for or signed; a server that signs nothing
does not compute it.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from taurus_beam.errors import DataError
from taurus_beam.rest.canonical_rows import canonical_rows
from taurus_beam.rest.request_log import OUTPUTS, SERVING
from taurus_beam.specs import document

__all__ = ["log_files", "logged_records", "records_of"]

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


def records_of(table: pa.Table) -> list[dict[str, Any]]:
    """The records of the requests in rows of the log, in their order.

    Args:
        table: Rows as `RequestLog` writes them; those of a request follow one another.
    """
    serving = table[SERVING].combine_chunks()
    known = serving.to_pylist()
    inputs = {n: table[n] for n in table.column_names if n not in (SERVING, OUTPUTS)}
    answered = table[OUTPUTS].combine_chunks()
    outputs = {n: answered.field(n) for n in answered.type.names}
    # Without columns there are no rows to be put together.
    data = canonical_rows(inputs) if inputs else ["{}"] * table.num_rows
    answers = canonical_rows(outputs) if outputs else ["{}"] * table.num_rows
    if not known:
        return []
    starts = [at for at, each in enumerate(known) if at == 0 or not _follows(known[at - 1], each)]
    return [
        document(
            "request-log-record",
            {
                "id": known[start]["request_id"],
                "time": known[start]["time"].strftime(_TIME),
                "model": known[start]["model"],
                "version": known[start]["version"],
                "pipeline": {"digest": known[start]["digest"]},
                "rows": end - start,
                "data": {"digest": _digest(data[start:end])},
                "answer": {"digest": _digest(answers[start:end])},
            },
        )
        for start, end in zip(starts, [*starts[1:], len(known)], strict=True)
    ]


def _follows(before: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether a row is the next one of the same request."""
    return row == {**before, "row": before["row"] + 1}


def _digest(rows: Sequence[str]) -> str:
    return f"sha256:{hashlib.sha256(('[' + ','.join(rows) + ']').encode()).hexdigest()}"


def log_files(path: str) -> list[str]:
    """The files of a request log: of a folder, of folders in it, or the one that is named.

    Raises:
        DataError: There are none.
    """
    pattern = os.path.join(glob.escape(path), "**", "requests-*.parquet")
    found = [path] if os.path.isfile(path) else sorted(glob.glob(pattern, recursive=True))
    if not found:
        raise DataError(
            "There are no files of a request log.",
            where=path,
            expected="what `taurus-beam serve --log` wrote, or a folder of it",
        )
    return found


def logged_records(file: str, request: str | None = None) -> list[dict[str, Any]]:
    """The records in a file of the request log, in their order.

    Args:
        file: A Parquet file.
        request: Only those of the request of this id.

    Raises:
        DataError: It cannot be read, or is no such file.
    """
    import pyarrow.parquet as pq

    wanted = None if request is None else pa.compute.field(SERVING, "request_id") == request
    try:
        table = pq.read_table(file, filters=wanted, partitioning=None)
        if "digest" not in table[SERVING].type.names or OUTPUTS not in table.column_names:
            raise KeyError("the digest of the artifact that answered")
        return records_of(table)
    except (OSError, KeyError, pa.ArrowException) as problem:
        raise DataError(
            f"The request log cannot be read: {problem}",
            where=file,
            expected="what `taurus-beam serve --log` wrote",
        ) from problem
