"""The public defender offices."""

from __future__ import annotations

import uuid

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.models.base import Key, Localized, Money, Words, one_of
from app.models.person import HostOrganization


class Office(Base):
    __tablename__ = "office"
    __table_args__ = (
        UniqueConstraint("host_organization_id", "slug"),
        one_of("spanish_need", ["unknown", "none", "welcome", "needed"]),
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
    row_version: Mapped[int] = mapped_column()
    host_organization: Mapped[HostOrganization] = relationship()
    __mapper_args__ = {"version_id_col": row_version}
