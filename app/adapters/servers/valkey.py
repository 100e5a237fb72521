"""Embedded Valkey: wakes the workers. Losing it costs seconds, never a message."""

import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .binaries import valkey_bin
from .process import end, socket_folder, spawn, wait_until


@dataclass
class ValkeyServer:
    """A running server. `url` is the broker's address for Celery; `client_url` is for redis-py."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    socket: Path

    @property
    def url(self) -> str:
        return self.broker_url(0)

    @property
    def client_url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def broker_url(self, number: int) -> str:
        """The address of one of its 16 databases."""
        return f"redis+socket://{self.socket}?virtual_host={number}"

    def stop(self) -> None:
        """End it after it has written what it holds (10 s)."""
        end(self.process, [(signal.SIGTERM, 10)])
        shutil.rmtree(self.socket.parent, ignore_errors=True)


def start_valkey(
    data_dir: Path, *, log: Path | None = None, settings: Sequence[str] = (), pass_fds: Sequence[int] = ()
) -> ValkeyServer:
    """Start on a socket only, with everything written to disk and nothing ever evicted.

    `settings` are further command-line words, for example ("--appendfsync", "always").
    """
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = log or data_dir / "server.log"
    path = socket_folder(data_dir) / "valkey.sock"
    path.unlink(missing_ok=True)
    command = [
        *(str(valkey_bin()), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
        *("--dir", str(data_dir), "--appendonly", "yes", "--maxmemory-policy", "noeviction"),
        *("--databases", "16", "--daemonize", "no", "--save", ""),
        *settings,
    ]
    process = spawn(command, log=log, end_signal=signal.SIGTERM, pass_fds=pass_fds)
    wait_until(lambda: _answers(path), process, name="Valkey", log=log, seconds=30)
    return ValkeyServer(process, data_dir, path)


def _answers(path: Path) -> bool:
    """Whether it answers PING; it says -LOADING while it reads its file."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
