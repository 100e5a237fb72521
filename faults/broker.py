"""F4 to F7: the broker stops, hangs, forgets everything, restarts; applications are sent meanwhile."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from uuid import UUID

from app.domain.access import Role
from faults.browser import Browser, Sent
from faults.processes import wait_for
from faults.rounds import Pace, Round, fault
from tests.factories import make_draft, make_opening, make_person, make_staff

WEB = ("web", "relay", "worker")
# A person never waits so long for a page, whatever is away; the goal for p99 (1 s) is judged over all rounds.
NEVER_LONGER = 10.0


def drafts(one: Round, count: int) -> list[tuple[Browser, UUID]]:
    """So many people, each with a finished draft, and the browser with its page "Check and send" open."""
    with one.ground.app.app_context():
        opening = make_opening()
        make_staff(opening, Role.READER)
        made = []
        for number in range(count):
            application = make_draft(opening, make_person(f"Applicant {number}"))
            made.append((application.person_id, application.id))
    opened = []
    for person_id, application_id in made:
        browser = one.browser(person_id)
        page = browser.get(f"/applications/{application_id}/review")
        assert page.status == 200, page
        opened.append((browser, application_id))
    return opened


def submit(one: Round, browser: Browser, application: UUID, statements: list[str]) -> Sent:
    """Press "Send my application"; what the person was told goes into the ledger."""
    answer = browser.post(f"/applications/{application}/review", dict.fromkeys(statements, "y"))
    sent = Sent(application, answer)
    one.sent.append(sent)
    return sent


def statements_of(one: Round) -> list[str]:
    """The fields of the statements that everybody confirms."""
    with one.ground.app.app_context():
        return [f"confirm-{item['id']}" for item in make_opening().content.get("attestations", ())]


def submit_all(one: Round, opened: list[tuple[Browser, UUID]], *, at_once: bool = True) -> list[Sent]:
    """Everybody sends, at one moment or one after another."""
    statements = statements_of(one)
    if not at_once:
        return [submit(one, browser, application, statements) for browser, application in opened]
    threads = [
        threading.Thread(target=submit, args=(one, browser, application, statements)) for browser, application in opened
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return one.sent


def _accepted_in_time(one: Round) -> None:
    for sent in one.sent:
        assert sent.accepted, (sent.answer.status, sent.answer.location, sent.answer.text[:300])
        assert sent.answer.seconds < NEVER_LONGER, sent.answer.seconds
        one.note("seconds until an application was accepted", sent.answer.seconds)


def _without_broker(one: Round, harm: Callable[[], object]) -> None:
    opened = drafts(one, 3)
    one.strike()
    harm()
    submit_all(one, opened, at_once=False)
    _accepted_in_time(one)
    one.settle(60)
    one.ground.mend_broker()
    one.owe(3)
    one.settle(60)


@fault("F4", "the broker is stopped while applications are sent", needs=WEB, pace=Pace.SLOW, short=True)
def broker_stopped(one: Round) -> None:
    """No page waits for it; the mails leave all the same, and after its return the workers take them again."""
    _without_broker(one, one.ground.stop_broker)


@fault("F5", "the broker hangs while applications are sent", needs=WEB, short=True)
def broker_hung(one: Round) -> None:
    """It takes connections and never answers: the worst of the ways to be away."""
    _without_broker(one, one.ground.hang_broker)


@fault(
    "F6",
    "the broker forgets everything (emptied, or killed without its file)",
    needs=("relay", "worker"),
    pace=Pace.SLOW,
    short=True,
)
def broker_emptied(one: Round) -> None:
    """What was queued is gone; what is owed is in the database."""
    how = one.rng.choice(("flush", "kill"))
    alone = one.rng.choice(("relay", "command"))
    one.ground.sink.slowness = 0.02
    if alone == "command":
        # Not even the relay is there: only the sweep from the command line, as cron would call it.
        one.ground.forget("relay")
    one.owe(20)
    wait_for(lambda: alone == "command" or one.ground.sink.arrivals, 30, "the first mail")
    one.strike()
    if how == "flush":
        one.ground.prove_broker().flushall()
    else:
        one.ground.stop_broker(signal.SIGKILL)
        (one.ground.folder / "valkey" / "appendonlydir").rename(one.ground.folder / f"gone-{time.monotonic_ns()}")
        one.ground.mend_broker()
    if alone == "command":
        swept = one.ground.flask("outbox", "sweep")
        assert swept.returncode == 0, swept.stderr[-600:]
    one.settle()


@fault("F7", "the broker restarts five times in ten seconds", needs=("relay", "worker"), pace=Pace.SLOW)
def broker_restarts(one: Round) -> None:
    """Mails are owed all the while; afterwards the worker itself takes new work within ten seconds."""
    for _ in range(5):
        one.ground.stop_broker(one.rng.choice((signal.SIGTERM, signal.SIGKILL)))
        one.owe(2)
        time.sleep(one.rng.uniform(0.2, 1.2))
        one.ground.mend_broker()
        one.owe(2)
        time.sleep(one.rng.uniform(0.2, 1.2))
    one.strike()
    worker = one.ground.processes["worker"]
    before = worker.said().count("Task deliver_notice[")
    began = time.monotonic()
    # The relay would deliver what the worker does not take: what the worker received is in its own words.
    while worker.said().count("Task deliver_notice[") <= before:
        one.owe(1)
        time.sleep(0.3)
        assert time.monotonic() - began < 30, "the worker is deaf after the broker's return"
    one.note("seconds until the worker took new work", time.monotonic() - began)
    assert time.monotonic() - began < 10, time.monotonic() - began
    one.settle()
