"""Figures for the operator: what is owed and for how long, what waits, who lives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select, true

from app.extensions import db
from app.models.application import Application, Document
from app.models.notice import Notice
from app.models.recording import RecordedSlice, RecordedTake
from app.models.system import Heartbeat, JobRun

# Seconds, with the words of the label.
AGES = ((60, "under 1m"), (300, "under 5m"), (1800, "under 30m"), (float("inf"), "over 30m"))
# The processes whose silence is an alarm; one that never came is one, too.
PROCESSES = ("relay", "worker")
SILENT_AFTER = timedelta(minutes=3)
# One long recording may keep its only worker busy for so long.
SILENT_AFTER_OF = {"worker-media": timedelta(minutes=10)}
TROUBLE = ("unconfirmed", "bounced", "failed")


def owed_by_kind_and_age(*, now: datetime) -> dict[tuple[str, str], int]:
    """Count the mails that are due and have not left, by kind and by how long they are due."""
    counts: dict[tuple[str, str], int] = {}
    rows = db.session.execute(
        select(Notice.kind, Notice.due_at).where(Notice.state.in_(("pending", "sending")), Notice.due_at <= now)
    )
    for kind, due_at in rows:
        age = (now - due_at).total_seconds()
        word = next(word for limit, word in AGES if age < limit)
        counts[kind, word] = counts.get((kind, word), 0) + 1
    return counts


def oldest_owed(*, now: datetime) -> float:
    """Return for how many seconds the oldest due mail waits."""
    oldest = db.session.scalar(
        select(func.min(Notice.due_at)).where(Notice.state.in_(("pending", "sending")), Notice.due_at <= now)
    )
    return 0.0 if oldest is None else (now - oldest).total_seconds()


def oldest_recording(*, now: datetime) -> float:
    """Return for how many seconds the oldest recording waits to be made into a file."""
    oldest = db.session.scalar(select(func.min(RecordedTake.finished_at)).where(RecordedTake.media_state == "pending"))
    return 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


def troubled_mails() -> dict[str, int]:
    """Count the mails that need a person, by state."""
    rows = db.session.execute(
        select(Notice.state, func.count()).where(Notice.state.in_(TROUBLE)).group_by(Notice.state)
    )
    return {state: count for state, count in rows}


def applications_by_state() -> dict[str, int]:
    """Count the applications by state."""
    rows = db.session.execute(select(Application.state, func.count()).where(true()).group_by(Application.state))
    return {state: count for state, count in rows}


def silences(*, now: datetime) -> dict[str, float]:
    """Return for how many seconds each process has been silent."""
    return {
        name: max(0.0, (now - beat_at).total_seconds())
        for name, beat_at in db.session.execute(select(Heartbeat.name, Heartbeat.beat_at))
        # A cron's own rounds are no process that lives.
        if not name.startswith("sweep ")
    }


def silent_processes(*, now: datetime) -> dict[str, float | None]:
    """Return the processes that have been silent too long; None for one that never said anything."""
    heard: Mapping[str, float] = silences(now=now)
    wanted = {*PROCESSES, *(name for name in heard if name != "sweep")}
    return {
        name: heard.get(name)
        for name in sorted(wanted)
        if name not in heard or heard[name] > SILENT_AFTER_OF.get(name, SILENT_AFTER).total_seconds()
    }


def jobs_since_ok(*, now: datetime) -> dict[str, float]:
    """Return for how many seconds each job has not ended well."""
    rows = db.session.execute(select(JobRun.name, JobRun.last_ok_at).where(JobRun.last_ok_at.is_not(None)))
    return {name: max(0.0, (now - ok_at).total_seconds()) for name, ok_at in rows if ok_at is not None}


def broken_rules() -> int:
    """Return how many invariants the last check found broken."""
    result = db.session.scalar(select(JobRun.result).where(JobRun.name == "check_invariants")) or {}
    return len(result.get("findings", ()))


def audit_faults() -> int:
    """Return how many faults the last check of the audit chain found."""
    result = db.session.scalar(select(JobRun.result).where(JobRun.name == "verify_audit")) or {}
    return len(result.get("faults", ()))


def stored_bytes() -> dict[str, int]:
    """Return how many bytes the tables say that documents, recordings and their slices take."""
    return {
        "documents": db.session.scalar(select(func.sum(Document.size)).where(Document.storage_key.is_not(None))) or 0,
        "recordings": db.session.scalar(
            select(func.sum(RecordedTake.size)).where(RecordedTake.storage_key.is_not(None))
        )
        or 0,
        "slices": db.session.scalar(select(func.sum(RecordedSlice.size))) or 0,
    }
