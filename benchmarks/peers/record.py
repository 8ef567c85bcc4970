"""``python -m benchmarks.peers.record``: asks TFT what the parity cases ask, and keeps the answers.

TFT runs in an environment of its own (see `environments`), made if it is not there. Answers go
to ``tests/parity/results``: a file for each family of cases, and the names TFT is known by.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.environments import ROOT, TFT
from benchmarks.peers.case import Case
from benchmarks.peers.cases import FAMILIES
from benchmarks.peers.frames import FRAMES

Question = dict[str, Any]
RESULTS = ROOT / "tests" / "parity" / "results"


def main() -> int:
    options = arguments()
    python = TFT.make()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for family in options.only:
        questions = [question(case) for case in FAMILIES[family]]
        known = {} if options.again else answered(RESULTS / f"{family}.jsonl", questions)
        asked = [q for q in questions if q["case"] not in known]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            ask(folder, asked)
            command = [python, "-m", "benchmarks.peers.tft_recorder", str(folder)]
            done = subprocess.run(command, cwd=ROOT, check=False)
            if done.returncode:
                return done.returncode
            known |= answered(folder / "answers.jsonl", asked)
            shutil.copy(folder / "names.json", RESULTS / "names.json")
        lines = [known[str(q["case"])] for q in questions]
        (RESULTS / f"{family}.jsonl").write_text("".join(lines), "utf-8")
    return 0


def arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    families = list(FAMILIES)
    parser.add_argument("--only", nargs="+", choices=families, default=families, metavar="FAMILY")
    parser.add_argument("--again", action="store_true", help="ask what is answered already, too")
    return parser.parse_args()


def question(case: Case) -> Question:
    return {
        "case": case.name,
        "frame": case.frame,
        "data": fingerprint(case.frame),
        "tft": case.tft,
        "serve": case.serve,
        "only_served": case.only_served,
    }


def answered(file: Path, questions: Sequence[Question]) -> dict[str, str]:
    """The lines of those questions that a file has the answers of."""
    lines = file.read_text("utf-8").splitlines(keepends=True) if file.exists() else []
    records = {json.loads(line)["case"]: line for line in lines}
    return {
        str(q["case"]): records[q["case"]]
        for q in questions
        if q["case"] in records and q.items() <= json.loads(records[q["case"]]).items()
    }


def ask(folder: Path, questions: Sequence[Question]) -> None:
    """Writes the questions and the data they are about."""
    (folder / "questions.json").write_text(json.dumps(questions), "utf-8")
    for frame in {q[side] for q in questions for side in ("frame", "serve")} - {None}:
        write(folder / f"{frame}.arrow", FRAMES[str(frame)]())


@cache
def fingerprint(frame: str) -> str:
    """Tells whether the data are still those TFT was asked about."""
    table = FRAMES[frame]()
    rows = [repr(column.to_pylist()) for column in table.columns]
    return hashlib.sha256(repr((table.column_names, rows)).encode()).hexdigest()[:16]


def write(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)


if __name__ == "__main__":
    sys.exit(main())
