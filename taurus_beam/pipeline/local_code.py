"""Code that no installed package has: it travels with the pipeline, so that workers need no files.

Workers cannot import a script, nor what lies beside it. Operations that are declared there are sent
as part of the plan and declared again where it arrives; nothing is imported because data say so.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from types import ModuleType
from typing import Any

from apache_beam.internal.cloudpickle import cloudpickle

from taurus_beam.errors import EngineError
from taurus_beam.graph.extensions import is_foreign, origin_of
from taurus_beam.graph.node import Graph
from taurus_beam.graph.operation import Operation, operation

__all__ = ["LocalOperations", "local_modules", "sent_by_value"]

_NEVER = ("taurus_beam", "apache_beam")


class LocalOperations:
    """The operations of a graph that no installed package declares.

    Pickled, they bring their code along, and that of the modules beside theirs.

    Args:
        graph: A traced graph.
    """

    def __init__(self, graph: Graph | None = None) -> None:
        found = {type(node.operation) for node in graph.nodes} if graph is not None else set()
        self.classes: tuple[type[Operation], ...] = tuple(
            sorted(filter(_is_local, found), key=lambda cls: cls.name)
        )

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.classes:
            return LocalOperations, ()
        return _arrived, (self._code,)

    @functools.cached_property
    def _code(self) -> bytes:
        """Made once: a plan is pickled for each step that uses it."""
        modules = [m for cls in self.classes for m in local_modules(_folder_of(cls.__module__))]
        try:
            with sent_by_value(modules):
                return bytes(cloudpickle.dumps(self.classes))
        except Exception as problem:
            names = ", ".join(cls.name for cls in self.classes)
            raise EngineError(
                f"The code of operations cannot be sent to workers: {problem}",
                where=names,
                expected="functions and plain values at the top of the modules that declare them",
                fix="Make what cannot be pickled inside a function, or install the operations as "
                "a package: docs/extending.md.",
            ) from problem


def local_modules(folder: str | None) -> list[ModuleType]:
    """The modules that were imported from a folder, other than installed packages."""
    if folder is None:
        return []
    found = [
        (name, module)
        for name, module in list(sys.modules.items())
        if module is not None and _lies_in(folder, name, module)
    ]
    if len(found) > 1:
        found = [each for each in found if each[0].partition(".")[0] not in _installed()]
    return [module for _, module in found]


@contextmanager
def sent_by_value(modules: list[ModuleType]) -> Iterator[None]:
    """Inside the block, what these modules define is pickled as code, not by its name."""
    known = cloudpickle.list_registry_pickle_by_value()
    added = {m.__name__: m for m in modules if m.__name__ not in known}
    for module in added.values():
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in added.values():
            cloudpickle.unregister_pickle_by_value(module)


def _arrived(code: bytes) -> LocalOperations:
    """Declares in a worker what was sent."""
    sent = LocalOperations()
    sent.classes = tuple(operation(cls) for cls in cloudpickle.loads(code))
    return sent


def _is_local(cls: type[Operation]) -> bool:
    return is_foreign(cls.name) and origin_of(cls).distribution is None


@functools.cache
def _installed() -> frozenset[str]:
    """The names of the outermost modules of all installed packages."""
    return frozenset(metadata.packages_distributions())


def _folder_of(module: str) -> str | None:
    """The folder from which a module's outermost package was imported."""
    file: str | None = getattr(sys.modules.get(module.partition(".")[0]), "__file__", None)
    if file is None:
        return None
    folder = os.path.dirname(os.path.abspath(file))
    return os.path.dirname(folder) if os.path.basename(file) == "__init__.py" else folder


def _lies_in(folder: str, name: str, module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    if file is None or module.__name__ != name or name.partition(".")[0] in _NEVER:
        return False
    own = os.path.join(folder, *name.split("."))
    # A preprocessing file is run under a name that is not that of its file.
    beside = name.startswith("_preprocessing_") and os.path.dirname(file) == folder
    return beside or os.path.abspath(file) in (f"{own}.py", os.path.join(own, "__init__.py"))
