"""Reminders in the outbox: they wait for the morning, and beyond a few a day for one digest."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.adapters.clock import now
from app.adapters.mail import mailer_for
from app.domain.courtesy import DIGEST, Manners
from app.extensions import db, transaction
from app.models import Application, Notice, Person
from app.services.notices import owe_notice
from app.services.posting import Sender, sweep_outbox
from tests.factories import make_draft, make_opening
from tests.smtp import SmtpServer

CENTRAL = ZoneInfo("America/Chicago")


@pytest.fixture
def polite(make_app: Callable[..., Flask]) -> Flask:
    """The app with the manners of real use."""
    manners = Manners()
    return make_app(QUIET_FROM=manners.quiet_from, QUIET_UNTIL=manners.quiet_until, REMINDERS_A_DAY=manners.a_day)


def at(hour: int, minute: int = 0, days: int = 2) -> datetime:
    """A local moment on a coming day."""
    day = now().astimezone(CENTRAL).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=CENTRAL)


def sweep(app: Flask, moment: datetime) -> None:
    sender = Sender(mailer_for(app.config["SMTP_URL"], ""), transaction, lambda: moment)
    sweep_outbox(sender)
    sender.close()


def remind(draft: Application, occurrence: str, kind: str = "draft_reminder", **more: Any) -> UUID:
    with transaction():
        key = owe_notice(
            kind, subject_id=draft.id, recipient=draft.person, application=draft, now=now(), occurrence=occurrence,
            context={"while_state": draft.state, "step": occurrence, "deadline": at(12, days=6).isoformat()}, **more,
        )  # fmt: skip
    assert key is not None
    return key


def states(keys: list[UUID]) -> list[tuple[str, str | None]]:
    db.session.rollback()
    found = {
        key: (state, held) for key, state, held in db.session.execute(select(Notice.id, Notice.state, Notice.held_for))
    }
    return [found[key] for key in keys]


def test_at_night_only_what_somebody_waits_for_leaves(polite: Flask, smtp_server: SmtpServer) -> None:
    with polite.app_context():
        draft = make_draft(make_opening())
        with transaction():
            db.session.execute(update(Notice).values(state="cancelled"))  # the mail about the saved draft
        night = at(23)
        keys = [
            remind(draft, "2 days"),
            remind(draft, "1 hour before", "interview_reminder", void_after=night + timedelta(hours=1)),
            remind(draft, "asked", "draft_saved"),
        ]
        sweep(polite, night)
        assert states(keys) == [("pending", "quiet"), ("sent", None), ("sent", None)]
        assert db.session.get_one(Notice, keys[0]).due_at == at(8, days=3)
        assert db.session.get_one(Notice, keys[0]).attempts == 0
        sweep(polite, at(7, 59, days=3))
        assert states(keys[:1]) == [("pending", "quiet")]
        sweep(polite, at(8, days=3))
        assert states(keys[:1]) == [("sent", "quiet")]
        # The same moment is day further west.
        with transaction():
            db.session.execute(update(Person).values(time_zone="Pacific/Honolulu"))
        again = remind(draft, "7 days")
        sweep(polite, at(23, days=3))
        assert states([again]) == [("sent", None)]


def test_beyond_three_a_day_reminders_become_one_mail_next_morning(polite: Flask, smtp_server: SmtpServer) -> None:
    with polite.app_context():
        opening = make_opening()
        draft = make_draft(opening)
        with transaction():
            db.session.execute(update(Notice).values(state="cancelled"))
        keys = [remind(draft, f"{number} days") for number in range(6)]
        over = remind(draft, "overdue", "recording_reminder")
        short = remind(draft, "last", void_after=at(8, 30, days=3))
        offer = remind(draft, "2 days before", "offer_reminder")
        sweep(polite, at(12))
        state = states([*keys, over])
        assert sorted(state) == [("pending", "digest")] * 4 + [("sent", None)] * 3
        # What would be too late in the morning, and what is about an offer, does not wait.
        assert states([short, offer]) == [("sent", None)] * 2
        sweep(polite, at(18))
        assert states([*keys, over]) == state
        held = [key for key, (now_, _) in zip([*keys, over], state, strict=True) if now_ == "pending"]
        smtp_server.clear()
        sweep(polite, at(8, 1, days=3))
        assert states(held) == [("cancelled", "digest")] * 4
        digest = db.session.scalars(select(Notice).where(Notice.kind == DIGEST)).one()
        assert (digest.state, {db.session.get_one(Notice, key).digest_id for key in held}) == ("sent", {digest.id})
        assert smtp_server.subjects() == ["4 reminders for you"]
        text = smtp_server.messages[0].get_body(("plain",))
        assert text is not None
        assert text.get_content().count(f"/applications/{draft.id}") == 4
        assert "Your recorded interview is still open" in text.get_content()
        sweep(polite, at(9, days=3))
        assert len(smtp_server.messages) == 1
        # The digest is one mail of this day: two more leave, the third waits again, and goes alone tomorrow.
        more = [remind(draft, f"more {number}") for number in range(3)]
        sweep(polite, at(12, days=3))
        assert sorted(states(more)) == [("pending", "digest"), ("sent", None), ("sent", None)]
        sweep(polite, at(8, days=4))
        assert sorted(states(more), key=str) == [("sent", "digest"), ("sent", None), ("sent", None)]


def test_a_digest_leaves_out_what_is_over(polite: Flask, smtp_server: SmtpServer) -> None:
    with polite.app_context():
        draft = make_draft(make_opening())
        with transaction():
            db.session.execute(update(Notice).values(state="cancelled"))
        keys = [remind(draft, f"{number} days") for number in range(5)]
        sweep(polite, at(12))
        assert sorted(states(keys))[:2] == [("pending", "digest")] * 2
        with transaction():
            db.session.execute(update(Application).values(state="withdrawn"))
        smtp_server.clear()
        sweep(polite, at(9, days=3))
        assert sorted(states(keys))[:2] == [("cancelled", "digest")] * 2
        assert smtp_server.messages == []
