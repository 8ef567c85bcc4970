"""The stages after training: data are held against what a version froze, and transformed by it.

`validate`, `test` and `production` differ in the names of their data and in whether these are
transformed. None of them changes the version.
"""

from __future__ import annotations

from collections.abc import Mapping

from taurus_beam.controller.data_set import DataSet
from taurus_beam.controller.findings import Severity
from taurus_beam.controller.identity import Thing
from taurus_beam.controller.sources import typed
from taurus_beam.controller.stage_steps import SCHEMA, TRANSFORM_FN, Steps
from taurus_beam.controller.versions import Version
from taurus_beam.io import Source

__all__ = ["check"]


def check(
    steps: Steps,
    version: Version,
    incoming: Mapping[str, Source],
    own: bool,
    stop_on: Severity | None,
    transforms: bool,
) -> tuple[bool, dict[str, DataSet]]:
    """Run the stage: whether it was not stopped by findings, and the data.

    Args:
        steps: Of the stage.
        version: What the data are held against.
        incoming: The data by name.
        own: Whether they are splits of the version, which incoming transforms have seen.
        stop_on: The least severity of findings that stops it.
        transforms: Whether the data are to be transformed.

    Raises:
        TaurusError: Whatever goes wrong.
    """
    columns, schema = version.columns(), version.schema()
    schema_thing = version.thing("Schema", SCHEMA.name, "schema")
    sets: dict[str, DataSet] = {}
    reads: dict[str, list[Thing]] = {}
    for name in version.names():
        environment = steps.environment(name)
        sets[name] = version.data_set(name, schema, steps.engine, environment)
        frozen = version.thing("Statistics", version.statistics_name(name), "reference")
        reads[name] = [frozen]
    sources = {}
    for name, source in incoming.items():
        source = source if own else steps.changed(typed(source, columns), name)
        sources[name] = source
        found = steps.statistics(source, name)
        sets[name] = DataSet(name, source, found, schema, steps.environment(name), steps.engine)
        statistics = steps.statistics_thing(name)
        reads[name] = [statistics, schema_thing, steps.data(source, name)]
    for name in sources:
        steps.checks(sets[name], sets, reads)
    looked_at = {name: sets[name] for name in sources}
    if steps.run.has_findings(stop_on):
        return False, looked_at
    if transforms:
        artifact = version.thing(TRANSFORM_FN.type, TRANSFORM_FN.name, "artifact")
        for name, source in sources.items():
            steps.transformed(artifact, source, name)
    return True, looked_at
