"""Reads untrusted documents, each in a child of its own: a process that has loaded the libraries once, and forks.

Run by path with a socket as stdin (app.adapters.document_reader), so it imports nothing of the app:
`document_reader_child.py SECONDS MEMORY CPU FILE MAX_PAGES MAX_TEXT` (sizes in bytes).

Starting Python and importing costs a hundred times what reading a résumé does. This process has one thread, no
secrets, no connection to the database and no listening socket, and never looks into a document itself: a child that
is forked from it has nothing to take along, and takes nobody with it when it dies.

A question is one byte (which kind) with three handles: the document, a file for the answer, and a socket that gets
how the child ended: its return code as four bytes. The end of the socket on stdin is the end of this process: its
owner is gone, however it went.
"""

import contextlib
import gc
import importlib.util
import io
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TOO_LONG = 1 << 30  # no return code
READY = b"+"
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_MOST_HANDLES = 4096

Read = Callable[[bytes], dict[str, Any]]


def _sibling(name: str) -> Any:
    """A module of this folder, which is not on the path: its names are not to hide those of libraries."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Mother:
    """Forks a child for each document, and ends those that take too long."""

    def __init__(self, readers: dict[bytes, Read], seconds: float, limits: dict[int, int]) -> None:
        self.readers, self.seconds, self.limits = readers, seconds, limits
        self.control = socket.socket(fileno=0)
        self.running: dict[int, tuple[float, socket.socket]] = {}
        self.woken, waker = socket.socketpair()
        for end in (self.woken, waker):
            end.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self.waker = waker
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in _ENDING:
            # Whoever stops a service signals all of its processes: what is being read is read to its end.
            signal.signal(number, signal.SIG_IGN)

    def serve(self) -> None:
        """Until the owner has gone."""
        self.control.sendall(READY)
        while True:
            ready, _, _ = select.select([self.control, self.woken], [], [], self._patience())
            if self.woken in ready:
                with contextlib.suppress(BlockingIOError):
                    self.woken.recv(4096)
            self._reap()
            self._end_late_ones()
            if self.control in ready and not self._take():
                break
        for child in self.running:
            _kill(child)

    def _patience(self) -> float | None:
        if not self.running:
            return None
        return max(0.0, min(until for until, _ in self.running.values()) - time.monotonic())

    def _take(self) -> bool:
        """Take one question. False: nobody is there any more."""
        try:
            kind, handles, _, _ = socket.recv_fds(self.control, 1, 3)
        except OSError:
            return False
        if not kind:
            return False
        try:
            if len(handles) == 3 and kind in self.readers:
                document, answer, told = handles
                child = os.fork()
                if child == 0:
                    self._become_reader(kind, document, answer)
                self.running[child] = (time.monotonic() + self.seconds, socket.socket(fileno=os.dup(told)))
        finally:
            for handle in handles:
                os.close(handle)
        return True

    def _become_reader(self, kind: bytes, document: int, answer: int) -> None:
        """In the child: give away everything, accept the limits, read, write the answer. Never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            nowhere = os.open(os.devnull, os.O_RDWR)
            for number, handle in enumerate((document, answer, nowhere)):
                os.dup2(handle, number)
            os.closerange(3, _MOST_HANDLES)
            # The mother counts the time, too; this one holds even where she is gone.
            signal.setitimer(signal.ITIMER_REAL, self.seconds + 1)
            for kind_of_limit, value in self.limits.items():
                _limit(kind_of_limit, value)
            _write(1, json.dumps(self.readers[kind](_read(0))).encode())
            code = 0
        except (MemoryError, RecursionError):
            _write(1, json.dumps({"refused": "too_complex"}).encode())
            code = 0
        finally:
            os._exit(code)

    def _reap(self) -> None:
        while self.running:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            # What it may have started goes with it.
            _kill(child)
            self._tell(child, os.waitstatus_to_exitcode(status))

    def _end_late_ones(self) -> None:
        moment = time.monotonic()
        for child in [child for child, (until, _) in self.running.items() if until <= moment]:
            _kill(child)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)
            self._tell(child, TOO_LONG)

    def _tell(self, child: int, code: int) -> None:
        if child in self.running:
            _, told = self.running.pop(child)
            with told, contextlib.suppress(OSError):
                told.sendall(struct.pack("!i", code))


def _kill(child: int) -> None:
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(child, signal.SIGKILL)


def _limit(kind: int, value: int) -> None:
    with contextlib.suppress(ValueError, OSError):  # macOS has no address space limit; the time limit still holds
        resource.setrlimit(kind, (value, value))


def _read(handle: int) -> bytes:
    with open(handle, "rb", closefd=False) as file:
        return file.read()


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _reader(inspect: Callable[..., dict[str, Any]], refused: type[Exception], *arguments: int) -> Read:
    def read(data: bytes) -> dict[str, Any]:
        try:
            return inspect(data, *arguments)
        except refused as refusal:
            return {"refused": str(refusal)}

    return read


def _warm_up(pdf: Any, read: Read) -> None:
    """What the libraries load at their first use is loaded here, not in each child."""
    out = io.BytesIO()
    with pdf.pikepdf.new() as document:
        document.add_blank_page()
        document.save(out)
    read(out.getvalue())


def main() -> None:
    """Load, then serve."""
    seconds = float(sys.argv[1])
    memory, cpu, file_size, most_pages, most_text = (int(word) for word in sys.argv[2:7])
    with contextlib.suppress(OSError):  # Linux: where memory runs out, these processes go first
        Path("/proc/self/oom_score_adj").write_text("900", encoding="ascii")
    pdf, docx = _sibling("pdf_child"), _sibling("docx_child")
    readers = {
        b"p": _reader(pdf.inspect_pdf, pdf.Refused, most_pages, most_text),
        b"d": _reader(docx.inspect_docx, docx.Refused, most_text),
    }
    _warm_up(pdf, readers[b"p"])
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: file_size,
        resource.RLIMIT_CORE: 0,
    }
    gc.collect()
    gc.freeze()
    Mother(readers, seconds, limits).serve()


if __name__ == "__main__":
    main()
