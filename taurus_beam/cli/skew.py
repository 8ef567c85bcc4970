"""``taurus-beam skew``: what differs between training and serving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from taurus_beam.cli.configured import Configurable
from taurus_beam.cli.exits import DIFFERENT, reported_as_undecided
from taurus_beam.cli.parameters import AsJson, Debug, Format, Lineage
from taurus_beam.cli.recorded import recorded
from taurus_beam.cli.skew_output import print_json, record_of, show_skew, skewed_features
from taurus_beam.cli.terminal import count, show_heading, show_table, stdout
from taurus_beam.cli.things import DATA, SCHEMA_OR_STATISTICS, STATISTICS, TRANSFORM_FN
from taurus_beam.specs import document

__all__ = ["skew"]

skew = typer.Typer(
    help="What differs between training and serving.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_DISTANCES = {
    "l_infinity": "L-inf",
    "normalized_absolute_difference": "NAD",
    "jensen_shannon_divergence": "JSD",
    "population_stability_index": "PSI",
    "kolmogorov_smirnov": "KS",
    "wasserstein": "Wasserstein",
    "chi_squared": "Cramér's V",
}
_Samples = Annotated[
    int, typer.Option("--samples", metavar="N", min=0, help="Show N pairs that differ.")
]
_MaxFraction = Annotated[
    float,
    typer.Option(
        metavar="F",
        min=0.0,
        max=1.0,
        help="Share of differing pairs up to which a feature counts as the same.",
    ),
]


@skew.command("schema", cls=Configurable, no_args_is_help=True)
@reported_as_undecided
@recorded("skew schema", reads={"training": SCHEMA_OR_STATISTICS, "serving": SCHEMA_OR_STATISTICS})
def schema_command(
    training: Annotated[
        str, typer.Argument(metavar="TRAINING", help="A schema, or statistics, of training data.")
    ],
    serving: Annotated[
        str, typer.Argument(metavar="SERVING", help="A schema, or statistics, of serving data.")
    ],
    serving_environment: Annotated[
        str | None,
        typer.Option(
            metavar="E",
            help="The environment of serving in the training schema: what it keeps out of it is "
            "not expected.",
        ),
    ] = None,
    as_json: AsJson = False,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Compare two schemas, or the schemas that statistics imply.

    Example: taurus-beam skew schema schema.pbtxt serving_stats.pb --serving-environment SERVING

    Exits with 0 if they agree, 1 if not, 2 if that cannot be decided.
    """
    from taurus_beam.cli.schema_or_statistics import read_schema_or_statistics
    from taurus_beam.validation.schema_skew import schema_skew

    found = schema_skew(
        read_schema_or_statistics(training),
        read_schema_or_statistics(serving),
        serving_environment,
    )
    if as_json:
        print_json({"same": not found, "differences": [asdict(each) for each in found]})
    elif not found:
        stdout().print("Training and serving agree.")
    else:
        cells = [(each.path, each.kind, each.training, each.serving) for each in found]
        show_table(stdout(), cells, ("feature", "what", "training", "serving"))
    if found:
        raise typer.Exit(DIFFERENT)


def _short(distance: float | None) -> str:
    """Three decimals, or digits: seven of these fit a line beside a name."""
    if distance is None:
        return ""
    if 1e-12 < distance < 0.001:
        return "<0.001"
    return f"{distance:.3f}" if distance < 10 else f"{distance:.3g}"


