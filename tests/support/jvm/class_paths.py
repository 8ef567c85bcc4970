"""Which versions of Flink, Spark and Beam's runners for them are run, and their jars.

Beam's Python here is newer than its runners: of the versions on Maven Central whose dependencies
are there too, these are the newest; the one for Flink 1.19 runs on 1.20 as well. Maven fetches the
jars once and they are kept; who has Beam's own job server of the same version can name it, and it
takes their place.
``python -m jvm.class_paths`` fetches them ahead of the tests, whose time is limited.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine_cache import cache

POMS = Path(__file__).parent / "poms"


@dataclass(frozen=True)
class Versions:
    """What one engine is made of.

    Attributes:
        pom: The file that Maven makes the class path of.
        properties: The versions that are said there.
        own_jar: The environment variable that names a job server of Beam's to be used instead:
            ``beam-runners-flink-1.20-job-server-2.77.0.jar``. No such jar could be tried.
    """

    pom: Path
    properties: Mapping[str, str]
    own_jar: str


VERSIONS = {
    "flink": Versions(
        POMS / "flink.xml",
        {"flink.version": "1.20.5", "flink.line": "1.19", "beam.version": "2.62.0"},
        "TAURUS_BEAM_FLINK_JOB_SERVER",
    ),
    "spark": Versions(
        POMS / "spark.xml",
        {"spark.version": "3.5.0", "beam.version": "2.62.0"},
        "TAURUS_BEAM_SPARK_JOB_SERVER",
    ),
}


def jars(engine: str) -> list[Path]:
    """The jars of an engine's cluster and job server, fetched if they are not there yet."""
    versions = VERSIONS[engine]
    named = os.environ.get(versions.own_jar)
    if named:
        return [Path(named)]
    said = "-".join(versions.properties.values())
    folder = cache() / f"{engine}-{said}"
    # The pom is copied last: a folder whose pom is another's was never finished, or is old.
    copied = folder / "pom.xml"
    if not copied.exists() or copied.read_text() != versions.pom.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        fetch(versions, folder / "jars")
        shutil.copyfile(versions.pom, copied)
    return sorted((folder / "jars").glob("*.jar"))


def runner_jar(engine: str) -> Path:
    """The one jar that has Beam's runner."""
    (runner,) = [jar for jar in jars(engine) if jar.name.startswith(f"beam-runners-{engine}")]
    return runner


def fetch(versions: Versions, folder: Path) -> None:
    """Have Maven fetch the jars; those that an earlier attempt fetched it has kept."""
    for program, package in (("mvn", "maven"), ("java", "openjdk-17-jre-headless")):
        if shutil.which(program) is None:
            raise RuntimeError(f"there is no {program} here: apt-get install {package}")
    command = ["mvn", "--batch-mode", "--no-transfer-progress", "-f", str(versions.pom)]
    properties = {
        **versions.properties,
        "includeScope": "runtime",
        "outputDirectory": str(folder.absolute()),
    }
    done = subprocess.run(
        [
            *command,
            "dependency:copy-dependencies",
            *(f"-D{name}={value}" for name, value in properties.items()),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"Maven could not fetch the jars; it said:\n{done.stdout[-4000:]}")


if __name__ == "__main__":
    for each in VERSIONS:
        print(each, len(jars(each)), "jars")
