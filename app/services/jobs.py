"""How each background job last went, for the operator's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models.system import JobRun


def note_start(name: str, *, now: datetime) -> None:
    """Note that a job begins. What its last run brought stays to be read until it ends."""
    begun = {"started_at": now, "finished_at": None, "ok": None}
    db.session.execute(
        insert(JobRun).values(name=name, result={}, **begun).on_conflict_do_update(index_elements=["name"], set_=begun)
    )


def note_fault(name: str, fault: BaseException, *, now: datetime) -> None:
    """Note what went wrong by its kind: the fault's text may hold what people wrote."""
    note_end(name, ok=False, result={"fault": type(fault).__name__}, now=now)


def note_end(name: str, *, ok: bool, result: Mapping[str, Any], now: datetime) -> None:
    """Note how it went. `result` holds numbers, codes and ids, never text that people wrote."""
    ended: dict[str, Any] = {"finished_at": now, "ok": ok, "result": dict(result)}
    if ok:
        ended["last_ok_at"] = now
    # One statement: a worker and an operator may end the first run of a job at the same moment.
    db.session.execute(
        insert(JobRun)
        .values(name=name, started_at=now, **ended)
        .on_conflict_do_update(index_elements=["name"], set_=ended)
        .execution_options(synchronize_session=False)
    )
