"""Asks TFT the questions of a file, each an expression; run by the Python that has TFT."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.peers import tft_peer
from benchmarks.peers.recording import lists, recorded

PUBLIC = ("tft", "tft.experimental", "tft.beam", "tft.TFTransformOutput")


def main(folder: Path) -> None:
    logging.disable(logging.WARNING)
    questions = json.loads((folder / "questions.json").read_text("utf-8"))
    with (folder / "answers.jsonl").open("w", encoding="utf-8") as out:
        for at, question in enumerate(questions, 1):
            print(f"{at} of {len(questions)}: {question['case']}", file=sys.stderr, flush=True)
            record = {**question, **answered(folder, question)}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            out.flush()
    (folder / "names.json").write_text(json.dumps(names(), indent=1) + "\n", "utf-8")


def answered(folder: Path, question: dict[str, Any]) -> dict[str, Any]:
    table = read(folder, question["frame"])
    serve = question["serve"] and read(folder, question["serve"])
    handing_on = f"{question['tft']}, row=i['row']"
    try:
        answer = tft_peer.answer(
            table, serve, tft_peer.function(handing_on), question["only_served"]
        )
    except Exception as error:  # whatever TFT says is the answer
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"[:2000].replace(str(folder), "…")}
    parts = {name: outputs(part) for name, part in answer.parts.items()}
    return {**parts, "assets": answer.assets}


def outputs(table: Any) -> dict[str, Any]:
    return {n: recorded(lists(table[n])) for n in table.column_names if n != "row"}


def read(folder: Path, name: str) -> Any:
    with pa.memory_map(str(folder / f"{name}.arrow")) as file:
        return pa.ipc.open_file(file).read_all()


def names() -> dict[str, Any]:
    """The version asked, and the public functions and classes of TFT's modules."""
    import importlib.metadata

    import tensorflow_transform as tft
    import tensorflow_transform.beam

    places = (tft, tft.experimental, tensorflow_transform.beam, tft.TFTransformOutput)
    return {
        "version": importlib.metadata.version("tensorflow-transform"),
        "names": {
            label: sorted(name for name in dir(place) if is_public(place, name))
            for label, place in zip(PUBLIC, places)  # noqa: B905 (Python 3.9)
        },
    }


def is_public(place: Any, name: str) -> bool:
    value = getattr(place, name)
    home = getattr(value, "__module__", "")
    inside = isinstance(place, type) or str(home).startswith("tensorflow_transform")
    return not name.startswith("_") and inside and (callable(value) or isinstance(place, type))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
