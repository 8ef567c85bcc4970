"""The models that are served, their versions, and how new ones come in while requests run.

What is loaded is one mapping that is replaced as a whole: a request looks a version up once and
keeps it, so a version that goes still answers what began with it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from taurus_beam.errors import ArtifactError, EngineError, TaurusError
from taurus_beam.rest.heads import Heads, OnnxModels, file_stamp
from taurus_beam.rest.model import Model
from taurus_beam.rest.refusals import refusal
from taurus_beam.rest.routing import newest
from taurus_beam.serving import load

__all__ = ["Changes", "Repository"]

_MANIFEST = "manifest.json"
_AWAY_SECONDS = 0.1
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True)
class Changes:
    """What looking for new versions found, each as ``name/version``.

    Attributes:
        loaded: New, or written anew.
        removed: No longer there.
        failed: Those that could not be loaded, and why; they are tried again.
    """

    loaded: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: dict[str, TaurusError] = field(default_factory=dict)


@dataclass(frozen=True)
class _Loaded:
    model: Model
    stamp: Any


class Repository:
    """Models by name and version.

    Args:
        find: What lists the paths of artifacts by name and version, anew each time.
        heads: What knows that which follows the artifacts' transforms, if anything does.

    Example:
        >>> import taurus_beam as tb, pyarrow as pa, tempfile
        >>> folder = tempfile.mkdtemp()
        >>> table = pa.table({"x": [1.0, 3.0]})
        >>> tb.fit(table, lambda i: {"y": i["x"] * 2}).save(f"{folder}/doubled/1")
        >>> repository = Repository.folder(folder)
        >>> repository.refresh().loaded, repository.names
        (['doubled/1'], ['doubled'])
    """

    def __init__(
        self,
        find: Callable[[], Mapping[tuple[str, str], str]],
        heads: Heads | None = None,
    ) -> None:
        self._find = find
        self._heads = heads or OnnxModels({})
        self._known: dict[tuple[str, str], _Loaded] = {}
        self._models: Mapping[str, Mapping[str, Model]] = {}

    @staticmethod
    def folder(path: str, heads: Heads | None = None) -> Repository:
        """Artifacts at ``path/NAME/VERSION``; versions may be added while they are served.

        Args:
            path: The folder.
            heads: What follows their transforms.
        """
        return Repository(lambda: _listed(path), heads)

    @staticmethod
    def of(paths: Mapping[str, str], heads: Heads | None = None) -> Repository:
        """An artifact for each name, or a folder of its versions.

        Args:
            paths: A local folder, or the URI of an artifact, which is read once.
            heads: What follows their transforms.
        """
        for name in paths:
            _check_name(name)
        return Repository(lambda: _named(paths), heads)

    @property
    def models(self) -> Mapping[str, Mapping[str, Model]]:
        """All that is loaded at this moment, by name and version; it stays as it is."""
        return self._models

    @property
    def names(self) -> list[str]:
        """The names of the models that are loaded."""
        return sorted(self._models)

    def versions(self, name: str) -> Mapping[str, Model]:
        """The loaded versions of a model.

        Raises:
            RequestError: 404 if there is none of that name.
        """
        found = self._models.get(name)
        if found is None:
            raise refusal(404, f"There is no model {name!r}.", _one_of(self.names))
        return found

    def model(self, name: str, version: str | None = None) -> Model:
        """A version of a model, the newest where none is named.

        Raises:
            RequestError: 404 if there is none.
        """
        versions = self.versions(name)
        wanted = newest(versions) if version is None else version
        if wanted is None or wanted not in versions:
            raise refusal(
                404, f"There is no version {wanted!r} of {name!r}.", _one_of(sorted(versions))
            )
        return versions[wanted]

    def path(self, name: str, version: str) -> str | None:
        """Where a version's artifact is at this moment; None where it is gone."""
        return self._find().get((name, version))

    def refresh(self) -> Changes:
        """Look for versions that are new, written anew or gone. Not for several threads at once."""
        found, changes = self._find(), Changes()
        if not self._known.keys() <= found.keys():
            # An artifact that is just being written anew is away for a moment.
            time.sleep(_AWAY_SECONDS)
            found = self._find()
        known = {place: loaded for place, loaded in self._known.items() if place in found}
        for place, path in found.items():
            # An artifact that is written anew has a new manifest, which is written last.
            manifest = file_stamp(os.path.join(path, _MANIFEST))
            stamp, label = (manifest, self._heads.stamp(place[0], path)), "/".join(place)
            if place in known and known[place].stamp == stamp:
                continue
            try:
                fn = load(path)
                head = self._heads.open(place[0], path, fn)
                known[place] = _Loaded(Model(*place, fn, head).warm(), stamp)
            except TaurusError as problem:
                changes.failed[label] = problem  # what was loaded before keeps answering
            else:
                changes.loaded.append(label)
        changes.removed.extend("/".join(place) for place in self._known if place not in known)
        self._known = known
        models: dict[str, dict[str, Model]] = {}
        for (name, version), loaded in sorted(known.items()):
            models.setdefault(name, {})[version] = loaded.model
        self._models = models
        return changes


def _listed(folder: str) -> dict[tuple[str, str], str]:
    if not os.path.isdir(folder):
        raise EngineError(
            f"There is no folder {folder}.",
            where=folder,
            expected="a folder of artifacts, NAME/VERSION",
        )
    return {
        (name, version): path
        for name in _folders(folder)
        for version, path in _versions(os.path.join(folder, name)).items()
    }


def _named(paths: Mapping[str, str]) -> dict[tuple[str, str], str]:
    found = {}
    for name, path in paths.items():
        if "://" in path or os.path.isfile(os.path.join(path, _MANIFEST)):
            found[name, "1"] = path
            continue
        versions = _versions(path) if os.path.isdir(path) else {}
        if not versions:
            raise ArtifactError(
                f"There is no artifact at {path}.",
                where=path,
                expected="what `taurus-beam fit` wrote, or a folder of several: VERSION/…",
            )
        found.update({(name, version): inner for version, inner in versions.items()})
    return found


def _versions(folder: str) -> dict[str, str]:
    """Without what is hidden: a folder that is still being written, as `save` does it."""
    paths = {version: os.path.join(folder, version) for version in _folders(folder)}
    return {v: p for v, p in paths.items() if os.path.isfile(os.path.join(p, _MANIFEST))}


def _folders(path: str) -> list[str]:
    try:
        return [e.name for e in os.scandir(path) if _NAME.fullmatch(e.name) and e.is_dir()]
    except OSError as problem:
        raise EngineError(
            f"The folder {path} cannot be read: {problem.strerror}.", where=path
        ) from problem


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise EngineError(
            f"{name!r} is no name for a model.",
            expected="letters, digits, '_', '-' and '.', beginning with no '-' or '.'",
        )


def _one_of(names: list[str]) -> str:
    return f"one of: {', '.join(names) or 'none is loaded'}"
