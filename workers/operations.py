"""Looking after itself: the audit chain, the invariants, what is kept no longer."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.sealing import BATCH, seal_events
from app.services.upkeep import check_rules, erase_what_is_due, verify_whole_log
from workers.celery_app import celery

# Within a minute's round.
STEPS = 20


@celery.task(name="seal_audit")
def seal() -> int:
    """Put the newest audit events into the chain; after a rush, several times as many as one step takes."""
    sealed = 0
    for _ in range(STEPS):
        with transaction():
            step = seal_events(now=now())
        sealed += step
        if step < BATCH:
            break
    return sealed


@celery.task(name="verify_audit")
def verify() -> int:
    """Check the whole chain; return how many faults there are."""
    return verify_whole_log(transaction, now)


@celery.task(name="check_invariants")
def check(whole: bool = False) -> int:
    """Check every invariant; return how many are broken."""
    return check_rules(transaction, now, whole=whole)


@celery.task(name="run_retention")
def erase() -> int:
    """Erase what is kept no longer; return how many applications that were. What is left waits for the next night."""
    return erase_what_is_due(transaction, now)
