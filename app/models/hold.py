"""The outbox, frozen: after a restore nothing leaves until an operator says so."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.base import Moment


class OutboxHold(Base):
    """At most one row. While it is there, no mail leaves but what somebody asks for from now on (sign-in codes)."""

    __tablename__ = "outbox_hold"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[Moment]
    # Whatever is owed since before this moment may have left between it and the loss.
    backup_made_at: Mapped[Moment]
