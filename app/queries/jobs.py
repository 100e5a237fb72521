"""How the background work goes: heartbeats and the last run of each job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.extensions import db
from app.models.system import Heartbeat, JobRun


def heartbeats() -> dict[str, datetime]:
    """Return when each background process last showed that it lives."""
    return {name: beat_at for name, beat_at in db.session.execute(select(Heartbeat.name, Heartbeat.beat_at))}


def job_runs() -> list[JobRun]:
    """Return the last run of each job, by name."""
    return list(db.session.scalars(select(JobRun).order_by(JobRun.name)))


def job_run(name: str) -> JobRun | None:
    """Return the last run of one job."""
    return db.session.get(JobRun, name, populate_existing=True)
