"""What people notice of the broker's absence: it is up, it is stopped, it hangs, it has forgotten everything.

    python -m bench.outage [people]

The product's own processes on servers of their own. In each state of the broker so many people send an application,
two at a time, and so many ask for a sign-in code, four at a time; who asked for a code waits for it. Then the broker
forgets everything while mails are queued. Prints one line of JSON.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from statistics import median
from typing import TypeVar

from app.domain.access import Role
from faults.broker import statements_of
from faults.browser import Browser
from faults.burst import clone_drafts
from faults.ground import Ground
from faults.rounds import FAULTS, Round
from faults.runner import run_fault
from tests.factories import make_draft, make_opening, make_person, make_staff

SENDING, ASKING = 2, 4  # people at a time
EMPTIED_ROUNDS = 3
# A code that has not come after so long counts as this.
GIVEN_UP = 60.0
SIGN_IN = "/account/sign-in"
Thing = TypeVar("Thing")


def some_at_a_time(how_many: int, things: Iterable[Thing], job: Callable[[Thing], float]) -> list[float]:
    """Do the job for each; return the seconds of each. A failure in a thread is raised here."""
    line: SimpleQueue[Thing] = SimpleQueue()
    for thing in things:
        line.put(thing)
    seconds: list[float] = []
    failures: list[Exception] = []

    def work() -> None:
        while not failures:
            try:
                seconds.append(job(line.get_nowait()))
            except Empty:
                return
            except Exception as failure:
                failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(how_many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return seconds


def submits(one: Round, people: int, harm: Callable[[], object]) -> list[float]:
    """So many applications are sent after the harm; return the seconds from the button to the answer."""
    with one.ground.app.app_context():
        opening = make_opening()
        make_staff(opening, Role.READER)
        template = make_draft(opening, make_person("Template")).id
    drafts = clone_drafts(one.ground, template, people)
    statements = dict.fromkeys(statements_of(one), "y")
    opened = []
    for person_id, application in drafts:
        browser, path = one.browser(person_id), f"/applications/{application}/review"
        assert browser.get(path).status == 200
        opened.append((browser, path))

    def send(whose: tuple[Browser, str]) -> float:
        browser, path = whose
        answer = browser.post(path, statements)
        assert answer.status == 302 and answer.location.endswith("/status"), (answer.status, answer.text[:300])
        return answer.seconds

    harm()
    return some_at_a_time(SENDING, opened, send)


def codes(one: Round, people: int) -> list[float]:
    """So many ask for a code; return the seconds from the button to the mail server."""

    def ask(number: int) -> float:
        browser, address = Browser(one.ground.port), f"person{number}@example.org"
        # Everybody comes from somewhere else: one network may ask for forty codes only.
        origin = {"X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"}
        assert browser.get(SIGN_IN).status == 200
        began = time.monotonic()
        answer = browser.post(SIGN_IN, {"email": address}, **origin)
        assert answer.status == 302, (answer.status, answer.text[:300])
        while not one.ground.sink.to(address):
            if time.monotonic() - began > GIVEN_UP:
                return GIVEN_UP
            time.sleep(0.01)
        return time.monotonic() - began

    return some_at_a_time(ASKING, range(people), ask)


def seconds_of(values: list[float]) -> dict[str, float]:
    """The median, the 99th of a hundred, and the most."""
    ordered = sorted(values)
    place = min(len(ordered) - 1, int(len(ordered) * 0.99))
    return {"median": round(median(ordered), 3), "p99": round(ordered[place], 3), "most": round(ordered[-1], 3)}


def measure(ground: Ground, people: int) -> dict[str, object]:
    """Take the states of the broker in turn; then have it forget."""
    found: dict[str, object] = {"people": people}
    harms: dict[str, Callable[[], object]] = {
        "up": lambda: None,
        "down": ground.stop_broker,
        "hung": ground.hang_broker,
    }
    for state, harm in harms.items():
        ground.emptied()
        ground.launch("web", PROXY_HOPS="1")
        ground.need("web", "relay", "worker")
        one = Round(ground, random.Random(1), real=True)
        found[f"submit, broker {state}"] = seconds_of(submits(one, people, harm))
        one.settle(None)
        found[f"sign-in code, broker {state}"] = seconds_of(codes(one, people))
        ground.forget("web")
    row = run_fault(ground, FAULTS["F6"], rounds=EMPTIED_ROUNDS, seed=1, real=True)
    assert not row.failures, row.failures
    found["emptied"] = {
        "rounds": row.rounds,
        "lost": row.lost,
        "doubled": row.doubled,
        "s until all mails had ended, most": round(max(row.recoveries), 1),
    }
    return found


def main() -> None:
    """Measure and print."""
    ground = Ground()
    try:
        print(json.dumps(measure(ground, int(sys.argv[1]) if len(sys.argv) > 1 else 200)))
    finally:
        ground.close()


if __name__ == "__main__":
    main()
