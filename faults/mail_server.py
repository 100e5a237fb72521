"""F14, F15, F16: the mail server is away, refuses, stalls or breaks off; a mail that harms whoever sends it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from celery import Celery
from sqlalchemy import func, select

from app.adapters.clock import now
from app.adapters.mail import SmtpMailer
from app.domain.delivery import POISON_AFTER
from app.extensions import db, transaction
from app.models import Notice
from app.services.posting import Sender, post_notice
from config import celery_settings
from faults.processes import wait_for
from faults.rounds import ENDED_WITHIN, Pace, Round, fault
from faults.sink import Action, answers, half_an_answer, hangs_up, waits

AN_HOUR = 3600.0
# trust.md: all is sent ten minutes after the mail server's return.
AFTER_RETURN = 600.0
# A sender waits so long for one answer (app/adapters/mail.py), so this is too long.
TOO_LONG = 22.0
_A_MINUTE = timedelta(minutes=1)


def _address(name: str) -> str:
    return f"{name}.{uuid4().hex[:10]}@example.org"


def _tries(one: Round) -> int:
    with one.ground.app.app_context():
        return db.session.scalar(select(func.sum(Notice.attempts))) or 0


def _next_try(one: Round) -> datetime:
    with one.ground.app.app_context():
        due = db.session.scalar(select(func.min(Notice.due_at)).where(Notice.state == "pending"))
    assert due is not None
    return due


@fault("F14", "the mail server is away for an hour", needs=("relay",), pace=Pace.SLOW)
def mail_server_away(one: Round) -> None:
    """Tried again at growing intervals; a reminder whose moment passes meanwhile is dropped, not sent late."""
    away = AN_HOUR
    one.ground.sink.stop()
    mails = one.owe(4)
    passed = one.owe(1, void_after=one.ground.now() + timedelta(seconds=away / 2))
    one.strike()
    # The mail server comes back when every mail has just been tried in vain: the worst moment.
    while one.elapsed < away or _next_try(one) <= one.ground.now() + _A_MINUTE:
        tries = _tries(one)
        one.skip(max(1.0, (_next_try(one) - one.ground.now()).total_seconds() + 0.5), late=0)
        wait_for(lambda before=tries: _tries(one) > before, 30, "the next try")
    one.ground.sink.start()
    one.strike()
    one.settle(AFTER_RETURN)
    states = one.states()
    assert {states[key] for key in mails} == {"sent"}, states
    assert {states[key] for key in passed} == {"cancelled"}, states


@fault(
    "F15",
    "the mail server refuses, stalls, hangs up, answers by halves",
    needs=("relay", "worker"),
    pace=Pace.SLOW,
    short=True,
)
def mail_server_refuses(one: Round) -> None:
    """4xx is tried again; 5xx ends, is shown and not tried again; what broke off in the text is uncertain."""
    cases: dict[str, tuple[str, Action, int, set[str]]] = {
        # name -> moment, what it does, how often, how it may end
        "greylisted": ("rcpt", answers("450 4.2.0 greylisted, come back"), 2, {"sent"}),
        "full": ("end", answers("452 4.3.1 no room"), 1, {"sent"}),
        "busy": ("rcpt", answers("421 4.3.2 closing down"), 1, {"sent"}),
        "later": ("end", answers("451 4.7.1 later"), 1, {"sent"}),
        "unknown": ("rcpt", answers("550 5.1.1 no such person"), 9, {"bounced"}),
        "moved": ("rcpt", answers("551 5.7.1 not here"), 9, {"bounced"}),
        "spam": ("end", answers("554 5.7.1 we think it is spam"), 9, {"bounced"}),
        "gone-at-rcpt": ("rcpt", hangs_up, 1, {"sent"}),
        "gone-in-the-text": ("end", hangs_up, 1, {"unconfirmed"}),
        "half": ("end", half_an_answer, 1, {"unconfirmed"}),
        "slow": ("end", waits(2.0), 1, {"sent"}),
    }
    if not one.short and one.rng.random() < 0.1:
        cases["too-slow"] = ("end", waits(TOO_LONG), 1, {"unconfirmed"})
    names = list(cases)
    one.rng.shuffle(names)
    addresses = {name: _address(name) for name in names}
    for name in names:
        moment, act, times, _ends = cases[name]
        one.ground.sink.on(moment, act, times=times, to=addresses[name])
    one.strike()
    good = one.owe(5)
    ids = dict(zip(names, one.owe(0, to=[addresses[name] for name in names]), strict=True))
    one.settle(AFTER_RETURN, stuck_after=TOO_LONG + 5 if "too-slow" in cases else 2.5)
    states = one.states()
    wrong = {name: states[key] for name, key in ids.items() if states[key] not in cases[name][3]}
    assert not wrong and {states[key] for key in good} == {"sent"}, (wrong, states)
    _tls_fails(one)
    tries, recovery = _tries(one), one.recovery
    one.skip(86_400)
    one.settle(None)
    one.recovery = recovery
    assert _tries(one) == tries, "what was refused for good was tried again"


def _tls_fails(one: Round) -> None:
    """Where TLS is asked for and cannot be had, nothing leaves in the clear; it leaves when it can."""
    for offers in (False, True):
        one.ground.sink.offers_tls = offers
        with one.ground.app.app_context():
            # Nobody else may take it while we look: it is due in a minute, for us at once.
            sender = Sender(SmtpMailer(f"{one.ground.sink.url}?starttls=1"), transaction, lambda: now() + _A_MINUTE)
            (key,) = _owed_in_a_minute(one)
            assert post_notice(key, sender) == "pending"
            sender.close()
        assert one.ground.sink.counts()[key] == 0
    one.ground.sink.offers_tls = False
    one.settle(None)


def _owed_in_a_minute(one: Round) -> list[UUID]:
    return one.owe(1, due_at=one.ground.now() + _A_MINUTE)


@fault("F16", "a mail that cannot be made, a mail that kills its sender", needs=("relay", "worker"), pace=Pace.SLOW)
def poison(one: Round) -> None:
    """Set aside after five tries that PostgreSQL counts; everybody else's mail leaves as if nothing were."""
    killer = _address("killer")
    dead: list[int] = []
    one.ground.sink.on("rcpt", one.ground.kills_sender(("worker", "relay"), dead.append), times=99, to=killer)
    one.strike()
    bad = [*one.owe(1, kind="no_such_kind"), *one.owe(1, kind="reading_overdue", context={}), *one.owe(0, to=[killer])]
    good = one.owe(10)
    wait_for(lambda: set(one.states(good).values()) == {"sent"}, ENDED_WITHIN, "the good mails", 0.3)
    one.recovery = one.elapsed
    recovery = one.recovery
    one.settle(None, stuck_after=2.5)
    one.recovery = recovery
    assert set(one.states(bad).values()) == {"failed"}, one.states(bad)
    with one.ground.app.app_context():
        tries = set(db.session.scalars(select(Notice.attempts).where(Notice.id.in_(bad))))
    assert tries == {POISON_AFTER}, tries
    assert len(dead) == POISON_AFTER, f"{len(dead)} senders died of it"


