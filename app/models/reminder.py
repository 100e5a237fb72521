"""The reminders of an opening, where they are not those of every opening (`app.domain.reminders.OCCASIONS`)."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.reminders import Recipient
from app.extensions import Base
from app.models.base import Key, Moment, one_of


class ReminderRule(Base):
    """One reminder: what is waited for, from when until when, how often, to whom, in which words.

    `step` is its name for ever: whoever got it once does not get it again because its time was changed.
    """

    __tablename__ = "reminder_rule"
    __table_args__ = (
        UniqueConstraint("opening_id", "waits_for", "step", "recipient"),
        one_of("recipient", [recipient.value for recipient in Recipient]),
        CheckConstraint("until_hours > from_hours", name="ends_after_start"),
        CheckConstraint("every_hours IS NULL OR every_hours >= 1", name="every_positive"),
    )
    id: Mapped[Key]
    opening_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("opening.id"))
    position: Mapped[int]
    # A state of the application, or one of the waits of `app.domain.reminders` that are none.
    waits_for: Mapped[str] = mapped_column(String(40))
    step: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(48))
    recipient: Mapped[str] = mapped_column(String(12))
    # Hours from the start of the wait, or from the deadline (negative: before it).
    to_deadline: Mapped[bool]
    from_hours: Mapped[int]
    until_hours: Mapped[int]
    # Again after so many hours, until the end; empty where it comes once.
    every_hours: Mapped[int | None]
    is_on: Mapped[bool]
    # What would have been due before this moment was never promised and is not sent.
    in_force_since: Mapped[Moment]
    # Empty while nobody has changed what the program's file says.
    changed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
