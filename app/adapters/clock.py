"""The one clock, shared by web, workers and beat. SQL never asks for now().

The demo and the tests may move it forward; the shift lives in the database, so that every process
sees the same time. In real use nobody looks there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import current_app, g
from sqlalchemy import text

from app.extensions import db

_READ = text("SELECT seconds FROM clock_shift WHERE id = 1")
_MOVE = text(
    "INSERT INTO clock_shift (id, seconds) VALUES (1, :seconds)"
    " ON CONFLICT (id) DO UPDATE SET seconds = clock_shift.seconds + excluded.seconds"
)


def _shift() -> timedelta:
    if not current_app.config["CLOCK_SHIFT"]:
        return timedelta(0)
    if "clock_shift" not in g:
        with db.engine.connect() as connection:
            seconds = connection.scalar(_READ)
        g.clock_shift = timedelta(seconds=seconds or 0)
    shift: timedelta = g.clock_shift
    return shift


def now() -> datetime:
    """Return the present moment in UTC, moved by the demo's or the test's shift."""
    return datetime.now(UTC) + _shift()


def real_now() -> datetime:
    """Return the present moment without any shift: the demo begins again there."""
    return datetime.now(UTC)


def move_clock(by: timedelta) -> None:
    """Move the clock forward; refused where the settings do not allow a shift."""
    if not current_app.config["CLOCK_SHIFT"]:
        raise RuntimeError("The clock may be moved only in the demo or in a test.")
    seconds = int(by.total_seconds())
    if seconds < 0:
        raise ValueError("The clock moves forward only.")
    with db.engine.begin() as connection:
        connection.execute(_MOVE, {"seconds": seconds})
    g.pop("clock_shift", None)
