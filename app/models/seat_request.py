"""An office says that its number of seats is another one; a program manager answers."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.base import Key, Moment, Words, one_of
from app.models.office import Office
from app.models.opening import SeatPool
from app.models.person import Person


class SeatRequest(Base):
    """The number that the office has, with its note. One open request for each office and pool."""

    __tablename__ = "seat_request"
    __table_args__ = (
        one_of("state", ["open", "granted", "refused", "taken_back"]),
        CheckConstraint("seats BETWEEN 0 AND 999", name="seats_range"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answer_has_date"),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by_somebody"),
        Index(
            "uq_seat_request_open", "pool_id", "office_id", unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )  # fmt: skip
    id: Mapped[Key]
    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("seat_pool.id"), index=True)
    office_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("office.id"))
    seats: Mapped[int]
    note: Mapped[Words] = mapped_column(default="")
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(String(12), default="open")
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[Moment | None]
    answer: Mapped[Words | None]
    pool: Mapped[SeatPool] = relationship()
    office: Mapped[Office] = relationship()
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
