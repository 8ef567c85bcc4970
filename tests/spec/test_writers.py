"""Nothing writes JSON without a schema: every place in the package that makes JSON is known here.

A module that begins to write JSON fails this test until it is listed, with the schemas of what it
writes or with the reason why nobody else reads it.
"""

from __future__ import annotations

import ast
from pathlib import Path

from spec_schemas import NAMES

PACKAGE = Path(__file__).parents[2] / "taurus_beam"
MAKERS = {
    "dump",
    "dumps",
    "json_text",
    "print_json",
    "json_response",
    "MessageToJson",
    "MessageToDict",
    "model_dump_json",
    "write_json",
}

WRITERS: dict[str, list[str]] = {
    "artifact/content.py": [
        "transformation-manifest",
        "transformation-graph",
        "transformation-provenance",
    ],
    "cli/diff.py": ["artifact-diff", "run-diff"],
    "cli/doctor.py": ["doctor"],
    "cli/inspect.py": ["artifact-description"],
    "cli/leakage.py": ["leakage"],
    "cli/lineage_forms.py": ["lineage"],
    "cli/pipeline.py": ["stage-result", "stages"],
    "cli/requests.py": ["request-log-record", "request-log-verification"],
    "cli/rows.py": ["row-validation"],
    "cli/runs.py": ["runs", "run"],
    "cli/schema.py": ["schema-problems"],
    "cli/skew.py": ["distances", "feature-skew", "transform-skew"],
    "cli/skew_output.py": ["distances", "feature-skew", "transform-skew"],
    "cli/split.py": ["split"],
    "cli/verify.py": ["verification"],
    "configuration/model.py": ["configuration"],
    "controller/callbacks.py": ["alert"],
    "controller/open_stage.py": ["findings", "monitoring-record"],
    "controller/stage_record.py": ["stage"],
    "pipeline/split_files.py": ["split"],
    "profiling/profile.py": ["profile"],
    "rest/record_signing.py": ["signed-record"],
    "rest/live_addresses.py": ["data-analysis", "drift"],
    "runners/leakage.py": ["leakage"],
    "stats/files.py": ["data-analysis"],
    "validation/outputs.py": ["validation"],
    "validation/schema_json.py": ["schema"],
}
OTHERS = {
    "artifact/strict_json.py": "tries whether text can be written as UTF-8",
    "cli/config.py": "values in a table for people",
    "cli/diff_runs.py": "values in a table for people",
    "cli/repetition.py": "text in which a hidden secret is looked for",
    "configuration/digest.py": "text for a digest",
    "controller/durable_json.py": "makes JSON for those above",
    "controller/engine.py": "counts between workers and the controller, for taurus_beam alone",
    "controller/stage_run.py": "what a killed run had done, for taurus_beam alone",
    "extend/check.py": "writes and reads a graph in memory",
    "io/formats/json_text.py": "JSON lines of the user's data",
    "io/source.py": "text for a digest",
    "lineage/identity.py": "text for a digest",
    "lineage/to_mlflow.py": "a run's properties within a run of MLflow, for people who look there",
    "onnx/export.py": "metadata of an ONNX model, for taurus_beam alone",
    "onnx/merging.py": "metadata of an ONNX model, for taurus_beam alone",
    "pipeline/cache_files.py": "the cache, for taurus_beam alone",
    "pipeline/cache_lookup.py": "the cache, for taurus_beam alone",
    "pipeline/fingerprints.py": "text for a digest",
    "pipeline/plan.py": "sent to workers, for taurus_beam alone",
    "pipeline/local_code.py": "sent to workers, for taurus_beam alone",
    "profiling/carried.py": "names of Beam metrics, for taurus_beam alone",
    "report/markup.py": "data within a page, for its script alone",
    "rest/application.py": "answers that `GET /openapi.json` describes",
    "rest/canonical_rows.py": "text for a digest",
    "rest/responses.py": "answers that `GET /openapi.json` describes",
    "runners/boot.py": "options in the form Beam has for them",
    "runners/forked_workers.py": "options in the form Beam has for them",
    "runners/profiles/portable.py": "options in the form Beam has for them",
    "specs.py": "makes JSON for those above",
    "stats/options.py": "the form of TFDV's StatsOptions, which says what it is",
}


def test_every_writer_of_json_is_known() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if makes_json(path.read_text(encoding="utf-8"))
    }
    assert found == set(WRITERS) | set(OTHERS), "it needs a schema in docs/spec, or a reason here"


def test_what_they_write_has_a_schema() -> None:
    named = {name for names in WRITERS.values() for name in names}
    assert named <= set(NAMES)


def makes_json(source: str) -> bool:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return any(name_of(call.func) in MAKERS for call in calls)


def name_of(function: ast.expr) -> str | None:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None
