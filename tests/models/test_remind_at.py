"""Whatever changes what somebody waits for has the application looked at: the database sees to it."""

from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import create_engine, text

from app.extensions import db
from tests.architecture.world import build_world
from tests.servers import Database

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
QUIET = ["update application set lived_experience = 'more'", "update proposal set due_at = due_at"]
CHANGES = [
    "update recorded_interview set due_at = due_at + interval '1 day'",
    "update booking set cancelled_at = booked_at, cancelled_by_id = booked_by_id",
    "update offer set answer_by = answer_by + interval '7 days', more_time_given = 1",
    "update proposal set released_at = released_at + interval '1 hour'",
    "insert into meeting_invitation"
    " (id, proposal_id, offered_by_side, offered_by_id, offered_at, format, place, message, minutes, state,"
    " row_version)"
    " select gen_random_uuid(), p.id, 'office', p.released_by_id, p.released_at, 'video', '', '', 30, 'open', 1"
    " from proposal p where p.released_at is not null",
    "update application set state_since = state_since + interval '1 hour'",
    "update application set state = 'withdrawn'",
]


def test_a_changed_anchor_is_looked_at_at_once(app: Flask, database: Database) -> None:
    with app.app_context():
        key = {"key": build_world().ids["own"]["application"]}
        db.session.remove()
    engine = create_engine(database.owner_url)
    found = {}
    with engine.connect() as connection:
        for change in (*QUIET, *CHANGES):
            with connection.begin() as attempt:
                connection.execute(text("update application set remind_at = '2999-01-01'"))
                connection.execute(text(change))
                at = connection.execute(text("select remind_at from application where id = :key"), key).scalar_one()
                found[change] = at == AT_ONCE
                attempt.rollback()
    engine.dispose()
    assert found == {**dict.fromkeys(QUIET, False), **dict.fromkeys(CHANGES, True)}
