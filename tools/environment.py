"""`make environment`: write docs/environment.md from config.py; a test compares the two.

Names and defaults are read from the code (nothing is run); what each means is said here, and a variable that is
read without a sentence here, or that has one without being read, is a fault.
"""

# ruff: noqa: E501 - a sentence is a line of the table
import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "environment.md"

MEANING = {
    "PLACEWELL_ENV": "`production` for real use: cookies over TLS only; the program refuses to start with the demo on or a weak key.",
    "SECRET_KEY": "Signs sessions; at least 32 random characters in production. Changing it signs everybody out.",
    "DATABASE_URL": "PostgreSQL 15 or newer, as the role `placewell_app`. `?sslmode=verify-full&sslrootcert=...` is understood.",
    "DATABASE_OWNER_URL": "The same database as `placewell_owner`, who owns the tables: for migrations, backup and restore. Not for what serves requests.",
    "REDIS_URL": "The broker (Redis 7 or Valkey): `redis://`, `rediss://` or `redis+socket://`. A database of its own; never evicting (`maxmemory-policy noeviction`).",
    "SMTP_URL": "`smtp://user:password@host:587?starttls=1` or `smtps://...`. Empty: mails become files in PLACEWELL_MAILDIR.",
    "MAIL_FROM": "The sender of every mail.",
    "BASE_URL": "The public address, without a slash at its end; it stands in mails.",
    "STORAGE_URL": "A folder, or `s3://bucket/prefix?endpoint=https://...&region=...&virtual_hosted=1`. Keys for S3: AWS_ACCESS_KEY_ID and so on.",
    "X_ACCEL_PREFIX": "Where nginx hands out local files itself: its internal location (`/_files/` in deploy/nginx). Files are then readable by the group. Empty: the program sends them.",
    "PROXY_HOPS": "How many proxies stand in front; their X-Forwarded-* headers are believed. 1 behind the nginx of deploy/.",
    "STAFF_SECOND_FACTOR": "Staff set up an authenticator app at their first sign-in.",
    "PLACEWELL_DATA": "Folder of what is not stored elsewhere (mail files, local files).",
    "MAIL_CONNECTIONS": "So many connections to the mail server for one sweep of the outbox, where much waits. 1: one mail after the other.",
    "PLACEWELL_MAILDIR": "Folder of mails where SMTP_URL is empty.",
    "PLACEWELL_DEMO": "Invented people and a clock that visitors move. Never in production.",
    "PLACEWELL_CLOCK_SHIFT": "Lets the clock be moved, for tests. Never in production.",
    "PORT": "Where `make run` listens; part of BASE_URL where that is not set.",
    "LOG_FORMAT": "`json`: one object for each line, without personal data; `console`: the same for a person at a terminal.",
    "LOG_LEVEL": "How much the processes say: `INFO`, `WARNING` or `ERROR`. Of gunicorn and Celery themselves, too.",
    "LOG_REQUESTS": "A line for each request: page, status, milliseconds, the person's id. On in production.",
    "METRICS_TOKEN": "Opens `/metrics` to whoever sends `Authorization: Bearer <token>`. Empty: there is no such page.",
    "QUIET_HOURS": "Reminders wait while it is night for whoever gets them; `off` for never. Codes and decisions do not wait.",
    "REMINDERS_A_DAY": "So many reminders a person gets in a day; the rest comes next morning in one mail. 0: no limit.",
}

