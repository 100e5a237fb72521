"""What beat calls leaves a note of how it went, for the operator's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.adapters.clock import now
from app.extensions import transaction
from app.services.audit_check import JOB as VERIFY_AUDIT
from app.services.invariants import JOB as CHECK_INVARIANTS
from app.services.jobs import note_end, note_fault, note_start
from app.services.retention import JOB as RUN_RETENTION

# These write down their findings themselves.
OWN_WORDS = frozenset({VERIFY_AUDIT, CHECK_INVARIANTS, RUN_RETENTION})


def run_noted(name: str, work: Callable[[], Any]) -> Any:
    """Do the work and note its beginning and its end; what goes wrong goes on to the caller."""
    with transaction():
        note_start(name, now=now())
    try:
        result = work()
    except BaseException as fault:
        with transaction():
            note_fault(name, fault, now=now())
        raise
    if name not in OWN_WORDS:
        with transaction():
            note_end(name, ok=True, result={"done": result} if isinstance(result, int) else {}, now=now())
    return result
