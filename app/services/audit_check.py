"""Verifying the audit chain: from its first link to its head, and against the head that was noted before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.audit_chain import Fault, faults_in
from app.queries.audit_chain import chain_links, hash_at, last_link, oldest_unsealed
from app.queries.jobs import job_run
from app.services.jobs import note_end

JOB = "verify_audit"
# The sealer comes every minute; so much later an event without a seal is a fault.
SEALED_WITHIN = timedelta(minutes=15)
MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found. `head` is the newest link's hash: whoever notes it down can ask for it later."""

    links: int
    head: str | None
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.faults


def verify_audit(*, now: datetime, expected: tuple[int, str] | None = None) -> Verdict:
    """Check every link; note the verdict and the head for the next time.

    `expected` is (place, hash) of a link that somebody noted before; the last check's own head is asked for anyway.
    """
    head = last_link()
    faults = []
    for fault in faults_in(chain_links()):
        faults.append(fault)
        if len(faults) == MOST_FAULTS:
            break
    for seq, noted in filter(None, (expected, _noted_before())):
        if hash_at(seq) != noted:
            faults.append(Fault("head", seq, 0))
    late = oldest_unsealed(before=now - SEALED_WITHIN)
    if late is not None:
        faults.append(Fault("unsealed", 0, late.id))
    verdict = Verdict(0 if head is None else head.seq, None if head is None else head.hash, tuple(faults))
    note_end(JOB, ok=verdict.ok, result=_as_result(verdict), now=now)
    return verdict


def _noted_before() -> tuple[int, str] | None:
    run = job_run(JOB)
    if run is None or not run.result.get("head"):
        return None
    return run.result["links"], run.result["head"]


def _as_result(verdict: Verdict) -> dict[str, object]:
    # The head of a chain that is broken is not what the next check should ask for.
    kept = (verdict.links, verdict.head) if verdict.ok else (_noted_before() or (verdict.links, None))
    return {
        "links": kept[0],
        "head": kept[1],
        "faults": [[fault.code, fault.seq, fault.event_id] for fault in verdict.faults],
    }
