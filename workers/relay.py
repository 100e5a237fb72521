"""Wakes a worker the moment a mail is owed, and delivers it itself where the broker or the worker does not.

`python -m workers.relay`. PostgreSQL tells (NOTIFY, sent by the writing transaction itself) that a notice is
owed. A thread of its own publishes it to Celery, so that a hung broker hangs nothing else; whatever is still
waiting two seconds later leaves from here. A sweep at the start and every 20 s finds what was missed.
"""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType
from uuid import UUID

import psycopg
import structlog

from app.adapters.clock import now
from app.extensions import db, transaction
from app.queries.demo_again import is_under_way
from app.queries.notices import waiting_among
from app.services.alarms import alarm_if_silent
from app.services.heartbeats import beat_heart
from app.services.notices import ALL_ROUNDS, CHANNEL, DEMO_AGAIN, ROUTING
from app.services.posting import Sender, post_notice, sender_here, sweep_outbox
from workers.celery_app import BEAT, celery
from workers.context import flask_app

log = structlog.get_logger()

# Seconds. Two for the broker and the worker together: a sign-in code leaves within five.
PATIENCE = 2.0
SWEEP_EVERY = 20.0
LOOK_EVERY = 0.25
# Several events of one moment make one run.
ROUTE_AFTER = 2.0


class Worker(threading.Thread):
    """A thread with a queue of notice ids; one that fails does not stop the next."""

    def __init__(self, name: str, work: Callable[[UUID], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._ids: queue.Queue[UUID] = queue.Queue(maxsize=1000)

    def put(self, notice_id: UUID) -> None:
        """Hand over; what does not fit is found by the sweep."""
        try:
            self._ids.put_nowait(notice_id)
        except queue.Full:
            log.warning("relay: too much at once, left to the sweep", thread=self.name)

    def run(self) -> None:
        while True:
            notice_id = self._ids.get()
            try:
                self._work(notice_id)
            except Exception as fault:
                log.warning("relay: failed", thread=self.name, notice=str(notice_id), fault=type(fault).__name__)


class Relay:
    """Listens in the main thread; publishes, delivers and sweeps in one thread each."""

    def __init__(self) -> None:
        self.app = flask_app()
        self.stopping = threading.Event()
        self._sending = threading.Lock()
        self._watched: dict[UUID, float] = {}
        self._route_at: float | None = None
        self._publisher = Worker("publisher", self._publish)
        self._deliverer = Worker("deliverer", self._deliver)
        self._sweeper = threading.Thread(name="sweeper", target=self._sweep_for_ever)
        self._sweep_now = threading.Event()
        self._hand: Sender | None = None

    def run(self) -> None:
        """Work until told to stop."""
        for thread in (self._publisher, self._deliverer, self._sweeper):
            thread.start()
        while not self.stopping.is_set():
            try:
                self._listen()
            except psycopg.Error as fault:
                log.warning("relay: the database is away", fault=type(fault).__name__)
                self.stopping.wait(1)
            except Exception as fault:
                log.error("relay: listening failed", fault=type(fault).__name__)
                self.stopping.wait(1)
        self._sweep_now.set()
        self._sweeper.join(25)
        if self._sending.acquire(timeout=25):  # let a mail that is just leaving arrive
            self._sending.release()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """What SIGTERM and SIGINT call."""
        self.stopping.set()
        self._sweep_now.set()

    def _listen(self) -> None:
        with psycopg.connect(self._address(), autocommit=True, connect_timeout=5) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            # What was owed while nobody listened.
            self._sweep_now.set()
            log.info("relay: listening")
            while not self.stopping.is_set():
                for notification in connection.notifies(timeout=LOOK_EVERY, stop_after=1):
                    self._noticed(notification.payload)
                self._look_after_waiting()
                if self._route_at is not None and self._route_at <= time.monotonic():
                    self._route_at = None
                    threading.Thread(name="routing", target=self._ask, args=("route_candidates",), daemon=True).start()

    def _address(self) -> str:
        with self.app.app_context():
            return db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def _noticed(self, payload: str) -> None:
        if payload == ALL_ROUNDS:
            threading.Thread(name="rounds", target=self._call_rounds, daemon=True).start()
            return
        if payload == ROUTING:
            self._route_at = self._route_at or time.monotonic() + ROUTE_AFTER
            return
        if payload.startswith(DEMO_AGAIN):
            was = payload.removeprefix(DEMO_AGAIN)
            threading.Thread(name="demo", target=self._ask, args=("begin_demo_again", was), daemon=True).start()
            return
        try:
            notice_id = UUID(payload)
        except ValueError:
            return
        self._watched[notice_id] = time.monotonic() + PATIENCE
        self._publisher.put(notice_id)

    def _call_rounds(self) -> None:
        """Ask the workers for everything that beat would ask for within the next hours."""
        self._sweep_now.set()
        for task in {str(entry["task"]) for entry in BEAT.values()}:
            if not self._ask(task):
                return

    def _ask(self, task: str, *arguments: str) -> bool:
        """Ask the workers for one round; what the broker does not take, beat asks for later."""
        try:
            celery.send_task(task, args=arguments, expires=55, retry=False)
        except Exception as fault:
            log.warning("relay: the broker does not answer", fault=type(fault).__name__)
            return False
        return True

    def _look_after_waiting(self) -> None:
        """Deliver from here what no worker took in time."""
        late = [notice_id for notice_id, at in self._watched.items() if at <= time.monotonic()]
        for notice_id in late:
            del self._watched[notice_id]
        for notice_id in self._still_waiting(late):
            self._deliverer.put(notice_id)

    def _still_waiting(self, notice_ids: Iterable[UUID]) -> list[UUID]:
        ids = list(notice_ids)
        if not ids:
            return []
        with self.app.app_context():
            return waiting_among(ids, now=now())

    def _publish(self, notice_id: UUID) -> None:
        try:
            celery.send_task("deliver_notice", args=[str(notice_id)], expires=300, retry=False)
        except Exception as fault:
            log.warning("relay: the broker does not answer", fault=type(fault).__name__)
            self._deliverer.put(notice_id)

    def _deliver(self, notice_id: UUID) -> None:
        with self._sending, self.app.app_context():
            if self._hand is None:
                self._hand = sender_here(transaction, now)
            post_notice(notice_id, self._hand)

    def _sweep_for_ever(self) -> None:
        while not self.stopping.is_set():
            self._sweep_now.clear()
            try:
                self._sweep()
            except Exception as fault:
                log.warning("relay: the sweep failed", fault=type(fault).__name__)
            self._sweep_now.wait(SWEEP_EVERY)

    def _sweep(self) -> None:
        with self.app.app_context():
            if self.app.config["DEMO"] and is_under_way():
                return
            with transaction():
                beat_heart("relay", now=now())
                alarm_if_silent(now=now())
            sender = sender_here(transaction, now)
            try:
                sweep_outbox(sender, stop=self.stopping.is_set)
            finally:
                sender.close()


def main() -> None:
    """Run as a process of its own."""
    relay = Relay()
    signal.signal(signal.SIGTERM, relay.stop)
    signal.signal(signal.SIGINT, relay.stop)
    relay.run()


if __name__ == "__main__":
    main()
