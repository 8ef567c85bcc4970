"""The user's pipeline out of a Python file: an instance, or a class that is then made one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from taurus_beam.cli.function_file import module_in, named_in
from taurus_beam.errors import TraceError

if TYPE_CHECKING:
    from taurus_beam.controller import PipelineModule

__all__ = ["pipeline_module"]


@contextmanager
def pipeline_module(spec: str) -> Iterator[PipelineModule]:
    """The pipeline that ``FILE.py`` or ``FILE.py:name`` means.

    Inside the block, what lies beside the file can be imported, and goes to workers as code.

    Raises:
        TraceError: There is no such file or pipeline, or the file cannot be run.
    """
    path, name = named_in(spec)
    with module_in(path) as module:
        from taurus_beam.cli.worker_code import sent_with_code

        with sent_with_code(os.path.dirname(os.path.abspath(path))):
            yield _pipeline(module, name, path)


def _pipeline(module: ModuleType, name: str | None, path: str) -> PipelineModule:
    from taurus_beam.controller import PipelineModule

    found = {
        each: value
        for each, value in vars(module).items()
        if isinstance(value, PipelineModule)
        or (
            isinstance(value, type)
            and issubclass(value, PipelineModule)
            and value.__module__ == module.__name__
        )
    }
    chosen = [name] if name is not None else list(found)
    if len(chosen) == 1 and chosen[0] in found:
        value = found[chosen[0]]
        return value() if isinstance(value, type) else value
    what = (
        f"The pipeline {name!r} is not there."
        if name is not None
        else "The file has several pipelines."
        if found
        else "The file has no pipeline."
    )
    raise TraceError(
        what,
        where=path,
        expected="a class that extends tb.PipelineModule"
        + (f"; the file defines: {', '.join(found)}" if found else ""),
        fix=f"Name one: --pipeline {path}:{next(iter(found))}" if found else None,
    )
