"""`make run`: database, broker, web, relay, worker and beat on this machine, started and stopped together.

One process watches the others. It owns one folder (.placewell/, or PLACEWELL_DATA), holds a lock in it,
restarts what dies, and stops everything in order on Ctrl-C or SIGTERM. Killed with -9 it leaves nothing
that harms the next start: Linux ends its children, and the next start ends whatever is left.
"""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Loaded from their own folders: importing `app` would cost this small process the whole product.
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "app" / "adapters")]

from servers import ServerFailed, ServerMissing, start_postgres, start_valkey  # noqa: E402
from supervisor import AlreadyRunning, Claim, GaveUp, Service, Supervisor, piped, say  # noqa: E402

PYTHON = sys.executable
CELERY = [PYTHON, "-m", "celery", "--quiet", "-A", "workers.celery_app"]


class StepFailed(Exception):
    """One step of the start failed; the message holds what it printed."""


def main() -> int:
    """Run until told to stop; return the exit code for the shell."""
    data = Path(os.environ.get("PLACEWELL_DATA") or ROOT / ".placewell").resolve()
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000)
    url = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        claim = Claim(data, url, ROOT)
    except AlreadyRunning as running:
        say(str(running))
        return 1
    supervisor = Supervisor(claim)
    try:
        if not _is_free(host, port):
            say(f"Port {port} is in use by another program. Choose another: PORT={port + 1} make run")
            return 1
        _run(Machine(supervisor, claim, data, host, port, url))
        return 0
    except (ServerFailed, ServerMissing, StepFailed, GaveUp) as failure:
        say(str(failure))
        return 1
    finally:
        supervisor.stop()
        claim.release()


@dataclass
class Machine:
    """Everything that the steps below share."""

    supervisor: Supervisor
    claim: Claim
    data: Path
    host: str
    port: int
    url: str
    environment: dict[str, str] = field(default_factory=dict)

    def python(self, command: list[str], env: dict[str, str]) -> Callable[[], subprocess.Popen[bytes]]:
        """A way to start a child of this machine."""
        return piped(command, env, ROOT, self.claim.pass_fds)


def _run(machine: Machine) -> None:
    machine.environment = _environment(machine.data, machine.port)
    for step in (_start_database, _start_broker, _prepare, _start_program):
        if not machine.supervisor.stopping:
            step(machine)
    demo = machine.environment["PLACEWELL_DEMO"] == "1"
    machine.supervisor.run(
        ready=lambda: _answers(machine.host, machine.port),
        when_ready=lambda: _banner(machine.url, machine.data, demo),
    )


