"""For machines that watch: does the process live, may it get requests, and its numbers."""

from __future__ import annotations

import hmac
import time

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.adapters.clock import now
from app.adapters.metrics import CONTENT_TYPE, Gauges, exposition
from app.queries.operations import (
    applications_by_state,
    audit_faults,
    broken_rules,
    jobs_since_ok,
    oldest_owed,
    oldest_recording,
    owed_by_kind_and_age,
    silences,
    troubled_mails,
)
from app.services.health import checks, free_bytes, may_serve
from app.web.guard import allow

bp = Blueprint("probes", __name__)

# A check writes a file and asks four servers: whoever asks more often gets the last answer.
FRESH_FOR = 1.0


@bp.get("/healthz")
@allow("page:read")
def health() -> ResponseReturnValue:
    """The process answers; it asks nobody else."""
    return jsonify(alive=True)


@bp.get("/readyz")
@allow("page:read")
def ready() -> ResponseReturnValue:
    """200 where pages can be served; 503 names what is missing. Without the broker pages are served on."""
    store = current_app.extensions.setdefault("placewell_ready", {"at": float("-inf"), "found": {}})
    if time.monotonic() - store["at"] > FRESH_FOR:
        found = checks()
        store.update(at=time.monotonic(), found=found)
    serves = may_serve(store["found"])
    return jsonify(ready=serves, checks=store["found"]), 200 if serves else 503


@bp.get("/metrics")
@allow("page:read")
def metrics() -> ResponseReturnValue:
    """Prometheus's text form, for whoever knows METRICS_TOKEN; without that setting there is no such page."""
    token: str = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        abort(404)
    return Response(exposition(_gauges()), content_type=CONTENT_TYPE)


def _gauges() -> Gauges:
    moment = now()
    free = free_bytes()
    return {
        "placewell_owed_notices": (
            "Mails that are due and have not left, by kind and age",
            ("kind", "age"),
            {(kind, age): count for (kind, age), count in owed_by_kind_and_age(now=moment).items()},
        ),
        "placewell_queue_age_seconds": (
            "How long the oldest piece of work waits, by queue",
            ("queue",),
            {("mail",): oldest_owed(now=moment), ("media",): oldest_recording(now=moment)},
        ),
        "placewell_troubled_notices": ("Mails that need a person", ("state",), _labeled(troubled_mails())),
        "placewell_silence_seconds": ("Since a process last showed life", ("process",), _labeled(silences(now=moment))),
        "placewell_job_age_seconds": ("Since a job last ended well", ("job",), _labeled(jobs_since_ok(now=moment))),
        "placewell_applications": ("Applications by state", ("state",), _labeled(applications_by_state())),
        "placewell_broken_rules": ("Invariants that the last check found broken", (), {(): broken_rules()}),
        "placewell_audit_faults": ("Faults that the last check of the audit log found", (), {(): audit_faults()}),
        "placewell_storage_free_bytes": ("Room for files", (), {} if free is None else {(): free}),
    }  # fmt: skip


def _labeled(counts: dict[str, float] | dict[str, int]) -> dict[tuple[str, ...], float]:
    return {(name,): number for name, number in counts.items()}
