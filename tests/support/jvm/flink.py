"""A Flink session cluster, a job manager and task managers, with Beam's job server beside it.

Each is a Java process of its own and everything is on this machine; Python workers are processes
that the task managers start.
"""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

from jvm.class_paths import jars
from jvm.processes import Processes, free_ports, listens, on_class_path

WORKERS = 2

# A task manager's memory, each part by itself: one that computes them is part of Flink's scripts.
# With few network buffers, a shuffle must be content with fewer than 512 (the default).
SETTINGS = {
    "jobmanager.rpc.address": "localhost",
    "rest.address": "localhost",
    "rest.bind-address": "localhost",
    "jobmanager.memory.process.size": "1024m",
    "taskmanager.host": "localhost",
    "taskmanager.numberOfTaskSlots": "1",
    "taskmanager.cpu.cores": "1",
    "taskmanager.memory.task.heap.size": "256m",
    "taskmanager.memory.framework.heap.size": "128m",
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.task.off-heap.size": "64m",
    "taskmanager.memory.network.min": "64m",
    "taskmanager.memory.network.max": "64m",
    "taskmanager.memory.managed.size": "128m",
    "taskmanager.memory.jvm-metaspace.size": "256m",
    "taskmanager.memory.jvm-overhead.min": "192m",
    "taskmanager.memory.jvm-overhead.max": "192m",
    "taskmanager.network.sort-shuffle.min-buffers": "16",
    # Beam's classes are in the cluster's class path: so its workers outlive a stage.
    "classloader.resolve-order": "parent-first",
    # A task manager that was killed is missed soon.
    "heartbeat.interval": "1000",
    "heartbeat.timeout": "5000",
}


class Flink:
    """A running cluster.

    Attributes:
        job_endpoint: Where Beam's job server listens.
    """

    def __init__(self, folder: Path) -> None:
        rpc, self._rest, job, artifacts = free_ports(4)
        self.job_endpoint = f"localhost:{job}"
        self._jars = jars("flink")
        self._processes = Processes(folder, {})
        ports = {"jobmanager.rpc.port": rpc, "rest.port": self._rest}
        (folder / "conf").mkdir()
        (folder / "conf" / "config.yaml").write_text(
            "".join(f"{name}: {value}\n" for name, value in {**SETTINGS, **ports}.items())
        )
        try:
            self._start("job_manager", 320, "entrypoint.StandaloneSessionClusterEntrypoint")
            for number in range(WORKERS):
                self.start_worker(f"task_manager_{number}")
            self._start_job_server(job, artifacts)
            self._processes.wait("the job server listens", lambda: listens(job))
            self.wait_for_workers()
        except BaseException:
            self.stop()
            raise

    def start_worker(self, name: str) -> None:
        """Start a task manager."""
        self._start(name, 384, "taskexecutor.TaskManagerRunner", "-XX:MaxDirectMemorySize=256m")

    def wait_for_workers(self) -> None:
        """Wait until all task managers have told the job manager of themselves."""
        self._processes.wait(
            f"{WORKERS} task managers are registered",
            lambda: self.asked("/overview")["taskmanagers"] == WORKERS,
        )

    def lose_worker(self, pid: int) -> None:
        """End a task manager without a warning, not its Python workers, and start another."""
        self.start_worker(self._processes.kill(pid))

    def asked(self, path: str) -> Any:
        """What the job manager's REST interface answers."""
        with urllib.request.urlopen(f"http://localhost:{self._rest}{path}", timeout=5) as answer:
            return json.load(answer)

    def stop(self) -> None:
        """End all processes."""
        self._processes.stop()

    def _start(self, name: str, megabytes: int, main: str, *options: str) -> None:
        class_path = ("-cp", on_class_path(self._jars))
        words = (f"org.apache.flink.runtime.{main}", "-c", "conf")
        self._processes.start(name, megabytes, (*options, *class_path), words)

    def _start_job_server(self, job: int, artifacts: int) -> None:
        # It sends the cluster, with each job, all jars of its class path, of which the cluster
        # knows all; what Java itself loads it does not send. Flink asks its own classes who
        # loaded them, so these it may not.
        sent = [
            jar
            for jar in self._jars
            if re.match(r"beam-runners-flink|flink-(?!shaded|rpc-akka)", jar.name)
        ]
        kept = [jar for jar in self._jars if jar not in sent]
        options = [f"-Xbootclasspath/a:{on_class_path(kept)}"] if kept else []
        staging = self._processes.folder / "staging"
        self._processes.start(
            "job_server",
            320,
            (*options, "-cp", on_class_path(sent or self._jars)),
            (
                "org.apache.beam.runners.flink.FlinkJobServerDriver",
                f"--flink-master=localhost:{self._rest}",
                f"--job-port={job}",
                f"--artifact-port={artifacts}",
                "--expansion-port=0",
                f"--artifacts-dir={staging}",
            ),
        )
