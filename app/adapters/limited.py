"""Runs a command on untrusted data: its own process, with time, memory and file size limits."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MEGABYTE = 1024 * 1024
_WRAPPER = Path(__file__).with_name("limits_exec.py")
_KEPT_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")


class LimitExceeded(Exception):
    """The command was stopped because it took too long."""


@dataclass(frozen=True)
class Finished:
    """How the command ended."""

    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def ok(self) -> bool:
        return self.returncode == 0


def run_limited(command: list[str], *, seconds: float, memory_mb: int, file_mb: int = 0, data: bytes = b"") -> Finished:
    """Run with `data` on stdin. The whole process group is killed at the time limit. Raises LimitExceeded.

    The command gets no secrets: only a few harmless environment variables. 0 MB means no limit.
    """
    limits = [memory_mb * MEGABYTE, int(seconds * 4) + 1, file_mb * MEGABYTE]
    words = [sys.executable, "-I", "-S", str(_WRAPPER), *(str(limit) for limit in limits), *command]
    # CPU time counts every thread, so it is only the backstop for when this process itself is killed.
    # Files, not pipes: a flood of output fills no memory of ours and nobody waits on a full pipe.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(data)
        given.seek(0)
        process = subprocess.Popen(  # noqa: S603 - the command is ours, the data is not
            words, stdin=given, stdout=out, stderr=err, start_new_session=True, env=harmless_environment()
        )
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired as expired:
            raise LimitExceeded(f"longer than {seconds} s") from expired
        finally:
            _kill_group(process)
        return Finished(process.returncode, tail(out, 4 * MEGABYTE), tail(err, MEGABYTE // 4))


def harmless_environment() -> dict[str, str]:
    """What a process that sees untrusted data may know of ours: no secrets."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def tail(file: IO[bytes], most: int) -> bytes:
    """The last bytes of a file, `most` of them at most."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - most))
    return bytes(file.read())
