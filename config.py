"""Every setting, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
NO_DATABASE = "Set DATABASE_URL, or start the product with `make run`."


class SettingsError(Exception):
    """A setting is missing or contradicts another; the message says how to mend it."""


def _flag(environ: Mapping[str, str], name: str, default: bool = False) -> bool:
    value = environ.get(name, "").strip().lower()
    return default if not value else value in {"1", "true", "yes", "on"}


def _database_url(url: str) -> str:
    """Name the driver: hosts hand out postgres:// and postgresql://, SQLAlchemy wants postgresql+psycopg://."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


def _hours(text: str) -> tuple[time, time]:
    """Read "21:00-08:00"; "off" is no time at all."""
    if text.strip().lower() == "off":
        return time(), time()
    try:
        start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise SettingsError("QUIET_HOURS must be like 21:00-08:00, or off.") from None
    return start, end


def _count(text: str, name: str) -> int:
    if not text.strip().isdecimal():
        raise SettingsError(f"{name} must be a whole number, 0 or more.")
    return int(text)


def settings(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the settings as a mapping for Flask; raise SettingsError where they make no sense."""
    env = os.environ if environ is None else environ
    data = Path(env.get("PLACEWELL_DATA", ROOT / ".placewell"))
    production = env.get("PLACEWELL_ENV", "development") == "production"
    demo = _flag(env, "PLACEWELL_DEMO")
    database_url = _database_url(env.get("DATABASE_URL", ""))
    quiet_from, quiet_until = _hours(env.get("QUIET_HOURS", "off" if demo else "21:00-08:00"))
    values: dict[str, Any] = {
        "ENVIRONMENT": "production" if production else "development",
        "DEMO": demo,
        # Time may be shifted only where the demo or a test says so; the offset lives in the database.
        "CLOCK_SHIFT": demo or _flag(env, "PLACEWELL_CLOCK_SHIFT"),
        "SECRET_KEY": env.get("SECRET_KEY", ""),
        "DATABASE_URL": database_url,
        "DATABASE_OWNER_URL": _database_url(env.get("DATABASE_OWNER_URL", "")) or database_url,
        "REDIS_URL": env.get("REDIS_URL", ""),
        "SMTP_URL": env.get("SMTP_URL", ""),
        # One sweep of the outbox sends by so many connections at once where much waits (1: one mail after the other).
        # Each takes a connection to the database, too.
        "MAIL_CONNECTIONS": _count(env.get("MAIL_CONNECTIONS", "4"), "MAIL_CONNECTIONS"),
        "MAILDIR": env.get("PLACEWELL_MAILDIR", str(data / "mail")),
        "MAIL_FROM": env.get("MAIL_FROM", "Partners for Justice <apply@placewell.example>"),
        # Reminders wait for the morning of whoever gets them; beyond so many a day (0: no limit) they become one mail.
        # The demo's clock jumps over nights and days: there, nothing waits.
        "QUIET_FROM": quiet_from,
        "QUIET_UNTIL": quiet_until,
        "REMINDERS_A_DAY": _count(env.get("REMINDERS_A_DAY", "0" if demo else "3"), "REMINDERS_A_DAY"),
        "STORAGE_URL": env.get("STORAGE_URL", str(data / "files")),
        # Where nginx hands out local files by itself, its internal location (deploy/nginx): "/_files/".
        "X_ACCEL_PREFIX": env.get("X_ACCEL_PREFIX", ""),
        "BASE_URL": env.get("BASE_URL", f"http://localhost:{env.get('PORT', '8000')}"),
        # One line for each request and event: JSON for machines, else for a person at a terminal.
        "LOG_FORMAT": env.get("LOG_FORMAT", "json"),
        "LOG_LEVEL": env.get("LOG_LEVEL", "INFO"),
        "LOG_REQUESTS": _flag(env, "LOG_REQUESTS", default=production),
        # Whoever knows it may read /metrics; without it there is no such page.
        "METRICS_TOKEN": env.get("METRICS_TOKEN", ""),
        "PROXY_HOPS": int(env.get("PROXY_HOPS", "0")),
        "STAFF_SECOND_FACTOR": _flag(env, "STAFF_SECOND_FACTOR", default=not demo),
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": production,
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 400,
        "MAX_DOCUMENT_BYTES": MAX_DOCUMENT_BYTES,
        "BABEL_DEFAULT_LOCALE": "en",
        "LANGUAGES": ["en"],
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "app" / "translations"),
    }
    if production and demo:
        raise SettingsError("The demo must not run in production: unset PLACEWELL_DEMO or PLACEWELL_ENV.")
    if production and len(values["SECRET_KEY"]) < 32:
        raise SettingsError("Set SECRET_KEY to at least 32 random characters in production.")
    return values


# Which queue a task waits in; every other task waits in "default". A worker that is told nothing takes all three.
QUEUES = ("default", "mail", "media")
ROUTES = {
    "deliver_notice": {"queue": "mail"},
    "sweep_outbox": {"queue": "mail"},
    "assemble_recordings": {"queue": "media"},
}
# Seconds (soft, hard) for what takes longer than `task_soft_time_limit`; far below the visibility timeout.
# A task that ran longer would be handed out a second time while it runs.
LONG_TASKS = {
    "assemble_recordings": (420, 450),
    "begin_demo_again": (280, 300),
    "check_invariants": (420, 450),
    "run_retention": (420, 450),
    "verify_audit": (420, 450),
}


def celery_settings(redis_url: str) -> dict[str, Any]:
    """Return Celery's settings. The database is the queue of record; the broker only wakes workers."""
    return {
        "broker_url": redis_url,
        "task_default_queue": QUEUES[0],
        "task_queues": {name: {"exchange": name, "routing_key": name} for name in QUEUES},
        "task_routes": ROUTES,
        "task_annotations": {
            name: {"soft_time_limit": soft, "time_limit": hard} for name, (soft, hard) in LONG_TASKS.items()
        },
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure": True,
        "worker_prefetch_multiplier": 1,
        "broker_transport_options": {
            "visibility_timeout": 600,
            "socket_timeout": 2,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 25,
        },
        "visibility_timeout": 600,
        "result_backend": None,
        "task_ignore_result": True,
        "task_time_limit": 120,
        "task_soft_time_limit": 90,
        "task_publish_retry": False,
        "broker_connection_retry_on_startup": True,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "worker_soft_shutdown_timeout": 30,
        "worker_enable_soft_shutdown_on_idle": True,
        "worker_max_tasks_per_child": 1000,
        "timezone": "UTC",
        "enable_utc": True,
        "accept_content": ["json"],
        "task_serializer": "json",
    }
