"""Starting a server process that cannot outlive us, and ending it."""

import ctypes
import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
_libc: Any = ctypes.CDLL(None) if sys.platform == "linux" else None


class ServerFailed(RuntimeError):
    """A server did not start; the message ends with the last lines of its log."""


def die_with_parent(sig: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that has Linux send `sig` to the child when this process ends in any way."""
    if _libc is None:
        return None
    parent = os.getpid()

    def arrange() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(sig))
        if os.getppid() != parent:  # it ended before we could ask
            os._exit(1)

    return arrange


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    end_signal: signal.Signals,
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    user: int | None = None,
    group: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own: Ctrl-C reaches the supervisor only, which stops in order."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=dict(os.environ if env is None else env),
            start_new_session=True,
            preexec_fn=die_with_parent(end_signal),
            pass_fds=tuple(pass_fds),
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )


def end(process: subprocess.Popen[bytes], steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn, waiting that many seconds after it, until the process has ended."""
    for sig, seconds in steps:
        if process.poll() is not None:
            return
        process.send_signal(sig)
        try:
            process.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], *, name: str, log: Path, seconds: float = 60
) -> None:
    """Poll `ready`; raise ServerFailed where the process ends first or takes longer."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise ServerFailed(f"{name} ended with code {process.returncode}.\n{tail(log)}")
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise ServerFailed(f"{name} did not answer within {seconds:.0f} s.\n{tail(log)}")
        time.sleep(0.02)


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, for an error message."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def socket_folder(data_dir: Path, *, owner: int | None = None, group: int = -1) -> Path:
    """A short folder (0700) for the socket of this data folder: socket paths end at about 100 bytes.

    Its name is known in advance, so one that is a link or somebody else's is refused.
    """
    owner = os.geteuid() if owner is None else owner
    key = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
    base = tempfile.gettempdir()
    folder = Path(base if len(base) < 60 else "/tmp") / f"placewell-{owner}-{key}"
    try:
        folder.mkdir(mode=0o700)
        if owner != os.geteuid():
            os.chown(folder, owner, group)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise ServerFailed(f"{folder} is not ours: remove it, or set TMPDIR to a folder of your own.")
    folder.chmod(0o700)
    return folder
