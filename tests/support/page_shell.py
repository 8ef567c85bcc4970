"""The shell blocks of a page, run; ``taurus-beam serve`` in them goes on until the page ends.

A ``text`` block that follows a shell block is what that prints: ``...`` stands for anything, and
how the words are broken into lines does not matter.
"""

from __future__ import annotations

import doctest
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from sybil import Example
from sybil.parsers.markdown import CodeBlockParser

WRITTEN_PORT = "8080"
CHECK = doctest.OutputChecker()
LIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

# A server is left running once it answers, until the next one or the end of the page.
PRELUDE = r"""
set -euo pipefail
curl() { command curl --fail-with-body "$@"; }
taurus-beam() {
  if [ "$1" != serve ]; then command taurus-beam "$@"; return; fi
  local port=PORT
  case " $* " in *" --port "*) ;; *) set -- "$@" --port "$port" ;; esac
  while read -r before; do
    while kill -- "-$before" 2>/dev/null; do sleep 0.1; done
  done <SERVERS/groups
  setsid taurus-beam "$@" </dev/null >SERVERS/log 2>&1 &
  echo $! >>SERVERS/groups
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
    kill -0 $! || { cat SERVERS/log; return 1; }
    sleep 0.1
  done
}
"""


class Shell:
    """Runs the shell blocks of one page in the working folder.

    Args:
        servers: An empty folder elsewhere, for what is kept of servers.
    """

    def __init__(self, servers: Path) -> None:
        self._servers = servers
        self._groups = servers / "groups"
        self._groups.touch()
        self._printed: str | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = str(free.getsockname()[1])
        self.parsers = (
            CodeBlockParser(language="sh", evaluator=self._run),
            CodeBlockParser(language="text", evaluator=self._compare),
        )

    def stop(self) -> None:
        """End the servers."""
        for line in self._groups.read_text().splitlines():
            with suppress(ProcessLookupError):
                os.killpg(int(line), signal.SIGTERM)

    def _run(self, example: Example) -> None:
        prelude = PRELUDE.replace("PORT", self._port).replace("SERVERS", str(self._servers))
        bin_folder = Path(sys.executable).parent
        ended = subprocess.run(
            ["bash", "-c", prelude + str(example.parsed).replace(WRITTEN_PORT, self._port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
            env={
                **os.environ,
                "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
                "TAURUS_BEAM_LINEAGE": f"sqlite:///{self._servers}/lineage.sqlite",
            },
        )
        self._printed = ended.stdout
        if ended.returncode:
            raise AssertionError(
                f"{example.path}, line {example.line}: the block ended with {ended.returncode}\n"
                f"{ended.stdout}"
            )

    def _compare(self, example: Example) -> None:
        printed, self._printed = self._printed, None
        if printed is None:
            return
        shown = str(example.parsed).replace(WRITTEN_PORT, self._port)
        if not CHECK.check_output(shown, printed, LIKE):
            raise AssertionError(
                f"{example.path}, line {example.line}: the block before prints\n{printed}"
            )
