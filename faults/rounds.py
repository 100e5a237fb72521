"""A fault, and one round of it: what was owed and sent, a stopwatch in the product's time, what came of it."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import select

from app.extensions import db, transaction
from app.models import Notice
from app.services.notices import owe_notice
from faults.browser import Browser, Sent
from faults.ground import Ground
from faults.processes import Slow

# The relay sweeps so often: a moment that we skip to would have been seen so much later at most.
SWEEP_EVERY = 20.0
# trust.md: mails have ended two minutes after a fault, and an uncertain one is shown within five.
ENDED_WITHIN = 120.0
# Nothing has changed for so long: what waits, waits for a moment in the future.
STUCK_AFTER = 1.2


class Pace(StrEnum):
    """How long one round takes on two idle cores, which decides how often it is run."""

    QUICK = "quick"  # under five seconds (measured: 2.6 to 4.5): 100 rounds in a full run
    SLOW = "slow"  # up to a minute: 10
    HEAVY = "heavy"  # F17, F18, F20: 3


Needs = tuple[str, ...]


@dataclass(frozen=True)
class Fault:
    """One row of the table."""

    key: str
    title: str
    run: Callable[[Round], None]
    needs: Needs
    pace: Pace
    short: bool  # part of the short pass in `make test`


FAULTS: dict[str, Fault] = {}


def fault(
    key: str, title: str, *, needs: Needs = (), pace: Pace = Pace.QUICK, short: bool = False
) -> Callable[[Callable[[Round], None]], Callable[[Round], None]]:
    """Register a function as a fault."""

    def register(run: Callable[[Round], None]) -> Callable[[Round], None]:
        assert key not in FAULTS, key
        FAULTS[key] = Fault(key, title, run, needs, pace, short)
        return run

    return register


@dataclass
class Round:
    """Everything that one round shares with its ledger. `real`: wait, never move the clock."""

    ground: Ground
    rng: random.Random
    short: bool = False
    real: bool = False
    owed: set[UUID] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    uncertain: int = 0
    recovery: float | None = None
    figures: dict[str, list[float]] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)
    _skipped: float = 0.0

    # ---- what is owed

    def owe(self, count: int, *, kind: str = "sign_in_code", to: Sequence[str] = (), **more: object) -> list[UUID]:
        """Owe so many mails to so many people (or one to each of `to`), each in a transaction of its own."""
        made, addresses = [], iter(to)
        with self.ground.app.app_context():
            moment = self.ground.now()
            for _ in range(len(to) or count):
                key = uuid4()
                context = more.get("context", {"code": f"{self.rng.randrange(10**6):06}", "token": "t", "known": True})
                with transaction():
                    notice_id = owe_notice(
                        kind,
                        subject_id=key,
                        email=next(addresses, f"p{key.hex[:12]}@example.org"),
                        now=moment,
                        context=context,  # type: ignore[arg-type]
                        urgent=bool(more.get("urgent", True)),
                        due_at=more.get("due_at"),  # type: ignore[arg-type]
                        void_after=more.get("void_after"),  # type: ignore[arg-type]
                    )
                assert notice_id is not None
                made.append(notice_id)
        self.owed.update(made)
        return made

    def address_of(self, notice_id: UUID) -> str:
        """To whom it goes."""
        with self.ground.app.app_context():
            return db.session.get_one(Notice, notice_id).recipient_email

    def states(self, ids: Iterable[UUID] | None = None) -> dict[UUID, str]:
        """The state of these mails, or of all that were owed here."""
        wanted = self.owed if ids is None else set(ids)
        with self.ground.app.app_context():
            rows = db.session.execute(select(Notice.id, Notice.state).where(Notice.id.in_(wanted)))
            return {notice_id: state for notice_id, state in rows}

    def browser(self, person_id: UUID) -> Browser:
        """A browser in which this person is signed in, on the real web server."""
        return Browser.signed_in(self.ground.app, self.ground.port, person_id)

    def note(self, name: str, value: float) -> None:
        """A measured value, for the lines under the table."""
        self.figures.setdefault(name, []).append(value)

    # ---- the stopwatch

    def strike(self) -> None:
        """The fault happens now: recovery counts from here."""
        self._began, self._skipped = time.monotonic(), 0.0

    @property
    def elapsed(self) -> float:
        """Seconds of the product's time since the fault: waited, or skipped."""
        return time.monotonic() - self._began + self._skipped

    def skip(self, seconds: float, *, late: float = SWEEP_EVERY, wake: bool = True) -> None:
        """Let time pass. Skipped seconds count as waited, and `late` more: until the next sweep would have come.

        After a short skip it is the same sweep as after the one before.
        """
        seconds = math.ceil(seconds)
        if self.real:
            time.sleep(seconds)
            return
        self.ground.skip(timedelta(seconds=seconds), wake=wake)
        self._skipped += seconds + min(late, seconds)

    # ---- waiting for the end

    def settle(
        self,
        within: float | None = ENDED_WITHIN,
        *,
        stuck_after: float = STUCK_AFTER,
        sweep: Callable[[], object] | None = None,
        at_least: float = 0.0,
    ) -> None:
        """Wait until every mail in the database has ended; what died is started again meanwhile.

        Where all that is open waits for a later moment (a lease, the next try), the clock moves there.
        `sweep` is called after each skip where no relay would. Raises Slow where it takes longer than `within`.
        """
        last: object = None
        since = time.monotonic()
        patience = time.monotonic() + 200
        while True:
            self.ground.revive()
            rows = self._open()
            if not rows and self.elapsed >= at_least:
                break
            if rows != last:
                last, since = rows, time.monotonic()
            moment = self.ground.now()
            following = min((at for _, _, at in rows), default=moment)
            stuck = time.monotonic() - since > stuck_after
            if rows and following > moment and stuck and not self.real:
                self.skip((following - moment).total_seconds() + 0.5)
                if sweep is not None:
                    sweep()
                since = time.monotonic()
            if time.monotonic() > patience:
                raise Slow(f"after {self.elapsed:.0f} s these mails have not ended: {rows[:5]}")
            time.sleep(0.05)
        self.recovery = self.elapsed
        # In `make test` others may keep the machine busy: there, only what never ends is a fault.
        if within is not None and self.recovery > (within if not self.short else max(within, 300.0)):
            raise Slow(f"all mails had ended after {self.recovery:.0f} s, later than {within:.0f} s")

    def _open(self) -> list[tuple[UUID, str, datetime]]:
        with self.ground.app.app_context():
            rows = db.session.execute(
                select(Notice.id, Notice.state, Notice.due_at, Notice.lease_until)
                .where(Notice.state.in_(("pending", "sending")))
                .order_by(Notice.id)
            ).all()
        return [(key, state, lease if lease is not None else due) for key, state, due, lease in rows]
