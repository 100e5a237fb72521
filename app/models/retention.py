"""What must be kept longer than the rule says, and files that wait to be removed."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.application import Application
from app.models.base import Key, Moment, Words
from app.models.person import Person


class LegalHold(Base):
    """A manager's word that nothing of an application may be erased: a complaint or a lawsuit is open."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason_given"),
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name="lifting_is_whole",
        ),
        Index("uq_legal_hold_live", "application_id", unique=True, postgresql_where=text("lifted_at IS NULL")),
    )
    id: Mapped[Key]
    application_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("application.id"), index=True)
    reason: Mapped[Words]
    set_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[Moment]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[Moment | None]
    lift_reason: Mapped[Words | None]
    application: Mapped[Application] = relationship()
    set_by: Mapped[Person] = relationship(foreign_keys=[set_by_id])
    lifted_by: Mapped[Person | None] = relationship(foreign_keys=[lifted_by_id])


class DoomedFile(Base):
    """A stored file that no row needs any more; it is removed after the commit that let go of it."""

    __tablename__ = "doomed_file"
    storage_key: Mapped[str] = mapped_column(String(200), primary_key=True)
    doomed_at: Mapped[Moment]
