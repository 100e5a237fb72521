"""Audit, heartbeats, and the shift of the one clock."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.base import Json, Moment


class AuditEvent(Base):
    """Who did or saw what. Append-only: the app's database role may neither change nor delete a row."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_object", "object_type", "object_id"),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[Moment]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    action: Mapped[str] = mapped_column(String(64))
    object_type: Mapped[str] = mapped_column(String(48))
    object_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[Json]


class Heartbeat(Base):
    """When a background process last showed that it lives."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    beat_at: Mapped[Moment]


class ClockShift(Base):
    """How far the demo or a test moved the clock; at most one row. Empty in real use."""

    __tablename__ = "clock_shift"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), CheckConstraint("seconds >= 0", name="forward"))
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seconds: Mapped[int] = mapped_column(BigInteger)
