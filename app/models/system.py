"""Audit and its chain, heartbeats, the jobs' last runs, and the shift of the one clock."""

from __future__ import annotations

import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, UniqueConstraint
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


class AuditSeal(Base):
    """One link of the chain over the audit events, made by `app.services.sealing`. Append-only like them.

    Every link names the one before, and none may be named twice: the chain cannot fork.
    """

    __tablename__ = "audit_seal"
    __table_args__ = (UniqueConstraint("event_id"), UniqueConstraint("previous_hash"))
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("audit_event.id"))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[Moment]


class JobRun(Base):
    """How a background job last went: one row for each job. `result` holds numbers, codes and ids."""

    __tablename__ = "job_run"
    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    started_at: Mapped[Moment]
    # Empty while it runs, and where it was killed.
    finished_at: Mapped[Moment | None]
    ok: Mapped[bool | None]
    last_ok_at: Mapped[Moment | None]
    result: Mapped[Json]


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
