"""The user's preprocessing function out of a Python file.

The file is run like a script of its own: its folder can be imported from, and nothing is cached
beside it. No data are read, and what of it is sent to workers is not this file's matter.
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType, ModuleType
from typing import Any

from taurus_beam.errors import TaurusError, TraceError

__all__ = [
    "DEFAULT_NAME",
    "file_of",
    "folder_of",
    "module_in",
    "named_in",
    "preprocessing_function",
]

DEFAULT_NAME = "preprocessing_fn"


@contextmanager
def preprocessing_function(spec: str) -> Iterator[Callable[..., Any]]:
    """The function that ``FILE.py`` or ``FILE.py:name`` means.

    Inside the block, what lies beside the file can be imported, also by the function itself.

    Raises:
        TraceError: If there is no such file or function, or the file cannot be run.
    """
    path, name = named_in(spec)
    with module_in(path) as module:
        yield _named(module, name or DEFAULT_NAME, path)


@contextmanager
def module_in(path: str) -> Iterator[ModuleType]:
    """What a Python file defines. Inside the block, what lies beside it can be imported.

    Raises:
        TraceError: If there is no such file, or it cannot be run.
    """
    code = _compiled(path)
    folder = os.path.dirname(os.path.abspath(path))
    sys.path.insert(0, folder)
    try:
        yield _run(code, path)
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


def file_of(spec: str) -> str:
    """The path of the file."""
    return named_in(spec)[0]


def folder_of(spec: str) -> str:
    """The folder of the file, what lies in which can be imported."""
    return os.path.dirname(os.path.abspath(file_of(spec)))


def named_in(spec: str) -> tuple[str, str | None]:
    """The path of the file, and the name in it where one is given.

    Example:
        >>> named_in("trips.py:fares"), named_in("trips.py")
        (('trips.py', 'fares'), ('trips.py', None))
    """
    match = re.fullmatch(r"(.+):([^:/\\]*)", spec)
    if match is None or os.path.exists(spec):
        return spec, None
    return match[1], match[2] or None


def _compiled(path: str) -> CodeType:
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as problem:
        raise TraceError(
            f"The preprocessing file cannot be read: {problem.strerror}.",
            where=path,
            expected=f"a Python file with a function {DEFAULT_NAME}(inputs)",
            fix="Check the path; a function of another name is given as FILE.py:name.",
        ) from problem
    try:
        return compile(source, os.path.abspath(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as problem:  # ValueError: before 3.12, for a null byte
        raise TraceError(
            f"The preprocessing file is not valid Python: {getattr(problem, 'msg', problem)}.",
            where=_place(path, problem),
            fix="Correct it there; `python -m py_compile` checks a file.",
        ) from problem


def _place(path: str, problem: Exception) -> str:
    if not isinstance(problem, SyntaxError) or problem.lineno is None:
        return path
    line = (problem.text or "").strip()
    return f"{path}:{problem.lineno}" + (f": {line}" if line else "")


def _run(code: CodeType, path: str) -> ModuleType:
    # Under a name of its own: the file may be called like a module that it imports.
    module = ModuleType(f"_preprocessing_{os.path.splitext(os.path.basename(path))[0]}")
    module.__file__ = os.path.abspath(path)
    sys.modules[module.__name__] = module
    try:
        exec(code, module.__dict__)
    except TaurusError:
        raise
    except (Exception, SystemExit) as problem:
        raise TraceError(
            f"The preprocessing file raised {type(problem).__name__}"
            + (f": {problem}" if str(problem) else "."),
            where=_line_of(problem, path),
            expected="a file that only defines things when it is imported",
            fix=f"Install what it imports, and try it alone: python {path}",
        ) from problem
    return module


def _line_of(problem: BaseException, path: str) -> str:
    """The last line of the file itself that the error went through."""
    place = path
    for frame in traceback.extract_tb(problem.__traceback__):
        if frame.filename == os.path.abspath(path):
            place = f"{path}:{frame.lineno}: {frame.line}"
    return place


def _named(module: ModuleType, name: str, path: str) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if callable(function):
        return function  # type: ignore[no-any-return]  # an attribute of a module is Any
    found = [
        each
        for each, value in vars(module).items()
        if isinstance(value, FunctionType)
        and value.__module__ == module.__name__
        and not each.startswith("_")
    ]
    what = "is no function" if function is not None else "is not there"
    raise TraceError(
        f"The function {name!r} {what}.",
        where=path,
        expected=f"a function of that name; the file defines: {', '.join(found) or 'none'}",
        fix=f"Name one: --preprocessing {path}:{found[0]}"
        if found
        else f"Define {DEFAULT_NAME}(inputs), which returns a dict of columns.",
    )
