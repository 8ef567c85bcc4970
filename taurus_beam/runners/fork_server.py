"""A program that starts workers of Beam's local runner by forking itself.

What workers import takes more than a second of processor time; here it is imported once for all of
them, while the runner still plans its pipeline. The program only imports, forks and tells how forks
ended: a process whose threads may hold locks must not fork, so it opens no channel and reads no
data. A fork leaves this file and is Beam's worker, as if it had been started alone.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any

__all__ = ["main"]

_PRELOADED = (
    "apache_beam.runners.worker.sdk_worker_main",
    "apache_beam.runners.worker.bundle_processor",
    "pyarrow.parquet",
    "taurus_beam.io",
    "taurus_beam.pipeline",
)


def main(words: list[str]) -> None:
    """Serve requests until whoever sends them hangs up.

    Args:
        words: The number of the file descriptor of a connection. A request on it is a name and
            variables of the environment for a worker; the answer, once it has ended, is its name
            and exit code, negative for a signal.
    """
    # Ctrl-C is told to all processes of a terminal; the workers' end is the end of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Looking for garbage, of which importing makes 1 MB, takes a fifth of the time to import.
    gc.disable()
    for module in _PRELOADED:
        importlib.import_module(module)
    # What is never collected is never written to, and so stays shared by the forks.
    gc.freeze()
    gc.enable()
    environment = _serve(Connection(int(words[0])))
    if environment is not None:
        _work(environment)


def _serve(requests: Connection[Any, Any]) -> Mapping[str, str] | None:
    """Returns in each fork, with its environment; in the server when who asks is no more."""
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    workers: dict[int, str] = {}
    # Whoever asks has ended where this fails.
    with suppress(EOFError, OSError):
        while True:
            ready = wait([woken, requests])
            if requests in ready:
                name, environment = requests.recv()
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    os.close(woken)
                    os.close(waking)
                    # Held open by a fork, it would hide that the server has died.
                    requests.close()
                    return dict(environment)
                workers[pid] = name
            if woken in ready:
                os.read(woken, 1 << 10)
            for pid, code in _ended(workers):
                requests.send((workers.pop(pid), code))
    # One that has yet to connect would wait for long.
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    return None


def _ended(workers: Mapping[int, str]) -> list[tuple[int, int]]:
    """The forks that have ended, and their exit codes."""
    found = [os.waitpid(pid, os.WNOHANG) for pid in workers]
    return [(pid, os.waitstatus_to_exitcode(status)) for pid, status in found if pid]


def _work(environment: Mapping[str, str]) -> None:
    """Be a worker; and end without taking apart, object by object, what was imported."""
    import numpy as np
    from apache_beam.runners.worker import sdk_worker_main
    from apache_beam.runners.worker.worker_id_interceptor import WorkerIdInterceptor

    os.environ.update(environment)
    # Beam reads this one where it is imported.
    WorkerIdInterceptor._worker_id = environment["WORKER_ID"]
    # Or all forks would draw the same; Python's own generator sees to that itself.
    np.random.seed()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = 1
    try:
        sdk_worker_main.main([])
        code = 0
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
