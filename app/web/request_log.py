"""One line and one measurement for each request: which page, how it ended, how long it took. Never what was in it."""

from __future__ import annotations

import secrets
import time

import structlog
from flask import Flask, Response, g, request

from app.adapters.metrics import REQUESTS

log = structlog.get_logger()
# Asked every few seconds by machines.
_SILENT = frozenset({"static", "public.probes.health", "public.probes.ready", "public.probes.metrics"})


def install(app: Flask) -> None:
    """Measure every request; write its line where LOG_REQUESTS says so. Call it before the guard."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()
        g.request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("begun", time.perf_counter())
        endpoint = request.endpoint or "none"
        if endpoint != "static":
            REQUESTS.labels(endpoint, request.method, str(response.status_code)).observe(seconds)
            response.headers.setdefault("X-Request-ID", g.get("request_id", "-"))
        if app.config["LOG_REQUESTS"] and endpoint not in _SILENT:
            log.info(
                "request",
                method=request.method,
                endpoint=endpoint,
                status=response.status_code,
                ms=round(seconds * 1000, 1),
                person=_person_id(),
            )
        return response


def _person_id() -> str | None:
    """The id of whoever is signed in, if this request has looked already: a log line asks no database."""
    person = g.get("_login_user")
    if person is None or not getattr(person, "is_authenticated", False):
        return None
    return str(person.get_id()).partition(":")[0]
