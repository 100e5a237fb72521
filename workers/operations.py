"""Looking after itself: the audit chain, the invariants, what is kept no longer."""

from __future__ import annotations

from app.adapters.clock import now
from app.extensions import transaction
from app.services.audit_check import verify_audit
from app.services.invariants import check_invariants
from app.services.retention import run_retention
from app.services.sealing import BATCH, seal_events
from app.services.storage import file_store
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
    """Seal what was left out and check the whole chain; return how many faults there are."""
    while True:
        with transaction():
            if not seal_events(now=now(), whole=True):
                break
    with transaction():
        return len(verify_audit(now=now()).faults)


@celery.task(name="check_invariants")
def check(whole: bool = False) -> int:
    """Check every invariant; return how many are broken."""
    with transaction():
        return len(check_invariants(file_store(), now=now(), whole=whole))


@celery.task(name="run_retention")
def erase() -> int:
    """Erase what is kept no longer; return how many applications that were. What is left waits for the next night."""
    return run_retention(transaction, file_store(), clock=now, seconds=300).applications
