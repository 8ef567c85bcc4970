"""The Java program between Beam and a cluster: on disk already, or to be downloaded by Beam.

It is a jar of some hundred megabytes from Maven Central, which Beam keeps in a folder of its own.
Beam's download has no time limit, so whether it can begin is found out before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from apache_beam.utils.subprocess_server import JavaJarServer

from taurus_beam.runners.machine.need import Need
from taurus_beam.runners.machine.network import reachable

__all__ = ["cached_jar", "jar_needs"]


def cached_jar(target: str, cache: str | None = None) -> str:
    """Where Beam keeps a jar that it has downloaded, whether it is there or not.

    Args:
        target: Beam's name of it, such as ``runners:flink:1.20:job-server``.
        cache: The folder; Beam's own by default.
    """
    folder = os.path.expanduser(cache or JavaJarServer.JAR_CACHE)
    return os.path.join(folder, os.path.basename(_url(target)))


def jar_needs(named: str | None, target: str, key: str) -> Iterator[Need]:
    """What keeps the jar from being had; nothing where it lies here or can be fetched."""
    if named:
        if "://" not in named and not os.path.isfile(os.path.expanduser(named)):
            yield Need(f"There is no job server {named}.", f"Correct --{key}-job-server-jar.")
        return
    kept, url = cached_jar(target), _url(target)
    # A Beam that was built from source names the jar that it built.
    if os.path.exists(kept) or os.path.exists(url) or reachable(url):
        return
    yield Need(
        f"The job server is not here, and cannot be fetched from {url}",
        f"Fetch it by another way, and put it at {kept} or set job_server_jar "
        f"(--{key}-job-server-jar) to its path.",
    )


def _url(target: str) -> str:
    return str(JavaJarServer.path_to_beam_jar(f":{target}:shadowJar"))
