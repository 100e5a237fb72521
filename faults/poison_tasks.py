"""Tasks that harm their worker; `celery worker -I faults.poison_tasks` knows them, the product never does."""

from __future__ import annotations

import os
import signal
import time

from workers.celery_app import celery


@celery.task(name="faults.kills_itself")
def kills_itself() -> None:
    """Ends its process at once; redelivered until it expires."""
    os.kill(os.getpid(), signal.SIGKILL)


@celery.task(name="faults.never_ends")
def never_ends() -> None:
    """Runs into its time limit, whatever it is told before."""
    while True:
        try:
            time.sleep(60)
        except Exception:  # the soft limit
            continue


@celery.task(name="faults.takes_memory")
def takes_memory() -> int:
    """Takes 2 GB for a moment."""
    return len(bytearray(2 << 30))
