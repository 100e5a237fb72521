"""A stand-in for systemctl where no systemd runs: it starts what the unit files say, and nothing that they do not.

`systemctl.py PREFIX verb units...`, PREFIX being the folder in whose etc/systemd/system the units are. Read from
the units: Environment, EnvironmentFile, WorkingDirectory, RuntimeDirectory, StateDirectory, Type, ExecStart,
ExecReload, TimeoutStopSec, Wants of a target; drop-ins like systemd's. Users and hardening are not acted on
(systemd-analyze verify reads them).
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

READY_SECONDS = 90


class Units:
    """The units of one folder, and which of them run."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.folder = prefix / "etc/systemd/system"
        self.state = prefix / "run/units"
        self.state.mkdir(parents=True, exist_ok=True)

    def read(self, name: str) -> dict[str, list[str]]:
        """Every value of every key, the unit's own first, then its drop-ins'."""
        values: dict[str, list[str]] = defaultdict(list)
        dash = name.partition("-")[0] + "-" + name.rpartition(".")[2].join([".", ".d"])
        files = [self.folder / name, *sorted((self.folder / dash).glob("*.conf"))]
        for path in files:
            for line in path.read_text().splitlines():
                key, equals, value = line.strip().partition("=")
                if equals and not key.startswith(("#", ";")):
                    values[key].append(value.strip())
        return values

    def environment(self, unit: dict[str, list[str]]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        for words in unit["Environment"]:
            kept |= dict(word.split("=", 1) for word in shlex.split(words))
        for path in unit["EnvironmentFile"]:
            for line in Path(path.removeprefix("-")).read_text().splitlines():
                name, equals, value = line.partition("=")
                if equals and not name.startswith("#"):
                    kept[name.strip()] = value.strip().strip('"')
        return kept

    def words(self, line: str, environment: dict[str, str]) -> list[str]:
        """The command as systemd would read it: ${NAME}, $NAME, %% and $$."""

        def one(word: str) -> str:
            word = word.replace("%%", "%").replace("$$", "\0")
            word = re.sub(r"\$\{?([A-Z_]+)\}?", lambda found: environment.get(found[1], ""), word)
            return word.replace("\0", "$")

        return [one(word) for word in shlex.split(line.lstrip("-+!:@"))]

    def start(self, name: str) -> None:
        if name.endswith(".target"):
            for each in " ".join(self.read(name)["Wants"]).split():
                self.start(each)
            return
        if name.endswith(".timer") or self.running(name):
            return
        unit = self.read(name)
        environment = self.environment(unit)
        for key, base in (("RuntimeDirectory", "run"), ("StateDirectory", "var/lib")):
            for folder in " ".join(unit[key]).split():
                (self.prefix / base / folder).mkdir(parents=True, exist_ok=True)
        kind = (unit["Type"] or ["simple"])[-1]
        command = self.words(unit["ExecStart"][-1], environment)
        place = unit["WorkingDirectory"][-1]
        with (self.state / f"{name}.log").open("ab") as log:
            if kind == "oneshot":
                subprocess.run(command, cwd=place, env=environment, stdout=log, stderr=log, check=True)
                return
            listener = self._listener(name) if kind == "notify" else None
            if listener is not None:
                environment["NOTIFY_SOCKET"] = str(self.state / f"{name}.notify")
            process = subprocess.Popen(
                command, cwd=place, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.pidfile(name).write_text(str(process.pid))
        if listener is not None:
            self._wait_for(listener, "READY=1", process)

    def reload(self, name: str) -> None:
        unit = self.read(name)
        pid = self.pid(name)
        environment = {**self.environment(unit), "MAINPID": str(pid)}
        listener = self._listener(name)
        environment["NOTIFY_SOCKET"] = str(self.state / f"{name}.notify")
        command = self.words(unit["ExecReload"][-1], environment)
        subprocess.run(command, cwd=unit["WorkingDirectory"][-1], env=environment, check=True)
        said = self._wait_for(listener, "MAINPID=", None)
        self.pidfile(name).write_text(re.findall(r"MAINPID=(\d+)", said)[-1])

    def stop(self, name: str) -> None:
        if name.endswith(".target"):
            for each in " ".join(self.read(name)["Wants"]).split():
                self.stop(each)
            return
        if not self.running(name):
            return
        pid = self.pid(name)
        patience = float((self.read(name)["TimeoutStopSec"] or ["90"])[-1].removesuffix("s"))
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + patience
        while self.running(name):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def running(self, name: str) -> bool:
        """Whether its main process lives."""
        try:
            words = Path(f"/proc/{self.pid(name)}/stat").read_text()
        except (OSError, ValueError):
            return False
        return words.rpartition(")")[2].split()[0] != "Z"

    def pidfile(self, name: str) -> Path:
        return self.state / f"{name}.pid"

    def pid(self, name: str) -> int:
        return int(self.pidfile(name).read_text())

    def _listener(self, name: str) -> socket.socket:
        path = self.state / f"{name}.notify"
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(path))
        listener.settimeout(1)
        return listener

    def _wait_for(self, listener: socket.socket, words: str, process: subprocess.Popen[bytes] | None) -> str:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                said = listener.recv(4096).decode()
            except TimeoutError:
                if process is not None and process.poll() is not None:
                    raise SystemExit(f"it ended with code {process.returncode}") from None
                continue
            if words in said:
                return said
        raise SystemExit(f"{words} was not heard")


def main() -> int:
    """Do what the verb asks, for each unit."""
    units, verb = Units(Path(sys.argv[1])), sys.argv[2]
    names = [word for word in sys.argv[3:] if not word.startswith("-")]
    names = [name if "." in name else f"{name}.service" for name in names]
    if verb == "daemon-reload":
        return 0
    if verb == "enable":
        missing = [name for name in names if not (units.folder / name).is_file()]
        if missing:
            raise SystemExit(f"no such unit: {missing}")
        verb = "start" if "--now" in sys.argv else "enabled"
    for name in names:
        if verb == "restart":
            units.stop(name)
            units.start(name)
        elif verb == "is-active":
            print("active" if units.running(name) else "inactive")
        elif verb in ("start", "stop", "reload"):
            getattr(units, verb)(name)
        elif verb != "enabled":
            raise SystemExit(f"systemctl {verb} is not known here")
    return 0


if __name__ == "__main__":
    sys.exit(main())
