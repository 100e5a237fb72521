"""Background processes show that they live."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models.system import Heartbeat


def beat_heart(name: str, *, now: datetime) -> None:
    """Note that this process works."""
    db.session.execute(
        insert(Heartbeat)
        .values(name=name, beat_at=now)
        .on_conflict_do_update(index_elements=["name"], set_={"beat_at": now})
    )
