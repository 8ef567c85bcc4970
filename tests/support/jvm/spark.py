"""A standalone Spark cluster, a master and workers, with Beam's job server beside it.

Each is a Java process of its own and everything is on this machine. For each job the workers start
executors, Java processes too, and those the Python workers. The job server is the driver.
"""

from __future__ import annotations

import json
import shlex
import urllib.request
from pathlib import Path
from typing import Any

from jvm.class_paths import jars
from jvm.processes import OPEN, SHORT_LIVED, Processes, free_ports, listens, on_class_path

WORKERS = 2


class Spark:
    """A running cluster.

    Attributes:
        job_endpoint: Where Beam's job server listens.
    """

    def __init__(self, folder: Path) -> None:
        self._master, self._web, job, artifacts = free_ports(4)
        self.job_endpoint = f"localhost:{job}"
        self._jars = jars("spark")
        # Executors take their classes from the folder "jars" there.
        home = self._jars[0].parents[1]
        local = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost"}
        self._processes = Processes(
            folder, {"SPARK_HOME": str(home), "SPARK_SCALA_VERSION": "2.12", **local}
        )
        try:
            self._start_master()
            for number in range(WORKERS):
                self.start_worker(f"worker_{number}")
            self._start_job_server(job, artifacts)
            self._processes.wait("the job server listens", lambda: listens(job))
            self.wait_for_workers()
        except BaseException:
            self.stop()
            raise

    def start_worker(self, name: str) -> None:
        """Start a worker of one core, for one executor."""
        words = ("--host", "localhost", "--cores", "1", "--memory", "600m", "--webui-port", "0")
        main = "org.apache.spark.deploy.worker.Worker"
        self._start(
            name,
            192,
            main,
            *words,
            "--work-dir",
            f"work_{name}",
            f"spark://localhost:{self._master}",
        )

    def wait_for_workers(self) -> None:
        """Wait until the master knows all workers."""
        self._processes.wait(
            f"{WORKERS} workers are registered",
            lambda: self.asked("/json/")["aliveworkers"] == WORKERS,
        )

    def asked(self, path: str) -> Any:
        """What the master's web interface answers."""
        with urllib.request.urlopen(f"http://localhost:{self._web}{path}", timeout=5) as answer:
            return json.load(answer)

    def stop(self) -> None:
        """End all processes."""
        self._processes.stop()

    def _start_master(self) -> None:
        words = ("--host", "localhost", "--port", str(self._master), "--webui-port", str(self._web))
        self._start("master", 192, "org.apache.spark.deploy.master.Master", *words)
        # Workers that find no master wait long before they ask again.
        self._processes.wait("the master listens", lambda: listens(self._master))

    def _start_job_server(self, job: int, artifacts: int) -> None:
        settings = {
            "spark.executor.memory": "512m",
            "spark.executor.extraJavaOptions": shlex.join([*OPEN, *SHORT_LIVED]),
            "spark.ui.enabled": "false",
        }
        words = (
            "org.apache.beam.runners.spark.SparkJobServerDriver",
            f"--spark-master-url=spark://localhost:{self._master}",
            f"--job-port={job}",
            f"--artifact-port={artifacts}",
            "--expansion-port=0",
            f"--artifacts-dir={self._processes.folder / 'staged'}",
        )
        options = [f"-D{name}={value}" for name, value in settings.items()]
        self._processes.start(
            "job_server", 512, (*options, "-cp", on_class_path(self._jars)), words
        )

    def _start(self, name: str, megabytes: int, *words: str) -> None:
        self._processes.start(name, megabytes, ("-cp", on_class_path(self._jars)), words)