@skew.command("distances", cls=Configurable, no_args_is_help=True)
@reported_as_undecided
@recorded("skew distances", reads={"current": STATISTICS, "control": STATISTICS})
def distances_command(
    current: Annotated[
        str, typer.Argument(metavar="CURRENT", help="Statistics of the data under test.")
    ],
    control: Annotated[
        str, typer.Argument(metavar="CONTROL", help="Statistics of the data compared with.")
    ],
    as_json: AsJson = False,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Measure how far the values of each feature are apart, without any threshold.

    Example: taurus-beam skew distances today.pb yesterday.pb

    Exits with 0, or 2 if a file cannot be read. Thresholds are for `validate`.
    """
    from taurus_beam.stats.files import load_statistics
    from taurus_beam.validation.distance_table import distances

    table = distances(load_statistics(current), load_statistics(control))
    if as_json:
        print_json(document("distances", {"features": table.to_pylist()}))
        return
    cells = [
        (row["feature"], *(_short(row[name]) for name in _DISTANCES)) for row in table.to_pylist()
    ]
    show_table(stdout(), cells, ("feature", *_DISTANCES.values()), right=range(1, 8))


@skew.command("features", cls=Configurable, no_args_is_help=True)
@reported_as_undecided
@recorded("skew features", reads={"base": DATA, "test": DATA})
def features_command(
    base: Annotated[
        list[str], typer.Option("--base", metavar="PATTERN", help="Files of training rows.")
    ],
    test: Annotated[
        list[str], typer.Option("--test", metavar="PATTERN", help="Files of serving rows.")
    ],
    identifiers: Annotated[
        list[str],
        typer.Option(
            "--id", metavar="NAME", help="A column that tells which rows belong together."
        ),
    ],
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A column not to compare.")
    ] = None,
    round_floats: Annotated[
        int | None, typer.Option("--round", metavar="N", help="Decimal places to round floats to.")
    ] = None,
    allow_duplicates: Annotated[
        bool,
        typer.Option("--allow-duplicates", help="Compare all pairs of rows of an identifier."),
    ] = False,
    max_fraction: _MaxFraction = 0.0,
    samples: _Samples = 3,
    format: Format = None,
    as_json: AsJson = False,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Join training and serving rows by identifier and compare them feature by feature.

    Example: taurus-beam skew features --base 'train/*' --test 'served/*' --id request_id

    Both data sets are held in memory; in a pipeline, use the transform DetectFeatureSkew. Exits
    with 0 if the features agree, 1 if not (or if no identifier is in both), 2 if that cannot
    be decided.
    """
    from taurus_beam.validation.feature_skew import feature_skew

    found = feature_skew(
        _table(base, format),
        _table(test, format),
        identifiers,
        features_to_ignore=ignore or (),
        sample_size=samples,
        float_round_ndigits=round_floats,
        allow_duplicate_identifiers=allow_duplicates,
    )
    stats = asdict(found.match_stats)
    skewed = skewed_features(found.features.values(), max_fraction)
    if as_json:
        record = {
            "same": not skewed,
            "match_stats": stats,
            **record_of(found.features.values(), found.samples),
        }
        print_json(document("feature-skew", record))
    else:
        rows = [
            (name.removesuffix("_count").replace("_", " "), count(n)) for name, n in stats.items()
        ]
        show_heading(stdout(), "Join")
        show_table(stdout(), rows, right=(1,))
        show_skew(found.features.values(), found.samples, ("base", "test"))
    if skewed or not found.match_stats.compared_pairs_count:
        raise typer.Exit(DIFFERENT)


@skew.command("transform", cls=Configurable, no_args_is_help=True)
@reported_as_undecided
@recorded("skew transform", reads={"artifact": TRANSFORM_FN, "log": DATA})
def transform_command(
    artifact: Annotated[
        str, typer.Option("--artifact", "-a", metavar="DIR", help="What `fit` wrote.")
    ],
    log: Annotated[
        list[str],
        typer.Option("--log", metavar="PATTERN", help="Files of requests and logged features."),
    ],
    prefix: Annotated[
        str, typer.Option(metavar="TEXT", help="What the names of logged features begin with.")
    ] = "",
    absolute_tolerance: Annotated[
        float,
        typer.Option(metavar="X", min=0.0, help="Greatest difference of floats that is none."),
    ] = 0.0,
    relative_tolerance: Annotated[
        float, typer.Option(metavar="X", min=0.0, help="The same, as a part of the logged number.")
    ] = 0.0,
    max_fraction: _MaxFraction = 0.0,
    samples: _Samples = 3,
    format: Format = None,
    as_json: AsJson = False,
    lineage: Lineage = None,
    debug: Debug = False,
) -> None:
    """Replay logged requests through an artifact and compare with the features serving logged.

    Example: taurus-beam skew transform -a transform_fn --log 'log/*.jsonl' --prefix feature_

    The log is held in memory. Exits with 0 if the features agree, 1 if not, 2 if that cannot
    be decided.
    """
    from taurus_beam.validation.transform_skew import transform_skew

    found = transform_skew(
        artifact,
        _table(log, format),
        prefix=prefix,
        absolute_tolerance=absolute_tolerance,
        relative_tolerance=relative_tolerance,
        sample_size=samples,
    )
    skewed = skewed_features(found.features.values(), max_fraction)
    if as_json:
        record = {
            "same": not skewed,
            "num_requests": found.num_requests,
            "not_logged": found.not_logged,
            **record_of(found.features.values(), found.samples),
        }
        print_json(document("transform-skew", record))
    else:
        stdout().print(f"Replayed {count(found.num_requests, 'request')} by {artifact}")
        if found.not_logged:
            stdout().print(f"Not logged: {', '.join(found.not_logged)}")
        show_skew(found.features.values(), found.samples, ("computed", "logged"))
    if skewed:
        raise typer.Exit(DIFFERENT)


def _table(patterns: Sequence[str], format: str | None) -> Any:
    import pyarrow as pa

    from taurus_beam.io import Source

    source = Source(patterns, format=format)
    return pa.Table.from_batches(list(source.batches()), source.schema)
