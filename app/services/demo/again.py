"""The demo begins again: in one transaction everything goes and the first start is played once more.

Readers go on seeing the old demo until the new one stands. It is refused wherever the database holds anything
that is not the demo's. What happened cannot be deleted by the role that serves pages, so the caller needs a
session of the schema's owner.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, func, select, text

from app.adapters.maildir_reading import forget_mails
from app.domain.program_file import parse_program
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import Base, db
from app.queries.demo import mayas_application
from app.queries.demo_again import every_notice_id, has_real_staff, organizations_besides, take_turn
from app.queries.kept_files import stored_keys
from app.services.audit import record
from app.services.demo import PROGRAMS, prepare_demo
from app.services.demo.mails import deliver_past_mails
from app.services.demo.steps import SAMPLE_KEY
from app.services.notices import CHANNEL, DEMO_AGAIN
from app.services.storage import file_store

NOT_ONLY_DEMO = N_("This database holds an organization that is not the demo’s, so nothing in it is removed.")
ASKED, FAILED = "demo:again", "demo:again_failed"


@dataclass(frozen=True, slots=True)
class Removed:
    """What the rows that went had left elsewhere: files and mails."""

    files: Collection[str]
    mails: Collection[UUID]


def refuse_real() -> None:
    """Raise Refusal where the database holds more than the demo and what its visitors did in it."""
    slugs = {parse_program(path.read_text(encoding="utf-8")).organization.slug for path in PROGRAMS.glob("*.yaml")}
    if organizations_besides(slugs) or has_real_staff():
        raise Refusal(NOT_ONLY_DEMO)


def ask_to_begin_again(was: UUID, *, by: UUID | None, now: datetime) -> None:
    """Have a worker begin the demo again once this commits. `was` is the story's application: done once only."""
    refuse_real()
    record(ASKED, "demo", was, by=by, now=now)
    db.session.execute(select(func.pg_notify(CHANNEL, f"{DEMO_AGAIN}{was}")))


def note_failure(was: UUID, *, now: datetime) -> None:
    """Tell whoever waits that it did not work; the demo stands as before."""
    record(FAILED, "demo", was, by=None, now=now)


def begin_again(was: UUID, *, now: datetime) -> Removed | None:
    """Remove everything and play the demo's past once more; None where somebody else does or has done it.

    `now` is the moment without any shift: the clock's shift goes, too.
    """
    if not take_turn():
        return None
    refuse_real()
    application = mayas_application()
    if application is None or application.id != was:
        return None
    _keep_writers_out()
    removed = Removed(stored_keys() - {SAMPLE_KEY}, every_notice_id())
    db.session.expunge_all()
    for table in reversed(Base.metadata.sorted_tables):
        db.session.execute(delete(table))
    prepare_demo(now=now)
    return removed


def clear_away(removed: Removed, commit: Callable[[], AbstractContextManager[Any]], *, now: datetime) -> int:
    """After the commit: forget the old mails and files, deliver the new past's mails; return how many."""
    forget_mails(Path(current_app.config["MAILDIR"]), removed.mails)
    store = file_store()
    for key in removed.files:
        store.delete(key)
    return deliver_past_mails(commit, now=now)


def _keep_writers_out() -> None:
    """Whoever writes waits or is refused until this transaction ends; whoever reads is not disturbed."""
    db.session.execute(text("SET LOCAL lock_timeout = '20s'"))
    names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    db.session.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
