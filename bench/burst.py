"""A deadline: 600 people send their applications within a minute, to the product's own processes.

    python -m bench.burst              each opens "Check and send" and sends
    python -m bench.burst resume       each uploads a résumé of 2 MB first (fault F18)

Everything that was accepted is looked for afterwards: in the database, on the disk, at the mail server. Prints one
line of JSON.
"""

from __future__ import annotations

import json
import random
import sys
from statistics import median

from faults import ledger
from faults.burst import PEOPLE, RECEIPTS_WITHIN, RESUME_BYTES, at_95, rush
from faults.files import resume
from faults.ground import Ground
from faults.rounds import Round


def measure(ground: Ground, *, with_resume: bool) -> dict[str, object]:
    """One minute of it; raises AssertionError where anything accepted is not there."""
    ground.emptied()
    ground.need("web", "relay", "worker")
    one = Round(ground, random.Random(1))
    crowd = rush(one, resume(RESUME_BYTES, 1) if with_resume else None)
    one.sent += crowd.sents
    accepted = sum(sent.accepted for sent in crowd.sents)
    one.strike()
    one.settle(RECEIPTS_WITHIN)
    ledger.check(one)
    return {
        "people": PEOPLE,
        "accepted": accepted,
        "lost": one.lost,
        "doubled": one.doubled,
        "s until the last was sent": round(crowd.last, 1),
        "sending, s, median": round(median(crowd.sends), 2),
        "sending, s, p95": round(at_95(crowd.sends), 2),
        **({"résumé, s, p95": round(at_95(crowd.uploads), 2)} if with_resume else {}),
        "coming to “sent”, s, p95": round(at_95(crowd.late), 2),
        "receipts, s after the last": round(one.recovery or 0.0, 1),
    }


def main() -> None:
    """Measure and print."""
    ground = Ground()
    try:
        print(json.dumps(measure(ground, with_resume=sys.argv[1:] == ["resume"]), ensure_ascii=False))
    finally:
        ground.close()


if __name__ == "__main__":
    main()
