"""What the options of commands name, as the lineage store knows things: by type, place and digest.

Each kind turns the value of an option into the things that are there. What cannot be found is
left out: the command itself says what is wrong with it. Beam is loaded only for patterns, outputs
in shards and what is not local, by commands that load it anyway.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from taurus_beam.lineage.identity import absolute, file_digest, listing_digest, manifest_digest

__all__ = [
    "ANOMALIES",
    "CODE",
    "COMPARED_SPLITS",
    "DATA",
    "LEAKAGE",
    "LOG_FILES",
    "MODEL",
    "MODELS",
    "MODEL_FILES",
    "REPORT",
    "REQUEST_LOG",
    "RULES",
    "SCHEMA",
    "SCHEMA_OR_STATISTICS",
    "SETTINGS",
    "SPANS",
    "SPLITS",
    "STATISTICS",
    "TRANSFORM_FN",
    "Kind",
    "Thing",
    "named",
    "shards",
]

MOST_FILES = 1000
"""Of a pattern that has more files, all of them are one thing."""

_MOST_BYTES = 1 << 30
"""Of an option with more data, file systems' listings stand for the content."""


@dataclass(frozen=True)
class Thing:
    """A file or an artifact's folder that is there.

    Attributes:
        type: What it is in the store.
        given: Its path as it was named.
        uri: The same, absolute.
        stamp: Differs when it has been written anew.
        digest: Finds the digest of its content; None where it has none.
        properties: What else is known of it.
    """

    type: str
    given: str
    uri: str
    stamp: Any
    digest: Callable[[], str | None]
    properties: Mapping[str, Any] = field(default_factory=dict)


Kind = Callable[[Any, Mapping[str, Any]], Iterable[Thing]]
"""The things that an option's value names; the other options may say more."""


def _files(type: str, paths: Iterable[str]) -> list[Thing]:
    """Things of files that are named one by one."""
    paths = list(paths)
    local = [path.removeprefix("file://") for path in paths]
    if all("://" not in path for path in local):
        return _local_files(type, [path for path in local if os.path.isfile(path)])
    from taurus_beam.io.files import find

    return _listed(type, find(paths))


def _local_files(type: str, paths: Sequence[str]) -> list[Thing]:
    status = [os.stat(path) for path in paths]
    by_content = sum(each.st_size for each in status) <= _MOST_BYTES
    things = []
    for path, stat in zip(paths, status, strict=True):
        stamp = stat.st_size, stat.st_mtime_ns, stat.st_ino
        facts = {"bytes": stat.st_size, "modified": stat.st_mtime}
        things.append(_file(type, path, stamp, facts, by_content))
    return things


def _listed(type: str, files: Sequence[Any]) -> list[Thing]:
    """Things of files as `taurus_beam.io` lists them."""
    if len(files) > MOST_FILES:
        return [_all_of(type, files)]
    if all("://" not in file.path for file in files):
        return _local_files(type, [file.path for file in files])
    return [
        _file(
            type,
            file.path,
            (file.size, file.modified),
            {"bytes": file.size, "modified": file.modified},
            by_content=False,
        )
        for file in files
    ]


def _file(type: str, path: str, stamp: Any, facts: Mapping[str, Any], by_content: bool) -> Thing:
    uri = absolute(path)

    def digest() -> str:
        return file_digest(path) if by_content else listing_digest(uri, facts)

    return Thing(type, path, uri, stamp, digest, facts)


def _all_of(type: str, files: Sequence[Any]) -> Thing:
    folder = os.path.commonpath([os.path.dirname(file.path) for file in files])
    facts = [(absolute(file.path), file.size, file.modified) for file in files]
    known = {"files": len(files), "bytes": sum(file.size for file in files)}
    return Thing(type, folder, absolute(folder), facts, lambda: listing_digest(facts), known)


def _file_of(type: str) -> Kind:
    """The kind of an option that names a file, or several."""

    def kind(value: Any, options: Mapping[str, Any]) -> list[Thing]:
        return _files(type, [value] if isinstance(value, str) else value)

    return kind


def named(inner: Kind) -> Kind:
    """The kind of an option of pairs NAME=VALUE that were read."""

    def kind(value: Any, options: Mapping[str, Any]) -> list[Thing]:
        values = [each.value for each in value]
        return [thing for each in values for thing in inner(each, options)]

    return kind


