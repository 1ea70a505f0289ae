"""A VictoriaMetrics of our own on loopback, that can be killed and started again."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx

BINARY = shutil.which("victoria-metrics")


class VictoriaServer:
    """A server with a data folder and a port of its own."""

    def __init__(self, folder: Path, auth: tuple[str, str] | None = None) -> None:
        self.folder = folder
        self.retention = "100y"
        self.auth = auth
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert BINARY is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [BINARY, f"-storageDataPath={self.folder / 'data'}", "-loggerLevel=ERROR"]
        command += [f"-httpListenAddr=127.0.0.1:{self.port}", f"-retentionPeriod={self.retention}"]
        command += ["-memory.allowedBytes=256MB", "-search.maxUniqueTimeseries=1000000"]
        if self.auth:
            command += [f"-httpAuth.username={self.auth[0]}", f"-httpAuth.password={self.auth[1]}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        for _ in range(600):
            try:
                httpx.get(f"{self.url}/health", trust_env=False).raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(f"VictoriaMetrics did not start: {(self.folder / 'log').read_text()}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end("kill")

    def stop(self) -> None:
        """Ask it to end."""
        self._end("terminate")

    def _end(self, how: str) -> None:
        if self._process is not None:
            getattr(self._process, how)()
            self._process.wait()
            self._process = None
