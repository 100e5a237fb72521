"""Everything that has to be done again and again, in one list: beat calls it by name, `flask sweep` all at once.

Each round asks the database what is due and not yet done, so that one that is left out or runs late does no harm;
where two callers come at once, the second leaves it to the first. The nightly jobs are in `app.services.upkeep`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy import func, select

from app.extensions import db
from app.models.system import Heartbeat
from app.services.heartbeats import beat_heart
from app.services.offers import send_due_offers
from app.services.posting import sender_here, sweep_outbox
from app.services.reading import assign_missing_readers
from app.services.recordings import assemble_due_takes, assign_missing_reviewers
from app.services.reminders import send_due_reminders
from app.services.routing import run_due_routing
from app.services.sealing import seal_events
from app.services.upkeep import Clock, Commit, do_job, take_neglected

log = structlog.get_logger()

# Beat's task for the outbox: the only round with transactions of its own, one for each step of a mail.
OUTBOX = "sweep_outbox"
_LOCK_SPACE = 20_464
MINUTE = timedelta(minutes=1)


class Work(Protocol):
    """One round: does what is due, and returns how much that was."""

    def __call__(self, *, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class Round:
    """`task` is beat's name for it; what need not be done each minute says how often.

    `alone`: a second caller leaves it to the first. What shares its work by itself (a lock for each piece) need not be.
    """

    task: str
    work: Work
    every: timedelta = MINUTE
    alone: bool = True


ROUNDS: tuple[Round, ...] = (
    Round("send_due_offers", send_due_offers),
    Round("assemble_recordings", assemble_due_takes, alone=False),
    Round("assign_readers", assign_missing_readers),
    Round("assign_reviewers", assign_missing_reviewers),
    Round("route_candidates", run_due_routing),
    Round("send_reminders", send_due_reminders),
    Round("seal_audit", seal_events),
)


@dataclass(frozen=True, slots=True)
class Done:
    """How one round of a sweep ended: how much it did, or the name of what went wrong."""

    task: str
    count: int = 0
    fault: str | None = None


def sweep_all(commit: Commit, clock: Clock, *, seconds: float = 60) -> Iterator[Done]:
    """Do every round that is due, each in a unit of work of its own; one that fails does not stop the next.

    Mails leave first (somebody may wait for a code), and again at the end, for what the rounds have owed. One of the
    jobs that look after the data is done where nobody else has for too long.
    """
    yield _mails(commit, clock, seconds)
    for one in ROUNDS:
        done = _round(one, commit, clock)
        if done is not None:
            yield done
    yield _mails(commit, clock, seconds)
    with commit():
        beat_heart("sweep", now=clock())
    neglected = _neglected(commit, clock)
    if neglected is not None:
        yield neglected


def do_round(task: str, *, now: datetime) -> int:
    """Do the round that beat calls so; return how much was due, 0 where somebody else is at it. May raise."""
    one = next(one for one in ROUNDS if one.task == task)
    return one.work(now=now) if not one.alone or _take_turn(task) else 0


def _take_turn(task: str) -> bool:
    """Take the round's lock for the rest of the transaction."""
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK_SPACE, func.hashtext(task)))))


def _round(one: Round, commit: Commit, clock: Clock) -> Done | None:
    try:
        with commit():
            if one.every > MINUTE and not _is_time(one, clock()):
                return None
            return Done(one.task, do_round(one.task, now=clock()))
    except Exception as fault:
        return _failed(one.task, fault)


def _is_time(one: Round, now: datetime) -> bool:
    """Tell whether the last sweep that did this round is long enough ago; note that this one does."""
    name = f"sweep {one.task}"
    last = db.session.scalar(select(Heartbeat.beat_at).where(Heartbeat.name == name))
    if last is not None and last > now - one.every:
        return False
    beat_heart(name, now=now)
    return True


def _neglected(commit: Commit, clock: Clock) -> Done | None:
    with commit():
        job = take_neglected(_take_turn, now=clock())
    if job is None:
        return None
    try:
        return Done(job.name, do_job(job, commit, clock))
    except Exception as fault:
        return _failed(job.name, fault)


def _mails(commit: Commit, clock: Clock, seconds: float) -> Done:
    sender = sender_here(commit, clock)
    try:
        return Done(OUTBOX, sweep_outbox(sender, seconds=seconds))
    except Exception as fault:
        return _failed(OUTBOX, fault)
    finally:
        sender.close()


def _failed(task: str, fault: Exception) -> Done:
    # The fault's text may hold what people wrote.
    log.error("sweep: a round failed", task=task, fault=type(fault).__name__)
    return Done(task, fault=type(fault).__name__)
