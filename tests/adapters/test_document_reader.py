"""The helper that reads documents: one for each process, a child for each document, gone with its owner."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.adapters.document_reader import DocumentReader, ReaderUnavailable
from app.adapters.limited import LimitExceeded
from tests.adapters import hostile_documents as made
from tests.servers import ROOT

GOOD = made.pdf("Organizer", pages=2)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's own list of processes")
OWNER = """
import os, sys
from app.adapters.document_reader import DocumentReader
from tests.adapters.hostile_documents import pdf
reader = DocumentReader(seconds=15, memory_mb=1024, file_mb=8, words=(200, 20000))
data = pdf()
assert reader.read(b"p", data).ok
mine = reader.pid
child = os.fork()
if child == 0:
    # The new process has a helper of its own, and leaves its parent's alone.
    assert reader.pid is None
    assert reader.read(b"p", data).ok
    print(reader.pid, flush=True)
    os._exit(0)
os.waitpid(child, 0)
assert reader.read(b"p", data).ok and reader.pid == mine
print(mine, flush=True)
sys.stdin.read()
"""


def reader(**changed):
    return DocumentReader(**{"seconds": 15, "memory_mb": 1024, "file_mb": 8, "words": (200, 20_000)} | changed)


@pytest.fixture(scope="module")
def shared():
    found = reader()
    yield found
    found.close()


def gone(pid, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            # A dead process that nobody has waited for yet is gone, too.
            if sys.platform == "linux" and ") Z " in Path(f"/proc/{pid}/stat").read_text():
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def handles_of(pid):
    return sorted(int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir())


def test_threads_share_one_helper(shared):
    assert b'"pages": 2' in shared.read(b"p", GOOD).stdout
    first, answers = shared.pid, []
    threads = [threading.Thread(target=lambda: answers.append(shared.read(b"p", GOOD).stdout)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 and len(set(answers)) == 1
    assert b'"pages": null' in shared.read(b"d", made.docx_file("x")).stdout
    assert shared.pid == first


def test_helper_that_was_killed_is_started_again(shared):
    shared.read(b"p", GOOD)
    before = shared.pid
    os.kill(before, signal.SIGTERM)  # a service that is stopped still answers what it was asked
    assert shared.read(b"p", GOOD).ok and shared.pid == before
    os.kill(before, signal.SIGKILL)
    assert shared.read(b"p", GOOD).ok
    assert shared.pid != before


def test_document_that_takes_too_long_harms_no_other():
    hurried = reader(seconds=0.001)
    many = made.pdf(pages=200)
    with pytest.raises(LimitExceeded):
        hurried.read(b"p", many)
    before = hurried.pid
    with pytest.raises(LimitExceeded):
        hurried.read(b"p", many)
    assert hurried.pid == before
    hurried.close()
    assert gone(before, 5)


@pytest.mark.skipif(sys.platform != "linux", reason="no address space limit there")
def test_document_that_wants_too_much_memory_harms_no_other():
    poor = reader(memory_mb=100)
    big = GOOD + b" " * 120_000_000
    ended = poor.read(b"p", big)
    assert not ended.ok or b"too_complex" in ended.stdout
    before = poor.pid
    assert poor.read(b"p", GOOD).ok
    assert poor.pid == before
    poor.close()


def test_helper_that_cannot_start_says_so():
    with pytest.raises(ReaderUnavailable):
        reader(words=()).read(b"p", GOOD)


@LINUX
def test_helper_takes_nothing_along(shared, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hush")
    handle = os.open(ROOT, os.O_RDONLY)
    os.set_inheritable(handle, True)
    try:
        own = reader()
        assert own.read(b"p", GOOD).ok
        folder = Path(f"/proc/{own.pid}")
        # It closes the socket of an answer only after the answer is sent, so the owner may look too soon.
        until = time.monotonic() + 20
        while (held := handles_of(own.pid)) != [0, 1, 2, 3, 4] and time.monotonic() < until:
            time.sleep(0.01)
        assert held == [0, 1, 2, 3, 4]  # stdin is the question, two are its alarm clock
        assert b"hush" not in (folder / "environ").read_bytes()
        assert "Threads:\t1\n" in (folder / "status").read_text()
        own.close()
    finally:
        os.close(handle)


@LINUX
def test_helpers_end_with_their_owner_however_it_ends():
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert owner.stdout is not None
        of_child, own = int(owner.stdout.readline()), int(owner.stdout.readline())
        assert of_child != own and gone(of_child)
        owner.kill()
        owner.wait()
        assert gone(own)
    finally:
        owner.kill()
        owner.wait()
        owner.stdin.close()
        owner.stdout.close()
