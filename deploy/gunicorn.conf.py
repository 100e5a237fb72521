"""The web process. WEB_BIND, WEB_WORKERS, WEB_THREADS and WEB_RUN_DIR in the environment change it."""

import os
from pathlib import Path

# Not resolved: /opt/placewell/current is a link, and a new master is to find the new release behind it.
chdir = str(Path(__file__).absolute().parents[1])

_run = Path(os.environ.get("WEB_RUN_DIR", "/run/placewell-web"))
bind = os.environ.get("WEB_BIND", f"unix:{_run}/web.sock")
pidfile = str(_run / "web.pid")
# The web server in front is of the same group: it may use the socket, others may not.
umask = 0o007
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# The web server in front takes slow uploads; what is still here after so long has gone wrong.
timeout = 60
graceful_timeout = 30
keepalive = 5
backlog = 512
# A leak, wherever it may be, ends with the worker; the jitter keeps two from ending at once.
max_requests = 5000
max_requests_jitter = 500
# A heartbeat on a busy disk would look like a hung worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
# The web server in front writes the log of requests; its lines hold no query and no person (deploy/nginx).
accesslog = None
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "warning").lower()
# Who stands in front is known by PROXY_HOPS; gunicorn itself believes nobody but the socket.
forwarded_allow_ips = "127.0.0.1"


def on_starting(server):
    """Forget which workers earlier masters had."""
    for path in _run.glob("ready-*"):
        path.unlink(missing_ok=True)


def post_worker_init(worker):
    """Say that this worker has loaded the program and takes requests: reload_web.py waits for it."""
    with (_run / f"ready-{worker.ppid}").open("a", encoding="ascii") as file:
        file.write(f"{worker.pid}\n")
