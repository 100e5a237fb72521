"""F13, F21: deadlines, the hours that come twice or never, a clock that jumps back; two beats, and none."""

from __future__ import annotations

import os
import time
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Application, Notice, Opening
from app.models.system import Heartbeat
from app.services.reminders import send_due_reminders
from faults.broker import drafts, statements_of, submit
from faults.processes import wait_for
from faults.rounds import Pace, Round, fault
from tests.factories import make_draft, make_opening, make_person, make_staff

CENTRAL = ZoneInfo("America/Chicago")
# Nights that surprise programs: the hour that is skipped, the day that is rare, the hour that comes twice.
NIGHTS = (
    datetime(2027, 3, 14, 2, 30, tzinfo=CENTRAL),
    datetime(2027, 11, 7, 1, 30, tzinfo=CENTRAL),
    datetime(2028, 2, 29, 1, 30, tzinfo=CENTRAL),
)
# How long after its start a draft is reminded for the first time (app/domain/reminders.py), and how long we look.
FIRST_REMINDER = timedelta(days=2)
HALF_A_DAY = timedelta(hours=12)
KIND = "draft_reminder"


@fault(
    "F13",
    "the last second, the hour that comes twice, a clock that jumps back",
    needs=("web", "relay"),
    pace=Pace.SLOW,
    short=True,
)
def clocks(one: Round) -> None:
    """The server's time decides; each occasion is one mail, in every zone of the machine and on every night."""
    one.strike()
    _deadline(one)
    zone = os.environ.get("TZ")
    try:
        os.environ["TZ"] = one.rng.choice(("UTC", "Asia/Kolkata", "America/Chicago"))
        time.tzset()
        for night in NIGHTS[:1] if one.short else NIGHTS:
            _one_reminder_around(one, night)
        _jump_back(one)
    finally:
        os.environ.pop("TZ") if zone is None else os.environ.update(TZ=zone)
        time.tzset()
    one.settle(None)
    one.recovery = None


def _deadline(one: Round) -> None:
    opened, statements = drafts(one, 4), statements_of(one)
    closes = one.ground.now() + timedelta(minutes=10)
    with one.ground.app.app_context(), transaction():
        db.session.scalars(select(Opening).where(Opening.kind == "fellowship")).one().closes_at = closes
        latecomer = make_person("Too Late").id
    early = one.browser(latecomer)
    grace = timedelta(hours=1)
    steps = ((-2, True), (1, True), (grace.total_seconds() - 15, True), (grace.total_seconds() + 1, False))
    for (browser, application), (seconds, accepted) in zip(opened, steps, strict=True):
        # The pages were opened before the deadline: who began in time may finish in the hour after it.
        wait = (closes + timedelta(seconds=seconds) - one.ground.now()).total_seconds()
        if wait > 0:
            one.ground.skip(timedelta(seconds=int(wait)), wake=False)
        while seconds in (1, grace.total_seconds() + 1) and one.ground.now() <= closes + timedelta(seconds=seconds):
            time.sleep(0.05)
        sent = submit(one, browser, application, statements)
        assert sent.accepted is accepted, (seconds, sent.answer.status, sent.answer.text[-800:])
        if not accepted:
            assert sent.answer.status == 409 and "no longer takes applications" in sent.answer.text
    with one.ground.app.app_context():
        opening = make_opening()
        assert early.post(f"/applications/start/{opening.id}").status in (302, 400)
        count = select(func.count()).select_from(Application).where(Application.person_id == latecomer)
        assert db.session.scalar(count) == 0, "an application began after the deadline"
        with transaction():
            db.session.get_one(Opening, opening.id).closes_at = None


def _one_reminder_around(one: Round, night: datetime) -> None:
    """A draft whose first reminder falls due that night gets it once, however often and when the round runs."""
    start = night - FIRST_REMINDER
    ahead = start - one.ground.now()
    one.ground.skip(timedelta(seconds=int(ahead.total_seconds())), wake=False)
    with one.ground.app.app_context():
        draft = make_draft(make_opening())
        key = draft.id
    steps = sorted(one.rng.uniform(-30, 90) for _ in range(5))
    for minutes in [*steps, 12 * 60]:
        moment = night + timedelta(minutes=minutes)
        ahead = moment - one.ground.now()
        one.ground.skip(timedelta(seconds=max(0, int(ahead.total_seconds()))), wake=False)
        for _ in range(2):
            with one.ground.app.app_context(), transaction():
                send_due_reminders(now=now())
    with one.ground.app.app_context():
        found = list(db.session.scalars(select(Notice).where(Notice.application_id == key, Notice.kind == KIND)))
        assert len(found) == 1, [(row.occurrence, row.state) for row in found]
        one.owed.update(row.id for row in found)


