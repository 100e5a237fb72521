"""Is the broker there? Asked with a short time limit, by pages that must not hang with it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import redis

SECONDS = 1.0


def broker_answers(url: str, seconds: float = SECONDS) -> bool:
    """Tell whether the broker at this address answers in time. Addresses are Celery's: redis+socket:// among them."""
    if not url:
        return False
    parts = urlsplit(url)
    limits: dict[str, Any] = {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    try:
        if parts.scheme == "redis+socket":
            number = int(parse_qs(parts.query).get("virtual_host", ["0"])[0])
            client = redis.Redis(unix_socket_path=parts.path, db=number, **limits)
        else:
            client = redis.Redis.from_url(url, **limits)
        with client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False
