"""Follows docs/operations.md on a clean tree: its commands in their order, in a folder that stands for the machine.

What is real: the commands, PostgreSQL, the broker and the mail server (over TCP), nginx, gunicorn, the relay, the
workers and beat with the very command lines of the unit files, systemd-analyze. What stands in: /opt, /etc, /var and
/run lie in a folder; ports are free ones; systemctl, git, apt-get, adduser and runuser are small stand-ins (there is
no systemd in a container, and tests add no users).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import requests

from app.adapters.servers import PostgresServer, ValkeyServer, start_postgres, start_valkey
from app.adapters.servers.binaries import postgres_bin
from tests.operations.copy_tree import moved
from tests.operations.stand_ins import commands, nginx_main_file, self_signed
from tests.s3 import free_port
from tests.servers import ROOT
from tests.smtp import SmtpServer

DOCUMENT = ROOT / "docs" / "operations.md"
HOST = "placewell.example"
PLACES = (
    "/opt/placewell",
    "/etc/placewell",
    "/etc/nginx",
    "/etc/systemd/system",
    "/var/lib/placewell",
    "/var/backups/placewell",
    "/run/placewell-web",
    "/run/placewell/metrics",
    "/var/log/nginx",
    "/var/www/html",
)
SMALL = {f"{name}=2": f"{name}=1" for name in ("WEB_WORKERS", "WORKER_CONCURRENCY", "WORKER_MAIL_CONCURRENCY")}


class Machine:
    """The folder that stands for a machine, and the servers beside it."""

    def __init__(self, smtp: SmtpServer, *, clean: bool = False, small: bool = True) -> None:
        """`clean`: an environment of its own, installed anew; `small`: one process where the example has two."""
        self.clean, self.small = clean, small
        self.smtp = smtp
        # Short: the path of a socket ends at about 100 bytes.
        self.root = Path(tempfile.mkdtemp(prefix="plw-", dir="/tmp"))
        self.http, self.https, self.local = free_port(), free_port(), free_port()
        self.database_port, self.broker_port = free_port(), free_port()
        self.postgres: PostgresServer | None = None
        self.valkey: ValkeyServer | None = None
        self.lost: list[str] = []
        self.asked = 0
        self._over = threading.Event()
        self._asker: threading.Thread | None = None
        self.handlers = {
            "fill in the settings": self._fill_in,
            "certificate": lambda: self_signed(self.root / "etc/placewell/tls", HOST),
            "visit": self._visit,
            "visit all the time": self._visit_all_the_time,
            "nobody was turned away": self._nobody_was_turned_away,
        }

    # ---- the document ----------------------------------------------------------------------------

    def follow(self) -> list[str]:
        """Do all that the document says; return the commands."""
        self.set_up()
        done = []
        left_out = False
        for kind, words in steps(DOCUMENT.read_text(encoding="utf-8")):
            if kind == "mark" and words == "only in full":
                left_out = not self.clean
            elif kind == "mark":
                self.handlers[words]()
            elif left_out:
                left_out = False  # the same commands with another folder
            else:
                self.run(words)
                done.append(words)
        return done

    def run(self, commands: str) -> str:
        """Run a block in one shell, moved into the folder; each block begins where the last one ended."""
        script = f"cd {self._place}\n{self.moved(commands)}\npwd > {self.root}/place\n"
        answer = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert answer.returncode == 0, f"{commands}\n{answer.stdout[-3000:]}{answer.stderr[-3000:]}\n{self.logs()}"
        return answer.stdout

    def moved(self, text: str) -> str:
        """The same words for this folder."""
        return moved(text, str(self.root), PLACES, self._texts())

    def _texts(self) -> dict[str, str]:
        return {
            "127.0.0.1:5432": f"127.0.0.1:{self.database_port}",
            ":broker-password@127.0.0.1:6379": f"127.0.0.1:{self.broker_port}",
            "127.0.0.1:8081": f"127.0.0.1:{self.local}",
            "listen 80;": f"listen 127.0.0.1:{self.http};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.https} ssl",
            # Containers often have no IPv6.
            "listen [::]:80;": "",
            "listen [::]:443 ssl http2;": "",
            'USER = "placewell"': 'USER = ""',
        }

    @property
    def _place(self) -> str:
        path = self.root / "place"
        return path.read_text().strip() if path.exists() else str(self.root)

    @property
    def environment(self) -> dict[str, str]:
        """A plain shell of this machine: no setting of ours, the stand-ins first."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR", "UV_CACHE_DIR") if name in os.environ}
        path = f"{self.root}/bin:{postgres_bin()}:{os.environ['PATH']}:/usr/sbin:/sbin"
        return {**kept, "PATH": path, "PGHOST": "127.0.0.1", "PGPORT": str(self.database_port), "PGUSER": "postgres"}

    @property
    def url(self) -> str:
        """The public address, of this machine."""
        return f"https://127.0.0.1:{self.https}"

    @property
    def authority(self) -> str:
        return str(self.root / "etc/placewell/tls/fullchain.pem")

    def logs(self) -> str:
        """The end of what every unit said."""
        found = sorted((self.root / "run/units").glob("*.log"))
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-1500:]}" for path in found)

    # ---- the machine -----------------------------------------------------------------------------

    def set_up(self) -> None:
        """Make the empty machine: folders, stand-ins, PostgreSQL and broker."""
        for place in PLACES:
            (self.root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
        for place in ("/opt/placewell", "/etc/placewell", "/var/lib/placewell", "/var/backups/placewell"):
            (self.root / place.lstrip("/")).rmdir()  # the document makes them
        self.root.chmod(0o755)
        (self.root / "bin").mkdir()
        (self.root / "run").mkdir(exist_ok=True)
        for name, words in commands(self.root).items():
            path = self.root / "bin" / name
            path.write_text(f"#!/bin/bash\nset -euo pipefail\n{words}\n")
            path.chmod(0o755)
        nginx_main_file(self.root)
        (self.root / "moves.json").write_text(
            json.dumps({"root": str(self.root), "places": PLACES, "clean": self.clean, "texts": self._texts()})
        )
        self.postgres = _on_tcp(self.root / "pg", self.database_port)
        self.valkey = start_valkey(
            self.root / "valkey", settings=("--port", str(self.broker_port), "--bind", "127.0.0.1")
        )

    # ---- what a person does by hand ------------------------------------------------------------------

    def _fill_in(self) -> None:
        settings = self.root / "etc/placewell/environment"
        text = settings.read_text()
        for old, new in {
            "put-at-least-32-random-characters-here": "k" * 48,
            "app-password": "APP-PASSWORD",
            "smtp://placewell:mail-password@smtp.example.net:587?starttls=1": self.smtp.url,
            **(SMALL if self.small else {}),
        }.items():
            assert old in text, old
            text = text.replace(old, new)
        settings.write_text(text + "STAFF_SECOND_FACTOR=0\n")
        owner = self.root / "etc/placewell/owner.environment"
        owner.write_text(owner.read_text().replace("owner-password", "OWNER-PASSWORD"))

    # ---- visits ---------------------------------------------------------------------------------

    def get(self, path: str, **more: object) -> requests.Response:
        """GET through nginx."""
        session = requests.Session()
        session.trust_env = False
        headers = {"Host": HOST}
        return session.get(
            self.url + path,
            headers=headers,
            verify=self.authority,
            timeout=30,
            allow_redirects=False,
            **more,  # type: ignore[arg-type]
        )

    def _visit(self) -> None:
        answer = self.get("/openings")
        assert answer.status_code == 200 and "Public Defender Client Advocate" in answer.text, answer.text[:500]

    def _visit_all_the_time(self) -> None:
        def ask() -> None:
            while not self._over.is_set():
                self.asked += 1
                try:
                    answer = self.get("/openings")
                    if answer.status_code != 200:
                        self.lost.append(str(answer.status_code))
                except requests.RequestException as fault:
                    self.lost.append(type(fault).__name__)
                time.sleep(0.05)

        self._over.clear()
        self._asker = threading.Thread(target=ask)
        self._asker.start()

    def _nobody_was_turned_away(self) -> None:
        self._over.set()
        assert self._asker is not None
        self._asker.join()
        assert self.asked > 5 and self.lost == [], (self.asked, self.lost[:5], self.logs())

    # ---- the end --------------------------------------------------------------------------------

    def stop(self) -> None:
        """End all that was started; the folder goes with it."""
        self._over.set()
        if self._asker is not None:
            self._asker.join()
        for pid in self.processes():
            _send(pid, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        for pid in self.processes():
            _send(pid, signal.SIGKILL)
        for server in (self.valkey, self.postgres):
            if server is not None:
                server.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def units(self) -> list[Path]:
        """The pid file of each unit that was started."""
        return sorted((self.root / "run/units").glob("*.service.pid"))

    def processes(self) -> list[int]:
        """What runs from this folder, the two servers apart."""
        found = []
        servers = {one.process.pid for one in (self.postgres, self.valkey) if one is not None}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) in servers:
                continue
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace")
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            program = words.split("\0")[0]
            if state != "Z" and (program.startswith(f"{self.root}/opt/") or f"{self.root}/etc/nginx" in words):
                found.append(int(entry.name))
        return found


def steps(text: str) -> list[tuple[str, str]]:
    """("run", commands) and ("mark", name) in the document's order."""
    pattern = re.compile(r"^```sh\n(.*?)^```$|^<!-- follow: (.*?) -->$", re.MULTILINE | re.DOTALL)
    return [("mark", found[2]) if found[2] else ("run", found[1].strip()) for found in pattern.finditer(text)]


def _on_tcp(folder: Path, port: int) -> PostgresServer:
    """A PostgreSQL as Debian's: on TCP, with nothing in it."""
    server = start_postgres(folder, durable=False, tcp_port=port)
    with server.connect() as admin:
        admin.execute("drop database placewell")
        admin.execute("drop role placewell_owner")
        admin.execute("drop role placewell_app")
    return server


def _send(pid: int, sig: signal.Signals) -> None:
    try:
        os.kill(pid, sig)
    except OSError:
        return
