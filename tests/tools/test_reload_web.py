"""Reloading the web, with real gunicorn masters: no request is lost, and a broken release changes nothing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.servers.process import die_with_parent
from tests.s3 import free_port
from tests.servers import ROOT

APP = """
import time
def create_app():
    def app(environ, start):
        if environ["PATH_INFO"] == "/slow":
            time.sleep(1)
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"{version}"]
    return app
"""


class Site:
    """A folder of releases with a link to the current one, as /opt/placewell."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.run, self.port = folder, folder / "run", free_port()
        self.run.mkdir(parents=True)
        self.master: subprocess.Popen[bytes] | None = None
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind(str(folder / "notify"))
        self.notified.settimeout(10)
        self.environment = {
            **os.environ,
            "WEB_BIND": f"127.0.0.1:{self.port}",
            "WEB_RUN_DIR": str(self.run),
            "RELOAD_SECONDS": "20",
            "NOTIFY_SOCKET": str(folder / "notify"),
            "PWD": str(folder / "current"),
        }

    def release(self, version: str, code: str = APP) -> None:
        """Put a release beside the others, and the link to it."""
        place = self.folder / version
        shutil.copytree(ROOT / "deploy", place / "deploy")
        (place / "app.py").write_text(code.replace("{version}", version))
        link = self.folder / "current.new"
        link.symlink_to(place)
        link.rename(self.folder / "current")

    def start(self) -> None:
        current = self.folder / "current"
        command = [sys.executable, str(current / "deploy" / "serve.py"), "--config"]
        command += [str(current / "deploy" / "gunicorn.conf.py"), "app:create_app()"]
        self.master = subprocess.Popen(
            command, cwd=current, env=self.environment, preexec_fn=die_with_parent(signal.SIGTERM)
        )
        deadline = time.monotonic() + 30
        while not self.answers():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return bool(self.get("/"))
        except OSError:
            return False

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    def reload(self, pid: int) -> subprocess.CompletedProcess[str]:
        script = str(self.folder / "current" / "deploy" / "reload_web.py")
        command = [sys.executable, script, str(pid)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=90)

    def pid(self) -> int:
        return int((self.run / "web.pid").read_text())

    def stop(self) -> None:
        for path in self.run.glob("web.pid*"):
            try:
                os.kill(int(path.read_text()), signal.SIGTERM)
            except (OSError, ValueError):
                continue
        if self.master is not None and self.master.poll() is None:
            self.master.terminate()
            self.master.wait(40)
        self.notified.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    if sys.platform != "linux":
        pytest.skip("looks into /proc")
    site = Site(tmp_path / "s")
    yield site
    site.stop()


@pytest.mark.slow
def test_reload_loses_no_request_and_a_broken_release_changes_nothing(site: Site) -> None:
    site.release("first")
    site.start()
    first = site.pid()
    seen: list[str] = []
    over = threading.Event()

    def ask(path: str) -> None:
        while not over.is_set():
            try:
                seen.append(site.get(path))
            except OSError as fault:
                seen.append(f"lost: {fault}")

    askers = [threading.Thread(target=ask, args=(path,)) for path in ("/", "/", "/slow")]
    for asker in askers:
        asker.start()
    try:
        site.release("second")
        done = site.reload(first)
        assert done.returncode == 0, done.stdout + done.stderr
        second = site.pid()
        assert second != first
        said = set()
        while f"MAINPID={second}" not in said:
            said.add(site.notified.recv(1000).decode())
        assert site.get("/") == "second"

        site.release("broken", "raise RuntimeError('does not load')\n")
        refused = site.reload(second)
        assert refused.returncode == 1 and "the old one goes on" in refused.stdout
        assert site.get("/") == "second" and site.pid() == second
    finally:
        over.set()
        for asker in askers:
            asker.join()
    assert set(seen) == {"first", "second"}, [one for one in seen if one.startswith("lost")][:5]
