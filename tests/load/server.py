"""The server under load: a process of its own, and what Linux says of it."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tests.browser.conftest import ROOT, free_port

PATIENCE = 60.0
"""Seconds until a server must answer."""


class Usage(NamedTuple):
    """Of a process: its memory in MB, the processor's time that it has had in seconds, threads, and open files."""

    memory: float
    seconds: float
    threads: int
    files: int

    def __str__(self) -> str:
        return f"{self.memory:.0f} MB, {self.threads} threads, {self.files} files"


class Server(NamedTuple):
    """A server that answers; process and log are nothing where it runs elsewhere."""

    address: str
    process: int | None = None
    log: Path | None = None

    def usage(self) -> Usage | None:
        """What it uses now, where it runs here."""
        if self.process is None:
            return None
        about = Path("/proc", str(self.process))
        status = dict(line.split(":", 1) for line in (about / "status").read_text().splitlines())
        spent = (about / "stat").read_text().rpartition(")")[2].split()
        seconds = (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")  # the user's and the system's
        return Usage(
            int(status["VmRSS"].split()[0]) / 1024, seconds, int(status["Threads"]), len([*(about / "fd").iterdir()])
        )

    def complaints(self) -> list[str]:
        """The lines of its log that tell of an exception."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log else []
        return [line for line in lines if "Traceback" in line or "can't draw" in line]


@contextmanager
def serve(script: str) -> Iterator[Server]:
    """A server of its own for a script below the root, as whoever hosts starts it."""
    port = free_port()
    options = ["--server.headless", "true", "--server.port", str(port), "--server.address", "127.0.0.1"]
    command = [sys.executable, "-m", "streamlit", "run", script, *options]
    with (
        tempfile.NamedTemporaryFile(suffix=".log") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) as process,
    ):
        server = Server(f"http://127.0.0.1:{port}", process.pid, Path(log.name))
        try:
            _wait_until_it_answers(f"{server.address}/_stcore/health")
            yield server
        finally:
            process.terminate()


def _wait_until_it_answers(address: str) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with suppress(OSError), urllib.request.urlopen(address, timeout=1):
            return
        time.sleep(0.1)
    raise TimeoutError(f"{address} doesn't answer")
