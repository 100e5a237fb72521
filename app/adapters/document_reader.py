"""Has untrusted documents read in processes of their own, without starting Python for each.

A process that uses it has one helper (document_reader_child.py), started at the first document. The helper has
loaded the libraries and forks a child for each document, under limits. It ends with its owner, however that ends; one
that died is started again. After a fork, the new process has a helper of its own.
"""

import atexit
import contextlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO

from app.adapters.limited import MEGABYTE, Finished, LimitExceeded, harmless_environment, tail

_CHILD = Path(__file__).with_name("document_reader_child.py")
_TOO_LONG = 1 << 30
_START_SECONDS = 60
# The helper counts the time of each child; one that says nothing for so much longer is stuck itself.
_GRACE = 10.0


class ReaderUnavailable(OSError):
    """The helper cannot be started, or dies whatever it is given: it is not the document's fault."""


class _HelperDied(Exception):
    """It may be started again."""


class DocumentReader:
    """The helper of this process, and its limits. Threads may share it."""

    def __init__(self, *, seconds: float, memory_mb: int, file_mb: int, words: tuple[int, ...]) -> None:
        """`words`: further arguments of the readers (most pages, most characters)."""
        self.seconds = seconds
        # CPU time counts every thread, so it is only the backstop for when the helper is gone.
        limits = (memory_mb * MEGABYTE, int(seconds * 4) + 1, file_mb * MEGABYTE)
        self._words = [str(number) for number in (seconds, *limits, *words)]
        self._helper: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.close)

    def read(self, kind: bytes, data: bytes) -> Finished:
        """Have a child read `data` (b"p" a PDF, b"d" a Word document).

        Raises LimitExceeded where it took too long, ReaderUnavailable where nothing can be read.
        """
        # Files, not pipes: a flood of output fills no memory of ours and nobody waits on a full pipe.
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out:
            given.write(data)
            for _ in range(3):
                given.seek(0)
                out.seek(0)
                out.truncate()
                # A helper that has died may have been killed for this document or for another, or by an operator.
                with contextlib.suppress(_HelperDied):
                    return Finished(self._ask(kind, given, out), tail(out, 4 * MEGABYTE), b"")
        raise ReaderUnavailable("the reader of documents dies again and again")

    def close(self) -> None:
        """End the helper."""
        with self._lock:
            self._end()

    @property
    def pid(self) -> int | None:
        """The number of the helper, where there is one."""
        return None if self._helper is None else self._helper.pid

    def _ask(self, kind: bytes, given: IO[bytes], out: IO[bytes]) -> int:
        """The return code of the child that read it."""
        mine, theirs = socket.socketpair()
        with mine:
            with theirs, self._lock:
                helper, control = self._running()
                try:
                    socket.send_fds(control, [kind], [given.fileno(), out.fileno(), theirs.fileno()])
                except OSError as error:
                    self._end()
                    raise _HelperDied from error
            mine.settimeout(self.seconds + _GRACE)
            try:
                word = mine.recv(4)
            except TimeoutError as late:
                helper.kill()
                raise LimitExceeded(f"longer than {self.seconds} s") from late
            except OSError as error:
                raise _HelperDied from error
        if len(word) < 4:
            raise _HelperDied
        (code,) = struct.unpack("!i", word)
        if code == _TOO_LONG:
            raise LimitExceeded(f"longer than {self.seconds} s")
        return int(code)

    def _running(self) -> tuple["subprocess.Popen[bytes]", socket.socket]:
        if self._helper is not None and self._control is not None and self._helper.poll() is None:
            return self._helper, self._control
        self._end()
        control, theirs = socket.socketpair()
        self._control = control
        with theirs:
            # Nothing else is inherited: no listening socket, no connection to the database.
            helper = self._helper = subprocess.Popen(  # noqa: S603 - the command is ours, the documents are not
                [sys.executable, "-I", str(_CHILD), *self._words],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
                env=harmless_environment(),
            )
        control.settimeout(_START_SECONDS)
        try:
            ready = control.recv(1)
        except OSError:
            ready = b""
        if not ready:
            helper.kill()
            self._end()
            raise ReaderUnavailable("the reader of documents did not start")
        return helper, control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._helper is not None:
            try:
                self._helper.wait(5)
            except subprocess.TimeoutExpired:
                self._helper.kill()
                self._helper.wait()
        self._helper = self._control = None

    def _forget(self) -> None:
        """In a new process: the helper is another's. Its end of the socket must not stay open here."""
        self._lock = threading.Lock()
        if self._control is not None:
            self._control.close()
        if self._helper is not None:
            self._helper.returncode = 0  # not ours to wait for
        self._helper = self._control = None