def _environment(data: Path, port: int) -> dict[str, str]:
    """The settings for every child: ours, and what we choose where nothing is set."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PORT": str(port), "PLACEWELL_DATA": str(data)}
    # Celery warns of root because of pickled messages; ours are JSON only.
    environment.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser privileges")
    demo = environment.get("PLACEWELL_DEMO", "1").strip().lower() in ("1", "true", "yes", "on")
    environment["PLACEWELL_DEMO"] = "1" if demo else "0"
    if not environment.get("SECRET_KEY"):
        environment["SECRET_KEY"] = _secret(data / "secret_key")
    return environment


def _secret(path: Path) -> str:
    """A key made once, readable by its owner only; sessions survive a restart."""
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        unfinished.rename(path)
    return path.read_text().strip()


def _start_database(machine: Machine) -> None:
    if machine.environment.get("DATABASE_URL"):
        say("database   as DATABASE_URL says")
        return

    def launch() -> subprocess.Popen[bytes]:
        log = _logs(machine.data) / "postgres.log"
        server = start_postgres(machine.data / "postgres", log=log, pass_fds=machine.claim.pass_fds)
        machine.environment["DATABASE_URL"] = server.app_url
        machine.environment["DATABASE_OWNER_URL"] = server.owner_url
        service.stop = server.stop
        return server.process

    service = Service("database", launch, stop_rank=3)
    _start_and_tell(machine, service)


def _start_broker(machine: Machine) -> None:
    if machine.environment.get("REDIS_URL"):
        say("broker     as REDIS_URL says")
        return

    def launch() -> subprocess.Popen[bytes]:
        log = _logs(machine.data) / "valkey.log"
        server = start_valkey(machine.data / "valkey", log=log, pass_fds=machine.claim.pass_fds)
        machine.environment["REDIS_URL"] = server.url
        service.stop = server.stop
        return server.process

    service = Service("broker", launch, stop_rank=2)
    _start_and_tell(machine, service)


def _start_and_tell(machine: Machine, service: Service) -> None:
    started = time.monotonic()
    machine.supervisor.start(service)
    say(f"{service.name:<10} ready ({time.monotonic() - started:.1f} s)")


def _logs(data: Path) -> Path:
    logs = data / "logs"
    logs.mkdir(exist_ok=True)
    return logs


def _prepare(machine: Machine) -> None:
    """Bring the schema up to date as its owner, then the program's facts and the demo as the program."""
    env = machine.environment
    owner = env.get("DATABASE_OWNER_URL") or env["DATABASE_URL"]
    commands = [["db", "upgrade"]]
    if programs := sorted(str(path.relative_to(ROOT)) for path in (ROOT / "app" / "programs").glob("*.yaml")):
        commands.append(["program", "load", *programs])
    if env["PLACEWELL_DEMO"] == "1":
        commands.append(["demo", "prepare"])
    words = [word for command in commands for word in ("--", *command)]
    launch = machine.python([PYTHON, str(ROOT / "tools" / "prepare.py"), *words], {**env, "DATABASE_OWNER_URL": owner})
    started = time.monotonic()
    code, output = machine.supervisor.run_once(Service("contents", launch))
    if machine.supervisor.stopping:
        return
    if code != 0:
        raise StepFailed(f"{output}\nThe database could not be prepared (code {code}).")
    say(f"contents   ready ({time.monotonic() - started:.1f} s)")


def _start_program(machine: Machine) -> None:
    """Web, relay, worker and beat. The worker stops after the others, which give it work."""
    # The owner's address is for migrations only: what serves requests must not change the schema.
    env = {name: value for name, value in machine.environment.items() if name != "DATABASE_OWNER_URL"}
    # In the demo, the worker removes everything when a visitor starts it again; in real use it never may.
    worker_env = machine.environment if env["PLACEWELL_DEMO"] == "1" else env
    beat = machine.data / "beat"
    beat.mkdir(exist_ok=True)
    web = [PYTHON, "-m", "gunicorn", "--bind", f"{machine.host}:{machine.port}", "--graceful-timeout", "15"]
    web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
    level = env.get("LOG_LEVEL") or "WARNING"
    commands = {
        "web": [*web, "--log-level", level, "app:create_app()"],
        "relay": [PYTHON, "-m", "workers.relay"],
        "worker": [*CELERY, "worker", "--concurrency", "2", "--loglevel", level],
        "beat": [*CELERY, "beat", "--loglevel", level, "--pidfile=", "--schedule", str(beat / "schedule")],
    }
    for name, command in commands.items():
        is_worker = name == "worker"
        launch = machine.python(command, worker_env if is_worker else env)
        machine.supervisor.start(Service(name, launch, stop_rank=1 if is_worker else 0))


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _answers(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=2)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _banner(url: str, data: Path, demo: bool) -> None:
    shown = data.relative_to(Path.cwd()) if data.is_relative_to(Path.cwd()) else data
    where = [("Open", f"{url}/"), ("Data", f"{shown}/"), ("Stop", "Ctrl-C")]
    if demo:
        where.insert(1, ("Demo", "invented people; sign in with one click, and read every mail, from that page"))
    lines = "\n".join(f"    {name:<6} {what}" for name, what in where)
    say(f"\n  Placewell is running.\n\n{lines}\n")


if __name__ == "__main__":
    sys.exit(main())