@fault("F16B", "tasks that kill their worker, never end, take 2 GB", pace=Pace.SLOW)
def poison_tasks(one: Round) -> None:
    """The tasks are the suite's own; the product's mails leave beside them, and no process is lost for good."""
    one.ground.need("relay")
    one.ground.launch("worker", "-I", "faults.poison_tasks")
    one.ground.ready("worker")
    broker = Celery("faults")
    broker.conf.update(celery_settings(one.ground.broker.url))
    one.strike()
    broker.send_task("faults.takes_memory")
    broker.send_task("faults.never_ends", soft_time_limit=2, time_limit=4)
    broker.send_task("faults.kills_itself", expires=8)
    for _ in range(5):
        one.owe(2)
        time.sleep(0.5)
    one.settle()
    said = one.ground.processes["worker"].said()
    wait_for(lambda: "Task faults.takes_memory" in one.ground.processes["worker"].said(), 30, "the large task")
    assert Counter(one.states().values()) == {"sent": 10}, said[-800:]
    worker = one.ground.processes["worker"]
    wait_for(lambda: one.ground.prove_broker().hlen("unacked") == 0, 60, "the end of what was poisonous", 0.3)
    before = worker.said().count("Task deliver_notice[")
    one.owe(1)
    wait_for(lambda: worker.said().count("Task deliver_notice[") > before, 30, "new work of the worker", 0.3)
    one.settle(None)
    one.ground.forget("worker")
