"""Addresses that get no mail, except a sign-in code that their owner asks for."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.base import Key, Moment, Words, one_of
from app.models.person import Person


class MailSuppression(Base):
    """One address on the list, and who took it off again. A row that was lifted stays as it is."""

    __tablename__ = "mail_suppression"
    __table_args__ = (
        one_of("cause", ["bounced", "staff"]),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("(cause = 'staff') = (added_by_id IS NOT NULL)", name="staff_has_person"),
        CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name="lifting_is_whole",
        ),
        Index("uq_mail_suppression_live", "email", unique=True, postgresql_where=text("lifted_at IS NULL")),
    )
    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(254))
    cause: Mapped[str] = mapped_column(String(8))
    # What the mail server said, or why somebody put it there.
    reason: Mapped[Words]
    added_at: Mapped[Moment]
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[Moment | None]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    lift_reason: Mapped[Words | None]
    added_by: Mapped[Person | None] = relationship(foreign_keys=[added_by_id])
    lifted_by: Mapped[Person | None] = relationship(foreign_keys=[lifted_by_id])
