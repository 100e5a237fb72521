"""The outbox: every mail that is owed, on its way, sent, bounced or uncertain."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.base import Json, Key, Moment, Words, one_of
from app.models.person import Person

NOTICE_STATES = ("pending", "sending", "sent", "bounced", "failed", "unconfirmed", "cancelled")


class Notice(Base):
    """One mail. Its id is its Message-ID; its unique key makes a logical double impossible."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "recipient_email", "occurrence"),
        one_of("state", NOTICE_STATES),
        one_of("stage", ["before_data", "data"]),
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="sending_has_lease"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_date"),
        Index("ix_notice_due", "due_at", postgresql_where=text("state = 'pending'")),
        Index("ix_notice_urgent", "due_at", postgresql_where=text("state = 'pending' AND urgent")),
        Index("ix_notice_address_refused", "recipient_email", postgresql_where=text("address_refused")),
        Index("ix_notice_lease", "lease_until", postgresql_where=text("state = 'sending'")),
        Index("ix_notice_created", "created_at"),
    )
    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(48))
    # What the mail is about: usually an application, a sign-in code or an office.
    subject_id: Mapped[uuid.UUID]
    application_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("application.id"), index=True)
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    recipient_email: Mapped[str] = mapped_column(String(254))
    # "1" for what happens once, a date or a number for what may recur.
    occurrence: Mapped[str] = mapped_column(String(80), default="1")
    language: Mapped[str] = mapped_column(String(8), default="en")
    context: Mapped[Json]
    # Sign-in codes know no caps or quiet hours and leave within seconds.
    urgent: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12), default="pending")
    stage: Mapped[str] = mapped_column(String(12), default="before_data")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Moment]
    due_at: Mapped[Moment]
    # A reminder whose moment has passed is cancelled, not sent late.
    void_after: Mapped[Moment | None]
    lease_until: Mapped[Moment | None]
    lease_holder: Mapped[str | None] = mapped_column(String(80))
    sent_at: Mapped[Moment | None]
    subject_line: Mapped[Words | None]
    error: Mapped[Words | None]
    # The mail server refused the address itself, for good.
    address_refused: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # What a reminder waits for: "quiet" (the morning) or "digest" (one mail of several, the next morning).
    held_for: Mapped[str | None] = mapped_column(String(8))
    # The digest that took this reminder in; then it is cancelled as a mail of its own.
    digest_id: Mapped[uuid.UUID | None]
    settled_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    recipient: Mapped[Person | None] = relationship(foreign_keys=[recipient_id])
