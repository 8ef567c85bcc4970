"""From the words of ``taurus-beam serve`` to the models and rules that the server takes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from taurus_beam.cli.serve_options import Named, Shared
from taurus_beam.errors import EngineError

if TYPE_CHECKING:
    from taurus_beam.rest import LogSettings, OnnxModels, Repository, Route, Split

__all__ = [
    "TOKEN_VARIABLE",
    "check_names",
    "log_settings",
    "repository_of",
    "routes_of",
    "schemas_of",
    "token_in",
    "training_of",
]

TOKEN_VARIABLE = "TAURUS_BEAM_TOKEN"


def repository_of(models: list[Named], folder: str | None, heads: OnnxModels) -> Repository:
    """The models that are served: those that are named, or all of a folder."""
    from taurus_beam.rest import Repository

    if bool(models) == (folder is not None):
        raise typer.BadParameter("Give --model NAME=DIR (once or more), or --models DIR.")
    if folder is not None:
        return Repository.folder(folder, heads)
    return Repository.of({model.name: model.value for model in models}, heads)


def check_names(wanted: Iterable[str], known: Sequence[str]) -> None:
    """EngineError for a model that is to stand behind one that is not served."""
    for name in wanted:
        if name not in known:
            raise EngineError(
                f"There is no {name!r} that a model could stand behind.",
                where="--with-model",
                expected=f"one of: {', '.join(known)}",
            )


def log_settings(
    folder: str | None, share: float, file_seconds: float, key: str | None
) -> LogSettings:
    """The request log, with the key that signs it.

    Raises:
        typer.BadParameter: There is a key and no log.
        TaurusError: The key cannot be used.
    """
    from taurus_beam.rest import LogSettings
    from taurus_beam.rest.record_signing import signing_key

    if folder is None:
        raise typer.BadParameter("--sign-log signs the request log: give --log DIR, too.")
    signs = signing_key(key) if key else None
    return LogSettings(folder, share, file_seconds=file_seconds, key=signs)


def routes_of(default: list[Named], canary: list[Shared], shadow: list[Shared]) -> dict[str, Route]:
    """Which versions answer, by model."""
    from taurus_beam.rest import Route, Split

    def split(given: Shared | None) -> Split | None:
        return None if given is None else Split(given.version, given.share)

    defaults = {each.name: each.value for each in default}
    canaries = {each.name: each for each in canary}
    shadows = {each.name: each for each in shadow}
    return {
        name: Route(defaults.get(name), split(canaries.get(name)), split(shadows.get(name)))
        for name in {*defaults, *canaries, *shadows}
    }


def training_of(files: list[Named]) -> dict[str, Any]:
    """The training statistics that are named, by model."""
    from taurus_beam.stats.files import load_statistics

    return {file.name: load_statistics(file.value) for file in files}


def schemas_of(files: list[Named]) -> dict[str, Any]:
    """The schemas that are named, by model."""
    from taurus_beam.cli.schema_text import load_schema

    return {file.name: load_schema(file.value).schema for file in files}


def token_in(path: str | None) -> str | None:
    """From a file or the environment, never from the command line, which others can see."""
    if path is None:
        return os.environ.get(TOKEN_VARIABLE) or None
    try:
        with open(path, encoding="utf-8") as file:
            token = file.read().strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise EngineError(f"The token cannot be read: {problem}", where=path) from problem
    if not token:
        raise EngineError("The file of the token is empty.", where=path)
    return token
