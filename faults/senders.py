"""F1, F2, F3, F12 and the two workers: whoever sends a mail dies while sending it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections import Counter
from uuid import UUID

from app.adapters.clock import now
from app.extensions import transaction
from app.services.posting import sender_here, sweep_outbox
from faults.processes import Slow, wait_for
from faults.rounds import Pace, Round, fault
from faults.sink import MOMENTS

# An uncertain mail is on staff's page within five minutes.
SHOWN_WITHIN = 300.0


def _kill_at_random_moments(one: Round, kills: int, names: tuple[str, ...], every: int) -> list[int]:
    """Have the mail server kill whoever talks to it, at a moment of the conversation that the seed chooses."""
    dead: list[int] = []

    def told(pid: int) -> None:
        dead.append(pid)
        one.strike()  # recovery counts from the last death

    for _ in range(kills):
        moment = one.rng.choice(MOMENTS)
        delay = one.rng.choice((0, 0, 0.001, 0.004)) if moment == "after" else 0
        one.ground.sink.on(moment, one.ground.kills_sender(names, told, delay), every=one.rng.randint(1, every))
    return dead


@fault("F1", "kill -9 to a worker's child while it sends", needs=("relay", "worker"), pace=Pace.SLOW, short=True)
def pool_child_killed(one: Round) -> None:
    """The worker starts another child; what the dead one held is found by its lease."""
    mails, kills = (30, 4) if one.short else (60, 6)
    one.ground.sink.slowness = 0.01
    dead = _kill_at_random_moments(one, kills, ("worker",), 4)
    one.strike()
    one.owe(mails)
    one.settle()
    one.note("children killed", len(dead))


@fault("F2", "kill -9 to a whole worker group, started again", needs=("relay", "worker"), pace=Pace.SLOW, short=True)
def worker_group_killed(one: Round) -> None:
    """Everything that the worker held comes back from the database, not from the broker."""
    mails = 30 if one.short else 60
    one.ground.sink.slowness = 0.02
    one.owe(mails)
    wait_for(lambda: len(one.ground.sink.arrivals) >= one.rng.randint(1, 10), 30, "the first mails")
    one.strike()
    one.ground.processes["worker"].kill()
    one.settle()


@fault(
    "F3", "kill -9 between the mail server's 250 and the commit", needs=("relay", "worker"), pace=Pace.SLOW, short=True
)
def killed_after_acceptance(one: Round) -> None:
    """The mail arrived, and nobody can know: it is uncertain, shown, and never sent again."""
    sender = one.rng.choice(("relay", "worker"))
    if sender == "relay":
        # Nobody works: the relay takes the mails itself after two seconds.
        os.killpg(one.ground.processes["worker"].pid, signal.SIGSTOP)
    dead: list[int] = []
    one.ground.sink.on("end", one.ground.kills_sender((sender,), dead.append))
    one.strike()
    (key, *_others) = one.owe(3)
    wait_for(lambda: dead, 40, f"the death of the {sender}")
    if sender == "relay":
        os.killpg(one.ground.processes["worker"].pid, signal.SIGCONT)
    one.settle(SHOWN_WITHIN)
    states = Counter(one.states().values())
    assert states == {"sent": 2, "unconfirmed": 1}, states
    shown = one.recovery
    # A day later it is still nobody's but a person's.
    arrived = one.ground.sink.counts()
    one.skip(86_400)
    one.settle(None)
    one.recovery = shown
    assert one.ground.sink.counts() == arrived and set(arrived.values()) == {1}


@fault("F12", "eight senders on one outbox")
def eight_senders(one: Round) -> None:
    """Each mail is claimed by one of them."""
    mails = 60 if one.short else 200
    one.owe(mails)
    tried: list[int] = []

    def work() -> None:
        with one.ground.app.app_context():
            sender = sender_here(transaction, now)
            tried.append(sweep_outbox(sender))
            sender.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    one.strike()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    one.settle()
    assert sum(tried) == len(one.ground.sink.arrivals) == mails, (tried, len(one.ground.sink.arrivals))


@fault("W20", "two workers, 200 mails, 20 kills", needs=("relay", "worker-1", "worker-2"), pace=Pace.SLOW)
def two_workers_twenty_kills(one: Round) -> None:
    """Sent and uncertain together are all of them."""
    mails, kills, names = 200, 20, ("worker-1", "worker-2")
    one.ground.sink.slowness = 0.02
    dead: list[int] = []

    def told(pid: int) -> None:
        dead.append(pid)
        one.strike()

    while len(one.owed) < mails:
        before = len(dead)
        if before < kills:
            one.ground.sink.on(one.rng.choice(MOMENTS), one.ground.kills_sender(names, told))
        batch = one.owe(5)
        with contextlib.suppress(Slow):
            wait_for(lambda b=before, m=batch: len(dead) > b or _ended(one, m), 10, "a kill, or five mails")
        one.ground.sink.scripts.clear()
    one.settle(SHOWN_WITHIN)
    states = Counter(one.states().values())
    assert states["sent"] + states["unconfirmed"] == mails, states
    assert len(dead) == kills, f"only {len(dead)} of {kills} were killed"


def _ended(one: Round, mails: list[UUID]) -> bool:
    return not {"pending", "sending"} & set(one.states(mails).values())
