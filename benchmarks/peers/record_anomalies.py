"""``python -m benchmarks.peers.record_anomalies``: asks TFDV what the cases of anomalies ask.

TFDV runs in TFT's environment (see `environments`). Answers go to
``tests/validation/results/*.jsonl``, one case a line, with the question they answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environments import ROOT, TFT
from benchmarks.peers.anomalies import CASES, AnomalyCase
from benchmarks.peers.anomalies.perturbed import PERTURBED

RESULTS = ROOT / "tests" / "validation" / "results"
FILES = {"anomalies": CASES, "perturbed": PERTURBED}


def main() -> int:
    python = TFT.make()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name, cases in FILES.items():
        (RESULTS / f"{name}.jsonl").write_text(answers(python, cases), "utf-8")
    return 0


def answers(python: str, cases: Sequence[AnomalyCase]) -> str:
    """What TFDV answers, a line for each case; it is started again after a question it dies of."""
    questions = [case.question() for case in cases]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "answers.jsonl"
        file.touch()
        while len(lines := file.read_text("utf-8").splitlines()) < len(questions):
            (folder / "questions.json").write_text(json.dumps(questions[len(lines) :]), "utf-8")
            command = [python, "-m", "benchmarks.peers.anomaly_recorder", str(folder)]
            done = subprocess.run(command, cwd=ROOT, check=False)
            answered = len(file.read_text("utf-8").splitlines())
            if done.returncode and answered < len(questions):
                record = {**questions[answered], "error": "the process died"}
                with file.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(record, ensure_ascii=False) + "\n")
        return file.read_text("utf-8")


if __name__ == "__main__":
    sys.exit(main())
