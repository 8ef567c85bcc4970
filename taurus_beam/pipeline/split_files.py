"""Splits in files: a folder for each, and `split.json`, which says how they were made.

No file gets its name before all rows have been assigned and counted, and `split.json` is written
after all others: where it is, the splits are complete.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import apache_beam as beam
import pyarrow as pa

from taurus_beam.errors import DataError, EngineError
from taurus_beam.io import WriteRecordBatches
from taurus_beam.io.files import exists, is_local, listing, remove, split
from taurus_beam.pipeline.files import absolute, read_file, write_file
from taurus_beam.pipeline.split_examples import SplitOutputs
from taurus_beam.specs import json_text
from taurus_beam.splits.configuration import splitter_to_json
from taurus_beam.splits.splitter import Splitter
from taurus_beam.splits.summary import SplitSummary

__all__ = ["DOCUMENT", "LEAKAGE", "SplitFiles", "read_split_document"]

DOCUMENT = "split.json"
LEAKAGE = "leakage.json"
"""What a check of the splits found; it goes with them."""
_FORMAT, _VERSION = "taurus_beam.split", 1
_PREFIX = "part"


class SplitFiles:
    """Where the splits of a splitter are written.

    Args:
        path: A folder on any file system Beam knows: one folder for each split, and `split.json`.
        splitter: What made them.
        schema: Of the rows.
        format: As for `WriteRecordBatches`.
        overwrite: Replace splits that are there; those of other names are removed.

    Raises:
        EngineError: Splits are there already and not to be replaced, or it cannot be written.
    """

    def __init__(
        self,
        path: str,
        splitter: Splitter,
        schema: pa.Schema,
        *,
        format: str | None = None,
        overwrite: bool = False,
    ) -> None:
        self._path = absolute(path)
        self._splitter = splitter
        self._options = {"format": format, "schema": schema, "overwrite": overwrite}
        self._overwrite = overwrite
        self._writers: list[WriteRecordBatches] = []
        if not overwrite and exists(f"{self._path}/{DOCUMENT}"):
            raise EngineError(
                f"There are splits already at {path}.",
                where=f"{self._path}/{DOCUMENT}",
                expected="a folder that does not exist yet",
                fix="Choose another folder, or add --overwrite (overwrite=True).",
            )

    def write(self, found: SplitOutputs, known: Mapping[str, Any], dropped: Any = None) -> Any:
        """Writes the splits; a PCollection of one element, the document.

        Args:
            found: From `SplitExamples`.
            known: What else the document is to say, JSON data.
            dropped: PCollection of counters: rows that were left out before, by reason.

        Raises:
            EngineError: Files are there already, or cannot be written.
        """
        before = [] if dropped is None else [beam.pvalue.AsIter(dropped)]
        begin = beam.Map(_begin, self._path, self._splitter, self._overwrite, *before)
        checked = found.summary | "Check" >> begin
        written = {}
        for name, part in found.parts.items():
            writer = WriteRecordBatches(
                f"{self._path}/{name}/{_PREFIX}", after=checked, **self._options
            )
            self._writers.append(writer)
            written[name] = part | f"Write {name}" >> writer
        files = [beam.pvalue.AsList(paths) for paths in written.values()]
        return checked | "Document" >> beam.Map(
            _finish,
            self._path,
            {**document_of(self._splitter), **known},
            beam.pvalue.AsSingleton(found.plan),
            *files,
        )

    def abandon(self) -> None:
        """Removes what a run that was stopped has not given a name yet."""
        for writer in self._writers:
            writer.abandon()


def document_of(splitter: Splitter) -> dict[str, Any]:
    """The part of the document that is known before any row is read."""
    configuration = splitter_to_json(splitter)
    text = json.dumps(configuration, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "splitter": configuration,
        "splitter_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def read_split_document(path: str) -> dict[str, Any]:
    """The document of splits at a path.

    Raises:
        DataError: There is none, or it is of another kind or a later version.
    """
    place = f"{absolute(path)}/{DOCUMENT}"
    try:
        found = json.loads(bytes(read_file(place)))
        version = found["version"] if found["format"] == _FORMAT else None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise DataError(
            f"There are no splits at {path}: {problem or type(problem).__name__}",
            where=place,
            expected=f"a folder with a {DOCUMENT}, which `taurus-beam split` writes last",
            fix="Check the path; where the run did not end, run it again with --overwrite.",
        ) from problem
    if version != _VERSION:
        raise DataError(
            f"The splits at {path} are of version {version!r}.",
            where=place,
            expected=f"version {_VERSION}",
            fix="Read them with the taurus_beam that wrote them, or a later one.",
        )
    return dict(found)


def _begin(
    summary: SplitSummary,
    path: str,
    splitter: Splitter,
    overwrite: bool,
    dropped: Iterable[Counter[str]] = (),
) -> dict[str, Any]:
    """The last look before files get their names, and what older splits there are."""
    summary.check(splitter)
    place = f"{path}/{DOCUMENT}"
    older: list[str] = []
    if overwrite and exists(place):
        older = [part["name"] for part in read_split_document(path)["splits"]]
        remove([place, f"{path}/{LEAKAGE}"])
    before = sum(dropped, Counter[str]())
    record = summary.record()
    record["rows"] += before.total()
    record["dropped"] |= before
    return {**record, "older": older}


def _finish(
    record: Mapping[str, Any],
    path: str,
    known: Mapping[str, Any],
    plan: Mapping[str, Any],
    *files: Sequence[str],
) -> dict[str, Any]:
    record = dict(record)
    _remove_older(path, record.pop("older"), [part["name"] for part in record["splits"]])
    rows = sum(part["rows"] for part in record["splits"])
    asked = known["splitter"].get("ratios") or {}
    splits = [
        {
            **part,
            "share": part["rows"] / rows if rows else None,
            **({"ratio": asked[part["name"]]} if part["name"] in asked else {}),
            "files": sorted(f"{part['name']}/{split(file)[1]}" for file in written),
        }
        for part, written in zip(record["splits"], files, strict=True)
    ]
    document = {**known, **record, "splits": splits, "plan": dict(plan)}
    write_file(f"{path}/{DOCUMENT}", f"{json_text(document)}\n".encode())
    return document


def _remove_older(path: str, older: Iterable[str], kept: Iterable[str]) -> None:
    """Removes the files of splits that this run does not have."""
    for name in older:
        if name not in kept:
            remove(listing(f"{path}/{name}/{_PREFIX}", r"-\d{5,}-of-\d{5,}.*"))
            if is_local(path):
                # Stays where there is something else in it.
                with suppress(OSError):
                    os.rmdir(f"{path}/{name}")
