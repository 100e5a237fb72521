"""The demo begins again, when a visitor asked for it."""

from __future__ import annotations

from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy.exc import OperationalError

from app import create_app
from app.adapters.clock import now, real_now
from app.domain.refusals import Refusal
from app.extensions import db, transaction
from app.services.demo.again import Removed, begin_again, clear_away, note_failure
from workers.celery_app import celery

log = structlog.get_logger()
# Somebody's half-done work may stand in the way once; not three times.
TRIES = 3


@celery.task(name="begin_demo_again")
def begin(was: str) -> bool:
    """Play the demo's past anew, as the schema's owner: only the owner may remove what happened."""
    if not current_app.config["DEMO"]:
        return False
    owner = create_app({**current_app.config, "DATABASE_URL": current_app.config["DATABASE_OWNER_URL"]})
    try:
        with owner.app_context():
            return _begun(UUID(was))
    except Exception as fault:
        log.error("demo: it could not begin again", fault=type(fault).__name__)
        with transaction():
            note_failure(UUID(was), now=now())
        if not isinstance(fault, Refusal):
            raise
        return False
    finally:
        with owner.app_context():
            db.engine.dispose()


def _begun(was: UUID) -> bool:
    removed = _removed(was)
    if removed is None:
        return False
    clear_away(removed, transaction, now=real_now())
    log.info("demo: begun again")
    return True


def _removed(was: UUID) -> Removed | None:
    for _ in range(TRIES - 1):
        try:
            with transaction():
                return begin_again(was, now=real_now())
        except OperationalError:  # a deadlock, or a writer that does not end
            log.warning("demo: somebody else is writing, once more")
    with transaction():
        return begin_again(was, now=real_now())
