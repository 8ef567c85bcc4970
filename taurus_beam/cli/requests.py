"""``taurus-beam requests``: what a request log holds, and whether it is as it was signed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taurus_beam.cli.exits import DIFFERENT, reported, reported_as_undecided
from taurus_beam.cli.parameters import AsJson, Debug, Lineage
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.terminal import count, show_table, stdout
from taurus_beam.cli.things import REQUEST_LOG
from taurus_beam.specs import document, json_text

if TYPE_CHECKING:
    from taurus_beam.rest.log_verification import LogVerification

__all__ = ["requests"]

requests = typer.Typer(help="What a server's request log holds.", no_args_is_help=True)
_DIGITS = 8

Log = Annotated[
    str,
    typer.Argument(metavar="LOG", help="A folder or file that `serve --log` wrote."),
]


@requests.command("list", no_args_is_help=True)
@reported
def list_requests(
    log: Log,
    request: Annotated[
        str | None, typer.Option("--request", metavar="ID", help="Only the request of this id.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each record as a line of JSON.")
    ] = False,
    debug: Debug = False,
) -> None:
    """List the requests of a log: when, by which version, and the digests of all concerned.

    Example: taurus-beam requests list log --json
    """
    from taurus_beam.errors import DataError
    from taurus_beam.rest.request_records import log_files, logged_records

    records = (each for file in log_files(log) for each in logged_records(file, request))
    shown = _print_records(records) if as_json else _show_records(records)
    if request is not None and not shown:
        raise DataError(
            f"There is no request {request!r} in the log.",
            where=log,
            fix="A log holds a sample of the requests; without --request all are listed.",
        )


@requests.command(no_args_is_help=True)
@reported_as_undecided
@recorded("requests verify", reads={"log": REQUEST_LOG})
def verify(
    log: Log,
    key: Annotated[
        str, typer.Option("--key", metavar="PEM", help="The public key of the server that signed.")
    ],
    as_json: AsJson = False,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Verify a log that `serve --sign-log` wrote, request by request.

    Example: taurus-beam requests verify log --key public.pem

    Exits with 0 if all requests are as they were signed, 1 if not, 2 if that cannot be decided.
    """
    from taurus_beam.rest.log_verification import verify_log
    from taurus_beam.rest.record_signing import verifying_key
    from taurus_beam.rest.request_records import log_files

    found = verify_log(log_files(log), verifying_key(key))
    if as_json:
        known = {"valid": found.valid, **asdict(found)}
        typer.echo(json_text(document("request-log-verification", known)))
    else:
        _show_verification(found)
    if not found.valid:
        raise typer.Exit(DIFFERENT)


def _print_records(records: Iterable[dict[str, Any]]) -> int:
    shown = 0
    # One at a time: a log may be long.
    for record in records:
        typer.echo(json.dumps(record, ensure_ascii=False))
        shown += 1
    return shown


def _show_records(records: Iterable[dict[str, Any]]) -> int:
    rows = [
        (
            each["id"],
            each["time"][:19].replace("T", " "),
            f"{each['model']} {each['version']}",
            count(each["rows"]),
            *(_short(each[name]["digest"]) for name in ("pipeline", "data", "answer")),
        )
        for each in records
    ]
    headings = ("request", "time (UTC)", "answered by", "rows", "artifact", "data", "answer")
    show_table(stdout(), rows, headings, right=(3,))
    return len(rows)


def _short(digest: str) -> str:
    return digest.partition(":")[2][:_DIGITS]


def _show_verification(found: LogVerification) -> None:
    told = f"{count(found.requests, 'request')} in {count(found.files, 'file')}"
    if found.valid:
        stdout().print(f"As signed: {told}.", soft_wrap=True)
        return
    stdout().print(f"{count(len(found.faults), 'fault')} among {told}.", soft_wrap=True)
    rows = [(each.id or "", each.fault, each.what, each.file) for each in found.faults]
    show_table(stdout(), rows, ("request", "fault", "what", "file"))
