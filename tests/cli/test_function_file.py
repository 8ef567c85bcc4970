from __future__ import annotations

import sys
from pathlib import Path

import pytest

from taurus_beam.cli.function_file import preprocessing_function
from taurus_beam.errors import TraceError


def load_error(spec: object) -> TraceError:
    with pytest.raises(TraceError) as caught, preprocessing_function(str(spec)):
        pass
    return caught.value


def test_the_default_name_and_another_one(tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_text("def preprocessing_fn(i): return 1\ndef other(i): return 2\n")

    with preprocessing_function(str(path)) as function:
        assert function(None) == 1
    with preprocessing_function(f"{path}:other") as function:
        assert function(None) == 2


def test_what_lies_beside_the_file_can_be_imported_also_when_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "beside_early.py").write_text("VALUE = 1\n")
    (tmp_path / "beside_late.py").write_text("VALUE = 2\n")
    path = tmp_path / "p.py"
    path.write_text(
        "import beside_early\n"
        "def preprocessing_fn(i):\n"
        "    import beside_late\n"
        "    return beside_early.VALUE + beside_late.VALUE\n"
    )
    before = list(sys.path)

    with preprocessing_function(str(path)) as function:
        assert function(None) == 3

    assert sys.path == before


def test_the_file_may_be_called_like_a_module_it_imports(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text(
        "import pyarrow\ndef preprocessing_fn(i): return pyarrow.__name__\n"
    )

    with preprocessing_function(str(tmp_path / "json.py")) as function:
        assert function(None) == "pyarrow"


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    for value in (1, 2):
        path.write_text(f"def preprocessing_fn(i): return {value}\n")
        with preprocessing_function(str(path)) as function:
            assert function(None) == value
    assert [p.name for p in tmp_path.iterdir()] == ["p.py"]


def test_a_missing_file(tmp_path: Path) -> None:
    error = load_error(tmp_path / "none.py")

    assert "No such file" in error.what
    assert error.where == f"{tmp_path}/none.py"


def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("x = 1\ny = = 2\n")

    error = load_error(tmp_path / "p.py")

    assert "invalid syntax" in error.what
    assert error.where == f"{tmp_path}/p.py:2: y = = 2"


def test_a_missing_name_lists_the_functions_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text(
        "from os.path import join\nclass Tool: pass\ndef features(i): pass\ndef _private(): pass\n"
    )

    error = load_error(tmp_path / "p.py")

    assert error.expected is not None
    assert error.expected.endswith("the file defines: features")
    assert error.fix == f"Name one: --preprocessing {tmp_path}/p.py:features"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import no_such_module_here", "No module named 'no_such_module_here'"),
        ("raise ValueError('broken')", "ValueError: broken"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_what_a_file_raises_is_told_with_its_line(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "p.py").write_text(f"x = 1\n{text}\n")

    error = load_error(tmp_path / "p.py")

    assert what in error.what
    assert error.where == f"{tmp_path}/p.py:2: {text}"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_bytes(b"x = 1\x00\n")

    assert load_error(tmp_path / "p.py").where == f"{tmp_path}/p.py"
