"""``taurus-beam serve``: artifacts over HTTP, until it is told to stop."""

from __future__ import annotations

import logging
import os
from typing import Annotated

import typer

from taurus_beam.cli.exits import reported
from taurus_beam.cli.parameters import Debug, Lineage
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.serve_models import (
    TOKEN_VARIABLE,
    check_names,
    log_settings,
    repository_of,
    routes_of,
    schemas_of,
    token_in,
    training_of,
)
from taurus_beam.cli.serve_options import Followed, Named, Shared, followed, named, share, shared
from taurus_beam.cli.terminal import stderr
from taurus_beam.cli.things import (
    LOG_FILES,
    MODEL_FILES,
    MODELS,
    SCHEMA,
    STATISTICS,
)
from taurus_beam.cli.things import named as pairs
from taurus_beam.errors import EngineError

__all__ = ["serve"]

_SECURITY, _VERSIONS, _LOG, _LIMITS = "Access", "Versions", "Request log", "Limits"
_LIVE = "Live statistics"
_BEHIND = "A model behind the transform"


@reported
@recorded(
    "serve",
    reads={
        "models": MODELS,
        "folder": MODELS,
        "with_model": MODEL_FILES,
        "statistics": pairs(STATISTICS),
        "schema": pairs(SCHEMA),
    },
    writes={"log_folder": LOG_FILES},
)
def serve(
    models: Annotated[
        list[Named] | None,
        typer.Option(
            "--model",
            "-m",
            parser=named,
            metavar="NAME=DIR",
            help="An artifact, or a folder of several: DIR/VERSION.",
        ),
    ] = None,
    folder: Annotated[
        str | None,
        typer.Option("--models", metavar="DIR", help="A folder of artifacts: DIR/NAME/VERSION."),
    ] = None,
    with_model: Annotated[
        list[Followed] | None,
        typer.Option(
            "--with-model",
            parser=followed,
            metavar="NAME[=FILE]",
            help="An ONNX model that takes the features: model.onnx in the folder of each version, "
            "or a file.",
            rich_help_panel=_BEHIND,
        ),
    ] = None,
    model_threads: Annotated[
        int,
        typer.Option(
            "--model-threads",
            metavar="N",
            min=1,
            help="For each request to it.",
            rich_help_panel=_BEHIND,
        ),
    ] = 1,
    host: Annotated[
        str, typer.Option("--host", metavar="H", help="Where to listen.", show_default=True)
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 for any that is free.")
    ] = 8080,
    reload: Annotated[
        float,
        typer.Option(
            "--reload",
            metavar="S",
            min=0,
            help="Look for new versions every so many seconds; 0 for never.",
            rich_help_panel=_VERSIONS,
        ),
    ] = 5.0,
    default: Annotated[
        list[Named] | None,
        typer.Option(
            "--default",
            parser=named,
            metavar="NAME=V",
            help="The version that answers, instead of the newest.",
            rich_help_panel=_VERSIONS,
        ),
    ] = None,
    canary: Annotated[
        list[Shared] | None,
        typer.Option(
            "--canary",
            parser=shared,
            metavar="NAME=V:SHARE",
            help="A version that answers a share of the requests (5% or 0.05).",
            rich_help_panel=_VERSIONS,
        ),
    ] = None,
    shadow: Annotated[
        list[Shared] | None,
        typer.Option(
            "--shadow",
            parser=shared,
            metavar="NAME=V:SHARE",
            help="A version that is only compared, for a share of the requests.",
            rich_help_panel=_VERSIONS,
        ),
    ] = None,
    token_file: Annotated[
        str | None,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help=f"The bearer token that clients must send; or in {TOKEN_VARIABLE}.",
            rich_help_panel=_SECURITY,
        ),
    ] = None,
    certificate: Annotated[
        str | None,
        typer.Option("--certificate", metavar="PEM", help="HTTPS.", rich_help_panel=_SECURITY),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key", metavar="PEM", help="The certificate's key.", rich_help_panel=_SECURITY
        ),
    ] = None,
    client_ca: Annotated[
        str | None,
        typer.Option(
            "--client-ca",
            metavar="PEM",
            help="Whose certificates clients must show (mTLS).",
            rich_help_panel=_SECURITY,
        ),
    ] = None,
    anonymous: Annotated[
        bool,
        typer.Option(
            "--anonymous",
            help="Serve other machines without knowing who calls.",
            rich_help_panel=_SECURITY,
        ),
    ] = False,
    extra_features: Annotated[
        bool,
        typer.Option("--extra-features", help="Ignore features that a model does not read."),
    ] = False,
    log_folder: Annotated[
        str | None,
        typer.Option(
            "--log",
            metavar="DIR",
            help="Write a sample of the requests to Parquet.",
            rich_help_panel=_LOG,
        ),
    ] = None,
    log_share: Annotated[
        float | None,
        typer.Option(
            "--log-share",
            parser=share,
            metavar="SHARE",
            help="How large a sample: 5% or 0.05; 1% if not given.",
            rich_help_panel=_LOG,
        ),
    ] = None,
    log_seconds: Annotated[
        float,
        typer.Option(
            "--log-seconds",
            metavar="S",
            min=0.1,
            help="A file is written at least this often.",
            rich_help_panel=_LOG,
        ),
    ] = 300.0,
    sign_log: Annotated[
        str | None,
        typer.Option(
            "--sign-log",
            metavar="PEM",
            help="Sign a record of each logged request by this private Ed25519 key.",
            rich_help_panel=_LOG,
        ),
    ] = None,
    drift: Annotated[
        bool,
        typer.Option(
            "--drift",
            help="Gather statistics of the inputs and compare them with those of the training "
            "data: GET /v2/models/NAME/drift.",
            rich_help_panel=_LIVE,
        ),
    ] = False,
    statistics: Annotated[
        list[Named] | None,
        typer.Option(
            "--statistics",
            parser=named,
            metavar="NAME=FILE",
            help="The training statistics, instead of VERSION.statistics.pb beside the artifact; "
            "means --drift.",
            rich_help_panel=_LIVE,
        ),
    ] = None,
    schema: Annotated[
        list[Named] | None,
        typer.Option(
            "--schema",
            parser=named,
            metavar="NAME=FILE",
            help="The schema (pbtxt or JSON), instead of VERSION.schema.pbtxt there; means "
            "--drift.",
            rich_help_panel=_LIVE,
        ),
    ] = None,
    drift_window: Annotated[
        float,
        typer.Option(
            "--drift-window",
            metavar="S",
            min=1,
            help="How long a window is, in seconds.",
            rich_help_panel=_LIVE,
        ),
    ] = 300.0,
    drift_windows: Annotated[
        int,
        typer.Option(
            "--drift-windows",
            metavar="N",
            min=1,
            help="How many windows are kept.",
            rich_help_panel=_LIVE,
        ),
    ] = 12,
    drift_share: Annotated[
        float | None,
        typer.Option(
            "--drift-share",
            parser=share,
            metavar="SHARE",
            help="The share of the requests that is counted; all if not given.",
            rich_help_panel=_LIVE,
        ),
    ] = None,
    max_body: Annotated[
        int,
        typer.Option(
            "--max-body", metavar="BYTES", min=1, help="Of a body.", rich_help_panel=_LIMITS
        ),
    ] = 16 * 2**20,
    max_rows: Annotated[
        int,
        typer.Option(
            "--max-rows", metavar="N", min=1, help="Of a request.", rich_help_panel=_LIMITS
        ),
    ] = 100_000,
    max_requests: Annotated[
        int,
        typer.Option(
            "--max-requests", metavar="N", min=1, help="At a time.", rich_help_panel=_LIMITS
        ),
    ] = 512,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout",
            metavar="S",
            min=0.001,
            help="Of the work on a request.",
            rich_help_panel=_LIMITS,
        ),
    ] = 60.0,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            metavar="N",
            min=1,
            help="For large requests; the number of cores.",
            rich_help_panel=_LIMITS,
        ),
    ] = None,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Serve artifacts over HTTP: the Open Inference Protocol, rows of JSON, Arrow streams.

    Example: taurus-beam serve --model flights=transform_fn --port 8080
    """
    try:
        from taurus_beam import rest
        from taurus_beam.rest.server import check_address
        from taurus_beam.rest.server import serve as run
    except ModuleNotFoundError as problem:
        raise EngineError(
            f"Serving needs {problem.name}, which is not installed.",
            fix="pip install 'taurus-beam[serve]'",
        ) from problem
    limits = rest.Limits(
        body_bytes=max_body, rows=max_rows, requests=max_requests, work_seconds=timeout
    )
    sample = 0.01 if log_share is None else log_share
    log = None
    if log_folder or sign_log:
        log = log_settings(log_folder, sample, log_seconds, sign_log)
    live = None
    if drift or statistics or schema:
        live = rest.LiveSettings(
            drift_window,
            drift_windows,
            1.0 if drift_share is None else drift_share,
            training=training_of(statistics or []),
            schemas=schemas_of(schema or []),
        )
    settings = rest.Settings(
        limits=limits,
        routes=routes_of(default or [], canary or [], shadow or []),
        token=token_in(token_file),
        log=log,
        live=live,
        extra_features=extra_features,
        reload_seconds=reload or None,
        threads=threads or os.cpu_count() or 1,
    )
    address = rest.Address(host, port, certificate, key, client_ca)
    check_address(address, settings, anonymous)
    behind = {each.name: each.file for each in with_model or []}
    repository = repository_of(models or [], folder, rest.OnnxModels(behind, model_threads))
    app = rest.application(repository, settings)
    check_names(behind, repository.names)
    _tell_log(debug)

    def listening(url: str) -> None:
        served = [f"{n} {', '.join(repository.versions(n))}" for n in repository.names]
        stderr().print(f"Serving {'; '.join(served)} on {url}", soft_wrap=True)

    run(app, address, settings, listening)


def _tell_log(debug: bool) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name in ("taurus_beam.rest", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
    logging.getLogger("taurus_beam.rest").setLevel(logging.INFO)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO if debug else logging.WARNING)
