"""The public defender offices: what they need, where they are, and whom applicants meet there."""

from __future__ import annotations

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.base import Key, Localized, Money, Words, one_of
from app.models.person import HostOrganization


class Office(Base):
    __tablename__ = "office"
    __table_args__ = (
        UniqueConstraint("host_organization_id", "slug"),
        one_of("spanish_need", ["unknown", "none", "welcome", "needed"]),
        CheckConstraint(
            "spanish_increase_hourly IS NULL OR (coalesce(spanish_increase, false) AND spanish_increase_hourly > 0)",
            name="increase_where_eligible",
        ),
        CheckConstraint("contact_email = lower(contact_email)", name="contact_email_lower"),
    )
    id: Mapped[Key]
    host_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("host_organization.id"))
    region_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("region.id"), index=True)
    slug: Mapped[str] = mapped_column(String(80))
    name: Mapped[Words]
    hint: Mapped[Localized | None]
    county: Mapped[Words | None]
    address: Mapped[Words | None]
    time_zone: Mapped[str] = mapped_column(String(64), default="America/Chicago")
    spanish_need: Mapped[str] = mapped_column(String(16), default="unknown")
    # The post says "some offices": eligible or not, and an amount that the program sets (none is given).
    spanish_increase: Mapped[bool | None]
    spanish_increase_hourly: Mapped[Money | None]
    # For the people who are considered here, never on public pages.
    contact_name: Mapped[Words | None]
    contact_phone: Mapped[str | None] = mapped_column(String(32))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    hours: Mapped[Words | None]
    directions: Mapped[Words | None]
    meeting_text: Mapped[Words | None]
    row_version: Mapped[int] = mapped_column()
    host_organization: Mapped[HostOrganization] = relationship()
    __mapper_args__ = {"version_id_col": row_version}