def shards(format: str) -> Kind:
    """The kind of an option that is the prefix of what is written; `format` is the option of it."""

    def kind(value: Any, options: Mapping[str, Any]) -> list[Thing]:
        from taurus_beam.io.files import find
        from taurus_beam.io.shards import Output

        return _listed("Data", find(Output.at(value, options.get(format), False).existing()))

    return kind


def _data(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    from taurus_beam.io.files import find

    return _listed("Data", find([value] if isinstance(value, str) else value))


def _spans(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    return _data([each.partition("=")[2] for each in value], options)


def _code(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    from taurus_beam.cli.function_file import file_of

    return _files("Code", [file_of(value)])


def _transform_fn(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    path = value.removeprefix("file://").rstrip("/")
    digest = _remote_manifest_digest(path) if "://" in path else manifest_digest(path)
    if digest is None:
        return []
    manifest = os.path.join(path, "manifest.json")
    stamp = digest if "://" in path else (os.stat(manifest).st_mtime_ns, os.stat(manifest).st_ino)
    return [Thing("TransformFn", path, absolute(path), stamp, lambda: digest, _provenance(path))]


def _remote_manifest_digest(path: str) -> str | None:
    from taurus_beam.pipeline.files import read_file

    return f"sha256:{json.loads(bytes(read_file(f'{path}/manifest.json')))['digest']}"


def _provenance(path: str) -> dict[str, Any]:
    """What an artifact in a local folder tells of the function and the data it was made of."""
    try:
        with open(os.path.join(path, "provenance.json"), encoding="utf-8") as file:
            record = json.load(file)["record"]
        function, data = record["function"], record["data"]
        return {"function": function, "rows": data["rows"], "run": record["run"]["id"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _models(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    """What is served: artifacts, folders of versions, or a folder of such folders."""
    folders = [value] if isinstance(value, str) else [each.value for each in value]
    found = []
    for folder in folders:
        found += _transform_fn(folder, options) or [
            thing
            for inner in _folders_in(folder)
            for each in (inner, *_folders_in(inner))
            for thing in _transform_fn(each, options)
        ]
    return found


def _folders_in(path: str) -> list[str]:
    if not os.path.isdir(path):
        return []
    return sorted(e.path for e in os.scandir(path) if e.is_dir() and not e.name.startswith("."))


def _model_files(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    return _files("Model", [each.file for each in value if each.file])


def _splits(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    """What `split` writes into a folder; nothing where its description is not there yet."""
    from taurus_beam.pipeline.split_files import DOCUMENT, LEAKAGE, read_split_document

    folder = value.rstrip("/")
    parts = read_split_document(folder)["splits"]
    found = _files("Split", [f"{folder}/{DOCUMENT}"])
    found += _files("Data", [f"{folder}/{file}" for part in parts for file in part["files"]])
    return found + (_files("Leakage", [f"{folder}/{LEAKAGE}"]) if options.get("check") else [])


def _compared_splits(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    words = [each for each in value if not each.startswith("-")]
    if len(words) == 1 and "=" not in words[0]:
        return _splits(words[0], options)
    return _data([each.partition("=")[2] for each in words], options)


def _request_log(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    from taurus_beam.rest.request_records import log_files

    return _local_files("Data", log_files(value))


def _log_files(value: Any, options: Mapping[str, Any]) -> list[Thing]:
    return _data(os.path.join(value, "*", "*", "requests-*.parquet"), options)


ANOMALIES = _file_of("Anomalies")
CODE: Kind = _code
COMPARED_SPLITS: Kind = _compared_splits
DATA: Kind = _data
LEAKAGE = _file_of("Leakage")
LOG_FILES: Kind = _log_files
MODEL = _file_of("Model")
MODELS: Kind = _models
MODEL_FILES: Kind = _model_files
REQUEST_LOG: Kind = _request_log
REPORT = _file_of("Report")
RULES = _file_of("Rules")
SCHEMA = _file_of("Schema")
SCHEMA_OR_STATISTICS = _file_of("SchemaOrStatistics")
SETTINGS = _file_of("Settings")
SPANS: Kind = _spans
SPLITS: Kind = _splits
STATISTICS = _file_of("Statistics")
TRANSFORM_FN: Kind = _transform_fn
