"""Cold start: imports, and the first row of a frozen artifact, each in a fresh interpreter.

The files are in the page cache, and all modules are compiled: pip compiles what it installs, and
the warm-up what is run from its sources. The start of the interpreter itself is not counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import data
from benchmarks.environments import FEATURE_ENGINE, ONNX_RUNTIME, POLARS, SKLEARN, TFT, WHYLOGS
from benchmarks.works import exported
from benchmarks.works.work import Contender, Figures, Prepare, Task, Work

TAURUS_PARTS = ", ".join(
    f"taurus_beam.{part}" for part in ("pipeline", "io", "local", "stats", "validation", "serving")
)
SKLEARN_PARTS = "sklearn.compose, sklearn.preprocessing, pandas"
FEATURE_ENGINE_PARTS = ", ".join(
    f"feature_engine.{part}" for part in ("discretisation", "encoding", "imputation", "scaling")
)


def imports(names: str) -> Prepare:
    """Seconds of an import statement."""
    return lambda _, __: in_fresh_interpreter(f"import {names}")


def in_fresh_interpreter(code: str) -> Task:
    program = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
    forbidden = "PYTHONDONTWRITEBYTECODE"  # else only the peers, which pip has installed, have it
    environment = {name: value for name, value in os.environ.items() if name != forbidden}

    def run() -> Figures:
        command = [sys.executable, "-W", "ignore", "-c", program]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return {"seconds": float(done.stdout.splitlines()[-1])}

    return Task(run)


def a_row() -> dict[str, Any]:
    row: dict[str, Any] = data.table(1).slice(0, 1).to_pylist()[0]
    return row


def by_hand_first_row(_: int, folder: Path) -> Task:
    """What was found as JSON, and plain Python: neither NumPy nor Arrow is loaded."""
    from benchmarks import by_hand, row_by_hand

    file = folder / "found.json"
    row_by_hand.save(by_hand.found(data.table(1)), file)
    return in_fresh_interpreter(
        f"from benchmarks import row_by_hand as r; r.function(r.load({str(file)!r}))({a_row()!r})"
    )


def taurus_first_row(_: int, folder: Path) -> Task:
    from benchmarks import taurus_peer

    artifact = str(folder / "transform_fn")
    taurus_peer.fit(data.table(1)).save(artifact)
    return in_fresh_interpreter(
        f"import taurus_beam.serving as s; s.load({artifact!r}).row({a_row()!r})"
    )


def onnx_first_row(_: int, __: Path) -> Task:
    return in_fresh_interpreter(
        "from benchmarks.peers import onnx_peer as p; "
        f"p.row_function(p.session({str(exported.path())!r}))({a_row()!r})"
    )


def sklearn_first_row(_: int, folder: Path) -> Task:
    import joblib

    from benchmarks import sklearn_peer

    table, file = data.table(1), str(folder / "fitted.joblib")
    joblib.dump(sklearn_peer.transformer().fit(sklearn_peer.native(table)), file)
    return in_fresh_interpreter(
        f"import joblib, pandas; joblib.load({file!r}).transform(pandas.DataFrame([{a_row()!r}]))"
    )


def tft_first_row(_: int, __: Path) -> Task:
    from benchmarks.peers import tft_frozen

    model, example = str(tft_frozen.model()), tft_frozen.example(a_row())
    return in_fresh_interpreter(
        f"import tensorflow as tf; tf.saved_model.load({model!r}).serve(tf.constant([{example!r}]))"
    )


IMPORT = Work(
    "Imports in a fresh interpreter",
    {
        "by hand (numpy, pyarrow)": Contender(imports("numpy, pyarrow")),
        "taurus (serving)": Contender(imports("taurus_beam.serving")),
        "taurus (top)": Contender(imports("taurus_beam")),
        "taurus (with Beam)": Contender(imports(TAURUS_PARTS)),
        "taurus (apache_beam alone)": Contender(imports("apache_beam")),
        "ONNX Runtime": Contender(imports("onnxruntime"), ONNX_RUNTIME),
        "Polars": Contender(imports("polars"), POLARS),
        "scikit-learn": Contender(imports(SKLEARN_PARTS), SKLEARN),
        "feature-engine": Contender(imports(FEATURE_ENGINE_PARTS), FEATURE_ENGINE),
        "whylogs": Contender(imports("whylogs"), WHYLOGS),
        "TFT": Contender(imports("tensorflow_transform"), TFT),
        "TFDV": Contender(imports("tensorflow_data_validation"), TFT),
    },
    sizes=(1,),
    memory=False,
    note="By hand is NumPy and Arrow, which all of taurus_beam needs. With Beam is all that "
    "pipelines, files, statistics, validation and serving need.",
)
FIRST_ROW = Work(
    "From a fresh interpreter to the first row",
    {
        "by hand": Contender(by_hand_first_row),
        "taurus": Contender(taurus_first_row),
        "ONNX Runtime": Contender(onnx_first_row, ONNX_RUNTIME),
        "scikit-learn": Contender(sklearn_first_row, SKLEARN),
        "TFT": Contender(tft_first_row, TFT),
    },
    sizes=(1,),
    memory=False,
    prepare=exported.made,
    note="Imports, loading the frozen reference work, and one row of it. By hand is plain Python, "
    "and JSON of what was found. ONNX Runtime has the model that taurus_beam exports, scikit-learn "
    "a pickle, TFT a SavedModel, which TensorFlow alone loads.",
)
