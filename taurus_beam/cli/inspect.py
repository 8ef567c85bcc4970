"""``taurus-beam inspect``: what an artifact takes, gives, knows and computes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.cache_facts import cache_rows, span_rows
from taurus_beam.cli.exits import reported
from taurus_beam.cli.parameters import AsJson, Debug
from taurus_beam.cli.terminal import count, listed, show_heading, show_table, size, stdout
from taurus_beam.specs import document

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["inspect"]


@reported
def inspect(
    artifact: Annotated[str, typer.Argument(metavar="DIR", help="An artifact that `fit` wrote.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show an artifact: inputs, outputs, vocabularies, the graph, and where it comes from.

    Example: taurus-beam inspect transform_fn
    """
    from taurus_beam.cli.facts import facts
    from taurus_beam.cli.open_artifact import open_artifact

    known = facts(open_artifact(artifact))
    if as_json:
        typer.echo(
            json.dumps(document("artifact-description", known), indent=2, ensure_ascii=False)
        )
    else:
        _show(known)


def _show(known: dict[str, Any]) -> None:
    console = stdout()
    console.print(known["path"], style="bold", soft_wrap=True)
    show_table(console, _identity(known))

    show_heading(console, f"Inputs ({len(known['inputs'])})")
    show_table(console, [(i["name"], i["type"]) for i in known["inputs"]])

    show_heading(console, f"Outputs ({len(known['outputs'])})")
    outputs = [
        (o["name"], o["type"], _domain(o["domain"]), f"%{o['node']}", o["at"])
        for o in known["outputs"]
    ]
    show_table(console, outputs, ("name", "type", "domain", "node", "line"))

    if known["monitors"]:
        show_heading(console, f"Monitors ({len(known['monitors'])})")
        monitors = [(m["name"], f"%{m['node']}", m["at"]) for m in known["monitors"]]
        show_table(console, monitors, ("name", "node", "line"))

    if known["vocabularies"]:
        show_heading(console, f"Vocabularies ({len(known['vocabularies'])})")
        vocabularies = [
            (v["name"], count(v["size"]), size(v["asset_bytes"]), _top(v))
            for v in known["vocabularies"]
        ]
        columns = ("name", "terms", "asset", "most frequent (rows)")
        show_table(console, vocabularies, columns, right=(1, 2))

    _show_analysis(console, known["provenance"])

    show_heading(console, f"Graph ({len(known['nodes'])} nodes)")
    nodes = [(f"%{n['node']}", n["text"], n["type"], n["at"]) for n in known["nodes"]]
    show_table(console, nodes, ("node", "operation", "type", "line"), right=(0,))


def _show_analysis(console: Console, provenance: dict[str, Any]) -> None:
    analyzers = (provenance.get("run") or {}).get("analyzers")
    if analyzers:
        show_heading(console, f"Passes ({len(analyzers)})")
        rows = [(str(i), ", ".join(names)) for i, names in enumerate(analyzers, start=1)]
        show_table(console, rows, ("pass", "analyzers"), right=(0,))
    cache = provenance.get("cache")
    if cache:
        show_heading(console, "Cache")
        show_table(console, cache_rows(cache))
        show_heading(console, f"Spans ({len(cache['spans'])})")
        columns = ("name", "rows", "reused", "computed", "passes read")
        show_table(console, span_rows(cache), columns, right=(1, 2, 3, 4))


def _identity(known: dict[str, Any]) -> list[tuple[str, str]]:
    function, data, run = (known["provenance"].get(p) or {} for p in ("function", "data", "run"))
    versions = ", ".join(f"{n} {v}" for n, v in (run.get("versions") or known["versions"]).items())
    return [
        ("digest", f"{known['digest'][:16]}…"),
        ("function", str(function.get("place", "unknown"))),
        ("data", _data(data)),
        ("analysis", _analysis(run)),
        (
            "finished",
            f"{run.get('finished', 'unknown')} on {run.get('runner', 'an unknown runner')}",
        ),
        ("versions", versions),
        ("size", f"{size(known['bytes'])} in {count(known['files'], 'file')}"),
    ]


def _data(data: dict[str, Any]) -> str:
    rows = "rows not counted" if data.get("rows") is None else count(data["rows"], "row")
    files = (data.get("source") or {}).get("files")
    if not files:
        return rows
    spans = list(dict.fromkeys(file["span"] for file in files if "span" in file))
    names = listed(spans or [file["name"] for file in files], 3)
    nbytes = size(sum(file["bytes"] for file in files))
    told = f"{rows} of {'spans ' if spans else ''}{names} ({nbytes})"
    left_out = [file["name"] for file in data.get("left_out", [])]
    return f"{told} without {listed(left_out, 3)}, which cannot be read" if left_out else told


def _analysis(run: dict[str, Any]) -> str:
    passes = run.get("passes")
    if passes is None:
        return "unknown"
    if passes == 0:
        return "none needed"
    return count(passes, "passes") + (", one after the other" if passes > 1 else "")


def _domain(domain: list[int] | None) -> str:
    return f"{domain[0]} … {domain[1]}" if domain else ""


def _top(vocabulary: dict[str, Any]) -> str:
    shown = [f"{each['term']} ({count(each['count'])})" for each in vocabulary["top"]]
    more = vocabulary["size"] - len(shown)
    return ", ".join(shown) + (f" and {count(more)} more" if more > 0 else "")
