"""What each operation and each public function must bring: rules, kernels, docs and samples."""

from __future__ import annotations

import doctest
import inspect
import re
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from applications import APPLICATIONS, Application
from fitting import graph_of

import taurus_beam as tb
from taurus_beam.graph.analyzer import Analyzer
from taurus_beam.graph.operation import Operation, operations

# Of an analysis by a pipeline's own transform, tests/pipeline has the samples: it needs one.
ELSEWHERE = {"ptransform_analyzer"}
# A program fills these in, or computes them once from what is the same for all rows.
WITHOUT_KERNELS = {"constant": {"batch", "row"}, "input": {"batch", "row"}, "idf_table": {"row"}}
FUNCTIONS = {
    name: getattr(tb, name)
    for name, home in tb._HOME.items()
    if home.startswith(("analyzers.", "transforms."))
}
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def lacking(cls: type[Operation]) -> set[str]:
    """What an operation does not bring."""
    kernels = set() if issubclass(cls, Analyzer) else {"batch", "row"}
    needed = {"infer"} | kernels
    lacks = {rule for rule in needed if getattr(cls, rule) is getattr(Operation, rule)}
    if inspect.isabstract(cls):
        lacks |= cls.__abstractmethods__
    written = vars(cls).get("__doc__") or ""
    if not written or written.startswith(f"{cls.__name__}("):  # as a dataclass makes it
        lacks.add("docs")
    return lacks


@pytest.mark.parametrize("cls", operations().values(), ids=lambda cls: str(cls.name))
def test_every_operation_has_type_rule_kernels_and_docs(cls: type[Operation]) -> None:
    assert lacking(cls) == WITHOUT_KERNELS.get(cls.name, set())


def test_what_an_operation_lacks_is_seen() -> None:
    @dataclass(frozen=True)
    class Bare(Operation):
        name: ClassVar[str] = "bare"

    @dataclass(frozen=True)
    class BareAnalyzer(Analyzer):
        """Documented at least."""

        name: ClassVar[str] = "bare_analyzer"

    assert lacking(Bare) == {"infer", "batch", "row", "docs"}
    assert lacking(BareAnalyzer) == {"infer", "accumulator", "value"}


def test_what_has_no_row_kernel_is_never_computed_for_a_row() -> None:
    nodes = {node for application in APPLICATIONS for node in graph_of(application).nodes}
    computed_once = WITHOUT_KERNELS.keys() - {"input"}
    assert not any(node.per_row for node in nodes if node.operation.name in computed_once)


def used(application: Application) -> set[str]:
    return {node.operation.name for node in graph_of(application).nodes}


def test_every_operation_has_a_sample() -> None:
    assert set(operations()) - ELSEWHERE == set().union(*map(used, APPLICATIONS))


@pytest.mark.parametrize("application", APPLICATIONS, ids=str)
def test_a_sample_uses_its_operation(application: Application) -> None:
    assert application.operation in used(application)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_says_what_it_takes_and_gives(name: str) -> None:
    """Args and Returns may stand in the docstring of a function that it refers to."""
    function = FUNCTIONS[name]
    written = inspect.getdoc(function) or ""
    assert "\nExample:\n" in written
    others = {n for n in re.findall(r"`(\w+)`", written) if n in FUNCTIONS}
    described = "".join([written, *(inspect.getdoc(FUNCTIONS[n]) or "" for n in others)])
    assert "\nReturns:\n" in described
    for parameter in inspect.signature(function).parameters:
        assert re.search(rf"^    \*?{parameter}:", described, re.MULTILINE), parameter


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_has_an_example_that_runs(name: str) -> None:
    scope: dict[str, Any] = {}
    (found,) = doctest.DocTestFinder(recurse=False).find(FUNCTIONS[name], name, globs=scope)
    assert any(f"tb.{name}(" in example.source for example in found.examples)
    assert doctest.DocTestRunner(optionflags=FLAGS).run(found).failed == 0