def _jump_back(one: Round) -> None:
    """An hour earlier all of a sudden, as after a wrong time server: nothing goes out again."""
    one.settle(None)
    before = one.ground.sink.counts()
    with one.ground.database.admin() as admin:
        admin.execute("update clock_shift set seconds = seconds - 3600")
    with one.ground.app.app_context(), transaction():
        send_due_reminders(now=now())
    fresh = one.owe(2)
    wait_for(lambda: set(one.states(fresh).values()) == {"sent"}, 60, "mails after the jump")
    after = one.ground.sink.counts()
    assert {key: after[key] for key in before} == dict(before)


@fault("F21", "two beats at once, then none for two hours", needs=("relay", "worker"), pace=Pace.SLOW)
def beats(one: Round) -> None:
    """Each occasion is one mail; after the silence only what is still due is caught up on, and somebody is told."""
    words = ["celery", "--quiet", "-A", "faults.fast_beat", "beat", "--loglevel", "INFO", "--pidfile="]
    with one.ground.app.app_context():
        opening = make_opening()
        make_staff(opening, Role.ADMIN)
        for _ in range(5):
            make_draft(opening)
    one.settle(None)
    one.skip(FIRST_REMINDER.total_seconds() + 60)
    for name in ("beat-1", "beat-2"):
        one.ground.start_as(name, [*words, "--schedule", str(one.ground.folder / f"{name}-{time.monotonic_ns()}.db")])
    for name in ("beat-1", "beat-2"):
        wait_for(lambda n=name: one.ground.processes[n].said().count("send_reminders") >= 3, 90, "three ticks", 0.2)
    wait_for(lambda: _reminders(one)["2 days"] == 5, 30, "the reminders")
    one.settle(None)
    assert _reminders(one) == {"2 days": 5}, _reminders(one)
    for name in ("beat-1", "beat-2"):
        one.ground.processes[name].kill()
        del one.ground.processes[name]
    # Nobody calls. Meanwhile one draft's first reminder comes due and one mail's moment passes.
    with one.ground.app.app_context():
        late = make_draft(make_opening()).id
    one.settle(None)
    one.skip(FIRST_REMINDER.total_seconds() + 7200, wake=False)
    passed = one.owe(1, void_after=one.ground.now() - timedelta(minutes=1))
    assert _reminders(one)["2 days"] == 5
    assert _silent_for(one) > timedelta(minutes=3)
    # The relay lives and tells the administrator by mail who does not.
    wait_for(lambda: any(name.startswith("worker") for name in _alarms(one)), 60, "the alarm", 0.3)
    one.strike()
    name = "beat-3"
    one.ground.start_as(name, [*words, "--schedule", str(one.ground.folder / f"{name}-{time.monotonic_ns()}.db")])
    wait_for(lambda: _reminders(one)["2 days"] == 6, 60, "what was missed", 0.2)
    one.settle(None)
    with one.ground.app.app_context():
        assert db.session.scalar(select(Notice.state).where(Notice.id == passed[0])) == "cancelled"
        found = db.session.scalars(select(Notice.kind).where(Notice.application_id == late)).all()
    assert Counter(found)[KIND] == 1, found
    # Its heartbeat is a task of its own, which may come after the reminders.
    wait_for(lambda: _silent_for(one) < timedelta(minutes=3), 60, "the heartbeat", 0.2)
    one.ground.forget(name)


def _reminders(one: Round) -> Counter[str]:
    with one.ground.app.app_context():
        names = db.session.scalars(select(Notice.occurrence).where(Notice.kind == KIND))
        return Counter(name.rpartition(" ")[0] for name in names)


def _alarms(one: Round) -> list[str]:
    with one.ground.app.app_context():
        return list(db.session.scalars(select(Notice.occurrence).where(Notice.kind == "process_silent")))


def _silent_for(one: Round) -> timedelta:
    """How long ago beat last reached a worker: what the operator's page and its alarm go by."""
    with one.ground.app.app_context():
        last = db.session.scalar(select(func.max(Heartbeat.beat_at)).where(Heartbeat.name.startswith("worker")))
    assert last is not None
    return one.ground.now() - last