# Read by what runs the program, or by libraries; not by config.py.
OTHERS = {
    "WEB_BIND": ("deploy/gunicorn.conf.py", "`unix:/run/placewell-web/web.sock`", "Where gunicorn listens."),
    "WEB_WORKERS": ("deploy/gunicorn.conf.py", "`2`", "Web processes; about one for each core."),
    "WEB_THREADS": ("deploy/gunicorn.conf.py", "`4`", "Threads of each; a request needs one, and one database connection at most."),
    "WEB_RUN_DIR": ("deploy/gunicorn.conf.py", "`/run/placewell-web`", "Folder of the socket and the pid file."),
    "RELOAD_SECONDS": ("deploy/reload_web.py", "`60`", "How long a new release may take to come up at a reload."),
    "WORKER_CONCURRENCY": ("deploy/systemd", "`2`", "Processes for reminders, readers, routing."),
    "WORKER_MAIL_CONCURRENCY": ("deploy/systemd", "`2`", "Processes for mail."),
    "WORKER_MEDIA_CONCURRENCY": ("deploy/systemd", "`1`", "Processes that turn recordings into files that play."),
    "HOST": ("tools/run.py", "`127.0.0.1`", "Where `make run` listens."),
    "PLACEWELL_PG_BIN": ("app/adapters/servers", "found by itself", "Folder with `postgres`, `pg_dump`, `pg_restore`."),
    "PLACEWELL_PG_AS_NOBODY": ("app/adapters/servers", "`0`", "`1`: the embedded PostgreSQL runs as the user nobody even where it could have a namespace."),
    "PLACEWELL_VALKEY_BIN": ("app/adapters/servers", "found by itself", "The embedded broker's program."),
    "PROMETHEUS_MULTIPROC_DIR": ("app/adapters/metrics.py", "none", "Folder, empty at the start, in which every process of this machine counts for `/metrics`; without it each web process tells its own numbers."),
    "AWS_ACCESS_KEY_ID": ("obstore", "the machine's role", "Key for S3; with AWS_SECRET_ACCESS_KEY and, if it is temporary, AWS_SESSION_TOKEN."),
    "AWS_SECRET_ACCESS_KEY": ("obstore", "the machine's role", "The key's secret."),
    "AWS_SESSION_TOKEN": ("obstore", "none", "Only for temporary keys."),
}  # fmt: skip

HEAD = """# Settings

Every setting is an environment variable, read once at the start of each process. Made from `config.py` by
`make environment`; do not edit it by hand. An example is in `deploy/environment.example`.

## Read by the program

| variable | default | meaning |
|---|---|---|
"""
TAIL = """
## Read by what runs it

| variable | read in | default | meaning |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Setting:
    """One variable that config.py reads, with its default as the code has it."""

    name: str
    default: str


def main() -> int:
    """Write the page, or say what is missing."""
    if faults := faults_of(read_settings()):
        print("\n".join(faults))
        return 1
    TARGET.write_text(page(), encoding="utf-8")
    return 0


def read_settings() -> list[Setting]:
    """Every variable that config.py reads, in its order."""
    tree = ast.parse((ROOT / "config.py").read_text(encoding="utf-8"))
    found: dict[str, Setting] = {}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        words = ast.unparse(call.func)
        if words in ("env.get", "environ.get") and isinstance(call.args[0], ast.Constant):
            name, default = call.args[0].value, call.args[1] if len(call.args) > 1 else None
        elif words == "_flag" and isinstance(call.args[1], ast.Constant):
            keywords = {word.arg: word.value for word in call.keywords}
            default = keywords.get("default", call.args[2] if len(call.args) > 2 else ast.Constant(False))
            name = call.args[1].value
        else:
            continue
        found.setdefault(str(name), Setting(str(name), _shown(default)))
    return list(found.values())


def faults_of(settings: list[Setting]) -> list[str]:
    """What is read without a sentence, or described without being read."""
    names = {setting.name for setting in settings}
    missing = [
        f"{name}: config.py reads it; say in tools/environment.py what it means" for name in names - set(MEANING)
    ]
    stale = [f"{name}: config.py does not read it any more" for name in set(MEANING) - names]
    return sorted(missing + stale)


def page() -> str:
    """The page as it has to be."""
    lines = [HEAD]
    order = list(MEANING)
    for setting in sorted(read_settings(), key=lambda one: order.index(one.name)):
        lines.append(f"| `{setting.name}` | {setting.default} | {MEANING[setting.name]} |\n")
    lines.append(TAIL)
    for name, (where, default, meaning) in OTHERS.items():
        lines.append(f"| `{name}` | {where} | {default} | {meaning} |\n")
    return "".join(lines)


def _shown(default: ast.expr | None) -> str:
    if default is None or (isinstance(default, ast.Constant) and default.value == ""):
        return "none"
    if isinstance(default, ast.Constant):
        value = {True: "on", False: "off"}.get(default.value, default.value)
        return f"`{value}`"
    words = ast.unparse(default)
    if words == "not demo":
        return "on, in the demo off"
    if choice := re.fullmatch(r"'(.*)' if demo else '(.*)'", words):
        return f"`{choice[2]}`, in the demo `{choice[1]}`"
    words = re.sub(r"str\(data / '(\w+)'\)", r"PLACEWELL_DATA/\1", words)
    words = words.replace("ROOT / '.placewell'", ".placewell/ beside the code")
    words = re.sub(r"f.(http://localhost:).*", r"\1PORT", words)
    return f"`{words}`" if "PLACEWELL_DATA" in words or "localhost" in words else words


if __name__ == "__main__":
    sys.exit(main())
