"""Looking after itself: the audit chain, what must always be true, what is kept no longer.

Beat asks for each at its hour. Where no one has for too long, because beat, broker or workers are away, a sweep does
one of them: the note of its last run says how long ago that was.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from app.queries.jobs import job_run
from app.services.audit_check import JOB as VERIFY_AUDIT
from app.services.audit_check import verify_audit
from app.services.invariants import JOB as CHECK_INVARIANTS
from app.services.invariants import check_invariants
from app.services.jobs import note_fault, note_start
from app.services.retention import JOB as RUN_RETENTION
from app.services.retention import run_retention
from app.services.sealing import seal_events
from app.services.storage import file_store

Commit = Callable[[], AbstractContextManager[Any]]
Clock = Callable[[], datetime]
# Within this many seconds no further application is begun; the rest is due the next time.
ERASES_FOR = 300.0


class Work(Protocol):
    """One job in transactions of its own; returns how much there was to do or to complain about."""

    def __call__(self, commit: Commit, clock: Clock) -> int: ...


def seal_everything(commit: Commit, clock: Clock) -> int:
    """Put every committed event into the chain; return how many that were."""
    sealed = 0
    while True:
        with commit():
            more = seal_events(now=clock(), whole=True)
        sealed += more
        if not more:
            return sealed


def verify_whole_log(commit: Commit, clock: Clock) -> int:
    """Seal what was left out and check the whole chain; return how many faults there are."""
    seal_everything(commit, clock)
    with commit():
        return len(verify_audit(now=clock()).faults)


def check_rules(commit: Commit, clock: Clock, *, whole: bool = False) -> int:
    """Check every invariant; return how many are broken."""
    with commit():
        return len(check_invariants(file_store(), now=clock(), whole=whole))


def erase_what_is_due(commit: Commit, clock: Clock) -> int:
    """Erase what is kept no longer; return how many applications that were."""
    return run_retention(commit, file_store(), clock=clock, seconds=ERASES_FOR).applications


@dataclass(frozen=True, slots=True)
class Job:
    """`neglected_after`: well beyond the time in which beat asks for it again."""

    name: str
    work: Work
    neglected_after: timedelta


JOBS: tuple[Job, ...] = (
    Job(VERIFY_AUDIT, verify_whole_log, timedelta(hours=26)),
    Job(CHECK_INVARIANTS, check_rules, timedelta(hours=3)),
    Job(RUN_RETENTION, erase_what_is_due, timedelta(hours=26)),
)


def take_neglected(take_turn: Callable[[str], bool], *, now: datetime) -> Job | None:
    """Return the first job that nobody has begun for too long, noted as begun; None where all are looked after.

    `take_turn` keeps others from the same one until the caller's transaction ends.
    """
    for job in JOBS:
        last = job_run(job.name)
        if last is not None and last.started_at > now - job.neglected_after:
            continue
        if take_turn(job.name):
            note_start(job.name, now=now)
            return job
    return None


def do_job(job: Job, commit: Commit, clock: Clock) -> int:
    """Do it; return as its work does. Notes how it failed, and raises that."""
    try:
        # How it went is noted by the job itself.
        return job.work(commit, clock)
    except Exception as fault:
        with commit():
            note_fault(job.name, fault, now=clock())
        raise
