"""Operations of other packages: declared, found by entry point, refused where they are missing."""

from __future__ import annotations

import importlib
import json
import math
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pytest
from acme import install

import taurus_beam as tb
from taurus_beam.errors import ArtifactError, TraceError
from taurus_beam.extend import Analyzer, Elementwise, Operation, apply, check_operation, operation
from taurus_beam.graph import operation as register
from taurus_beam.graph.operation import operation_named, operations

TABLE = pa.table({"x": [1.0, None, -3.0, 0.0], "cents": [30, 20, None, 40]})


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not imported the other package."""
    for name in [name for name in register._REGISTER if "." in name]:
        del register._REGISTER[name]
    for module in [m for m in sys.modules if m.split(".")[0].startswith("acme_")]:
        monkeypatch.delitem(sys.modules, module)


@pytest.fixture(autouse=True)
def no_trace(monkeypatch):
    """What a test registers and imports is gone after it."""
    forget(monkeypatch)
    known = set(sys.modules)
    yield
    forget(monkeypatch)
    for module in set(sys.modules) - known:
        if module.startswith("acme_"):
            del sys.modules[module]


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    install(folder)
    monkeypatch.syspath_prepend(folder)
    return folder


def preprocess(inputs: Any) -> dict[str, Any]:
    from acme_features.operations import common_divisor, softsign

    return {
        "soft": softsign(inputs["x"]),
        "coins": inputs["cents"] // common_divisor(inputs["cents"]),
    }


@pytest.fixture
def artifact(site, tmp_path, monkeypatch):
    path = tmp_path / "fn"
    tb.fit(TABLE, preprocess).save(path)
    forget(monkeypatch)
    return path


def declared(name: Any, base: type = Elementwise, **more: Any) -> type:
    return type("Other", (base,), {"name": name, "__module__": "acme_loose", **more})


def test_an_extension_fits_transforms_and_serves(site):
    fn = tb.fit(TABLE, preprocess)
    soft = [0.5, None, -0.75, 0.0]
    assert fn.transform(TABLE).to_pydict() == {"soft": soft, "coins": [3, 2, None, 4]}
    assert [fn.row(row)["soft"] for row in TABLE.to_pylist()] == soft


def test_loading_imports_the_package_that_lists_the_operation(artifact):
    assert "acme_features" not in sys.modules
    fn = tb.load(artifact)
    assert fn.row({"x": 1.0, "cents": 50}) == {"soft": 0.5, "coins": 5}
    assert "acme_features.operations" in sys.modules


def test_the_artifact_names_the_package_and_its_release(artifact):
    graph = json.loads((artifact / "graph.json").read_text())
    manifest = json.loads((artifact / "manifest.json").read_text())
    assert graph["extensions"] == {"acme.softsign": {"package": "acme-features"}}
    assert manifest["versions"]["acme-features"] == "1.2.0"
    assert b"acme_features" not in b"".join(
        f.read_bytes() for f in artifact.rglob("*") if f.is_file() and f.name != "provenance.json"
    )


def test_an_artifact_without_extensions_says_nothing_of_them(tmp_path):
    tb.fit(TABLE, lambda inputs: {"x": inputs["x"] + 1}).save(tmp_path / "fn")
    assert "extensions" not in json.loads((tmp_path / "fn" / "graph.json").read_text())


def test_the_release_takes_no_part_in_the_digest(artifact, site, monkeypatch):
    before = tb.load(artifact).digest
    shutil.rmtree(site)
    install(site, "1.3.0")
    importlib.invalidate_caches()
    forget(monkeypatch)
    assert tb.fit(TABLE, preprocess).digest == tb.load(artifact).digest == before


def test_a_package_that_is_not_installed_is_named(artifact, site):
    shutil.rmtree(site)
    with pytest.raises(ArtifactError) as caught:
        tb.load(artifact)
    for part in (
        "'acme.softsign' (version 1) is not installed",
        "acme-features 1.2.0",
        "pip install acme-features==1.2.0",
        "fn/graph.json",
    ):
        assert part in str(caught.value)


def test_another_version_of_the_operation_is_refused(artifact, site):
    shutil.rmtree(site)
    install(site, "2.0.0", version=2)
    importlib.invalidate_caches()
    with pytest.raises(ArtifactError) as caught:
        tb.load(artifact)
    for part in (
        "'acme.softsign' is needed in version 1; installed is version 2",
        "acme-features 2.0.0",
        "version 1, of the package acme-features 1.2.0",
        "pip install acme-features==1.2.0",
    ):
        assert part in str(caught.value)


def test_a_package_that_no_longer_lists_the_operation_is_named(artifact, site):
    (site / "acme_features-1.2.0.dist-info" / "entry_points.txt").write_text("")
    with pytest.raises(
        ArtifactError, match=r"not known here, though acme-features 1\.2\.0 is inst"
    ):
        tb.load(artifact)


def test_what_the_program_itself_declared_is_asked_for_by_module(tmp_path, monkeypatch):
    (tmp_path / "acme_loose.py").write_text(
        "from taurus_beam.extend import Elementwise, operation\n"
        "@operation\nclass Same(Elementwise):\n    name = 'acme.same'\n"
        "    def result(self, dtype): return dtype\n"
        "    def kernel(self, dtype): return lambda x: x\n"
        "    def scalar(self, dtype): return lambda x: x\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    same = importlib.import_module("acme_loose").Same
    tb.fit(TABLE, lambda inputs: {"x": apply(same(), inputs["x"])}).save(tmp_path / "fn")
    assert tb.load(tmp_path / "fn").row({"x": 2.0}) == {"x": 2.0}
    forget(monkeypatch)
    with pytest.raises(ArtifactError, match=r"(?s)'acme.same'.*module 'acme_loose', which belongs"):
        tb.load(tmp_path / "fn")


def test_a_listed_module_that_cannot_be_imported_is_named(site):
    with pytest.raises(
        ArtifactError, match=r"(?s)'acme\.broken' of the package acme-features 1\.2"
    ):
        operation_named("acme.broken")


def test_a_listed_module_that_declares_nothing_is_an_unknown_operation(site):
    with pytest.raises(ArtifactError, match=r"'acme\.forgotten' is not installed"):
        operation_named("acme.forgotten")


def test_two_packages_that_list_one_operation_are_refused(site):
    install(site, name="acme-copy")
    importlib.invalidate_caches()
    with pytest.raises(ArtifactError, match=r"more than one package: .*acme-copy .*acme-features "):
        operation_named("acme.softsign")


@pytest.mark.parametrize(
    "name", ["log_odds", "cast", "Acme.log", "acme.", ".log", "acme..log", "taurus_beam.x", 3]
)
def test_a_name_that_is_not_its_own_is_refused(name):
    with pytest.raises(TraceError, match=r"(?s)cannot be called.*a name of your own"):
        operation(declared(name))


def test_an_operation_without_a_name_is_refused():
    with pytest.raises(TraceError, match="cannot be called None"):
        operation(type("Nameless", (Operation,), {"__module__": "acme_loose"}))


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True, None])
def test_a_version_is_a_positive_integer(version):
    with pytest.raises(TraceError, match=r"acme\.x.*has version"):
        operation(declared("acme.x", version=version))


def test_fields_that_are_declared_too_late_are_refused():
    with pytest.raises(TraceError, match=r"(?s)no fields: size.*@operation above @dataclass"):
        operation(declared("acme.x", __annotations__={"size": int, "kind": ClassVar[str]}))


def test_what_is_no_operation_is_refused():
    with pytest.raises(TraceError, match="is no Operation class"):
        operation(dict)  # type: ignore[type-var]  # that is the mistake


def test_two_classes_of_one_name_are_refused():
    operation(declared("acme.x"))
    operation(declared("acme.x"))  # the cell of a notebook, run again
    with pytest.raises(TraceError, match=r"Two operations are called 'acme\.x'"):
        operation(declared("acme.x", __module__="acme_other"))


def test_extensions_do_not_count_among_the_package_s_own(site):
    before = operations()
    importlib.import_module("acme_features.operations")
    assert operations() == before


@operation
@dataclass(frozen=True)
class Holder(Elementwise):
    name = "tests.holder"
    held: Any

    def result(self, *dtypes):
        return dtypes[0]

    def kernel(self, *_):
        return lambda x: x

    def scalar(self, *_):
        return lambda x: x


@pytest.mark.parametrize("held", [np.float64(1), {"a": 1}, [1], float("nan"), (1, {2}), object()])
def test_attributes_that_an_artifact_cannot_hold_are_refused(held):
    with pytest.raises(TraceError, match=r"(?s)'held' of operation 'tests\.holder'.*test_ext"):
        tb.fit(TABLE, lambda inputs: {"x": apply(Holder(held), inputs["x"])})


@pytest.mark.parametrize("held", [None, True, 3, 2.5, "é", b"\x00\xff", (1, ("a", b"b"))])
def test_attributes_that_an_artifact_holds_come_back(held):
    operation(Holder)
    check_operation(Holder(held), pa.array([1.0, None]))


def test_serving_an_extension_loads_neither_beam_nor_pandas(artifact, site):
    program = (
        "import sys, taurus_beam.serving as serving\n"
        f"print(serving.load({str(artifact)!r}).row({{'x': 1.0, 'cents': 10}}))\n"
        "print(*sorted({'apache_beam', 'pandas', 'taurus_beam.local'} & set(sys.modules)))"
    )
    path = [str(site), *filter(None, sys.path)]
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}\n{program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "{'soft': 0.5, 'coins': 1}\n\n"


X = pa.array([1.0, None, -0.0, 5.0, np.nan, np.inf])
NUMBERS = pa.array([12, None, -30, 0, 18])


def lawless(base: type, **rules: Any) -> Any:
    """An instance of a class that keeps the laws but for some rules."""
    cls = operation(type("Lawless", (base,), {"name": "acme.lawless", **rules}))
    return cls()


@pytest.fixture
def acme(site):
    return importlib.import_module("acme_features.operations")


class Same(Elementwise):
    def result(self, *dtypes):
        return dtypes[0]

    def kernel(self, *_):
        return lambda x: x

    def scalar(self, *_):
        return lambda x: x


def test_lawful_operations_pass_the_check(acme):
    found = check_operation(acme.Softsign(3.0), X)
    expected = X.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):
        expected = expected / (3 + np.abs(expected))
    assert np.array_equal(found.to_numpy(zero_copy_only=False), expected, equal_nan=True)
    check_operation(acme.Softsign(1.0), pa.array([[1, None], [], None, [3]], pa.list_(pa.int8())))
    check_operation(acme.Softsign(1.0), pa.array([[1, 2], [3, 4], None], pa.list_(pa.float32(), 2)))
    assert check_operation(acme.CommonDivisor(), NUMBERS) == 6
    assert check_operation(acme.CommonDivisor(), pa.array([], pa.int64())) == 0


@pytest.mark.parametrize(
    ("law", "rules"),
    [
        ("row equals batch", {"scalar": lambda *_: lambda x: x + 1e-9}),
        ("row equals batch", {"scalar": lambda *_: lambda x: abs(x)}),  # -0.0 is not 0.0
        ("batches of 1 rows", {"kernel": lambda *_: lambda x: x if len(x) > 1 else x + 1}),
        ("gives the inferred type", {"batch": lambda *_: lambda rows, x: x.with_elements(
            pa.float32(), x.array.astype(np.float32), x.missing)}),
        ("a missing input gives", {"batch": lambda *_: lambda rows, x: x.with_elements(
            x.type.dtype, np.nan_to_num(x.array), None),
            "row_skips_missing": lambda *_: False,
            "row": lambda *_: lambda x: 0.0 if x is None else float(np.nan_to_num(x))}),
    ],
)  # fmt: skip
def test_a_broken_law_is_named(law, rules):
    with pytest.raises(AssertionError, match=law):
        check_operation(lawless(Same, **rules), X)


@pytest.mark.parametrize(
    ("law", "rules"),
    [
        ("order of rows", {"add": lambda self, state, x: int([state, *x.numbers][-1])}),
        ("merging states", {"merge": lambda self, states: states[0]}),
        ("merging with zero", {"merge": lambda self, s: -1 if s[0] == 0 else math.gcd(*s)}),
        ("record batch", {"to_wire": lambda self, state: state}),
    ],
)  # fmt: skip
def test_a_broken_law_of_an_analyzer_is_named(acme, law, rules):
    accumulator = type("Other", (acme.Divisor,), rules)
    cls = acme.CommonDivisor
    broken = lawless(cls, accumulator=lambda *_: accumulator())
    with pytest.raises(AssertionError, match=law):
        check_operation(broken, NUMBERS)


def test_the_check_needs_a_column_and_a_registered_class():
    with pytest.raises(AssertionError, match="at least one input is a column"):
        check_operation(Holder(1), 3.0)
    lawless(Same)
    other: Any = type("Other", (Same,), {"name": "acme.lawless"})
    with pytest.raises(AssertionError, match="registered under its name"):
        check_operation(other(), X)


def test_the_public_names_of_extend_are_there():
    assert tb.extend.Analyzer is Analyzer
    assert all(getattr(tb.extend, name).__doc__ for name in tb.extend.__all__)
