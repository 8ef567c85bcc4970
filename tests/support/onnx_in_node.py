"""ONNX models in onnxruntime-node, which ``make test-node`` installs beside `tests/node`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NODE = Path(__file__).parents[1] / "node"


def run_in_node(model: Path, feeds: Mapping[str, Any]) -> dict[str, Any]:
    """What a model gives, by the name of the tensor: its type, shape and values as strings.

    Args:
        model: Its file.
        feeds: What it is given, likewise.
    """
    assert (NODE / "node_modules").is_dir(), "onnxruntime-node is not installed: make test-node"
    request = json.dumps({"model": str(model), "feeds": feeds})
    done = subprocess.run(
        ["node", "run.mjs"], input=request, cwd=NODE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
